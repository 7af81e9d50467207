import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Table versions, status quo and lapse")
struct TableTests {
  let item = "nickel/unwrought@1"

  @Test("pending rows are provable before they take effect, byte for byte the rows that later stand in the table")
  func pending() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    world.reachCommit()
    try world.proposeAll("first-1", Parliament.usd(100))
    try world.voteAll("first-1", .yes)
    let id = try Parliament.itemID(item)
    let row = try #require(world.state.pending.first)
    #expect(row.effectiveAt.milliseconds == world.now.milliseconds + 500)
    let bytes = try #require(world.state.entry(.pending(id)))
    world.wait(499)
    #expect(world.state.currentTable == nil && world.state.entry(.pending(id)) == bytes)
    // A block comes late: the version says when it came, the row keeps the instant that was announced.
    world.wait(3)
    #expect(world.state.entry(.pending(id)) == nil)
    #expect(world.state.entry(.row(1, id)) == bytes)
    #expect(world.state.currentTable?.effectiveAt == world.now)
  }

  @Test("each version holds full copies of all rows, and older versions stay as they were")
  func versions() throws {
    var world = try Parliament()
    try world.setFirst("first-1", [item], Parliament.usd(98))
    try world.setFirst("first-2", ["cobalt/hydroxide@1", "lithium/carbonate@1"], Parliament.usd(50))
    #expect(world.state.tables.map(\.rowCount) == [1, 3])
    #expect(world.state.tables.map(\.docket) == ["first-1", "first-2"])
    #expect(
      world.state.version(2)?.rows.map(\.item.text) == ["cobalt/hydroxide@1", "lithium/carbonate@1", item])
    #expect(world.state.version(1)?.rows.map(\.item.text) == [item])
    #expect(world.state.version(0) == nil && world.state.version(3) == nil && world.state.version(.max) == nil)
  }

  @Test("two dockets that enter into force in one block make a version each, in the order of their entries")
  func twoDocketsOneBlock() throws {
    var world = try Parliament()
    for (docket, name) in [("b", item), ("a", "cobalt/hydroxide@1")] { try world.open(docket, [name]) }
    world.reachCommit()
    let lots = [try world.lot("a"), try world.lot("b")]
    let sheets = try lots.map { try world.sheet($0, .price(Parliament.usd(100))) }
    for member in Parliament.everyone {
      for index in 0...1 { try world.commit(sheets[index], lots[index], by: member) }
    }
    world.wait(800)
    for member in Parliament.everyone {
      for index in 0...1 { try world.reveal(sheets[index], lots[index], by: member) }
    }
    world.wait(700)
    for member in Parliament.everyone {
      for name in ["a", "b"] { try world.ballot(try world.lot(name), .yes, by: member) }
    }
    world.wait(600)
    world.wait(500)
    #expect(world.state.tables.map(\.docket) == ["a", "b"])
    #expect(world.state.tables.map(\.effectiveAt) == [world.now, world.now])
    #expect(world.state.tables.map(\.rowCount) == [1, 2])
  }

  /// One ROUTINE docket in which nobody says anything, to its end.
  private func fail(_ docket: String, _ world: inout Parliament) throws {
    try world.open(docket, DocketKind.routine.rawValue, [item])
    world.reachCommit()
    while try world.lot(docket).phase != .statusQuo { world.wait(800) }
  }

  @Test("failed dockets are counted; one more than the parameter allows and the floor sets")
  func carried() throws {
    var world = try Parliament(Parliament.parameters(carried: 2))
    try world.setFirst("first-1", [item], Parliament.usd(98))
    for number in 1...2 {
      try fail("routine-\(number)", &world)
      let row = try #require(try world.row(item))
      #expect(row.carried == UInt32(number) && row.mode == .exact && row.authority == .statusQuo)
      #expect(row.floor == Parliament.usd(98) && row.basisDocket == "first-1")
    }
    let term = try #require(try world.row(item)?.lapsesAt)
    try fail("routine-3", &world)
    let row = try #require(try world.row(item))
    #expect(row.carried == 3 && row.mode == .indicative && row.authority == .lapse && row.lapsesAt == nil)
    #expect(world.state.currentTable?.docket == "routine-3")
    // It sets once: neither its old term nor another failure changes it again.
    world.wait(term.milliseconds - world.now.milliseconds + 1)
    #expect(try world.row(item) == row)
    try fail("routine-4", &world)
    #expect(try world.row(item)?.carried == 4 && world.row(item)?.mode == .indicative)
  }

  @Test("a row lapses at its very instant, in a version of its own without a docket")
  func lapse() throws {
    var world = try Parliament(Parliament.parameters(lapse: 5_000))
    try world.setFirst("first-1", [item], Parliament.usd(98))
    let row = try #require(try world.row(item))
    let instant = try #require(row.lapsesAt)
    #expect(world.state.nextDeadline == instant)
    world.wait(instant.milliseconds - world.now.milliseconds - 1)
    #expect(try world.row(item) == row)
    world.wait(1)
    let lapsed = try #require(try world.row(item))
    #expect(lapsed.mode == .indicative && lapsed.floor == row.floor && lapsed.effectiveAt == world.now)
    #expect(lapsed.authority == .lapse && lapsed.lapsesAt == nil && lapsed.basisDocket == "first-1")
    let table = try #require(world.state.currentTable)
    #expect(table.version == 2 && table.docket == nil && table.effectiveAt == world.now)
    #expect(world.state.version(1)?.rows.first?.mode == .exact)
    #expect(world.state.nextDeadline == nil)
  }

  @Test("a renewed floor has a new term and forgets what was carried")
  func renewal() throws {
    var world = try Parliament()
    try world.setFirst("first-1", [item], Parliament.usd(98))
    try fail("routine-1", &world)
    try world.open("routine-2", DocketKind.routine.rawValue, [item])
    world.reachCommit()
    try world.proposeAll("routine-2", Parliament.usd(99))
    try world.voteAll("routine-2", .yes)
    world.wait(500)
    let row = try #require(try world.row(item))
    #expect(row.carried == 0 && row.floor == Parliament.usd(99) && row.basisDocket == "routine-2")
    // The history of the item, by version: adopted, carried, adopted anew.
    let history = world.state.tables.compactMap { world.state.version($0.version)?.rows.first?.authority }
    #expect(history == [.specialVote, .statusQuo, .simpleVote])
  }

  @Test("a lapse during the renewing docket's notice is a version before the renewal")
  func lapseBeforeRenewal() throws {
    var world = try Parliament(Parliament.parameters(lapse: 4_200))
    try world.setFirst("first-1", [item], Parliament.usd(98))
    try world.open("routine-1", DocketKind.routine.rawValue, [item])
    world.reachCommit()
    try world.proposeAll("routine-1", Parliament.usd(100))
    try world.voteAll("routine-1", .yes)
    world.wait(500)
    #expect(world.state.version(2)?.rows.first?.authority == .lapse)
    #expect(world.state.version(3)?.rows.first?.mode == .exact)
  }
}
