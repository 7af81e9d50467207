import Consensus
import Cryptography
import Membership
import Testing

/// How a member's part in an epoch ends before the epoch does, or with it.
@Suite("Freezing, distrust and the end of an epoch")
struct EndingTests {
  /// A member that was asked to sign its `notarize` of b1, and holds the notarisation of a block in view 3.
  private static func busy() throws -> Bench {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.propose("b1")
    _ = try bench.judged("b1")
    return bench
  }

  @Test("a frozen member signs nothing more, not even what it was about to, and follows")
  func frozen() throws {
    var bench = try Self.busy()
    #expect(bench.requests.count == 1)
    #expect(bench.freeze() == [])
    #expect(try bench.sign() == [])
    #expect(bench.consensus.standing == .following)
    #expect(try bench.vote("CAN", .notarize, 1, "b1") == [])
    try bench.block("b2", view: 2, on: "b1")
    #expect(try bench.certificate(.notarize, 1, "b1").contains("notarised b1 by notarisation 1 b1"))
    #expect(try bench.propose("b2") == [])
    #expect(try bench.certificate(.finalize, 1, "b1").contains { $0.hasPrefix("final b1 ") })
    #expect(bench.requests.isEmpty)
  }

  @Test(
    "a frozen member says how far it came: the highest finalisation, the highest notarisation above it, its last vote")
  func farthest() throws {
    var bench = try Self.busy()
    _ = try bench.signAndStore()
    #expect(bench.consensus.highestFinalisation == nil)
    #expect(bench.consensus.highestNotarisation == nil)
    #expect(bench.consensus.highestVoted == 1)
    try bench.block("b2", view: 2, on: "b1")
    _ = try bench.certificate(.notarize, 1, "b1")
    #expect(bench.consensus.highestNotarisation?.view == 1)
    _ = try bench.certificate(.finalize, 1, "b1")
    #expect(bench.consensus.highestFinalisation?.view == 1)
    #expect(bench.consensus.highestNotarisation == nil)
    _ = try bench.certificate(.notarize, 2, "b2")
    _ = bench.freeze()
    #expect(bench.consensus.highestNotarisation?.view == 2)
    // A finalisation counts although its block has not come yet.
    try bench.block("b4", view: 4, on: "b2")
    _ = try bench.certificate(.finalize, 4, "b4")
    #expect(bench.consensus.highestFinalisation?.view == 4)
    #expect(bench.consensus.highestNotarisation == nil)
  }

  @Test("a halted member stays halted when it is frozen")
  func halted() throws {
    var bench = try Self.busy()
    try bench.block("c1", view: 1, on: "genesis")
    _ = try bench.certificate(.finalize, 1, "b1")
    _ = try bench.certificate(.finalize, 1, "c1")
    #expect(bench.consensus.standing == .halted)
    #expect(bench.freeze() == [])
    #expect(bench.consensus.standing == .halted)
  }

  @Test("R22: a member whose driver distrusts its records goes on as an old copy, once")
  func distrust() throws {
    var bench = try Self.busy()
    #expect(bench.distrustRecords() == ["report old copy"])
    #expect(try bench.sign() == [])
    #expect(bench.distrustRecords() == [])
    // The others' views, to which no certificate need lead: it votes above the highest of them plus one.
    for peer in ["BRA", "CAN"] { #expect(try bench.status(from: peer, view: 1) == []) }
    #expect(try bench.status(from: "DEU", view: 1).contains("report votes again above view 2"))
  }

  @Test("the end of an epoch stops what runs for it")
  func closing() throws {
    var bench = try Bench.voting()
    _ = bench.feed(.workKnown(true))
    try bench.block("b1", view: 1, on: "genesis")
    let told = try bench.nextEpoch(openedBy: "b1")
    #expect(told == ["stop timer of view 1", "stop retry"])
  }

  @Test("R30: a status of another epoch says nothing to this one")
  func otherEpoch() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    let before = bench.members
    _ = try bench.nextEpoch(openedBy: "b1")
    let status = ConsensusStatus(context: before.context, finalised: before.context.root, view: 9, votes: [])
    let verified = try status.verified(in: before.context, by: KeyedDigest())
    #expect(bench.feed(.peerStatus(from: try bench.id("CAN"), verified)) == ["report other epoch 0"])
  }

  @Test("views of which something is known are counted, and forgotten once they are final")
  func openViews() throws {
    var bench = try Bench.voting()
    #expect(bench.consensus.openViews == 0)
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.certificate(.notarize, 1, "b1")
    _ = try bench.certificate(.nullify, 2)
    #expect(bench.consensus.openViews == 2)
    _ = bench.feed(.blockKnown(try bench.link("b1")))
    _ = try bench.certificate(.finalize, 1, "b1")
    #expect(bench.consensus.openViews == 1)
  }

  @Test("a vote names its network's epoch by number and by opening block")
  func vote() throws {
    let members = try Members(4)
    let subject = members.subject(.nullify, 3, nil)
    let vote = Vote(subject, by: try #require(members.ids.first))
    #expect(vote.opener == members.context.root.digest)
    #expect(vote.epoch == 0)
    #expect(vote.view == 3)
    #expect(vote.block == nil)
  }
}
