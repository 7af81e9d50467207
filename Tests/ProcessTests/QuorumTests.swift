import API
import Client
import Foundation
import Glibc
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// What the members that are left can do.
  @Suite("members away")
  struct Quorums {
    @Test("one of four dead: submissions are committed; two dead: none is, and all of it when they return")
    func membersAway() async throws {
      try await RealNetwork.with { real in
        try await real.startAll()
        let signers = try await Benchmark(real.network, clients: 1, bytes: 1, seconds: 1).signers()
        let (place, signer) = signers[0]
        let client = try real.network.client(place)

        try await real.network.kill(real.places[1])
        for _ in 0..<5 {
          let statement = try Benchmark.memorandum(100, signer)
          let report = try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 20_000))
          #expect(report.result == "OK")
        }

        try await real.network.kill(real.places[2])
        let before = try await settledHeight(client)
        let statement = try Benchmark.memorandum(100, signer)
        await #expect(throws: NodeError.self) {
          try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 4_000))
        }
        #expect(try await client.status().head.height == before, "a block was finalised without a quorum")

        try real.start([real.places[1], real.places[2]])
        let report = try await RealNetwork.eventually(within: 60, "the commit of what had waited") {
          try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 10_000))
        }
        #expect(report.result == "OK")
        _ = try await real.agreement(height: report.height ?? 0, within: 60)
      }
    }

    /// The height after what was under way has come to rest.
    private func settledHeight(_ client: NodeClient) async throws -> UInt64 {
      var height = try await client.status().head.height
      while true {
        try await Task.sleep(for: .milliseconds(700))
        let now = try await client.status().head.height
        if now == height { return now }
        height = now
      }
    }
  }
}
