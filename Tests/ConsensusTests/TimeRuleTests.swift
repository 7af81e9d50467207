import Consensus
import Cryptography
import Membership
import Testing

@Suite("Rules of time, starting and catching up")
struct TimeRuleTests {
  @Test("R17: f dead leaders in a row cost f plain time-outs; then they double, up to the cap")
  func timeouts() throws {
    let patience = try #require(Patience(delay: 100, maximumDoublings: 3))
    let views = (1...12).map { patience.timeout(of: View($0), finalised: 0, faults: 1) }
    #expect(views == [300, 300, 600, 600, 1200, 1200, 2400, 2400, 2400, 2400, 2400, 2400])
    #expect(patience.timeout(of: 3, finalised: 2, faults: 2) == 300)
    #expect(patience.timeout(of: 2, finalised: 5, faults: 2) == 300)
    let longest = try #require(Patience(delay: Patience.maximumDelay, maximumDoublings: Patience.doublingsLimit))
    #expect(longest.timeout(of: View(.max), finalised: 0, faults: 0) == (3 * 3_600_000) << 20)
    #expect(Patience(delay: 0, maximumDoublings: 1) == nil)
    #expect(Patience(delay: 3_600_001, maximumDoublings: 1) == nil)
    #expect(Patience(delay: 1, maximumDoublings: 21) == nil)
  }

  @Test(
    "R18: known work, a valid proposal, the votes of f + 1 members or an unfinalised block start the timer; one vote does not"
  )
  func waking() throws {
    let started = "start timer of view 1 300 ms"
    var work = try Bench.voting()
    #expect(work.feed(.workKnown(true)).contains(started))
    #expect(work.feed(.workKnown(false)) == ["stop timer of view 1"])

    var proposal = try Bench.voting()
    try proposal.block("b1", view: 1, on: "genesis")
    #expect(try proposal.propose("b1") == ["judge b1"])
    #expect(try proposal.judged("b1").contains(started))

    var votes = try Bench.voting(7)
    #expect(try votes.vote("BRA", .nullify, 1) == [])
    #expect(try votes.vote("CAN", .nullify, 1) == [])
    #expect(try votes.vote("DEU", .nullify, 1).contains(started))

    var unfinalised = try Bench.voting()
    try unfinalised.block("b1", view: 1, on: "genesis")
    #expect(try unfinalised.certificate(.notarize, 1, "b1").contains("start timer of view 2 300 ms"))
  }

