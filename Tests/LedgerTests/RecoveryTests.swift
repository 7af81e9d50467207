import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Testing

/// Freezes and restarts (`Protocol/recovery.md`): what is accepted, and that each rule refuses what breaks it.
@Suite("Recovery documents")
struct RecoveryTests {
  @Test("the restart starts at the highest notarised block among the freezes, and names who votes from there")
  func restart() throws {
    let bench = try RecoveryBench()
    let content = try bench.composed(try bench.usual())
    #expect(content.start == bench.header(5).link)
    #expect(content.headers.map(\.digest) == (3...5).map { bench.header($0).digest })
    let document = try RestartDocument(decoding: try bench.document(content).encoded)
    let restart = try bench.verify(document)
    let context = restart.context(roster: bench.basis.roster)
    #expect(context.epoch == 7)
    #expect(context.root == bench.header(5).link)
    #expect(context.validators.members.map(\.id.text) == RecoveryBench.survivors)
    #expect(context.quorum.quorum == 4)
    // Three freezes would have been enough, so two more may have lied.
    #expect(restart.margin == 2)
    #expect(restart.approvers.count == 6)
    #expect(restart.sentences.first?.hasPrefix("RESTART: ") == true)
    #expect(restart.sentences.joined().contains("No longer: KOR, MEX, USA."))
  }

  @Test("where nothing was notarised, the restart starts at the block that opened the epoch")
  func nothingNotarised() throws {
    let bench = try RecoveryBench()
    let freezes = try RecoveryBench.survivors.map { name in
      try bench.verified(try bench.freeze(name, final: nil, notarised: nil))
    }
    let content = try bench.composed(freezes)
    #expect(content.headers.isEmpty && content.start == bench.basis.root)
    _ = try bench.verify(try bench.document(content))
  }

