import Accession
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Motions and ballots: A2 to A8")
struct MotionTests {
  @Test("a quorum of the members whom it does not concern adopts, and the filing counts as YES")
  func quorum() throws {
    var bloc = try Bloc(8)
    let motion = bloc.motion([.suspend(try Bloc.id("M08"))])
    let identity = try bloc.act(.motion(motion), by: "M01")
    for (place, name) in ["M02", "M03", "M04"].enumerated() {
      try bloc.act(.ballot(MotionBallot(motion: identity, isYes: true)), by: name)
      #expect(bloc.accession.motion(identity)?.ballots.count == place + 2)
    }
    #expect(bloc.outcome(identity) == .open)
    try bloc.act(.ballot(MotionBallot(motion: identity, isYes: false)), by: "M05")
    #expect(bloc.outcome(identity) == .open)
    // Seven may vote: the quorum is five.
    try bloc.act(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M06")
    #expect(bloc.outcome(identity) == .entered(bloc.now))
    #expect(try bloc.status("M08") == .suspended)
    #expect(try bloc.endBlock())
    #expect(bloc.accession.epoch == 1 && bloc.validators.count == 7)
    #expect(bloc.electorates.last?.members.count == 7)
  }

  @Test("a member's own affairs need a witness of the others")
  func witness() throws {
    var bloc = try Bloc(8)
    let identity = try bloc.act(.motion(bloc.motion([try bloc.withdrawal("M03")])), by: "M03")
    #expect(bloc.accession.motion(identity)?.ballots.isEmpty ?? false)
    for name in ["M01", "M02"] { try bloc.act(.ballot(MotionBallot(motion: identity, isYes: true)), by: name) }
    #expect(bloc.outcome(identity) == .open)
    try bloc.refuses(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M03", .ballotOnOwnAffair)
    try bloc.act(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M04")
    #expect(bloc.outcome(identity) == .entered(bloc.now))
    #expect(try bloc.endBlock())
    #expect(try bloc.status("M03") == .withdrawn)
    #expect(bloc.accession.roster[try Bloc.id("M03")] == nil)
  }

  @Test("with votes in it a withdrawal is no longer the member's own affair")
  func ownAffairWithVotes() throws {
    var bloc = try Bloc(8)
    let rest = bloc.accession.fullMembers.filter { $0.text != "M03" }
    let motion = bloc.motion([try bloc.withdrawal("M03")], votes: try Bloc.votes(rest))
    let identity = try bloc.act(.motion(motion), by: "M01")
    for name in ["M02", "M04", "M05"] { try bloc.act(.ballot(MotionBallot(motion: identity, isYes: true)), by: name) }
    #expect(bloc.outcome(identity) == .open)
    try bloc.act(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M06")
    #expect(bloc.outcome(identity) == .entered(bloc.now))
  }

  @Test("what a motion must be")
  func filing() throws {
    var bloc = try Bloc(5)
    try bloc.refuses(.motion(bloc.motion([])), by: "M01", .motionEmpty)
    let suspension = RosterChange.suspend(try Bloc.id("M05"))
    try bloc.refuses(.motion(bloc.motion([suspension], closes: 0)), by: "M01", .motionCloses)
    try bloc.refuses(.motion(bloc.motion([suspension], closes: 1 << 40)), by: "M01", .motionCloses)
    try bloc.refuses(.motion(bloc.motion([suspension], entry: 1 << 50)), by: "M01", .motionEntry)
    try bloc.refuses(.motion(bloc.motion([suspension, suspension])), by: "M01", .changesConflict)
    try bloc.refuses(.motion(bloc.motion([.suspend(try Bloc.id("XYZ"))])), by: "M01", .memberUnknown)
    try bloc.refuses(.motion(bloc.motion([.reinstate(try Bloc.id("M02"))])), by: "M01", .nothingToReinstate)
    let unknown = MotionBallot(motion: .zero, isYes: true)
    try bloc.refuses(.ballot(unknown), by: "M01", .motionUnknown)
    for _ in 0..<4 { try bloc.act(.motion(bloc.motion([suspension])), by: "M01") }
    try bloc.refuses(.motion(bloc.motion([suspension])), by: "M01", .motionLimit)
    try bloc.act(.motion(bloc.motion([suspension])), by: "M02")
  }

  @Test("a motion lapses at its close, by itself")
  func lapse() throws {
    var bloc = try Bloc(5)
    let identity = try bloc.act(.motion(bloc.motion([.suspend(try Bloc.id("M05"))], closes: 250)), by: "M01")
    #expect(bloc.accession.nextDeadline == Instant(milliseconds: bloc.now.milliseconds + 250))
    #expect(try !bloc.endBlock(after: 249))
    #expect(bloc.outcome(identity) == .open)
    try bloc.endBlock(after: 1)
    #expect(bloc.outcome(identity) == .lapsed(bloc.now))
    #expect(bloc.accession.nextDeadline == nil)
    try bloc.refuses(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M02", .motionClosed)
  }

  @Test("a ballot is cast once and never changed")
  func ballotTwice() throws {
    var bloc = try Bloc(8)
    let identity = try bloc.act(.motion(bloc.motion([.suspend(try Bloc.id("M05"))])), by: "M01")
    try bloc.refuses(.ballot(MotionBallot(motion: identity, isYes: false)), by: "M01", .ballotTwice)
    try bloc.act(.ballot(MotionBallot(motion: identity, isYes: false)), by: "M02")
    try bloc.refuses(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M02", .ballotTwice)
    try bloc.refuses(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M05", .ballotOnOwnAffair)
  }

  @Test("ballots of members that are full no more count no more, and fewer members need fewer")
  func recount() throws {
    var bloc = try Bloc(9)
    let rules = bloc.motion([.rules(version: 2, height: 100)])
    let identity = try bloc.act(.motion(rules), by: "M01")
    for name in ["M02", "M03", "M04", "M05"] {
      try bloc.act(.ballot(MotionBallot(motion: identity, isYes: true)), by: name)
    }
    try bloc.act(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M09")
    // Six of nine are one too few; M09 leaves, and five of eight are still one too few.
    try bloc.carry(bloc.motion([try bloc.withdrawal("M09")]), by: "M01")
    #expect(bloc.outcome(identity) == .open)
    // M08 leaves, and five of seven are enough.
    try bloc.carry(bloc.motion([try bloc.withdrawal("M08")]), by: "M01")
    #expect(bloc.outcome(identity) == .entered(bloc.now))
    #expect(bloc.accession.rulesVersion(at: 99) == 1 && bloc.accession.rulesVersion(at: 100) == 2)
    try bloc.endBlock()
  }

  @Test("an upgrade of the rules ascends and lies ahead")
  func rules() throws {
    var bloc = try Bloc(4)
    try bloc.refuses(.motion(bloc.motion([.rules(version: 1, height: 9)])), by: "M01", .rulesVersionNotLater)
    try bloc.refuses(.motion(bloc.motion([.rules(version: 2, height: 1)])), by: "M01", .rulesHeightPassed)
    try bloc.carry(bloc.motion([.rules(version: 2, height: 5)]), by: "M01")
    try bloc.refuses(.motion(bloc.motion([.rules(version: 3, height: 5)])), by: "M01", .rulesHeightPassed)
    #expect(try !bloc.endBlock())
    #expect(bloc.accession.upgrades == [RulesUpgrade(version: 2, height: 5)])
  }

  @Test("what can no longer be done when it was adopted is void")
  func void() throws {
    var bloc = try Bloc(8)
    let first = try bloc.act(.motion(bloc.motion([.suspend(try Bloc.id("M08"))])), by: "M01")
    try bloc.carry(bloc.motion([try bloc.withdrawal("M08")]), by: "M01")
    for name in ["M02", "M03", "M04"] { try bloc.act(.ballot(MotionBallot(motion: first, isYes: true)), by: name) }
    try bloc.act(.ballot(MotionBallot(motion: first, isYes: true)), by: "M05")
    #expect(bloc.outcome(first) == .void(bloc.now, .memberUnknown))
    try bloc.endBlock()
  }

  @Test("whoever is suspended files and votes no more")
  func suspended() throws {
    var bloc = try Bloc(8)
    try bloc.carry(bloc.motion([.suspend(try Bloc.id("M08"))]), by: "M01")
    try bloc.endBlock()
    try bloc.refuses(.motion(bloc.motion([.rules(version: 2, height: 50)])), by: "M08", .notFull)
    let identity = try bloc.act(.motion(bloc.motion([.rules(version: 2, height: 50)])), by: "M01")
    try bloc.refuses(.ballot(MotionBallot(motion: identity, isYes: true)), by: "M08", .notFull)
  }
}
