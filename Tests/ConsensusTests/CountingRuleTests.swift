import CBOR
import Consensus
import Cryptography
import Membership
import Testing

@Suite("Rules of counting and finality")
struct CountingRuleTests {
  @Test("R8: a member counts once, votes for the next view count, later ones are dropped and said")
  func counting() throws {
    var bench = try Bench.voting()
    for _ in 0..<5 { #expect(try !bench.vote("BRA", .nullify, 1).contains("enter view 2")) }
    #expect(try bench.vote("BRA", .nullify, 2) == [])
    #expect(try bench.vote("BRA", .nullify, 3) == ["report vote of BRA for view 3 is too far ahead"])
    _ = try bench.vote("CAN", .nullify, 2)
    let told = try bench.vote("DEU", .nullify, 2)
    #expect(told.first == "enter view 3")
  }

  @Test("R9: a quorum, and no fewer, makes a certificate that others can verify", arguments: [4, 5, 6, 7, 10])
  func quorum(count: Int) throws {
    var bench = try Bench.voting(count)
    let quorum = [4: 3, 5: 4, 6: 5, 7: 5, 10: 7][count] ?? 0
    for index in 1..<quorum { #expect(try !bench.vote(Members.names[index], .nullify, 1).contains("enter view 2")) }
    #expect(bench.consensus.view == 1)
    #expect(try bench.vote(Members.names[quorum], .nullify, 1).contains("enter view 2"))
    let held = try #require(bench.consensus.heldCertificates.first)
    let again = try held.certificate.verified(in: bench.members.context, by: KeyedDigest())
    #expect(again == held)
    #expect(held.certificate.signatures.count == quorum)
  }

  @Test("R9: votes for different blocks do not add up")
  func split() throws {
    var bench = try Bench.voting(7)
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("c1", view: 1, on: "genesis")
    for (index, name) in Members.names[1..<7].enumerated() {
      #expect(try !bench.vote(name, .notarize, 1, index < 3 ? "b1" : "c1").contains("enter view 2"))
    }
  }

  @Test("R10: ancestors become final first, in order of height")
  func ancestors() throws {
    var bench = try Bench.voting()
    for (label, view, parent) in [("b1", View(1), "genesis"), ("b2", 2, "b1"), ("b4", 4, "b2")] {
      try bench.block(label, view: view, on: parent)
      _ = bench.feed(.blockKnown(try bench.link(label)))
    }
    let told = try bench.certificate(.finalize, 4, "b4").filter { $0.hasPrefix("final") }
    #expect(
      told == [
        "final b1 at height 1 by finalisation 4 b4", "final b2 at height 2 by finalisation 4 b4",
        "final b4 at height 3 by finalisation 4 b4",
      ])
    #expect(bench.consensus.finalised == (try bench.link("b4")))
  }

  @Test("R10: a lower finalisation that connects counts while a higher one still waits for its links")
  func intermediate() throws {
    var bench = try Bench.voting()
    for (label, view, parent) in [("b1", View(1), "genesis"), ("b2", 2, "b1"), ("b4", 4, "b2")] {
      try bench.block(label, view: view, on: parent)
    }
    #expect(try bench.certificate(.finalize, 4, "b4").contains("fetch b4 of view 4 from BRA"))
    #expect(bench.feed(.blockKnown(try bench.link("b1"))) == [])
    #expect(try bench.certificate(.finalize, 1, "b1").contains("final b1 at height 1 by finalisation 1 b1"))
    #expect(bench.feed(.blockKnown(try bench.link("b2"))) == [])
    #expect(bench.feed(.blockKnown(try bench.link("b4"))).contains("final b4 at height 3 by finalisation 4 b4"))
  }

  @Test("R11: the block of a notarisation is fetched when its link is unknown, and told when it comes")
  func fetching() throws {
    var bench = try Bench.voting()
    try bench.block("b2", view: 2, on: "genesis")
    #expect(try bench.certificate(.notarize, 2, "b2").contains("fetch b2 of view 2 from CAN"))
    #expect(bench.consensus.tip == bench.members.context.root)
    #expect(bench.feed(.blockKnown(try bench.link("b2"))) == ["notarised b2 by notarisation 2 b2"])
    #expect(bench.consensus.tip == (try bench.link("b2")))
  }

  static let pairs: [(VoteKind, String?, VoteKind, String?, Bool)] = [
    (.notarize, "b1", .notarize, "c1", true), (.finalize, "b1", .finalize, "c1", true),
    (.notarize, "b1", .finalize, "c1", true), (.finalize, "b1", .notarize, "c1", true),
    (.nullify, nil, .finalize, "b1", true), (.finalize, "b1", .nullify, nil, true),
    (.notarize, "b1", .nullify, nil, false), (.nullify, nil, .notarize, "b1", false),
    (.notarize, "b1", .finalize, "b1", false), (.finalize, "b1", .notarize, "b1", false),
    (.notarize, "b1", .notarize, "b1", false), (.nullify, nil, .nullify, nil, false),
    (.finalize, "b1", .finalize, "b1", false),
  ]

  @Test("R16: exactly four pairs of votes contradict each other", arguments: 0..<13)
  func contradictions(index: Int) throws {
    let (first, block, second, other, contradicts) = Self.pairs[index]
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("c1", view: 1, on: "genesis")
    #expect(try !bench.vote("BRA", first, 1, block).contains { $0.hasPrefix("evidence") })
    let vote = Vote(try bench.subject(second, 1, other), by: try bench.id("BRA"))
    if contradicts { #expect(bench.consensus.wants(vote)) }
    let actions = bench.act(.vote(try bench.members.attested(vote)))
    let evidence = actions.compactMap { if case .evidence(let evidence) = $0 { evidence } else { nil } }
    #expect(evidence.count == (contradicts ? 1 : 0))
    if let found = evidence.first {
      #expect(try found.verified(in: bench.members.context, by: KeyedDigest()).member.text == "BRA")
      let again = try Evidence(decoding: found.encoded)
      #expect(again == found)
    }
    // Once for each member and view; another view is another matter.
    #expect(bench.act(.vote(try bench.members.attested(vote))).isEmpty)
    let elsewhere = Vote(try bench.subject(second, 2, other), by: try bench.id("BRA"))
    #expect(
      !bench.act(.vote(try bench.members.attested(elsewhere))).contains {
        if case .evidence = $0 { true } else { false }
      })
  }

  @Test("R16: a contradicting vote is not counted")
  func uncounted() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    _ = bench.feed(.blockKnown(try bench.link("b1")))
    _ = try bench.vote("BRA", .nullify, 1)
    for name in ["BRA", "CAN", "DEU"] { _ = try bench.vote(name, .finalize, 1, "b1") }
    #expect(bench.consensus.finalised.height == 0)
    #expect(try bench.certificate(.finalize, 1, "b1", by: [1, 2, 3]).contains { $0.hasPrefix("final b1") })
  }

