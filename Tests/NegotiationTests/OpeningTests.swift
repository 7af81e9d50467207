import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Opening and withdrawing dockets")
struct OpeningTests {
  let item = "nickel/unwrought@1"

  @Test("three members with one content open a docket, two do not")
  func threeMembers() throws {
    var world = try Parliament()
    try world.open("open-1", [item], by: "AUS")
    try world.open("open-1", [item], by: "USA")
    #expect(try world.state.docket(Parliament.docket("open-1")) == nil)
    #expect(world.state.proposedOpenings.map { $0.signers.map(\.member.text) } == [["AUS", "USA"]])
    world.wait(10)
    try world.open("open-1", [item], by: "COD")
    let record = try #require(try world.state.docket(Parliament.docket("open-1")))
    #expect(record.openers.map(\.member.text) == ["AUS", "USA", "COD"])
    #expect(record.openedAt == world.now)
    #expect(world.state.proposedOpenings.isEmpty)
    #expect(try world.lot("open-1").closes?.milliseconds == world.now.milliseconds + 1_000)
  }

  @Test("openings that differ in one byte are not counted together, and fall when one of them opens")
  func differentContent() throws {
    var world = try Parliament()
    try world.open("open-1", [item], by: "AUS", note: "a")
    try world.open("open-1", [item], by: "USA", note: "b")
    try world.open("open-1", [item], by: "COD", note: "a")
    #expect(world.state.proposedOpenings.count == 2)
    try world.open("open-1", [item], by: "THA", note: "a")
    #expect(try world.state.docket(Parliament.docket("open-1"))?.note == "a")
    #expect(world.state.proposedOpenings.isEmpty)
  }

  @Test("a proposed opening lapses with its notice window, and the name is free again")
  func lapse() throws {
    var world = try Parliament()
    try world.open("open-1", [item], by: "AUS")
    world.wait(999)
    #expect(world.state.proposedOpenings.count == 1)
    #expect(world.state.nextDeadline?.milliseconds == world.now.milliseconds + 1)
    world.wait(1)
    #expect(world.state.proposedOpenings.isEmpty && world.state.nextDeadline == nil)
    try world.open("open-1", [item], by: "AUS")
    #expect(world.state.proposedOpenings.count == 1)
  }

  @Test("a member supports one opening of a name, and eight in all")
  func supportLimits() throws {
    var world = try Parliament()
    for number in 1...8 { try world.open("open-\(number)", [item], by: "AUS") }
    #expect(throws: Refusal.openingTwice) { try world.open("open-1", [item], by: "AUS") }
    #expect(throws: Refusal.openingTwice) { try world.open("open-1", [item], by: "AUS", note: "other") }
    #expect(throws: Refusal.openingLimit) { try world.open("open-9", [item], by: "AUS") }
    try world.open("open-9", [item], by: "USA")
  }

  @Test("support can be withdrawn; without any the opening is gone")
  func withdrawSupport() throws {
    var world = try Parliament()
    try world.open("open-1", [item], by: "AUS")
    try world.open("open-1", [item], by: "USA")
    #expect(throws: Refusal.notTheOpener) { try world.withdraw("open-1", by: "COD") }
    try world.withdraw("open-1", by: "AUS")
    #expect(world.state.proposedOpenings.first?.signers.map(\.member.text) == ["USA"])
    try world.withdraw("open-1", by: "USA")
    #expect(world.state.proposedOpenings.isEmpty)
    #expect(throws: Refusal.docketUnknown) { try world.withdraw("open-1", by: "USA") }
  }

