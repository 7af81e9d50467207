import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("The life of a docket")
struct LifecycleTests {
  /// The prices of the worked example vA1, in whole dollars and half dollars.
  static let worked: [String: Price] = [
    "AUS": Parliament.usd(115), "USA": Parliament.usd(110), "JPN": Parliament.usd(92, 500_000),
    "EUN": Parliament.usd(95), "KOR": Parliament.usd(94), "IND": Parliament.usd(105), "THA": Parliament.usd(104),
    "COD": Parliament.usd(180),
  ]
  /// Two camps, as in vA3.
  static let camps: [String: Price] = [
    "AUS": Parliament.usd(150), "USA": Parliament.usd(150), "IND": Parliament.usd(150), "JPN": Parliament.usd(90),
    "EUN": Parliament.usd(90), "KOR": Parliament.usd(90), "THA": Parliament.usd(90), "COD": Parliament.usd(90),
  ]

  static func answers(_ prices: [String: Price]) -> [String: (ItemID) -> Answer] {
    prices.mapValues { price in { _ in .price(price) } }
  }

  @Test("a FIRST docket of three items, one of them divergent, ends item by item")
  func wholeFirstDocket() throws {
    var world = try Parliament()
    let items = ["cobalt/hydroxide@1", "lithium/carbonate@1", "nickel/unwrought@1"]
    try world.open("first-1", DocketKind.first.rawValue, items, note: "first floors")
    #expect(try world.lot("first-1").phase == .open)
    world.wait(1_000)
    #expect(try world.lot("first-1").phase == .evidence)
    world.wait(900)
    #expect(try world.lot("first-1").phase == .commit)

    let camps = Self.camps
    let answers = Dictionary(
      uniqueKeysWithValues: Parliament.everyone.map { member -> (String, (ItemID) -> Answer) in
        (member, { $0.mineral == "cobalt" ? .price(camps[member] ?? Parliament.usd(90)) : .price(Parliament.usd(100)) })
      })
    try world.propose("first-1", answers)

    // The two agreed items keep lot 0 and are voted on; cobalt goes its own way in lot 1, in a band that spans both camps.
    let (agreed, split) = (try world.lot("first-1"), try world.lot("first-1", 1))
    #expect(agreed.phase == .ratify && agreed.call == 1 && agreed.round == 1)
    #expect(agreed.items.map(\.item.text) == ["lithium/carbonate@1", "nickel/unwrought@1"])
    #expect(split.phase == .commit && split.round == 2 && split.parent == 0)
    #expect(split.items.map(\.setback) == [.divergent])
    #expect(split.items.first?.band == PriceBand(low: Parliament.usd(90), high: Parliament.usd(150)))
    let cobalt = try #require(try world.results("first-1", "cobalt/hydroxide@1").first)
    #expect(cobalt.outcome == .conciliation(.divergent))
    #expect(cobalt.aggregation.status == .divergent)

    // The aggregate is in the state before any ballot.
    let before = try #require(try world.results("first-1", "nickel/unwrought@1").first)
    #expect(before.outcome == .voting && before.aggregation.floor == Parliament.usd(100))

    // Cobalt's second commit window runs beside the vote.
    let sheets = try Self.camps.mapValues { price in try world.sheet(split, .price(price)) }
    for member in sheets.keys.sorted() { try world.commit(try #require(sheets[member]), split, by: member) }

    // A special vote: one NO and one abstention with little weight do not stop it.
    var choices = Dictionary(uniqueKeysWithValues: Parliament.everyone.map { ($0, BallotChoice.yes) })
    choices["COD"] = .no
    choices["THA"] = .abstain
    try world.vote("first-1", choices)
    #expect(try world.lot("first-1").phase == .notice)
    #expect(world.state.pending.map(\.item.text) == ["lithium/carbonate@1", "nickel/unwrought@1"])
    #expect(world.state.currentTable == nil)

    world.wait(200)
    for member in sheets.keys.sorted() { try world.reveal(try #require(sheets[member]), split, by: member) }
    world.wait(299)
    #expect(world.state.currentTable == nil)
    world.wait(1)
    #expect(try world.lot("first-1").phase == .inForce)
    #expect(world.state.pending.isEmpty)
    let table = try #require(world.state.currentTable)
    #expect(table.version == 1 && table.rowCount == 2 && table.docket == "first-1")
    let nickel = try #require(try world.row("nickel/unwrought@1"))
    #expect(nickel.floor == Parliament.usd(100) && nickel.authority == .specialVote && nickel.mode == .exact)
    #expect(nickel.carried == 0 && nickel.basisDocket == "first-1" && nickel.onLapse == .sunset)
    #expect(nickel.lapsesAt?.milliseconds == nickel.effectiveAt.milliseconds + 1_000_000)
    #expect(world.state.docket(try Parliament.docket("first-1"))?.isLive == true)

    // Cobalt stays divergent in rounds 2 and 3 and ends without a floor; with it the docket ends.
    world.wait(400)
    #expect(try world.lot("first-1", 1).round == 3)
    try world.propose("first-1", lot: 1, Self.answers(Self.camps))
    #expect(try world.lot("first-1", 1).phase == .noFloor)
    let rounds = try world.results("first-1", "cobalt/hydroxide@1")
    #expect(rounds.map(\.outcome) == [.conciliation(.divergent), .conciliation(.divergent), .noFloor(.divergent)])
    #expect(try world.row("cobalt/hydroxide@1") == nil)
    #expect(world.state.docket(try Parliament.docket("first-1"))?.endedAt == world.now)
    #expect(world.state.nextDeadline == nickel.lapsesAt)
  }

  @Test("a ROUTINE docket reproduces vA1: step limit, residual, next docket due")
  func routineStep() throws {
    var world = try Parliament()
    let item = "nickel/unwrought@1"
    try world.setFirst("first-1", [item], Parliament.usd(98))
    try world.open("routine-1", DocketKind.routine.rawValue, [item])
    world.reachCommit()
    try world.propose("routine-1", Self.answers(Self.worked))
    let result = try #require(try world.results("routine-1", item).first)
    let agreement = try #require(result.agreed)
    #expect(result.aggregation.previous == Parliament.usd(98) && result.tableVersion == 1)
    // The cap of 300 of 2,000 votes that vA1's text works without is 30 % here, and binds nobody but is 600.
    #expect(agreement.result == Parliament.usd(105))
    #expect(agreement.floor == Parliament.usd(102, 900_000) && agreement.residual == Parliament.usd(2, 100_000))
    #expect(agreement.nextBand == PriceBand(low: Parliament.usd(95), high: Parliament.usd(110)))
    #expect(agreement.midmean == Parliament.usd(104, 536_649))
    let screened = result.proposals.filter { $0.verdict == .screened }
    #expect(screened.map(\.member.text) == ["COD"] && screened.first?.distance == Parliament.usd(75))
    #expect(result.evidenceShares.map(\.share.parts) == [1_000_000, 0, 0, 0, 0])
    let adoptedAt = world.now.milliseconds + 600
    try world.voteAll("routine-1", .yes)
    #expect(try world.results("routine-1", item).first?.reviewDue?.milliseconds == adoptedAt + 5_000)
    world.wait(500)
    let row = try #require(try world.row(item))
    #expect(row.floor == Parliament.usd(102, 900_000) && row.authority == .simpleVote)
    #expect(row.dispersion.status == .stepLimited && row.dispersion.weight == 2_000)
    #expect(world.state.tables.map(\.version) == [1, 2])
    #expect(world.state.version(1)?.rows.first?.floor == Parliament.usd(98))
  }

  @Test("vR1 and vR2: the same ballots pass the simple vote of a ROUTINE docket and fail the special one of a FIRST")
  func simpleAndSpecial() throws {
    let choices: [String: BallotChoice] = [
      "AUS": .yes, "USA": .yes, "IND": .yes, "THA": .yes, "COD": .yes, "KOR": .yes, "JPN": .no, "EUN": .abstain,
    ]
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, ["nickel/unwrought@1"])
    world.reachCommit()
    try world.proposeAll("first-1", Parliament.usd(100))
    try world.vote("first-1", choices)
    let failed = try #require(try world.results("first-1", "nickel/unwrought@1").first)
    #expect(failed.outcome == .conciliation(.notRatified))
    #expect(failed.calls.first?.kind == .special && failed.calls.first?.consumer.yes == 420)
    try world.proposeAll("first-1", Parliament.usd(100))
    try world.voteAll("first-1", .yes)
    world.wait(500)

    try world.open("routine-1", DocketKind.routine.rawValue, ["nickel/unwrought@1"])
    world.reachCommit()
    try world.proposeAll("routine-1", Parliament.usd(101))
    try world.vote("routine-1", choices)
    let passed = try #require(try world.results("routine-1", "nickel/unwrought@1").first)
    #expect(passed.calls.first?.kind == .simple && passed.calls.first?.consumer.no == 300)
    #expect(passed.calls.first?.isAdopted == true)
  }

  @Test("vR3 and the ladder: no quorum twice, more than half is enough at the third call, and every call is recorded")
  func quorumLadder() throws {
    var world = try Parliament()
    let item = "nickel/unwrought@1"
    try world.setFirst("first-1", [item], Parliament.usd(98))
    try world.open("routine-1", DocketKind.routine.rawValue, [item])
    world.reachCommit()
    try world.proposeAll("routine-1", Parliament.usd(100))
    let few: [String: BallotChoice] = [
      "AUS": .yes, "USA": .yes, "IND": .yes, "THA": .yes, "COD": .yes, "KOR": .yes,
    ]
    try world.vote("routine-1", few)
    #expect(try world.lot("routine-1").call == 2)
    try world.vote("routine-1", few)
    #expect(try world.lot("routine-1").call == 3)
    // 420 of 1,000 consumer votes: too few even for the third call. With EUN's 280 it is 700.
    try world.vote("routine-1", few.merging(["EUN": .abstain]) { first, _ in first })
    let result = try #require(try world.results("routine-1", item).first)
    #expect(result.calls.map(\.call) == [1, 2, 3])
    #expect(result.calls.map(\.hasQuorum) == [false, false, true])
    #expect(result.calls.map(\.consumer.present) == [420, 420, 700])
    #expect(try world.lot("routine-1").phase == .notice)
  }

  @Test("without a quorum in any call the item goes into conciliation for that reason")
  func noQuorum() throws {
    var world = try Parliament(Parliament.parameters(rounds: 1))
    try world.open("first-1", DocketKind.first.rawValue, ["nickel/unwrought@1"])
    world.reachCommit()
    try world.proposeAll("first-1", Parliament.usd(100))
    for _ in 1...3 { try world.vote("first-1", ["AUS": .yes]) }
    #expect(try world.results("first-1", "nickel/unwrought@1").first?.outcome == .noFloor(.noQuorum))
    #expect(try world.lot("first-1").phase == .noFloor)
  }

  @Test("failed ballots narrow the band, a price outside is refused, and the last round ends in the status quo")
  func conciliation() throws {
    var world = try Parliament()
    let item = "nickel/unwrought@1"
    try world.setFirst("first-1", [item], Parliament.usd(98))
    try world.open("routine-1", DocketKind.routine.rawValue, [item])
    world.reachCommit()
    try world.propose("routine-1", Self.answers(Self.worked))
    try world.voteAll("routine-1", .no)
    let band = PriceBand(low: Parliament.usd(95), high: Parliament.usd(110))
    #expect(try world.lot("routine-1").items.first?.band == band)
    #expect(try world.lot("routine-1").round == 2)

    var prices = Self.worked.mapValues { min(max($0, band.low), band.high) }
    prices["COD"] = Parliament.usd(110, 1)
    try world.propose("routine-1", Self.answers(prices))
    let second = try #require(try world.results("routine-1", item).last)
    #expect(second.proposals.first { $0.member.text == "COD" }?.verdict == .outOfBand)
    #expect(second.aggregation.members == 7)
    try world.voteAll("routine-1", .no)
    let narrowed = try #require(try world.lot("routine-1").items.first?.band)
    #expect(narrowed.low >= band.low && narrowed.high <= band.high)

    try world.proposeAll("routine-1", narrowed.low)
    try world.voteAll("routine-1", .no)
    #expect(try world.lot("routine-1").phase == .statusQuo)
    #expect(try world.results("routine-1", item).last?.outcome == .statusQuo(.notRatified, version: 2))
    let row = try #require(try world.row(item))
    #expect(row.floor == Parliament.usd(98) && row.carried == 1 && row.authority == .statusQuo)
    #expect(row.basisDocket == "first-1")
    #expect(world.state.currentTable?.docket == "routine-1")
  }

  @Test("a withheld sheet is named with what it kept open, and one revealed is not")
  func withheld() throws {
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, ["nickel/unwrought@1"])
    world.reachCommit()
    try world.propose("first-1", withholding: ["USA"], Self.answers(Self.worked))
    let result = try #require(try world.results("first-1", "nickel/unwrought@1").first)
    let influence = try #require(result.withheld.first)
    #expect(result.withheld.map(\.member.text) == ["USA"] && influence.weight == 540)
    #expect(!influence.isDecisive)
    // COD is screened; the other six have 1,370 votes. With 540 more at either end the middle lies at 955.
    #expect(influence.range == PriceBand(low: Parliament.usd(94), high: Parliament.usd(105)))
    #expect(try #require(result.agreed).result == Parliament.usd(95))
    let lot = try world.lot("first-1")
    #expect(world.state.sheet(lot.place, try Parliament.member("USA"))?.isWithheld == true)
    #expect(world.state.sheet(lot.place, try Parliament.member("AUS"))?.isWithheld == false)
  }

  @Test("withholding that makes proposals insufficient is called decisive")
  func decisiveWithholding() throws {
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, ["nickel/unwrought@1"])
    world.reachCommit()
    var prices = Self.worked
    prices["COD"] = nil
    prices["AUS"] = nil
    try world.propose("first-1", withholding: ["USA", "KOR"], Self.answers(prices))
    let result = try #require(try world.results("first-1", "nickel/unwrought@1").first)
    #expect(result.aggregation.status == .insufficient)
    // Four members with 920 votes revealed; only USA's 540 would lift them over two thirds of 2,000.
    #expect(result.withheld.map(\.member.text) == ["KOR", "USA"])
    #expect(result.withheld.map(\.isDecisive) == [false, true])
    #expect(result.withheld.allSatisfy { $0.range == nil })
    #expect(try world.lot("first-1").items.first?.band == nil)
  }

  @Test("typed answers are answers, not prices: sufficiency counts prices alone")
  func typedAnswers() throws {
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, ["nickel/unwrought@1"])
    world.reachCommit()
    var answers = Self.answers(Self.worked)
    answers["COD"] = { _ in .abstain }
    answers["KOR"] = { _ in .noData }
    answers["THA"] = { _ in .notCovered }
    answers["IND"] = { _ in .conflicted }
    try world.propose("first-1", answers)
    let result = try #require(try world.results("first-1", "nickel/unwrought@1").first)
    #expect(result.aggregation.members == 4 && result.aggregation.status == .insufficient)
    #expect(result.proposals.count == 4 && result.withheld.isEmpty)
  }

