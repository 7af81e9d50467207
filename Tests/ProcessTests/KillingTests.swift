import API
import Client
import Foundation
import Glibc
import Membership
import Testing
import Testnet

/// All tests with real processes, one after the other: they share the machine's cores.
@Suite("real processes", .serialized, .timeLimit(.minutes(5)))
struct ProcessTests {}

extension ProcessTests {
  /// Members die at any moment, under load, and nothing that was acknowledged is lost and nobody contradicts himself.
  @Suite("killed and restarted")
  struct Killing {
    /// How often each member is killed: 24 times in all, more when asked for by PROCESS_KILLS.
    private static let killsPerMember = ProcessInfo.processInfo.environment["PROCESS_KILLS"].flatMap { Int($0) } ?? 6

    @Test("four members under load, each killed and restarted at random moments")
    func killedUnderLoad() async throws {
      let seed = ProcessInfo.processInfo.environment["PROCESS_SEED"].flatMap { UInt64($0) } ?? 20_260_204
      try await RealNetwork.with { real in
        try await real.startAll()
        let load = try await Load(real)
        let votes = try await kill(real, seed: seed)
        try await real.network.awaitReady(real.places, within: 60)
        let acknowledged = await load.end()
        #expect(acknowledged.count > 20, "seed \(seed): the load hardly got through")
        let height = acknowledged.values.max() ?? 0
        let root = try await real.agreement(height: height, within: 60)
        for place in real.places { #expect(try await real.network.stop(place)) }
        try judge(real, root: root, acknowledged: acknowledged, earlier: votes, seed: seed)
      }
    }

    @Test("all four killed in the same instant, as by a power failure, again and again")
    func killedTogether() async throws {
      try await RealNetwork.with { real in
        try await real.startAll()
        let load = try await Load(real)
        var moments = SeededMoments(seed: 4)
        var votes: [String: Set<Journal.Vote>] = [:]
        for _ in 0..<4 {
          try await Task.sleep(for: moments.milliseconds(600...1_500))
          for place in real.places { real.network.process(place)?.signal(SIGKILL) }
          for place in real.places {
            _ = await real.network.process(place)?.ended(within: 5)
            let journal = try Journal(folder: real.network.folder(place) + "/data")
            votes[place.member, default: []].formUnion(journal.votes)
          }
          try real.start()
          try await real.network.awaitReady(real.places, within: 60)
        }
        try await Task.sleep(for: .milliseconds(500))
        let acknowledged = await load.end()
        let root = try await real.agreement(height: acknowledged.values.max() ?? 0, within: 60)
        for place in real.places { #expect(try await real.network.stop(place)) }
        try judge(real, root: root, acknowledged: acknowledged, earlier: votes, seed: 4)
      }
    }

    /// Kills every member as often, each on a schedule of its own, so that two may be away at once. Answers the votes found in the dead
    /// nodes' journals, by member, because a node keeps only its last ones.
    private func kill(_ real: RealNetwork, seed: UInt64) async throws -> [String: Set<Journal.Vote>] {
      try await withThrowingTaskGroup(of: (String, Set<Journal.Vote>).self) { group in
        for (index, place) in real.places.enumerated() {
          group.addTask {
            var moments = SeededMoments(seed: seed &+ UInt64(index))
            var votes: Set<Journal.Vote> = []
            for _ in 0..<Self.killsPerMember {
              try await Task.sleep(for: moments.milliseconds(300...2_500))
              try await real.network.kill(place)
              votes.formUnion(try Journal(folder: real.network.folder(place) + "/data").votes)
              try await Task.sleep(for: moments.milliseconds(0...1_200))
              try real.start([place])
            }
            return (place.member, votes)
          }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
    }

    private func judge(
      _ real: RealNetwork, root: String, acknowledged: [String: UInt64], earlier: [String: Set<Journal.Vote>],
      seed: UInt64
    ) throws {
      var chain: [Int64: Journal.Block] = [:]
      for place in real.places {
        let journal = try Journal(folder: real.network.folder(place) + "/data")
        let member = place.member
        let votes = (earlier[member] ?? []).union(journal.votes)
        #expect(votes.count > Self.killsPerMember, "seed \(seed): \(member) hardly voted")
        #expect(Journal.contradictions(votes) == [], "seed \(seed): \(member) contradicted itself")
        let lost = acknowledged.filter { identity, height in
          let found = journal.committed[identity]
          return found?.height != Int64(height) || found?.result != "ACCEPTED"
        }
        #expect(lost.isEmpty, "seed \(seed): \(member) lacks what was acknowledged, or has it elsewhere")
        let top = try #require(journal.chain.keys.max(), "\(member) has no chain")
        #expect(journal.chain.count == Int(top) + (journal.chain[0] == nil ? 0 : 1), "\(member)'s chain has a gap")
        #expect(journal.chain.values.contains { $0.stateRoot == root }, "seed \(seed): \(member) ended elsewhere")
        for (height, block) in journal.chain {
          #expect(chain[height] == nil || chain[height] == block, "seed \(seed): two blocks of height \(height)")
          chain[height] = block
        }
      }
    }
  }
}

/// Clients at every member that submit memoranda without pause and remember what was acknowledged as committed.
actor Load {
  private var acknowledged: [String: UInt64] = [:]
  private var tasks: [Task<Void, Never>] = []

  init(_ real: RealNetwork) async throws { try await self.init(real.network) }

  /// Starts two clients a member.
  init(_ network: TestNetwork) async throws {
    let signers = try await Benchmark(network, clients: 1, bytes: 1, seconds: 1).signers()
    for (place, signer) in signers + signers {
      tasks.append(Task { await self.submit(to: place, of: network, as: signer) })
    }
  }

  private func submit(to place: NetworkFile.Place, of network: TestNetwork, as signer: StatementSigner) async {
    guard let client = try? network.client(place, limits: HTTPLimits(seconds: 5, answer: 1 << 20)) else { return }
    while !Task.isCancelled {
      do {
        let statement = try Benchmark.memorandum(200, signer)
        let report = try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 5_000))
        if report.state == .committed, report.result == "OK", let height = report.height {
          acknowledged[report.identity] = height
        }
      } catch {
        // The node is away or waits for others: what it did not acknowledge, nobody counts on.
        try? await Task.sleep(for: .milliseconds(50))
      }
    }
    await client.close()
  }

  /// Stops the clients; answers the height of every acknowledged submission by identity.
  func end() async -> [String: UInt64] {
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    return acknowledged
  }
}