  @Test("n − q + 1 freezes are enough and one fewer is not")
  func countOfFreezes() throws {
    let bench = try RecoveryBench()
    let freezes = try bench.usual()
    #expect(bench.basis.neededFreezes == 3)
    let least = try bench.composed(Array(freezes.prefix(3)))
    #expect(try bench.verify(try bench.document(least)).margin == 0)
    #expect(throws: RestartProblem.tooFewFreezes(2, needed: 3)) { try bench.composed(Array(freezes.prefix(2))) }
    // One and the same freeze does not count twice.
    let twice = bench.forged(least, freezes: [least.freezes[0], least.freezes[0], least.freezes[1]])
    #expect(throws: RestartProblem.freezesOutOfOrder(freezes[0].member)) {
      try bench.verify(try bench.document(twice))
    }
  }

  @Test("a quorum of root keys approves, each once, and this document")
  func approvals() throws {
    let bench = try RecoveryBench()
    let content = try bench.composed(try bench.usual())
    let five = try bench.document(content, approvers: Array(RecoveryBench.names.prefix(5)))
    #expect(throws: RestartProblem.tooFewApprovals(5, needed: 6)) { try bench.verify(five) }
    let twice = ["AUS", "CAN", "EUN", "GBR", "JPN", "JPN"]
    #expect(throws: RestartProblem.approvalsOutOfOrder(try bench.network.member("JPN"))) {
      try bench.verify(try bench.document(content, approvers: twice))
    }
    let other = try bench.composed(try bench.usual(), epoch: 8)
    let mixed = RestartDocument(
      content: content, approvals: five.approvals + [try bench.approval("KOR", of: other)])
    #expect(throws: RestartProblem.approvalOfOther(try bench.network.member("KOR"))) { try bench.verify(mixed) }
    // The node key of a member is not its root key.
    let member = try bench.network.member("KOR")
    let key = try some(bench.network.keys[member]?[.node])
    let forged = try TestNetwork.sign(RestartApproval(member: member, of: content), key, bench.basis.network)
    #expect(throws: RestartProblem.approval(.badSignature(member))) {
      try bench.verify(RestartDocument(content: content, approvals: five.approvals + [forged]))
    }
  }

  @Test("a freeze must show what it claims, and be of this epoch")
  func claims() throws {
    let bench = try RecoveryBench()
    let hidden = try bench.freeze("AUS", final: 3, notarised: 4, hiding: true)
    #expect(throws: RestartProblem.claimNotShown(try bench.network.member("AUS"))) { try bench.verified(hidden) }
    let other = RestartBasis(
      EpochContext(
        network: bench.basis.network, epoch: 1, root: bench.header(3).link, roster: bench.basis.roster))
    let file = try bench.freeze("AUS", final: 3, notarised: 4)
    #expect(throws: RestartProblem.freezeOfOtherEpoch(try bench.network.member("AUS"), 0)) {
      try file.verified(on: other, by: TestNetwork.verifier)
    }
  }

  @Test("a document that starts below a freeze's notarised block, or beside it, is refused")
  func startNotHighest() throws {
    let bench = try RecoveryBench()
    let freezes = try bench.usual()
    let content = try bench.composed(freezes)
    let low = try bench.composed(freezes.filter { $0.member.text != "GBR" })
    #expect(low.start == bench.header(4).link)
    let forged = bench.forged(low, freezes: content.freezes)
    #expect(throws: RestartProblem.startNotHighest(try bench.network.member("GBR"), bench.header(5).view)) {
      try bench.verify(try bench.document(forged))
    }
    let path = RestartPath(
      finalisation: content.finalisation, notarisation: content.notarisation,
      headers: [content.headers[0], content.headers[2]], tail: 0)
    #expect(throws: RestartProblem.headersBroken(bench.header(4).digest)) {
      try bench.verify(try bench.document(bench.forged(content, path: path)))
    }
  }

  @Test("a finalisation that the start block does not extend is an objection, and names who froze against its vote")
  func against() throws {
    let bench = try RecoveryBench()
    // AUS, CAN and EUN hide that block 5 was notarised, though they voted to make it final.
    let liars = try ["AUS", "CAN", "EUN"].map { try bench.verified(try bench.freeze($0, final: 3, notarised: 4)) }
    let content = try bench.composed(liars)
    let document = try bench.document(content)
    _ = try bench.verify(document)
    let finalisation = try bench.network.certificate(.finalize, on: bench.header(5)).certificate
    let block = VotedBlock(digest: bench.header(5).digest, view: bench.header(5).view)
    let members = try ["AUS", "CAN", "EUN"].map(bench.network.member)
    #expect(throws: RestartProblem.notExtended(block, liars: members)) {
      try bench.verify(document, against: [finalisation])
    }
    // What is below, or on the way, is no objection.
    let lower = try [2, 3, 4].map { try bench.network.certificate(.finalize, on: bench.header($0)).certificate }
    _ = try bench.verify(document, against: lower)
  }

  @Test("the new epoch has a new number, and members of the roster under their own keys")
  func epochAndValidators() throws {
    let bench = try RecoveryBench()
    let freezes = try bench.usual()
    #expect(throws: RestartProblem.epochNotNew(0)) { try bench.composed(freezes, epoch: 0) }
    let content = try bench.composed(freezes, epoch: 1)
    let stranger = try some(
      ValidatorSet([
        Validator(id: try bench.network.member("AUS"), node: bench.basis.validators.members[1].node)
      ]))
    #expect(throws: RestartProblem.validatorUnknown(try bench.network.member("AUS"))) {
      try bench.verify(try bench.document(bench.forged(content, validators: stranger)))
    }
  }

  @Test("a tail above a closing block is left behind, and needs the freezes of those who would validate next")
  func tail() throws {
    let bench = try RecoveryBench(blocks: 3)
    var network = bench.network
    // Two empty blocks that change nothing stand for the tail: same state root, no transactions.
    try network.append(after: 1)
    try network.append(after: 1)
    var longer = bench
    longer.network = network
    let next = try longer.validators(["AUS", "CAN", "EUN", "USA"])
    let closing = [ClosingBlock(digest: longer.header(3).digest, successor: next)]
    let freezes = try zip(RecoveryBench.survivors, [5, 4, 5, 4, 3]).map { name, notarised in
      // One of them executed the closing block and says so: that is enough, since whoever executes it sees it too.
      try longer.verified(
        try longer.freeze(name, final: nil, notarised: notarised, closing: name == "JPN" ? closing : []))
    }
    let state = longer.header(3).stateRoot
    try #require(longer.header(5).stateRoot == state)
    let content = try RestartContent(
      composing: freezes, on: longer.basis, newEpoch: 9, newValidators: next, reason: "tail",
      instrument: .zero, by: TestNetwork.verifier)
    #expect(content.start == longer.header(3).link)
    #expect(content.tail == 2 && content.successor == next)
    // A tail without an epoch that would have followed is none; nor is the number of that epoch free.
    #expect(throws: RestartProblem.epochNotNew(1)) {
      try longer.forged(content, epoch: 1).verified(on: longer.basis, by: TestNetwork.verifier)
    }
    let strangers = try longer.validators(["KOR", "MEX", "USA", "JPN"])
    #expect(throws: RestartProblem.tooFewSuccessors(1, needed: 2)) {
      try longer.forged(content, successor: strangers).verified(on: longer.basis, by: TestNetwork.verifier)
    }
  }

  @Test("no changed byte of a document passes")
  func flippedBytes() throws {
    let bench = try RecoveryBench()
    let bytes = try bench.document(try bench.composed(try bench.usual())).encoded
    for place in stride(from: 0, to: bytes.count, by: 37) {
      var changed = bytes
      changed[place] ^= 1
      #expect(throws: RestartProblem.self) {
        try RestartDocument.verified(decoding: changed, on: bench.basis, by: TestNetwork.verifier)
      }
    }
  }

  @Test("every problem has a code of its own and a sentence")
  func codes() throws {
    let member = try some(MemberID("AUS"))
    let problems: [RestartProblem] = [
      .malformed("x"), .otherEpoch(1, expected: 2), .freeze(.wrongType), .freezeOfOtherEpoch(member, 1),
      .freezesOutOfOrder(member), .tooFewFreezes(1, needed: 2), .tooFewSuccessors(1, needed: 2),
      .certificate(.tooFewSignatures(1)), .claimNotShown(member), .startNotHighest(member, 1),
      .claimsContradict(member, 1), .headersBroken(.zero), .tooManyHeaders(1), .notATail,
      .notExtended(VotedBlock(digest: .zero, view: 1), liars: [member]), .epochNotNew(1), .validatorUnknown(member),
      .approval(.wrongType), .approvalOfOther(member), .approvalsOutOfOrder(member), .tooFewApprovals(1, needed: 2),
      .envelope(.wrongType), .successorsDiffer, .otherRestart(.zero),
    ]
    #expect(Set(problems.map(\.code)).count == problems.count)
    #expect(problems.allSatisfy { !$0.sentence.isEmpty })
  }
}

