import API
import Client
import Foundation
import GRDB
import Glibc
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// The drills of the runbook that concern one node's disk. Each harms the files of one member of four that work under load, and follows
  /// the steps that the runbook gives; nobody may contradict himself, and nothing that was acknowledged may be lost.
  @Suite("drills: disk")
  struct DiskDrills {
    @Test("damaged database: named, explained, left as it is, and restored from the others by the runbook's steps")
    func damagedDatabase() async throws {
      try await Drill.run { drill in
        try drill.checkpoint()
        let path = drill.data + "/journal.sqlite"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for offset in stride(from: 4_096, to: bytes.count, by: 512) { bytes[offset] ^= 0x55 }
        try bytes.write(to: URL(fileURLWithPath: path))

        let ended = try await Command.run(drill.real.program, ["--config", drill.configuration], within: 20)
        #expect(ended.status == 5)
        for word in ["DATABASE_DAMAGED", path, "move it away", "-wal", "fetch the history"] {
          #expect(ended.errors.contains(word), "the message does not say \(word): \(ended.errors.suffix(500))")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes, "the damaged database was changed")

        // The runbook: move the database and its -wal file away, leave the guard file where it is, and start.
        try drill.moveJournal(to: drill.data + "-damaged")
      } after: { words in
        #expect(words.contains("old copy"), "nothing is said of the old copy: \(words.suffix(2_000))")
      }
    }

    @Test("one flipped bit in any page of the database: never more than named, and never contradicted")
    func flippedBits() async throws {
      for place in [0.4, 0.9] {
        try await Drill.run { drill in
          try drill.checkpoint()
          let path = drill.data + "/journal.sqlite"
          var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
          bytes[Int(Double(bytes.count) * place)] ^= 0x10
          try bytes.write(to: URL(fileURLWithPath: path))
          // A bit in free space harms nothing: the node goes on. Any other is found at the start, by SQLite or by a row's checksum.
          let started = try await drill.attempt(for: .seconds(2))
          if let status = started.status {
            #expect(status == 5 && started.words.contains("DATABASE_DAMAGED"), "\(started.words.suffix(500))")
            try drill.moveJournal(to: drill.data + "-damaged")
          }
        } after: { _ in
        }
      }
    }

    @Test("database without its WAL: an old copy, which follows before it votes")
    func missingWAL() async throws {
      try await Drill.run { drill in
        for ending in ["-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: drill.data + "/journal.sqlite" + ending)
        }
      } after: { words in
        #expect(words.contains("old copy") && words.contains("votes again"), "\(words.suffix(2_000))")
      }
    }

    @Test("WAL with a flipped bit: SQLite drops what follows in silence, and the guard file knows")
    func flippedWAL() async throws {
      try await Drill.run { drill in
        let path = drill.data + "/journal.sqlite-wal"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        try? FileManager.default.removeItem(atPath: drill.data + "/journal.sqlite-shm")
      } after: { words in
        #expect(words.contains("old copy") && words.contains("votes again"), "\(words.suffix(2_000))")
      }
    }

    @Test("torn writes: the WAL ends anywhere after a kill -9", arguments: [0.3, 0.97, 0.999])
    func tornWAL(_ part: Double) async throws {
      try await Drill.run { drill in
        let path = drill.data + "/journal.sqlite-wal"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(Int(Double(bytes.count) * part)).write(to: URL(fileURLWithPath: path))
        try? FileManager.default.removeItem(atPath: drill.data + "/journal.sqlite-shm")
      } after: { words in
        #expect(words.contains("old copy") || words.contains("this member votes"), "\(words.suffix(2_000))")
      }
    }

    @Test("without its guard file: an old copy, whatever the database has")
    func missingGuard() async throws {
      try await Drill.run { drill in
        try FileManager.default.removeItem(atPath: drill.data + ".guard")
      } after: { words in
        #expect(words.contains("old copy") && words.contains("votes again"), "\(words.suffix(2_000))")
      }
    }

    @Test("without database and guard file: a member that the others have heard vote is an old copy all the same")
    func missingEverything() async throws {
      try await Drill.run { drill in
        try drill.moveJournal(to: drill.data + "-away")
        try FileManager.default.removeItem(atPath: drill.data + ".guard")
      } after: { words in
        #expect(words.contains("old copy") && words.contains("votes again"), "\(words.suffix(2_000))")
      }
    }

    @Test("the same in a network that stands still: what is final tells a newcomer from a member that lost its past")
    func missingEverythingIdle() async throws {
      try await RealNetwork.with { real in
        try await real.startAll()
        let load = try await Load(real)
        try await Task.sleep(for: .milliseconds(800))
        let height = await load.end().values.max() ?? 0
        _ = try await real.agreement(height: height, within: 60)
        let drill = Drill(real: real, place: real.places[1])
        try await real.network.kill(drill.place)
        try drill.moveJournal(to: drill.data + "-away")
        try FileManager.default.removeItem(atPath: drill.data + ".guard")
        let logged = try drill.log.count
        try real.start([drill.place])
        let standing = try await RealNetwork.eventually(within: 30, "a word on how the member stands") {
          let words = try drill.log.dropFirst(logged)
          return words.contains("old copy") ? "old copy" : words.contains("this member votes") ? "votes" : nil
        }
        #expect(standing == "old copy")
      }
    }
  }
}