  @Test("vA5: a price under the hard bound refuses the quote, not the sheet, and is never moved to the bound")
  func outOfBounds() throws {
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, ["lithium/carbonate@1", "nickel/unwrought@1"])
    world.reachCommit()
    var answers = Dictionary(
      uniqueKeysWithValues: Parliament.everyone.map { member -> (String, (ItemID) -> Answer) in
        (member, { _ in .price(Parliament.usd(100)) })
      })
    answers["COD"] = { .price($0.mineral == "nickel" ? Parliament.usd(10) : Parliament.usd(100)) }
    try world.propose("first-1", answers)
    let nickel = try #require(try world.results("first-1", "nickel/unwrought@1").first)
    #expect(nickel.aggregation.rejected.map(\.text) == ["COD"])
    #expect(nickel.proposals.first { $0.member.text == "COD" }?.verdict == .outOfBounds)
    #expect(nickel.aggregation.floor == Parliament.usd(100) && nickel.aggregation.members == 7)
    #expect(try world.results("first-1", "lithium/carbonate@1").first?.aggregation.members == 8)
  }

  @Test("a floor outside the corridor needs the special vote in a ROUTINE docket too")
  func corridor() throws {
    let corridor = Corridor(low: Parliament.usd(90), high: Parliament.usd(99), source: "survey 2024")
    var world = try Parliament(corridor: corridor)
    try world.setFirst("first-1", ["nickel/unwrought@1"], Parliament.usd(98))
    try world.open("routine-1", DocketKind.routine.rawValue, ["nickel/unwrought@1"])
    world.reachCommit()
    try world.proposeAll("routine-1", Parliament.usd(100))
    let result = try #require(try world.results("routine-1", "nickel/unwrought@1").first)
    #expect(try #require(result.agreed).outsideEvidence)
    try world.voteAll("routine-1", .yes)
    world.wait(500)
    #expect(try world.row("nickel/unwrought@1")?.authority == .specialVote)
  }
}

extension ItemResult {
  var agreed: Aggregation.Agreement? {
    if case .agreed(_, let agreement) = aggregation.outcome { agreement } else { nil }
  }
}
