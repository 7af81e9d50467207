import API
import Client
import Foundation
import GRDB
import Glibc
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// Disks that fill up, tear or are put back from a copy.
  @Suite("disks")
  struct Disks {
    @Test("a disk that takes no more ends the process, and nothing that was acknowledged is lost")
    func fullDisk() async throws {
      let alone = Array(RealNetwork.four.prefix(1))
      try await RealNetwork.with(members: alone) { real in
        let place = real.places[0]
        let configuration = real.network.configuration(place)
        // A limit on the size of files, in blocks of 512 bytes, is a disk that is full for this process alone.
        let limited = Task {
          try await Command.run(
            "/bin/sh", ["-c", "ulimit -f 400; exec \"$0\" --config \"$1\"", real.program, configuration], within: 60)
        }
        let acknowledged = try await fill(real, place)
        let ended = try await limited.value
        #expect(ended.status == 5, "\(ended.errors.suffix(500))")
        // SQLite reports a file that may not grow as an I/O error, and only a device without room as full.
        let isNamed = ended.errors.contains("DATABASE_FAILED") || ended.errors.contains("DISK_FULL")
        #expect(isNamed && ended.errors.contains("journal.sqlite"), "\(ended.errors.suffix(500))")
        #expect(!acknowledged.isEmpty)

        try await real.startAll()
        let statement = try Benchmark.memorandum(10, try await signer(real))
        let report = try await real.network.client(place).submit(
          statement, as: .memorandum, wait: .committed(milliseconds: 9_000))
        #expect(report.result == "OK")
        #expect(try await real.network.stop(place))
        let journal = try Journal(folder: real.network.folder(place) + "/data")
        let lost = acknowledged.filter { journal.committed[$0.key]?.height != Int64($0.value) }
        #expect(lost.isEmpty, "acknowledged and gone")
      }
    }

    private func signer(_ real: RealNetwork) async throws -> StatementSigner {
      try #require(try await Benchmark(real.network, clients: 1, bytes: 1, seconds: 1).signers().first).1
    }

    /// Submits until the node is gone; answers what it acknowledged.
    private func fill(_ real: RealNetwork, _ place: NetworkFile.Place) async throws -> [String: UInt64] {
      let client = try real.network.client(place, limits: HTTPLimits(seconds: 5, answer: 1 << 20))
      let signer = try await signer(real)
      try await RealNetwork.eventually(within: 20, "the node") { try await client.readiness().ready ? true : nil }
      var acknowledged: [String: UInt64] = [:]
      for _ in 0..<2_000 {
        let statement = try Benchmark.memorandum(4_000, signer)
        do {
          let report = try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 5_000))
          if let height = report.height { acknowledged[report.identity] = height }
        } catch { return acknowledged }
      }
      Issue.record("the disk never filled up")
      return acknowledged
    }

    @Test("a damaged database is named, left as it is, and the node does not start")
    func damaged() async throws {
      let alone = Array(RealNetwork.four.prefix(1))
      try await RealNetwork.with(members: alone) { real in
        let place = real.places[0]
        try await real.startAll()
        let client = try real.network.client(place)
        let signer = try await signer(real)
        for _ in 0..<10 {
          let statement = try Benchmark.memorandum(2_000, signer)
          _ = try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 9_000))
        }
        #expect(try await real.network.stop(place))
        let path = real.network.folder(place) + "/data/journal.sqlite"
        // What is still in the write-ahead log would hide the damage.
        let queue = try DatabaseQueue(path: path)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try queue.close()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for offset in stride(from: 4_096, to: bytes.count, by: 512) { bytes[offset] ^= 0x55 }
        try bytes.write(to: URL(fileURLWithPath: path))

        let ended = try await Command.run(real.program, ["--config", real.network.configuration(place)], within: 20)
        #expect(ended.status == 5)
        #expect(ended.errors.contains("DATABASE_DAMAGED"), "\(ended.errors.suffix(500))")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes, "the damaged database was changed")
      }
    }

    @Test("an old copy of a node's database does not vote against what the node has signed")
    func oldCopy() async throws {
      try await RealNetwork.with { real in
        try await real.startAll()
        let place = real.places[0]
        let data = real.network.folder(place) + "/data"
        let load = try await Load(real)
        try await Task.sleep(for: .milliseconds(700))
        try await real.network.kill(place)
        var votes = Set(try Journal(folder: data).votes)
        try copyJournal(from: data, to: data + "-old")
        try real.start([place])
        try await real.network.awaitReady([place], within: 30)
        try await Task.sleep(for: .milliseconds(700))
        try await real.network.kill(place)
        votes.formUnion(try Journal(folder: data).votes)

        // The database goes back to the copy, the guard file stays.
        try copyJournal(from: data + "-old", to: data)
        try real.start([place])
        try await real.network.awaitReady([place], within: 60)
        try await Task.sleep(for: .milliseconds(500))
        let height = await load.end().values.max() ?? 0
        _ = try await real.agreement(height: height, within: 60)
        #expect(try await real.network.stop(place))
        votes.formUnion(try Journal(folder: data).votes)
        #expect(Journal.contradictions(votes) == [])
        let log = try String(contentsOfFile: real.network.log(place), encoding: .utf8)
        #expect(log.contains("old"), "the node does not say that its journal is an old copy")
      }
    }

    private func copyJournal(from source: String, to target: String) throws {
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] {
        try? FileManager.default.removeItem(atPath: "\(target)/\(name)")
        guard FileManager.default.fileExists(atPath: "\(source)/\(name)") else { continue }
        try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(target)/\(name)")
      }
    }
  }
}