  @Test("the opener withdraws until the commit window opens, and the items are free again")
  func withdraw() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    #expect(throws: Refusal.notTheOpener) { try world.withdraw("first-1", by: "AUS") }
    world.wait(1_000)
    world.wait(899)
    try world.withdraw("first-1", by: "KOR")
    let record = try #require(try world.state.docket(Parliament.docket("first-1")))
    #expect(record.endedAt == world.now && record.withdrawal?.reason == "changed mind")
    #expect(try world.lot("first-1").phase == .withdrawn && world.state.nextDeadline == nil)
    #expect(throws: Refusal.docketEnded) { try world.withdraw("first-1", by: "KOR") }
    #expect(throws: Refusal.docketExists) { try world.open("first-1", [item]) }
    try world.open("first-2", [item])
    world.reachCommit()
    #expect(throws: Refusal.withdrawTooLate) { try world.withdraw("first-2", by: "KOR") }
  }

  @Test("the end of the evidence window ends withdrawal even before the block moves the lot on")
  func withdrawAtClose() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    world.wait(1_000)
    world.now = try #require(try world.lot("first-1").closes)
    #expect(throws: Refusal.withdrawTooLate) { try world.withdraw("first-1", by: "KOR") }
  }

  @Test("a docket of three falls with any one of them")
  func withdrawByOneOfThree() throws {
    var world = try Parliament()
    for member in ["AUS", "USA", "COD"] { try world.open("open-1", [item], by: member) }
    #expect(throws: Refusal.notTheOpener) { try world.withdraw("open-1", by: "KOR") }
    try world.withdraw("open-1", by: "USA")
    #expect(try world.lot("open-1").phase == .withdrawn)
  }

  @Test("a docket of 1,024 items is cut into lots whose sheets keep within 512 quotes")
  func manyItems() throws {
    let items = try (0..<1_024).map { number in
      try Parliament.item("m\(String(number + 10_000))/form@1", corridor: nil)
    }
    let genesis = try Parliament.genesis(Parliament.parameters(), items, network: "big")
    var world = try Parliament()
    world.state = NegotiationState(genesis)
    _ = world.state.takeChanges()
    try world.open("big", items.map(\.id.text))
    #expect(try world.state.lots(of: Parliament.docket("big")).map(\.items.count) == [512, 512])
    #expect(try world.state.docket(Parliament.docket("big"))?.lotCount == 2)
    let changes = world.state.takeChanges()
    #expect(changes.map(\.section) == [.dockets, .lots, .lots])
  }

  @Test("kinds this version lacks are refused by their own code", arguments: [2, 3, 4, 5, 255] as [UInt8])
  func kinds(number: UInt8) throws {
    var world = try Parliament()
    #expect(throws: Refusal.kindNotSupported) { try world.open("x", number, [item]) }
  }

  @Test("unlawful openings each have their code")
  func refusals() throws {
    var world = try Parliament()
    #expect(throws: Refusal.notAMember) { try world.open("x", [item], by: "GBR") }
    #expect(throws: Refusal.itemsEmpty) { try world.open("x", []) }
    #expect(throws: Refusal.itemsNotAscending) { try world.open("x", [item, "cobalt/hydroxide@1"]) }
    #expect(throws: Refusal.itemsNotAscending) { try world.open("x", [item, item]) }
    #expect(throws: Refusal.itemUnknown) { try world.open("x", ["nickel/unwrought@2"]) }
    #expect(throws: Refusal.itemUnknown) { try world.open("x", ["zinc/metal@1"]) }
    #expect(throws: Refusal.itemWithoutFloor) { try world.open("x", DocketKind.routine.rawValue, [item]) }
    try world.setFirst("first-1", [item], Parliament.usd(98))
    #expect(throws: Refusal.itemHasFloor) { try world.open("x", [item]) }
    #expect(throws: Refusal.docketExists) { try world.open("first-1", ["cobalt/hydroxide@1"]) }
    try world.open("routine-1", DocketKind.routine.rawValue, [item])
    #expect(throws: Refusal.itemInDocket) { try world.open("routine-2", DocketKind.routine.rawValue, [item]) }
    #expect(throws: Refusal.itemInDocket) { try world.open("x", DocketKind.routine.rawValue, [item], by: "AUS") }
  }

  @Test("a retired version is refused from the very instant on, its successor is not")
  func retired() throws {
    var world = try Parliament()
    world.wait(49_999)
    try world.open("x", ["lithium/carbonate@1"])
    try world.withdraw("x", by: "KOR")
    world.wait(1)
    #expect(throws: Refusal.itemRetired) { try world.open("y", ["lithium/carbonate@1"]) }
    try world.open("y", ["lithium/carbonate@2"])
  }

  @Test("the chair's one privilege is to open alone: its commitments and ballots weigh as its votes do")
  func chair() throws {
    // Invariant I13. The chair KOR (110 votes) and a plain member are refused alike wherever no opening is concerned.
    var world = try Parliament()
    try world.open("first-1", [item])
    let lot = try world.lot("first-1")
    let sheet = try world.sheet(lot, .abstain)
    for member in ["KOR", "AUS"] {
      #expect(throws: Refusal.windowNotOpen) { try world.commit(sheet, lot, by: member) }
      #expect(throws: Refusal.windowNotOpen) { try world.ballot(lot, .yes, by: member, call: 1) }
    }
    world.reachCommit()
    try world.proposeAll("first-1", Parliament.usd(100))
    try world.vote("first-1", ["KOR": .yes])
    #expect(try world.results("first-1", item).first?.calls.first?.producer.yes == 10)
  }
}

extension Parliament {
  /// Opens a FIRST docket.
  mutating func open(
    _ docket: String, _ items: [String], by member: String = "KOR", windows: DocketWindows? = nil, note: String = ""
  )
    throws
  {
    try open(docket, DocketKind.first.rawValue, items, by: member, windows: windows, note: note)
  }

  mutating func withdraw(_ docket: String, by member: String) throws {
    try act(
      .docketWithdraw(DocketWithdrawal(docket: try Self.docket(docket), reason: "changed mind")), by: member)
  }
}
