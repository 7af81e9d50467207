import Simulation
import Testing

@Suite("Adversaries")
struct AdversaryTests {
  /// A few worlds with as many such members as agreement bears.
  private static func worlds(_ kind: AdversaryKind, faults: Set<Fault> = []) throws -> [Outcome] {
    let networks = try SimulatedNetworks(members: 4...7)
    return try (1...2).map { seed in
      let members = seed == 2 ? 7 : 4
      let cast = Array(repeating: kind, count: (members - 1) / 3)
      let scenario = Scenario(
        seed: UInt64(seed), members: members...members, faults: faults, cast: .exactly(cast), troubled: 4_000)
      return try Simulation.run(scenario, on: networks)
    }
  }

  @Test("each does what it tries, and the judges are silent", arguments: AdversaryKind.allCases)
  func defeated(kind: AdversaryKind) throws {
    for outcome in try Self.worlds(kind, faults: [.loss]) {
      #expect(outcome.verdict == nil)
      #expect(outcome.counts.attacks[kind] ?? 0 > 0)
      #expect(outcome.counts[.committed] > 0)
    }
  }

  @Test(
    "who contradicts itself is exposed, and nobody else", arguments: [.equivocator, .doubleVoter] as [AdversaryKind])
  func exposed(kind: AdversaryKind) throws {
    for outcome in try Self.worlds(kind) {
      #expect(outcome.verdict == nil)
      #expect(!outcome.exposed.isEmpty)
      #expect(outcome.exposed.allSatisfy { $0 == kind })
      // Who shows both sides to everyone is exposed at once; who shows each half one of them, when both halves meet.
      if kind == .doubleVoter { #expect(outcome.exposed.count == outcome.counts[.byzantineMembers]) }
    }
  }

  @Test("twins that do not listen are exposed in the end, and nobody else ever is")
  func twins() throws {
    let outcomes = try Self.worlds(.twins)
    #expect(outcomes.allSatisfy { $0.verdict == nil })
    #expect(outcomes.flatMap(\.exposed).contains(.twins))
    #expect(outcomes.flatMap(\.exposed).allSatisfy { $0 == .twins })
  }

  @Test(
    "who breaks the rules without contradicting itself is accused of nothing",
    arguments: [.blockWithholder, .voteWithholder, .replayer, .flooder] as [AdversaryKind])
  func unaccused(kind: AdversaryKind) throws {
    #expect(try Self.worlds(kind).allSatisfy { $0.exposed.isEmpty })
  }
}
