import API
import Client
import Foundation
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// The network changes its rules, and one member runs a program that is too old.
  @Suite("other rules of execution")
  struct RulesDrill {
    @Test("a minority on an older version stops before it signs, says so, and goes on with a newer program")
    func olderProgram() async throws {
      try await RealNetwork.with { real in
        let table = FloorctlRun(real)
        let (old, others) = (real.places[3], Array(real.places.prefix(3)))
        try real.start(others)
        let words = [
          RealNetwork.product("floord-byzantine"), "--config", real.network.configuration(old), "--rules", "1",
        ]
        try real.network.start(old, words: words)
        try await real.network.awaitReady(real.places, within: 60)
        let signer = try #require(try await Benchmark(real.network, clients: 1, bytes: 1, seconds: 1).signers().first).1
        let client = try real.network.client(others[0])

        let height = try await client.status().head.height + 12
        try await adopt(version: 2, from: height, table, others)
        // The majority goes on under the new version.
        while try await client.status().head.height < height + 2 {
          let statement = try Benchmark.memorandum(100, signer)
          _ = try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 20_000))
        }
        let first = try await client.block(height)
        #expect(first.rulesVersion == 2)
        #expect(try await client.block(height - 1).rulesVersion == 1)

        let stopped = try await RealNetwork.eventually(within: 30, "the old program's message") { () -> StatusReport? in
          let client = try real.network.client(old)
          let status = try await client.status()
          await client.close()
          return status.waitingFor?.contains("rules of version 2") ?? false ? status : nil
        }
        #expect(stopped.head.height == height - 1 && !stopped.voting)
        // It signed nothing in the view of the first block under those rules, nor later.
        _ = try await real.network.stop(old)
        let journal = try Journal(folder: real.network.folder(old) + "/data")
        #expect(!journal.votes.isEmpty && journal.votes.allSatisfy { $0.view < first.view })

        try real.start([old])
        _ = try await real.agreement(height: height + 2, within: 60)
      }
    }

    private func adopt(
      version: Int, from height: UInt64, _ table: FloorctlRun, _ members: [NetworkFile.Place]
    ) async throws {
      let directory = table.real.network.directory
      let change = directory + "/rules.change"
      try await table.succeeds(
        ["change", "rules", "--version", "\(version)", "--height", "\(height)", "--out", change], as: nil)
      let filed = try await table.succeeds(
        [
          "motion", "file", "--title", "Other rules", "--instrument", directory + "/genesis.cbor", "--change", change,
          "--open-hours", "1",
        ], as: members[0])
      let motion = try #require(filed["identity"] as? String)
      for member in members {
        let answer = try await table.run(["motion", "ballot", motion, "yes"], as: member)
        #expect(answer.status == 0 || answer.output.contains("MOTION"), "\(answer.output)\(answer.errors)")
      }
      let shown = try await table.succeeds(["motion", "show", motion], as: members[0])
      #expect(shown["outcome"] as? String == "ENTERED", "\(shown)")
    }
  }
}