extension RecoveryTests {
  @Test("who has executed nothing verifies a restart by the roster in the state that opened the epoch")
  func link() throws {
    let bench = try RecoveryBench()
    let document = try bench.document(try bench.composed(try bench.usual()))
    let genesis = bench.network.genesis
    #expect(RestartLink(document: document, state: genesis.state, after: bench.header(1).digest) == nil)
    let made = RestartLink(document: document, state: genesis.state, after: genesis.header.digest)
    let link = try RestartLink(decoding: try some(made).encoded)
    let restart = try link.verified(
      network: genesis.network, epoch: 0, root: genesis.header.link, stateRoot: genesis.header.stateRoot,
      validators: bench.basis.validators, by: TestNetwork.verifier)
    #expect(restart.basis == bench.basis)
    // The roster is the same in the state after the start block, which the document's own certificate vouches for.
    let late = try some(
      RestartLink(document: document, state: bench.network.state, after: bench.header(5).digest))
    #expect(late.place == 2)
    _ = try late.verified(
      network: genesis.network, epoch: 0, root: genesis.header.link, stateRoot: genesis.header.stateRoot,
      validators: bench.basis.validators, by: TestNetwork.verifier)
    // The state after another block does not have that root.
    #expect(throws: RestartLinkError.self) {
      try link.verified(
        network: genesis.network, epoch: 0, root: genesis.header.link, stateRoot: bench.header(1).stateRoot,
        validators: bench.basis.validators, by: TestNetwork.verifier)
    }
  }

  @Test("the document of 55 members, of whom 37 are left, fits into a transaction many times")
  func size() throws {
    let names = """
      ARG AUS AUT BEL BGR BOL BRA CAN CHE CHL CIV COL CYP CZE DEU DNK ESP EST EUN FIN FRA GBR GHA GRC HUN IDN IND IRL ITA JPN
      KAZ KEN KOR LTU LUX LVA MAR MEX MLT MNG NAM NLD NOR NZL PER PHL POL PRT ROU SAU SVK SVN SWE USA ZMB
      """.split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(names.count == 55)
    let bench = try RecoveryBench(names: names)
    let left = Array(names.prefix(37))
    let freezes = try left.map { try bench.verified(try bench.freeze($0, final: 3, notarised: 5)) }
    let document = try bench.document(try bench.composed(freezes, validators: left), approvers: left)
    let restart = try bench.verify(document)
    #expect(restart.margin == 37 - 19)
    #expect(document.encoded.count < 40_000, "\(document.encoded.count) bytes")
    #expect(document.encoded.count < SignedStatement.maximumPayload)
  }
}
