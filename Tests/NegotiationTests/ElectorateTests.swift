import CBOR
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Electorates: N38 to N40")
struct ElectorateTests {
  let item = "nickel/unwrought@1"

  private func ids(_ names: [String]) throws -> [MemberID] { try names.map(Parliament.member).sorted() }

  private func without(_ gone: String...) throws -> [MemberID] {
    try ids(Parliament.everyone.filter { !gone.contains($0) })
  }

  private func isLawful(_ electorate: Electorate) -> Bool {
    let items = Parliament.names.compactMap { ItemID($0) }
    return VoteRules.customary.admits(electorate.votes, on: items, of: electorate.members)
  }

  @Test("what leaves with a member is shared out among the others, in proportion to what they have")
  func shared() throws {
    var world = try Parliament()
    let before = world.state.electorate
    world.state.adopt(members: try without("USA"), votes: nil)
    let after = world.state.electorate
    #expect(after.version == 1 && isLawful(after))
    let id = try Parliament.itemID(item)
    let (old, new) = (try #require(before.votes(on: id)), try #require(after.votes(on: id)))
    for member in after.members {
      #expect(new.producer.votes(of: member) >= old.producer.votes(of: member))
    }
    #expect(new.producer.votes(of: try Parliament.member("USA")) == 0)
    #expect(world.state.electorate(0) == before)
  }

  @Test("votes that were decided hold to the vote; where the members are others they are quantities")
  func decided() throws {
    var world = try Parliament()
    let members = try ids(Parliament.everyone + ["ZAF"])
    let shares = members.map { VoteDistribution.Share(member: $0, quantity: $0.text == "ZAF" ? 9 : 1) }
    let roll = try VoteDistribution.distribute(shares, total: 1_000, cap: 300, minimum: 1)
    let votes = try Parliament.names.map { ItemVotes(item: try Parliament.itemID($0), producer: roll, consumer: roll) }
    var other = world
    world.state.adopt(members: members, votes: votes)
    #expect(world.state.electorate.votes == votes && isLawful(world.state.electorate))
    other.state.adopt(members: members.filter { $0.text != "USA" }, votes: votes)
    #expect(isLawful(other.state.electorate))
    let id = try Parliament.itemID(item)
    #expect(other.state.electorate.votes(on: id)?.producer.votes(of: try Parliament.member("ZAF")) == 300)
  }

  @Test("a docket keeps the electorate of its opening: a member that joined later has no part in it")
  func joiningMidway() throws {
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, [item])
    let members = try ids(Parliament.everyone + ["ZAF"])
    let shares = members.map { VoteDistribution.Share(member: $0, quantity: 1) }
    let roll = try VoteDistribution.distribute(shares, total: 1_000, cap: 300, minimum: 1)
    let votes = try Parliament.names.map { ItemVotes(item: try Parliament.itemID($0), producer: roll, consumer: roll) }
    world.state.adopt(members: members, votes: votes)
    world.reachCommit()
    let lot = try world.lot("first-1")
    let sheet = try world.sheet(lot, .price(Parliament.usd(98)))
    #expect(throws: Refusal.notInElectorate) { try world.commit(sheet, lot, by: "ZAF") }
    try world.proposeAll("first-1", Parliament.usd(98))
    let ballot = try world.lot("first-1")
    #expect(throws: Refusal.notInElectorate) { try world.ballot(ballot, .yes, by: "ZAF") }
    try world.voteAll("first-1", .yes)
    world.wait(500)
    #expect(try world.row(item)?.floor == Parliament.usd(98))
    let call = try #require(try world.results("first-1", item).last?.calls.last)
    #expect(call.producer.total == 1_000 && call.yesMembers == 8)
    // Its explanation reckons with the votes of the opening; a docket opened now has the newcomer's.
    let explained = try world.state.explain(try Parliament.itemID(item), in: try Parliament.docket("first-1"))
    #expect(explained.row == (try world.row(item)))
    try world.open("routine-1", DocketKind.routine.rawValue, [item], by: "KOR")
    #expect(world.state.electorate(of: try Parliament.docket("routine-1"))?.version == 1)
  }