  @Test("R18: once everything is final and no work is known, nothing runs and nothing is sent")
  func quiet() throws {
    var bench = try Bench.voting(4, me: "CAN")
    try bench.block("b1", view: 1, on: "genesis")
    _ = bench.feed(.blockKnown(try bench.link("b1")))
    _ = try bench.certificate(.notarize, 1, "b1")
    _ = try bench.signAndStore()
    let told = try bench.certificate(.finalize, 1, "b1")
    #expect(told.contains("stop timer of view 2"))
    #expect(told.contains("stop lull of view 2"))
    _ = bench.store()
    #expect(bench.feed(.expired(.retry)) == [])
    for timer in [Consensus.Timer.view(2), .lull(2), .retry] { #expect(bench.feed(.expired(timer)) == []) }
  }

  @Test("R19: without work the leader waits one Δ for its parent's finalisation, then proposes an empty block")
  func lull() throws {
    var bench = try Bench.voting(4, me: "CAN")
    try bench.block("b1", view: 1, on: "genesis")
    _ = bench.feed(.blockKnown(try bench.link("b1")))
    let told = try bench.certificate(.notarize, 1, "b1")
    #expect(told.contains("start lull of view 2 100 ms"))
    #expect(!told.contains { $0.hasPrefix("build") })
    #expect(bench.feed(.expired(.lull(2))) == ["build view 2 on b1"])

    var busy = try Bench.voting(4, me: "CAN")
    try busy.block("b1", view: 1, on: "genesis")
    _ = busy.feed(.blockKnown(try busy.link("b1")))
    _ = try busy.certificate(.notarize, 1, "b1")
    #expect(busy.feed(.workKnown(true)) == ["stop lull of view 2", "build view 2 on b1"])
  }

  @Test("R20: at the end of the time the awaited proposal goes to everyone, and the driver shares the work")
  func givingUp() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.propose("b1")
    _ = bench.feed(.workKnown(true))
    #expect(
      bench.feed(.expired(.view(1)))
        == ["sign nullify 1", "broadcast proposal b1 of view 1 on genesis", "share work of view 1"])
  }

  @Test(
    "R21: nothing is voted before a quorum's status was heard, itself included", arguments: [(4, 2), (7, 4), (10, 6)])
  func listening(count: Int, others: Int) throws {
    var bench = try Bench(count)
    _ = bench.feed(.started)
    _ = bench.feed(.workKnown(true))
    for _ in 0..<3 { #expect(try bench.status(from: "BRA", view: 1) == []) }
    for index in 2..<(others + 1) {
      let told = try bench.status(from: Members.names[index], view: 1)
      #expect(told.contains("report voting") == (index == others))
    }
    #expect(bench.feed(.expired(.view(1))).first == "sign nullify 1")
  }

  @Test("R21: a status that names votes which the journal has changes nothing")
  func knownVotes() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = try bench.propose("b1")
    _ = try bench.judged("b1")
    _ = try bench.signAndStore()
    _ = bench.restart()
    let vote = Vote(try bench.subject(.notarize, 1, "b1"), by: try bench.id("AUS"))
    #expect(try bench.status(from: "BRA", view: 1, naming: [vote]) == [])
    #expect(try bench.status(from: "CAN", view: 1, naming: [vote]) == ["report voting"])
  }

  @Test("R22: a vote of its own that it does not know makes a member an old copy, also when it votes already")
  func unknownVote() throws {
    var bench = try Bench.voting()
    let vote = Vote(try bench.subject(.nullify, 1), by: try bench.id("AUS"))
    #expect(try bench.status(from: "BRA", view: 1, naming: [vote]) == ["report old copy"])
    _ = bench.feed(.workKnown(true))
    #expect(bench.feed(.expired(.view(1))) == ["share work of view 1"])

    var twin = try Bench.voting()
    #expect(twin.feed(.vote(try twin.members.attested(vote))) == ["report old copy"])
  }

  @Test("R13, R22: an own vote that comes back is never counted, nor sent again")
  func echo() throws {
    var bench = try Bench()
    _ = bench.restart(isOldCopy: true)
    for name in ["AUS", "BRA", "CAN"] { _ = try bench.vote(name, .nullify, 1) }
    #expect(bench.consensus.view == 1)
    #expect(try bench.status(from: "BRA", view: 1) == [])
  }

  @Test("R22: what was chosen before the discovery is not sent any more")
  func discovery() throws {
    var bench = try Bench.voting()
    _ = bench.feed(.workKnown(true))
    _ = bench.feed(.expired(.view(1)))
    _ = try bench.sign()
    try bench.block("b1", view: 1, on: "genesis")
    let vote = Vote(try bench.subject(.finalize, 1, "b1"), by: try bench.id("AUS"))
    _ = try bench.status(from: "BRA", view: 1, naming: [vote])
    #expect(bench.store() == [])
  }

  @Test(
    "R22: an old copy needs the views of a quorum of others that certificates confirm, and votes only two views above")
  func oldCopy() throws {
    var bench = try Bench(7)
    _ = bench.restart(isOldCopy: true)
    _ = try bench.status(from: "GBR", view: View(.max))
    for (name, view) in [("BRA", View(4)), ("CAN", 5), ("DEU", 5), ("EUN", 2)] {
      #expect(try bench.status(from: name, view: view) == [])
    }
    #expect(try !bench.status(from: "FRA", view: 3).contains { $0.hasPrefix("report") })
    #expect(try bench.certificate(.nullify, 4).contains("report votes again above view 6"))
    _ = bench.feed(.workKnown(true))
    #expect(bench.feed(.expired(.view(5))) == ["share work of view 5"])
    _ = try bench.certificate(.nullify, 6)
    #expect(bench.feed(.expired(.view(7))).first == "sign nullify 7")
    // What it forgot may still be shown to it: that is no news, since it does not vote there.
    let forgotten = Vote(try bench.subject(.nullify, 6), by: try bench.id("AUS"))
    #expect(try bench.status(from: "BRA", view: 7, naming: [forgotten]) == [])
    #expect(bench.consensus.standing == .voting(floor: 6))
  }

  @Test("R22: after it has voted again an old copy is one no longer, and does not vote below its last vote")
  func formerOldCopy() throws {
    var bench = try Bench()
    _ = bench.restart(isOldCopy: true)
    for peer in ["BRA", "CAN", "DEU"] { _ = try bench.status(from: peer, view: 1) }
    _ = try bench.certificate(.nullify, 2)
    _ = bench.feed(.workKnown(true))
    _ = bench.feed(.expired(.view(3)))
    #expect(try bench.signAndStore().last == "broadcast nullify 3")
    _ = bench.restart()
    let forgotten = Vote(try bench.subject(.nullify, 1), by: try bench.id("AUS"))
    _ = try bench.status(from: "BRA", view: 3, naming: [forgotten])
    #expect(try bench.status(from: "CAN", view: 3).contains("report voting"))
    try bench.block("b1", view: 1, on: "genesis")
    #expect(try !bench.certificate(.notarize, 1, "b1").contains { $0.hasPrefix("sign") })
  }

  @Test("R20, R21: a member that may not vote yet shares its work, and has the whole time of the view once it may")
  func sharingWithoutVoting() throws {
    var bench = try Bench()
    _ = bench.feed(.started)
    _ = bench.feed(.workKnown(true))
    #expect(bench.feed(.expired(.view(1))) == ["share work of view 1"])
    _ = try bench.status(from: "BRA", view: 1)
    #expect(
      try bench.status(from: "CAN", view: 1) == ["report voting", "start timer of view 1 300 ms"])
    #expect(bench.feed(.expired(.view(1))).first == "sign nullify 1")
  }

  @Test(
    "R23: a status brings what the peer lacks: finality, certificates, votes; and nothing to one that lacks nothing")
  func supplying() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("b2", view: 2, on: "b1")
    for block in ["b1", "b2"] { _ = bench.feed(.blockKnown(try bench.link(block))) }
    _ = try bench.certificate(.finalize, 1, "b1")
    _ = try bench.certificate(.notarize, 2, "b2")
    _ = try bench.signAndStore()
    #expect(
      try bench.status(from: "BRA", view: 1)
        == ["send BRA finalisation 1 b1", "send BRA notarisation 2 b2", "send BRA finalize 2 b2"])
    let vote = Vote(try bench.subject(.finalize, 2, "b2"), by: try bench.id("AUS"))
    #expect(try bench.status(from: "BRA", view: 3, final: "b1", naming: [vote]) == [])
  }

  @Test("R23: a status names the peer's own votes of the highest view in which any is held")
  func naming() throws {
    var bench = try Bench.voting()
    try bench.block("b2", view: 2, on: "genesis")
    _ = try bench.vote("BRA", .nullify, 1)
    _ = try bench.vote("BRA", .notarize, 2, "b2")
    _ = try bench.vote("BRA", .nullify, 2)
    let status = bench.consensus.status(for: try bench.id("BRA"))
    #expect(
      try status.votes.map { try $0.decoded().content.subject } == [
        try bench.subject(.notarize, 2, "b2"), try bench.subject(.nullify, 2),
      ])
    #expect(bench.consensus.status(for: try bench.id("CAN")).votes.isEmpty)
  }

  @Test("R24: the retry timer sends votes and the opening certificate again, but only where nothing moved")
  func retrying() throws {
    var bench = try Bench.voting()
    _ = bench.feed(.workKnown(true))
    _ = try bench.certificate(.nullify, 1)
    #expect(bench.feed(.expired(.retry)) == ["start retry 300 ms"])
    _ = bench.feed(.expired(.view(2)))
    _ = try bench.signAndStore()
    #expect(
      bench.feed(.expired(.retry))
        == ["broadcast nullification 1", "broadcast nullify 2", "share work of view 2", "start retry 300 ms"])
  }

  @Test("R25: whoever asks gets the certificates between two views, within a bound")
  func answering() throws {
    var bench = try Bench.voting()
    for view in 1...80 { _ = try bench.certificate(.nullify, View(UInt64(view))) }
    let request = CertificateRequest(context: bench.members.context, above: 2, below: 5)
    #expect(
      bench.feed(.request(from: try bench.id("BRA"), request)) == [
        "send BRA nullification 3", "send BRA nullification 4",
      ])
    let last = CertificateRequest(context: bench.members.context, above: 79, below: 81)
    #expect(bench.feed(.request(from: try bench.id("BRA"), last)) == ["send BRA nullification 80"])
    let all = CertificateRequest(context: bench.members.context, above: 0, below: View(.max))
    #expect(bench.feed(.request(from: try bench.id("BRA"), all)).count == Consensus.Limits.suppliedCertificates)
  }

  @Test("R26: the next leader gets the certificate that opens its view, unless its proposal is there")
  func announcing() throws {
    var bench = try Bench.voting()
    #expect(try bench.certificate(.nullify, 1).contains("send CAN nullification 1"))
    try bench.block("b3", view: 3, on: "genesis")
    #expect(try !bench.propose("b3").contains { $0.hasPrefix("send") })
  }

  @Test("R27: a repeated nullify for a view that was left, or one for an idle view, is answered with certificates")
  func answeringNullify() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = bench.feed(.blockKnown(try bench.link("b1")))
    _ = try bench.certificate(.notarize, 1, "b1")
    _ = try bench.signAndStore()
    #expect(try bench.vote("DEU", .nullify, 1) == [])
    #expect(try bench.vote("DEU", .nullify, 1) == ["send DEU notarisation 1 b1"])
    _ = try bench.certificate(.finalize, 1, "b1")
    #expect(try bench.vote("DEU", .nullify, 1) == ["send DEU finalisation 1 b1"])
    #expect(try bench.vote("DEU", .nullify, 2) == ["send DEU finalisation 1 b1"])
  }

  @Test("a follower takes part in nothing but knows what is final")
  func follower() throws {
    var bench = try Bench(4, me: nil)
    _ = bench.feed(.started)
    for peer in bench.members.ids { _ = try bench.status(from: peer.text, view: 1) }
    try bench.block("b1", view: 1, on: "genesis")
    #expect(try bench.propose("b1") == [])
    #expect(try bench.certificate(.finalize, 1, "b1").contains("final b1 at height 1 by finalisation 1 b1"))
    _ = bench.feed(.workKnown(true))
    #expect(bench.feed(.expired(.view(2))) == ["share work of view 2"])
  }
}
