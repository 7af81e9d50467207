import Accession
import Consensus
import Cryptography
import Ledger
import Membership
import Storage
import Testing
import Trade

@Suite("Epochs in the journal")
struct EpochTests {
  /// Replaces the node key of JPN by a motion of AUS: with four members that is enough.
  private func motion(_ network: TestNetwork, _ key: PrivateKey) throws -> VerifiedTransaction {
    let (subject, id) = (try network.member("JPN"), network.genesis.network)
    let root = try some(network.keys[subject]?[.root])
    let later = Instant(milliseconds: TestNetwork.start.milliseconds + 60_000)
    let approval = RootApproval(
      member: subject, root: root.publicKey, notAfter: later.milliseconds,
      change: RosterChange.approvedRotation(of: subject, .node, to: key.publicKey))
    let rotation = Rotation(
      member: subject, role: .node, key: key.publicKey,
      possession: try TestNetwork.sign(Possession(member: subject, role: .node, key: key.publicKey), key, id),
      approval: try TestNetwork.sign(approval, root, id))
    let motion = Motion(
      title: "Rotation", instrument: Digest.sha256([1]), closes: later, changes: [.rotate(rotation)])
    return try network.verified(
      Transaction(signer: try network.member("AUS"), notAfter: later, body: .accession(.motion(motion))))
  }

  @Test("a closing block comes back with its tail, and its epoch's votes and certificates stay behind")
  func handover() throws {
    var network = try TestNetwork()
    let key = try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32))
    try network.append([try network.memorandum("first")])
    let execution = try network.append([try motion(network, key)])
    #expect(execution.closesEpoch)
    let closing = network.blocks[1]
    let view = try some(closing.header.view.next?.next)
    let (tail, _) = try execution.state.proposing(
      [], on: closing.header, epoch: 0, view: view,
      at: try closing.header.timestamp.adding(milliseconds: 1), by: network.genesis.context.leader(of: view))
    let finalisation = try network.certificate(.finalize, on: tail.header).certificate
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    try storage.commit(try network.writes(ofBlock: 0))
    let left = try network.ownVote(.finalize, on: tail.header)
    try storage.commit([
      .transactions(closing.transactions), .block(closing.outline), .block(tail.outline), .vote(left),
      .viewEntered(0, view), .certificate(try network.certificate(.notarize, on: tail.header).certificate),
    ])
    let committed = CommittedBlock(
      header: closing.header, finalisation: finalisation, tail: [tail.header], closesEpoch: true,
      outcomes: execution.outcomes, changes: execution.changes)
    let link = EpochLink.succession(
      try some(
        EpochSuccession(
          headers: [closing.header, tail.header], finalisation: finalisation, state: execution.state)))
    try storage.commit([.committed(committed), .epochClosed(0, link), .abandoned([tail.digest])])
    let crashed = try JournalFolder(crashOf: folder)
    let reopened = try crashed.open()
    let recovery = try reopened.recovery()
    #expect(recovery.committed.map(\.digest) == network.blocks.map(\.digest))
    #expect(recovery.open.isEmpty)
    #expect(recovery.links == [link])
    #expect(recovery.finalisation == finalisation)
    // What is above the closing block's view belongs to its epoch, and is for the member to leave out by its epoch.
    #expect(recovery.votes == [SignedVote(left)])
    #expect(recovery.lastVoted == EpochView(0, view))
    let blocks = try reopened.history.blocks(from: 1, bytes: 1 << 20)
    #expect(blocks.map(\.tail) == [[], [tail.header]])
    let found = try some(try reopened.history.finalisation(covering: 2))
    #expect(found.certificate == finalisation && found.height == 2 && found.tail == [tail.header])
    #expect(try reopened.history.links() == [link])
    #expect(reopened.standing == .current)
  }

  @Test("a journal that begins with a state taken over goes on after it, and says which block is its first")
  func takenOver() throws {
    var network = try TestNetwork()
    let key = try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32))
    let execution = try network.append([try motion(network, key)])
    network.take(key, .node, of: try network.member("JPN"))
    let closing = network.blocks[0].header
    let link = EpochLink.succession(
      try some(
        EpochSuccession(
          headers: [closing], finalisation: try network.certificate(.finalize, on: closing).certificate,
          state: execution.state)))
    try network.append([try network.memorandum("in the new epoch")])
    let base = network.tip
    let snapshot = try some(
      Snapshot(
        of: network.state, header: base, finalisation: try network.certificate(.finalize, on: base).certificate))
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    try storage.begin(with: snapshot, links: [(0, link)])
    var recovery = try JournalFolder(crashOf: folder).open().recovery()
    #expect(recovery.snapshot == snapshot)
    #expect(recovery.links == [link])
    #expect(recovery.committed.isEmpty && recovery.finalisation == snapshot.finalisation)
    try network.append([try network.memorandum("after it")])
    try storage.commit(try network.writes(ofBlock: 2))
    recovery = try JournalFolder(crashOf: folder).open().recovery()
    #expect(recovery.committed == [network.blocks[2]])
    #expect(try storage.history.firstHeight() == 3)
    #expect(try storage.history.block(at: 2) == nil)
    #expect(try storage.history.blocks(from: 1, bytes: 1).isEmpty)
  }

  @Test("views are counted by epoch: what the next one holds comes back, however low its views")
  func nextEpoch() throws {
    var network = try TestNetwork()
    let key = try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32))
    let execution = try network.append([try motion(network, key)])
    network.take(key, .node, of: try network.member("JPN"))
    let closing = network.blocks[0].header
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    // Far ahead in the epoch that ends, before its closing block is final.
    let far = Vote(.nullify(40, of: network.genesis.context), by: try network.member("USA"))
    let statement = try TestNetwork.sign(
      far, try some(network.keys[network.member("USA")]?[.node]), network.genesis.network)
    let old = try SignedVote(kind: .nullify, statement: statement).attested(
      in: network.genesis.context, by: TestNetwork.verifier)
    try storage.commit([.vote(old), .viewEntered(0, 40)])
    try storage.commit([
      .transactions(network.blocks[0].transactions), .block(network.blocks[0].outline),
      .committed(
        CommittedBlock(
          header: closing, finalisation: try network.certificate(.finalize, on: closing).certificate,
          closesEpoch: true, outcomes: execution.outcomes, changes: execution.changes)),
    ])
    try network.append([try network.memorandum("next")])
    let next = network.blocks[1]
    #expect(next.header.epoch == 1)
    let vote = try network.ownVote(.notarize, on: next.header)
    try storage.commit([
      .transactions(next.transactions), .block(next.outline), .vote(vote), .viewEntered(1, next.header.view),
    ])
    let recovery = try storage.recovery()
    #expect(recovery.lastVoted == EpochView(1, next.header.view))
    #expect(recovery.view == EpochView(1, next.header.view))
    #expect(recovery.votes.contains(SignedVote(vote)))
    #expect(recovery.open == [next])
    try storage.commit(try network.writes(ofBlock: 1))
    #expect(try storage.recovery().votes.isEmpty)
  }
}