  @Test("a member suspended between commit and reveal has withheld; what it did before stands")
  func suspendedMidway() throws {
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, [item])
    world.reachCommit()
    let lot = try world.lot("first-1")
    let sheet = try world.sheet(lot, .price(Parliament.usd(98)))
    for member in Parliament.everyone { try world.commit(sheet, lot, by: member) }
    world.state.adopt(members: try without("USA"), votes: nil)
    world.wait(Parliament.windows.commit)
    let reveal = try world.lot("first-1")
    #expect(throws: Refusal.notAMember) { try world.reveal(sheet, reveal, by: "USA") }
    for member in Parliament.everyone where member != "USA" { try world.reveal(sheet, reveal, by: member) }
    world.wait(Parliament.windows.reveal)
    let result = try #require(try world.results("first-1", item).last)
    #expect(result.withheld.map(\.member.text) == ["USA"])
    // The total still has its votes: the snapshot decides, and nobody gains by another's suspension.
    #expect(result.aggregation.totalWeight == 2_000)
    #expect(throws: Refusal.notAMember) { try world.ballot(try world.lot("first-1"), .yes, by: "USA") }
    // Back before the vote closes, it votes with what it had.
    world.state.adopt(members: try ids(Parliament.everyone), votes: nil)
    try world.ballot(try world.lot("first-1"), .yes, by: "USA")
  }

  @Test("the chair goes to the next full member, and stays there")
  func chair() throws {
    var world = try Parliament()
    world.state.adopt(members: try without("KOR"), votes: nil)
    #expect(world.state.electorate.chair.text == "THA")
    #expect(world.state.takeChanges().contains(.chair))
    #expect(world.state.entry(.chair) == (try Parliament.member("THA").encoded))
    try world.open("first-1", DocketKind.first.rawValue, [item], by: "THA")
    #expect(try world.state.docket(Parliament.docket("first-1"))?.isLive == true)
    world.state.adopt(members: try ids(Parliament.everyone), votes: nil)
    #expect(world.state.electorate.chair.text == "THA")
    world.state.adopt(members: try without("THA", "USA"), votes: nil)
    #expect(world.state.electorate.chair.text == "AUS")
  }

  @Test("support for a proposed opening falls with its supporter")
  func support() throws {
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, [item], by: "USA")
    try world.open("first-1", DocketKind.first.rawValue, [item], by: "AUS")
    world.state.adopt(members: try without("USA"), votes: nil)
    #expect(world.state.proposedOpenings.first?.signers.map(\.member.text) == ["AUS"])
    try world.open("first-1", DocketKind.first.rawValue, [item], by: "JPN")
    #expect(try world.state.docket(Parliament.docket("first-1")) == nil)
    try world.open("first-1", DocketKind.first.rawValue, [item], by: "IND")
    #expect(try world.state.docket(Parliament.docket("first-1")) != nil)
    var other = try Parliament()
    try other.open("first-1", DocketKind.first.rawValue, [item], by: "USA")
    other.state.adopt(members: try without("USA"), votes: nil)
    #expect(other.state.proposedOpenings.isEmpty)
  }

  @Test("a state with several electorates is restored from its entries")
  func restored() throws {
    var world = try Parliament()
    try world.open("first-1", DocketKind.first.rawValue, [item], by: "USA")
    world.state.adopt(members: try without("KOR", "USA"), votes: nil)
    try world.open("first-2", DocketKind.first.rawValue, [item], by: "THA")
    world.state.adopt(members: try ids(Parliament.everyone), votes: nil)
    _ = world.state.takeChanges()
    let state = world.state
    let entries = try state.keys.map { (key: $0, value: try #require(state.entry($0))) }
    #expect(try NegotiationState(state.genesis, entries: entries) == state)
  }

  @Test("through any changes votes stay lawful, and entries give the state back", arguments: 0..<20)
  func randomChanges(seed: Int) throws {
    var (dice, world) = (Dice(seed: UInt64(seed)), try Parliament())
    let names = Parliament.everyone + ["BRA", "CAN", "CHL", "NOR", "PER", "ZAF"]
    for step in 0..<25 {
      let members = try ids(names.filter { _ in dice.below(3) > 0 })
      guard members.count >= 4 else { continue }
      let others = try ids(names.filter { _ in dice.below(4) > 0 })
      let before = world.state.electorate
      world.state.adopt(members: members, votes: dice.below(2) == 0 ? nil : try votes(others, &dice))
      let after = world.state.electorate
      #expect(isLawful(after) && after.members == members && after.isMember(after.chair))
      #expect(after.chair == before.chair || !after.isMember(before.chair))
      #expect(after.version == before.version + 1)
      if dice.below(4) == 0, let opener = members.last {
        try? world.open("docket-\(step)", DocketKind.first.rawValue, [item], by: opener.text)
      }
      world.wait(Int64(dice.below(900)))
    }
    _ = world.state.takeChanges()
    let state = world.state
    let entries = try state.keys.map { (key: $0, value: try #require(state.entry($0))) }
    #expect(try NegotiationState(state.genesis, entries: entries) == state)
  }

  private func votes(_ members: [MemberID], _ dice: inout Dice) throws -> [ItemVotes] {
    try Parliament.names.map { name in
      var shares: [VoteDistribution.Share] = []
      for member in members { shares.append(VoteDistribution.Share(member: member, quantity: Int64(dice.below(99)))) }
      let roll = try VoteDistribution.distribute(shares, total: 1_000, cap: 300, minimum: 1)
      return ItemVotes(item: try Parliament.itemID(name), producer: roll, consumer: roll)
    }
  }
}
