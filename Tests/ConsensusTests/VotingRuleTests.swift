import Consensus
import Cryptography
import Membership
import Testing

@Suite("Rules of proposing and voting")
struct VotingRuleTests {
  @Test("R1: members lead in turn, by index")
  func leaders() throws {
    let context = try Members(4).context
    #expect((0...5).map { context.leader(of: View($0)).text } == ["AUS", "BRA", "CAN", "DEU", "AUS", "BRA"])
    #expect(context.leader(of: View(.max)).text == "DEU")
  }

  @Test("R2: any certificate of a view lets a member into the next one, and none leads back")
  func entering() throws {
    for kind in VoteKind.allCases {
      var bench = try Bench.voting()
      try bench.block("b7", view: 7, on: "genesis")
      #expect(try bench.certificate(kind, 7, kind == .nullify ? nil : "b7").contains("enter view 8"))
      _ = try bench.certificate(.nullify, 3)
      #expect(bench.consensus.view == 8)
    }
  }

  @Test("R3: the leader builds on the highest notarised block above which every view is nullified, once")
  func building() throws {
    var bench = try Bench.voting(4, me: "DEU")
    try bench.block("b1", view: 1, on: "genesis")
    _ = bench.feed(.blockKnown(try bench.link("b1")))
    _ = try bench.certificate(.notarize, 1, "b1")
    _ = bench.feed(.workKnown(true))
    #expect(try bench.certificate(.nullify, 2).contains("build view 3 on b1"))
    #expect(bench.feed(.workKnown(true)) == [])
    try bench.block("b3", view: 3, on: "b1")
    #expect(try bench.built("b3") == ["sign notarize 3 b3"])
    #expect(try bench.built("b3") == [])
  }

  @Test("R3: what was built for another view, on another parent or at another height is not proposed", arguments: 0..<3)
  func builtWrongly(fault: Int) throws {
    var bench = try Bench.voting(4, me: "BRA")
    #expect(bench.feed(.workKnown(true)).first == "build view 1 on genesis")
    try bench.block("x1", view: 1, on: "genesis")
    switch fault {
    case 0: try bench.block("b", view: 2, on: "genesis")
    case 1: try bench.block("b", view: 1, on: "x1")
    default: try bench.block("b", view: 1, on: "genesis", height: 2)
    }
    #expect(try bench.built("b") == [])
  }

  @Test("R3: no proposal after the own nullify")
  func lateBuilding() throws {
    var bench = try Bench.voting(4, me: "BRA")
    _ = bench.feed(.workKnown(true))
    _ = bench.feed(.expired(.view(1)))
    try bench.block("b1", view: 1, on: "genesis")
    #expect(try bench.built("b1") == [])
  }

  @Test("R4: a proposal waits while its grounds are not proved, and asks its leader for the certificates")
  func unproven() throws {
    var bench = try Bench.voting()
    _ = try bench.certificate(.nullify, 3)
    #expect(bench.consensus.view == 4)
    _ = try bench.certificate(.nullify, 4)
    try bench.block("b5", view: 5, on: "genesis")
    let told = try bench.feed(.proposal(bench.proposal("b5", without: [1, 2])))
    #expect(told == ["send BRA request for certificates above 0 below 5"])
    _ = try bench.certificate(.nullify, 1)
    #expect(try bench.certificate(.nullify, 2).contains("judge b5"))
  }