/// One member of four is killed under load, its files are harmed, and it is started again.
struct Drill {
  let real: RealNetwork
  let place: NetworkFile.Place

  var data: String { real.network.folder(place) + "/data" }
  var configuration: String { real.network.configuration(place) }

  var log: String { get throws { try String(contentsOfFile: real.network.log(place), encoding: .utf8) } }

  /// `harm` is done to the dead node's files; `after` gets what the node has logged since, once it votes and has everything.
  static func run(_ harm: (Drill) async throws -> Void, after: (String) throws -> Void) async throws {
    try await RealNetwork.with { real in
      try await real.startAll()
      let drill = Drill(real: real, place: real.places[1])
      let load = try await Load(real)
      try await Task.sleep(for: .milliseconds(1_200))
      try await real.network.kill(drill.place)
      var votes = Set(try Journal(folder: drill.data).votes)
      let logged = try Data(contentsOf: URL(fileURLWithPath: real.network.log(drill.place))).count
      try await harm(drill)
      try real.start([drill.place])
      // The load goes on: the others' views move past those that the node may have voted in.
      try await real.network.awaitReady([drill.place], within: 60)
      try await Task.sleep(for: .milliseconds(700))
      let acknowledged = await load.end()
      #expect(acknowledged.count > 5, "the load hardly got through")
      _ = try await real.agreement(height: acknowledged.values.max() ?? 0, within: 60)
      for place in real.places { #expect(try await real.network.stop(place)) }
      let journal = try Journal(folder: drill.data)
      votes.formUnion(journal.votes)
      #expect(Journal.contradictions(votes) == [])
      let lost = acknowledged.filter { journal.committed[$0.key]?.height != Int64($0.value) }
      #expect(lost.isEmpty, "the node lacks what was acknowledged")
      let log = try Data(contentsOf: URL(fileURLWithPath: real.network.log(drill.place)))
      try after(String(decoding: log.dropFirst(logged), as: UTF8.self))
    }
  }

  /// Brings everything from the write-ahead log into the database, which would hide damage otherwise.
  func checkpoint() throws {
    let queue = try DatabaseQueue(path: data + "/journal.sqlite")
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    try queue.close()
  }

  func moveJournal(to folder: String) throws {
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] {
      guard FileManager.default.fileExists(atPath: "\(data)/\(name)") else { continue }
      try FileManager.default.moveItem(atPath: "\(data)/\(name)", toPath: "\(folder)/\(name)")
    }
  }

  /// Starts the node and kills it after a while, unless it has ended by itself: then with its status.
  func attempt(for duration: Duration) async throws -> (status: Int32?, words: String) {
    let ended = try await Command.run(real.program, ["--config", configuration], within: duration / .seconds(1))
    return (ended.status < 0 ? nil : ended.status, ended.errors)
  }
}
