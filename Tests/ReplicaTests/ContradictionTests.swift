import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Testing
import Trade

@Suite("Against what cannot be")
struct ContradictionTests {
  /// A block on the genesis block whose header names a state that its execution does not give.
  private static func falseBlock(_ parliament: Parliament, view: View = 1) throws -> BlockOutline {
    let genesis = parliament.genesis
    let (block, _) = try genesis.state.proposing(
      [], on: genesis.header, view: view, at: Instant(milliseconds: Parliament.start.milliseconds + 1_000),
      by: parliament.context.leader(of: view))
    let roots = BlockRoots(
      transactions: block.header.transactionsRoot, results: block.header.resultsRoot, state: Digest.sha256([1]))
    let header = BlockHeader(
      height: 1, epoch: .zero, view: view, parent: genesis.header.digest, parentView: .zero,
      timestamp: block.header.timestamp, roots: roots, proposer: block.header.proposer,
      rulesVersion: block.header.rulesVersion)
    return try some(BlockOutline(header: header, transactions: []))
  }

  @Test("a final block that one's own execution contradicts stops the member, with the height and both roots")
  func halts() throws {
    let parliament = try Parliament()
    let me = parliament.members[0]
    var session = try Session(parliament, running: [me])
    let outline = try Self.falseBlock(parliament)
    let block = try some(Block(outline: outline, transactions: []))
    let subject = VoteSubject.finalize(block.digest, in: 1, of: parliament.context)
    let finalisation = try parliament.certificate(subject, signers: 3)
    let proposal = ProposalMessage(
      link: block.link,
      notarize: try parliament.attested(
        Vote(.notarize(block.digest, in: 1, of: parliament.context), by: parliament.context.leader(of: 1))
      ).statement,
      parentCertificate: nil, nullifications: [])
    for message in [PeerMessage.proposal(proposal, outline), .agreement(.certificate(finalisation))] {
      let verified = try parliament.verifier.verified(message, from: parliament.members[1])
      try session.handle(.received(verified, from: parliament.members[1]), at: me)
    }
    guard case .contradictedExecution(let height, let digest, let expected, let found, _) = session.halts[me] else {
      Issue.record("no halt: \(String(describing: session.halts[me]))")
      return
    }
    #expect(height == 1 && digest == block.digest)
    let own = parliament.genesis.state.executing(
      [], at: outline.header.timestamp, on: parliament.genesis.header)
    #expect(expected == Digest.sha256([1]) && found == own.roots.state)
    #expect(session.committed[me] == nil)
    try session.submit(try parliament.memorandum([1], by: me), 1, to: me)
    #expect(session.answers[1] == .refused(.halted))
  }

  @Test("an invalid proposal is nullified at once")
  func nullifies() throws {
    let parliament = try Parliament()
    let leader = parliament.context.leader(of: 1)
    let me = try some(parliament.members.first { $0 != leader })
    var session = try Session(parliament)
    session.cut = Set(parliament.members.filter { $0 != me })
    let outline = try Self.falseBlock(parliament)
    let notarize = try parliament.attested(
      Vote(.notarize(outline.digest, in: 1, of: parliament.context), by: leader))
    let proposal = ProposalMessage(
      link: outline.header.link, notarize: notarize.statement, parentCertificate: nil, nullifications: [])
    let verified = try parliament.verifier.verified(.proposal(proposal, outline), from: leader)
    try session.handle(.received(verified, from: leader), at: me)
    let votes = session.sent.filter { $0.from == me }.compactMap { sent -> VoteKind? in
      if case .agreement(.vote(let vote)) = sent.message { vote.kind } else { nil }
    }
    #expect(votes == [.nullify])
  }

  @Test("a proposal whose time is beyond the clock bound is invalid, one at the bound is not", arguments: [500, 501])
  func clockBound(ahead: Int64) throws {
    let parliament = try Parliament()
    let leader = parliament.context.leader(of: 1)
    let me = try some(parliament.members.first { $0 != leader })
    var session = try Session(parliament)
    session.cut = Set(parliament.members.filter { $0 != me })
    let time = try session.clock.adding(milliseconds: ahead)
    let genesis = parliament.genesis
    let (block, _) = try genesis.state.proposing([], on: genesis.header, view: 1, at: time, by: leader)
    let notarize = try parliament.attested(Vote(.notarize(block.digest, in: 1, of: parliament.context), by: leader))
    let proposal = ProposalMessage(
      link: block.link, notarize: notarize.statement, parentCertificate: nil, nullifications: [])
    let verified = try parliament.verifier.verified(.proposal(proposal, block.outline), from: leader)
    try session.handle(.received(verified, from: leader), at: me)
    let votes = session.sent.filter { $0.from == me }.compactMap { sent -> VoteKind? in
      if case .agreement(.vote(let vote)) = sent.message { vote.kind } else { nil }
    }
    #expect(votes == [ahead > 500 ? .nullify : .notarize])
  }

  @Test("hundreds of valid proposals that come to nothing do not fill a member up")
  func fruitless() throws {
    let parliament = try Parliament()
    let me = parliament.members[0]
    var session = try Session(parliament)
    session.cut = Set(parliament.members.dropFirst())
    let genesis = parliament.genesis
    let views = ReplicaLimits.overlays + 40
    for number in 1...UInt64(views) {
      let leader = parliament.context.leader(of: View(number))
      if leader != me {
        let (block, _) = try genesis.state.proposing(
          [], on: genesis.header, view: View(number), at: session.clock, by: leader)
        let notarize = try parliament.attested(
          Vote(.notarize(block.digest, in: View(number), of: parliament.context), by: leader))
        let proposal = ProposalMessage(
          link: block.link, notarize: notarize.statement, parentCertificate: nil, nullifications: [])
        let verified = try parliament.verifier.verified(.proposal(proposal, block.outline), from: leader)
        try session.handle(.received(verified, from: leader), at: me)
      }
      let nullification = try parliament.certificate(.nullify(View(number), of: parliament.context), signers: 3)
      let verified = try parliament.verifier.verified(.agreement(.certificate(nullification)), from: leader)
      try session.handle(.received(verified, from: parliament.members[1]), at: me)
    }
    let notarized = session.sent.count { sent in
      guard sent.from == me, case .agreement(.vote(let vote)) = sent.message else { return false }
      return vote.kind == .notarize
    }
    #expect(notarized == views - views / parliament.members.count)
  }

  @Test("what nobody asked for is dropped")
  func unasked() throws {
    let parliament = try Parliament()
    var session = try Session(parliament)
    let outline = try Self.falseBlock(parliament)
    let (me, other) = (parliament.members[0], parliament.members[1])
    #expect(session.replicas[me]?.screen(.block(outline)) == nil)
    let before = session.sent.count
    try session.handle(.received(.block(outline), from: other), at: me)
    try session.handle(.received(.wantBlock(outline.digest), from: other), at: me)
    try session.handle(.received(.wantRange(from: .zero), from: other), at: me)
    try session.handle(.received(.wantRange(from: Height(.max)), from: other), at: me)
    try session.handle(.received(.wantTransactions(block: outline.digest, [outline.digest]), from: other), at: me)
    #expect(session.sent.count == before)
  }
}