  @Test(
    "R4: a parent below the last final block, beside it, or at another height can never be built on", arguments: 0..<3)
  func impossible(fault: Int) throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("b2", view: 2, on: "b1")
    for block in ["b1", "b2"] { _ = bench.feed(.blockKnown(try bench.link(block))) }
    if fault != 2 {
      _ = try bench.certificate(.finalize, 2, "b2")
    } else {
      _ = try bench.certificate(.notarize, 2, "b2")
    }
    switch fault {
    case 0: try bench.block("b3", view: 3, on: "genesis")
    case 1:
      try bench.block("c2", view: 2, on: "b1")
      try bench.block("b3", view: 3, on: "c2")
    default: try bench.block("b3", view: 3, on: "b2", height: 4)
    }
    // Beside the last final block there can be no notarised one: the proposal comes without proof.
    let link = try bench.link("b3")
    let told = try bench.propose("b3", without: [1, 2])
    if fault == 1 {
      #expect(told.last?.hasPrefix("halt: notarisation 2") == true)
    } else {
      #expect(told.contains { $0.hasPrefix("report b3 of view \(link.view) is invalid") })
      #expect(told.contains("sign nullify 3"))
    }
  }

  @Test("R5: only the first proposal of the current view is judged, and only its verdict counts")
  func firstProposal() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("c1", view: 1, on: "genesis")
    #expect(try bench.propose("b1") == ["judge b1"])
    #expect(try !bench.propose("c1").contains("judge c1"))
    #expect(try bench.judged("c1") == [])
    #expect(try bench.judged("b1").first == "sign notarize 1 b1")
    #expect(try bench.judged("b1") == [])
  }

  @Test("R5: no notarize after the own nullify")
  func noNotarizeAfterNullify() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.propose("b1")
    _ = bench.feed(.workKnown(true))
    #expect(bench.feed(.expired(.view(1))).first == "sign nullify 1")
    #expect(try bench.judged("b1") == [])
  }

  @Test("R6: nullify at the end of the time, also after the own notarize, and once")
  func nullify() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.propose("b1")
    _ = try bench.judged("b1")
    _ = try bench.signAndStore()
    #expect(bench.feed(.expired(.view(1))).first == "sign nullify 1")
    #expect(bench.feed(.expired(.view(1))) == [])
  }

  @Test("R7: finalize on a notarisation, also of a view that was left")
  func finalize() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.certificate(.nullify, 1)
    #expect(try bench.certificate(.notarize, 1, "b1").contains("sign finalize 1 b1"))
  }

  @Test(
    "R7: no finalize after the own nullify or after notarize of another block, even if neither is signed yet",
    arguments: [true, false])
  func noFinalize(nullified: Bool) throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("c1", view: 1, on: "genesis")
    if nullified {
      _ = bench.feed(.workKnown(true))
      _ = bench.feed(.expired(.view(1)))
    } else {
      _ = try bench.propose("c1")
      _ = try bench.judged("c1")
    }
    let told = try bench.certificate(.notarize, 1, "b1")
    #expect(told.contains("enter view 2"))
    #expect(!told.contains { $0.hasPrefix("sign finalize") })
  }

  @Test("R12, R13: chosen, signed, stored, and only then sent and counted")
  func durableBeforeVisible() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.vote("BRA", .notarize, 1, "b1")
    _ = try bench.vote("CAN", .notarize, 1, "b1")
    _ = try bench.propose("b1")
    let judged = bench.act(.judged(block: try bench.link("b1").digest, .valid))
    let vote = Vote(.notarize(try bench.link("b1").digest, in: 1, of: bench.members.context), by: try bench.id("AUS"))
    #expect(judged == [.sign(vote)])
    let attested = try bench.members.attested(vote)
    let record = ConsensusRecord(view: 1, vote: attested, block: try bench.link("b1"), certificates: [])
    #expect(bench.act(.signed(attested)) == [.persist(record, Consensus.Ticket(1))])
    #expect(bench.consensus.view == 1)
    let shown = bench.act(.persisted(Consensus.Ticket(1)))
    #expect(shown.first == .broadcast(.vote(SignedVote(attested))))
    #expect(bench.consensus.view == 2)
  }

  @Test("R13: a signature that was not asked for, or that is another's, is never stored")
  func foreignSignature() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    let subject = try bench.subject(.notarize, 1, "b1")
    #expect(bench.feed(.signed(try bench.members.attested(Vote(subject, by: try bench.id("AUS"))))) == [])
    _ = try bench.propose("b1")
    _ = try bench.judged("b1")
    #expect(bench.feed(.signed(try bench.members.attested(Vote(subject, by: try bench.id("BRA"))))) == [])
  }

  @Test("R13: not even the end of the time shows a proposal whose vote is not stored")
  func unstoredProposal() throws {
    var bench = try Bench.voting(4, me: "BRA")
    _ = bench.feed(.workKnown(true))
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.built("b1")
    _ = try bench.sign()
    #expect(bench.feed(.expired(.view(1))) == ["sign nullify 1", "share work of view 1"])
  }

  @Test("R14: the record takes along every certificate since the last one")
  func records() throws {
    var bench = try Bench.voting()
    try bench.block("b2", view: 2, on: "genesis")
    _ = try bench.propose("b2")
    _ = try bench.judged("b2")
    let told = try bench.sign()
    #expect(told == ["persist #2 in view 2, vote notarize 2 b2, block b2"])
    #expect(bench.disk.waiting.count == 2)
    try bench.block("c2", view: 2, on: "genesis")
    #expect(bench.store() == ["broadcast notarize 2 b2"])
    #expect(try bench.certificate(.notarize, 2, "b2").contains("sign finalize 2 b2"))
    #expect(try bench.sign() == ["persist #3 in view 3, vote finalize 2 b2, notarisation 2 b2"])
  }

  @Test("R15: after a restart the stored votes go out again, and bind")
  func restart() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("c1", view: 1, on: "genesis")
    _ = try bench.propose("b1")
    _ = try bench.judged("b1")
    _ = try bench.signAndStore()
    #expect(bench.restart() == ["broadcast notarize 1 b1"])
    for peer in ["CAN", "DEU"] { _ = try bench.status(from: peer, view: 1) }
    #expect(try !bench.propose("c1").contains { $0.hasPrefix("judge") || $0.hasPrefix("sign") })
    #expect(try !bench.certificate(.notarize, 1, "c1").contains { $0.hasPrefix("sign") })
  }

  @Test("R15: a leader that restarts sends its stored proposal again")
  func restartedLeader() throws {
    var bench = try Bench.voting(4, me: "BRA")
    _ = bench.feed(.workKnown(true))
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.built("b1")
    #expect(try bench.signAndStore().last == "broadcast proposal b1 of view 1 on genesis")
    #expect(bench.restart().first == "broadcast proposal b1 of view 1 on genesis")
  }

  @Test("a single member agrees with itself")
  func single() throws {
    var bench = try Bench(1)
    #expect(bench.feed(.started) == ["report voting"])
    #expect(bench.feed(.workKnown(true)).first == "build view 1 on genesis")
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.built("b1")
    _ = bench.feed(.workKnown(false))
    let told = try bench.signAndStore()
    #expect(told.contains("final b1 at height 1 by finalisation 1 b1, with notarisation 1 b1"))
    #expect(bench.consensus.isIdle)
    #expect(bench.restart() == ["report voting"])
    #expect(bench.consensus.finalised.digest == Members.digest("b1"))
  }

  @Test("a single member that crashed between its own vote and the certificate goes on")
  func singleRestart() throws {
    var bench = try Bench(1)
    _ = bench.feed(.started)
    _ = bench.feed(.workKnown(true))
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.built("b1")
    _ = try bench.sign()
    _ = bench.store()
    let told = bench.restart()
    #expect(told.contains("notarised b1 by notarisation 1 b1"))
    #expect(told.contains("sign finalize 1 b1"))
  }
}
