import Cryptography
import Membership
import Negotiation
import Testing
import Trade

/// A message counts if its block's time lies before the close; the instants around each border are tried one by one.
@Suite("Windows by block time")
struct WindowTests {
  let item = "nickel/unwrought@1"

  @Test("each phase lasts exactly its window: one millisecond before, at, after")
  func borders() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    let expected: [(window: Int64, before: Phase, after: Phase)] = [
      (1_000, .open, .evidence), (900, .evidence, .commit), (800, .commit, .reveal), (700, .reveal, .commit),
    ]
    for (window, before, after) in expected {
      #expect(try world.lot("first-1").phase == before)
      #expect(try world.lot("first-1").closes?.milliseconds == world.now.milliseconds + window)
      #expect(world.state.nextDeadline?.milliseconds == world.now.milliseconds + window)
      world.wait(window - 1)
      #expect(try world.lot("first-1").phase == before)
      world.wait(1)
      #expect(try world.lot("first-1").phase == after)
      #expect(try world.lot("first-1").opens == world.now)
    }
  }

  @Test(
    "a commitment counts until the last millisecond and not at the close, before and after the window it is refused")
  func commitment() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    let lot = try world.lot("first-1")
    let sheet = try world.sheet(lot, .abstain)
    #expect(throws: Refusal.windowNotOpen) { try world.commit(sheet, lot, by: "AUS") }
    world.wait(1_000)
    world.wait(899)
    #expect(throws: Refusal.windowNotOpen) { try world.commit(sheet, lot, by: "AUS") }
    world.wait(1)
    try world.commit(sheet, lot, by: "AUS")
    world.wait(799)
    try world.commit(sheet, lot, by: "USA")
    world.wait(1)
    #expect(throws: Refusal.windowClosed) { try world.commit(sheet, lot, by: "JPN") }
  }

  @Test("a message at the close is late even if the block has not moved the lot on")
  func unadvanced() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    world.reachCommit()
    let lot = try world.lot("first-1")
    let sheet = try world.sheet(lot, .abstain)
    let close = try #require(lot.closes)
    world.now = close
    #expect(throws: Refusal.windowClosed) { try world.commit(sheet, lot, by: "JPN") }
    world.now = Instant(milliseconds: close.milliseconds - 1)
    try world.commit(sheet, lot, by: "JPN")
  }

  @Test("a reveal counts in its window alone")
  func reveal() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    world.reachCommit()
    let lot = try world.lot("first-1")
    let sheet = try world.sheet(lot, .abstain)
    for member in ["AUS", "USA", "JPN"] { try world.commit(sheet, lot, by: member) }
    #expect(throws: Refusal.windowNotOpen) { try world.reveal(sheet, lot, by: "AUS") }
    world.wait(800)
    try world.reveal(sheet, lot, by: "AUS")
    world.wait(699)
    try world.reveal(sheet, lot, by: "USA")
    world.wait(1)
    #expect(throws: Refusal.windowClosed) { try world.reveal(sheet, lot, by: "JPN") }
    #expect(world.state.sheet(lot.place, try Parliament.member("JPN"))?.isWithheld == true)
  }

  @Test("a ballot counts in its call alone, and not before the reckoning")
  func ballot() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    world.reachCommit()
    #expect(throws: Refusal.windowNotOpen) { try world.ballot(try world.lot("first-1"), .yes, by: "AUS", call: 1) }
    try world.proposeAll("first-1", Parliament.usd(100))
    let lot = try world.lot("first-1")
    world.wait(599)
    try world.ballot(lot, .yes, by: "AUS")
    world.wait(1)
    #expect(try world.lot("first-1").call == 2)
    #expect(throws: Refusal.callMismatch) { try world.ballot(lot, .yes, by: "USA", call: 1) }
    // Every call is a new one: who voted in the first votes again in the second.
    try world.ballot(try world.lot("first-1"), .yes, by: "AUS")
  }

  @Test("a round that is over is closed, one that has not begun is not open")
  func rounds() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    world.reachCommit()
    let first = try world.lot("first-1")
    let sheet = try world.sheet(first, .abstain)
    try world.propose("first-1", [:])
    #expect(throws: Refusal.windowClosed) { try world.commit(sheet, first, by: "AUS") }
    let third = LotRound(docket: first.docket, lot: 0, round: 3)
    #expect(throws: Refusal.windowNotOpen) {
      try world.act(.commitment(Commitment(place: third, digest: .zero)), by: "AUS")
    }
  }

  @Test("after a standstill the next window opens with the first block, so nobody has missed one")
  func standstill() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    world.wait(1_000_000)
    #expect(try world.lot("first-1").phase == .evidence)
    #expect(try world.lot("first-1").closes?.milliseconds == world.now.milliseconds + 900)
  }

  @Test("advancing twice to one time, or back, does nothing more")
  func idempotence() throws {
    var world = try Parliament()
    try world.open("first-1", [item])
    world.wait(1_000)
    _ = world.state.takeChanges()
    let once = world.state
    world.state.advance(to: world.now)
    world.state.advance(to: .epoch)
    #expect(world.state == once)
    #expect(world.state.takeChanges().isEmpty)
  }

  @Test(
    "windows at, below and above the limits",
    arguments: [(100, nil), (99, .windowTooShort), (0, .windowTooShort), (-1, .windowTooShort)]
      as [(Int64, Refusal?)])
  func shortest(window: Int64, refusal: Refusal?) throws {
    #expect(try openingRefusal(window) == refusal)
  }

  @Test(
    "the longest window is ten years",
    arguments: [(0, nil), (1, .windowTooLong), (.max - DocketWindows.longest, .windowTooLong)]
      as [(Int64, Refusal?)])
  func longest(beyond: Int64, refusal: Refusal?) throws {
    #expect(try openingRefusal(DocketWindows.longest + beyond) == refusal)
  }

  private func openingRefusal(_ window: Int64) throws -> Refusal? {
    var world = try Parliament()
    let windows = DocketWindows(
      notice: 1_000, evidence: 1_000, commit: window, reveal: 1_000, ballot: 1_000, vacatio: 1_000)
    do { try world.open("first-1", [item], windows: windows) } catch let refusal as Refusal { return refusal }
    return nil
  }

  @Test("own windows hold instead of the parameters'")
  func ownWindows() throws {
    var world = try Parliament()
    let windows = DocketWindows(notice: 100, evidence: 200, commit: 300, reveal: 400, ballot: 500, vacatio: 600)
    try world.open("first-1", [item], windows: windows)
    for window in windows.all.prefix(3) {
      #expect(try world.lot("first-1").closes?.milliseconds == world.now.milliseconds + window)
      world.wait(window)
    }
    #expect(try world.lot("first-1").phase == .reveal)
  }
}