  @Test("R16: a contradicting vote is found in a certificate too, whichever comes first", arguments: [true, false])
  func certificateContradiction(voteFirst: Bool) throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("c1", view: 1, on: "genesis")
    var told: [String] = []
    if voteFirst { told += try bench.vote("BRA", .notarize, 1, "c1") }
    told += try bench.certificate(.notarize, 1, "b1")
    if !voteFirst { told += try bench.vote("BRA", .notarize, 1, "c1") }
    #expect(told.filter { $0.hasPrefix("evidence against BRA") }.count == 1)
  }

  @Test("R16: evidence proves nothing about two members, or about votes that agree")
  func falseEvidence() throws {
    let members = try Members(4)
    let block = Members.digest("b1")
    let first = members.signature(Vote(members.subject(.notarize, 1, block), by: members.ids[0]))
    let second = members.signature(Vote(members.subject(.notarize, 1, Members.digest("c1")), by: members.ids[1]))
    let third = members.signature(Vote(members.subject(.nullify, 1, nil), by: members.ids[0]))
    #expect(throws: EvidenceError.differentMembers) {
      try Evidence(first: first, second: second).verified(in: members.context, by: KeyedDigest())
    }
    #expect(throws: EvidenceError.noContradiction) {
      try Evidence(first: first, second: third).verified(in: members.context, by: KeyedDigest())
    }
  }

  @Test("R28: a certificate against the own history stops the member, and exposes f + 1 members at least")
  func halting() throws {
    var bench = try Bench.voting(7)
    try bench.block("b1", view: 1, on: "genesis")
    _ = bench.feed(.blockKnown(try bench.link("b1")))
    _ = try bench.certificate(.finalize, 1, "b1", by: [0, 1, 2, 3, 4])
    let told = try bench.certificate(.nullify, 1, by: [2, 3, 4, 5, 6])
    #expect(told.filter { $0.hasPrefix("evidence") }.count == 3)
    #expect(told.last == "halt: nullification 1 contradicts final b1")
    #expect(bench.consensus.standing == .halted)
    #expect(bench.feed(.workKnown(true)) == [])
  }

  @Test("R28: so does a finalisation that passes by a remembered final block, and a notarisation that does")
  func passingBy() throws {
    for kind in [VoteKind.finalize, .notarize] {
      var bench = try Bench.voting()
      try bench.block("b1", view: 1, on: "genesis")
      try bench.block("b3", view: 3, on: "b1")
      try bench.block("c5", view: 5, on: "b1")
      for label in ["b1", "b3", "c5"] { _ = bench.feed(.blockKnown(try bench.link(label))) }
      _ = try bench.certificate(.finalize, 3, "b3")
      #expect(bench.feed(.blockKnown(try bench.link("c5"))) == [])
      let told = try bench.certificate(kind, 5, "c5")
      #expect(told.last?.hasPrefix("halt") == true || told.contains { $0.hasPrefix("halt") })
    }
  }

  @Test("R28: an older final block is remembered")
  func remembering() throws {
    var bench = try Bench.voting()
    for (label, view, parent) in [("b1", View(1), "genesis"), ("b2", 2, "b1"), ("b3", 3, "b2")] {
      try bench.block(label, view: view, on: parent)
      _ = bench.feed(.blockKnown(try bench.link(label)))
    }
    _ = try bench.certificate(.finalize, 3, "b3")
    #expect(try bench.certificate(.finalize, 2, "b2") == [])
    try bench.block("c2", view: 2, on: "b1")
    #expect(try bench.certificate(.finalize, 2, "c2") == ["halt: finalisation 2 c2 contradicts final b3"])
  }

  @Test("R29: votes far behind are not counted")
  func bounds() throws {
    var bench = try Bench.voting()
    _ = try bench.certificate(.nullify, View(Consensus.Limits.pastViews + 10))
    for (view, counts) in [(View(10), false), (11, true)] {
      try bench.block("b\(view)", view: view, on: "genesis")
      let names = ["BRA", "CAN", "DEU"]
      for name in names {
        let vote = Vote(try bench.subject(.notarize, view, "b\(view)"), by: try bench.id(name))
        #expect(bench.consensus.wants(vote) == counts)
        _ = bench.act(.vote(try bench.members.attested(vote)))
      }
      #expect(bench.consensus.heldCertificates.contains { $0.view == view } == counts)
    }
  }

  @Test("R29: finality forgets what lies below")
  func forgetting() throws {
    var bench = try Bench.voting()
    try bench.block("b9", view: 9, on: "genesis")
    _ = bench.feed(.blockKnown(try bench.link("b9")))
    for view in 1...8 { _ = try bench.certificate(.nullify, View(UInt64(view))) }
    _ = try bench.certificate(.notarize, 9, "b9")
    #expect(bench.consensus.heldCertificates.count == 9)
    _ = try bench.certificate(.finalize, 9, "b9")
    #expect(bench.consensus.heldCertificates.map(\.kind) == [.finalize])
  }

  @Test("R29: what is not wanted need not be verified")
  func wanting() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    let vote = Vote(try bench.subject(.notarize, 1, "b1"), by: try bench.id("BRA"))
    #expect(bench.consensus.wants(vote))
    _ = bench.act(.vote(try bench.members.attested(vote)))
    #expect(!bench.consensus.wants(vote))
    #expect(!bench.consensus.wants(Vote(try bench.subject(.nullify, 3), by: vote.member)))
    let certificate = bench.members.certificate(try bench.subject(.notarize, 1, "b1"))
    #expect(bench.consensus.wants(certificate))
    _ = try bench.certificate(.notarize, 1, "b1")
    #expect(!bench.consensus.wants(certificate))
    #expect(!bench.consensus.wants(Vote(try bench.subject(.notarize, 1, "b1"), by: try bench.id("DEU"))))
    #expect(bench.consensus.wants(Vote(try bench.subject(.finalize, 1, "b1"), by: try bench.id("DEU"))))
  }

  @Test("R30: another epoch, or the same one opened by another block, means nothing here")
  func otherEpochs() throws {
    var bench = try Bench.voting()
    for other in [try Members(4, epoch: 1), try Members(4, opener: "elsewhere")] {
      let vote = Vote(.nullify(1, of: other.context), by: other.ids[1])
      #expect(bench.feed(.vote(try other.attested(vote))) == ["report other epoch \(other.context.epoch)"])
      #expect(
        bench.feed(.certificate(try other.verified(vote.subject))) == ["report other epoch \(other.context.epoch)"])
      #expect(!bench.consensus.wants(vote))
      let request = CertificateRequest(context: other.context, above: 0, below: 9)
      #expect(bench.feed(.request(from: other.ids[1], request)) == ["report other epoch \(other.context.epoch)"])
    }
    #expect(bench.consensus.view == 1)
  }
}
