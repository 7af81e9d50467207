import CBOR
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Explaining a floor from the signed inputs")
struct ExplanationTests {
  let item = "nickel/unwrought@1"

  /// A revised floor: a FIRST docket, then a ROUTINE one with a failed round before the adoption.
  private func history() throws -> Parliament {
    var world = try Parliament()
    try world.setFirst("first-1", [item], Parliament.usd(98))
    try world.open("routine-1", DocketKind.routine.rawValue, [item])
    world.reachCommit()
    try world.propose("routine-1", withholding: ["KOR"], LifecycleTests.answers(LifecycleTests.worked))
    try world.voteAll("routine-1", .no)
    let band = try #require(try world.lot("routine-1").items.first?.band)
    let prices = LifecycleTests.worked.mapValues { min(max($0, band.low), band.high) }
    try world.propose("routine-1", LifecycleTests.answers(prices))
    try world.voteAll("routine-1", .yes)
    return world
  }

  /// The entries that the explanation names, as a bundle would carry them.
  private func bundle(_ world: Parliament) throws -> [EntryKey: [UInt8]] {
    let keys = try world.state.explanationKeys(try Parliament.itemID(item), in: try Parliament.docket("routine-1"))
    #expect(keys == keys.sorted())
    var entries: [EntryKey: [UInt8]] = [:]
    for key in keys { entries[key] = world.state.entry(key) }
    return entries
  }

  private func explain(_ entries: [EntryKey: [UInt8]], network: String = "test") throws -> Explanation {
    try Explanation.of(
      try Parliament.itemID(item), in: try Parliament.docket("routine-1"),
      network: NetworkID(Digest.of(.genesis, Array(network.utf8)))
    ) { entries[$0] }
  }

  @Test("the entries alone give the committed row and the step that bound, pending and in force")
  func offline() throws {
    var world = try history()
    let pending = try explain(try bundle(world))
    #expect(pending.row == world.state.pending.first)
    world.wait(500)
    let explanation = try explain(try bundle(world))
    #expect(explanation.row == (try world.row(item)) && explanation.row == pending.row)
    #expect(explanation.rounds.map(\.result.round) == [1, 2])
    #expect(explanation.rounds.map(\.result.withheld.count) == [1, 0])
    let last = try #require(explanation.rounds.last)
    #expect(last.steps.contains { if case .limited = $0 { true } else { false } })
    #expect(explanation.lines.contains { $0.contains("102.90") })
    #expect(explanation.lines.contains { $0.contains("WITHHELD") })
    #expect(explanation.lines.contains { $0.contains("NO_CORRIDOR") })
    #expect(explanation == (try world.state.explain(try Parliament.itemID(item), in: Parliament.docket("routine-1"))))
  }

  @Test("an item on its way, one without result and one of another docket are told apart")
  func unfinished() throws {
    var world = try Parliament(Parliament.parameters(rounds: 1))
    try world.open("first-1", [item])
    let (id, docket) = (try Parliament.itemID(item), try Parliament.docket("first-1"))
    let cobalt = try Parliament.itemID("cobalt/hydroxide@1")
    let nowhere = try Parliament.docket("nowhere")
    #expect(throws: ExplanationError.notYet(id)) { try world.state.explain(id, in: docket) }
    #expect(throws: ExplanationError.notInDocket(cobalt, docket)) { try world.state.explain(cobalt, in: docket) }
    #expect(throws: ExplanationError.missing(.docket(nowhere))) { try world.state.explain(id, in: nowhere) }
    world.reachCommit()
    try world.propose("first-1", [:])
    let explanation = try world.state.explain(id, in: docket)
    #expect(explanation.row == nil && explanation.rounds.first?.steps.last == .insufficient)
  }

  @Test("whichever entry is left out, the explanation fails or says the same")
  func omission() throws {
    var world = try history()
    world.wait(500)
    let entries = try bundle(world)
    let whole = try explain(entries)
    var refused = 0
    for key in entries.keys.sorted() {
      var fewer = entries
      fewer[key] = nil
      if let explanation = try? explain(fewer) {
        #expect(explanation.row == whole.row || explanation.row == nil)
      } else {
        refused += 1
      }
    }
    #expect(refused >= entries.count - 2)
  }

  @Test("a changed byte anywhere is found, or the entry does not decode")
  func tampering() throws {
    var world = try history()
    world.wait(500)
    let entries = try bundle(world)
    let whole = try explain(entries)
    // Notes, reasons, names and times are not recomputed: the proofs of a bundle cover them. Figures are.
    let figures: [StateSection] = [.results, .rows, .sheets]
    for key in entries.keys.sorted() where figures.contains(key.section) {
      let bytes = try #require(entries[key])
      for index in stride(from: 0, to: bytes.count, by: 7) {
        var changed = entries
        changed[key]?[index] ^= 1
        guard let explanation = try? explain(changed) else { continue }
        #expect(explanation.row == whole.row)
        #expect(explanation.rounds.map(\.result.aggregation) == whole.rounds.map(\.result.aggregation))
      }
    }
  }

  @Test("an outcome or a review that does not follow from the figures and the calls is found")
  func outcomes() throws {
    var world = try history()
    world.wait(500)
    let entries = try bundle(world)
    let outcomes: [ItemOutcome] = [
      .voting, .adopted(effectiveAt: world.now), .inForce(version: 1), .conciliation(.noQuorum),
      .conciliation(.divergent), .statusQuo(.notRatified, version: 1), .noFloor(.notRatified),
    ]
    for round in UInt8(1)...2 {
      let key = EntryKey.result(try Parliament.docket("routine-1"), try Parliament.itemID(item), round: round)
      let committed = try ItemResult(decoding: try #require(entries[key]))
      for outcome in outcomes where outcome != committed.outcome {
        var (changed, result) = (entries, committed)
        result.outcome = outcome
        changed[key] = result.encoded
        #expect(throws: ExplanationError.self, "round \(round), \(outcome)") { try explain(changed) }
      }
      var (changed, result) = (entries, committed)
      result.reviewDue = committed.reviewDue == nil ? world.now : nil
      changed[key] = result.encoded
      #expect(throws: ExplanationError.differs(key)) { try explain(changed) }
    }
  }

  @Test("a sheet of another network does not fit its commitment")
  func foreignNetwork() throws {
    let entries = try bundle(try history())
    #expect(throws: ExplanationError.self) { try explain(entries, network: "other") }
  }
}
