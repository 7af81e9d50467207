import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Random histories")
struct RandomHistoryTests {
  static let steps = 700

  @Test("invariants hold, refusals change nothing, and the state is what its entries say", arguments: UInt64(0)..<40)
  func invariants(seed: UInt64) throws {
    var wanderer = try Wanderer(seed: seed)
    for step in 1...Self.steps {
      try wanderer.step()
      if step.isMultiple(of: 100) { try Judge(state: wanderer.world.state).judge() }
    }
    let state = wanderer.world.state
    // The ledger's copy, made from changes alone, is complete.
    #expect(wanderer.mirror.keys.sorted() == state.keys)
    for key in state.keys { #expect(wanderer.mirror[key] == state.entry(key)) }
    let entries = state.keys.compactMap { key in state.entry(key).map { (key: key, value: $0) } }
    #expect(try NegotiationState(state.genesis, entries: entries) == state)
    #expect(try NegotiationState(state.genesis, entries: entries.reversed()) == state)
    // And it goes on as the original does.
    var (restored, original) = (try NegotiationState(state.genesis, entries: entries), state)
    let later = Instant(milliseconds: wanderer.world.now.milliseconds + 2_000)
    restored.advance(to: later)
    original.advance(to: later)
    #expect(restored == original && restored.nextDeadline == original.nextDeadline)
  }

  @Test("the same acts give the same entries", arguments: UInt64(100)..<110)
  func determinism(seed: UInt64) throws {
    var (one, other) = (try Wanderer(seed: seed), try Wanderer(seed: seed))
    for _ in 1...Self.steps {
      try one.step()
      try other.step()
      #expect(one.world.now == other.world.now)
    }
    #expect(one.mirror == other.mirror)
  }

  @Test("every item that has been reckoned can be explained from its entries", arguments: UInt64(200)..<210)
  func explanations(seed: UInt64) throws {
    var wanderer = try Wanderer(seed: seed)
    for _ in 1...Self.steps { try wanderer.step() }
    let state = wanderer.world.state
    for docket in state.dockets {
      for item in docket.items where !state.results(docket.id, item).isEmpty {
        let keys = try state.explanationKeys(item, in: docket.id)
        #expect(keys.allSatisfy { $0.section < .openings || wanderer.mirror[$0] != nil })
        _ = try state.explain(item, in: docket.id)
      }
    }
  }

  @Test("the histories reach what they should: floors, status quo, lapse, refusals of most kinds")
  func coverage() throws {
    var (accepted, versions) = (0, 0)
    var (refused, outcomes, authorities): (Set<Refusal>, Set<String>, Set<AuthorityCode>) = ([], [], [])
    for seed in UInt64(0)..<20 {
      var wanderer = try Wanderer(seed: seed)
      for _ in 1...Self.steps { try wanderer.step() }
      accepted += wanderer.accepted
      refused.formUnion(wanderer.refused.keys)
      let state = wanderer.world.state
      versions += state.tables.count
      for docket in state.dockets {
        for item in docket.items { outcomes.formUnion(state.results(docket.id, item).map(\.outcome.name)) }
      }
      for table in state.tables { authorities.formUnion(state.version(table.version)?.rows.map(\.authority) ?? []) }
    }
    #expect(accepted > 4_000 && versions > 40 && refused.count > 15)
    #expect(outcomes.isSuperset(of: ["IN_FORCE", "CONCILIATION", "STATUS_QUO", "NO_FLOOR"]))
    #expect(authorities == [.simpleVote, .specialVote, .statusQuo, .lapse])
  }
}
