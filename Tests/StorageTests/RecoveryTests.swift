import Consensus
import struct Consensus.Evidence
import Cryptography
import Ledger
import Membership
import Storage
import Testing
import Trade

@Suite("Recovery")
struct RecoveryTests {
  @Test("a journal that was never written gives nothing back")
  func nothing() throws {
    let network = try TestNetwork()
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    #expect(storage.standing == .new)
    var first = JournalRecovery.nothing
    first.isFirstStart = true
    #expect(try storage.recovery() == first)
  }

  @Test("what was committed is there after a crash, whatever it was")
  func everything() throws {
    var network = try TestNetwork()
    try network.append([try network.memorandum("final")])
    try network.append([try network.memorandum("open")])
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    let (final, open) = (network.blocks[0], network.blocks[1])
    let pooled = try network.memorandum("pooled")
    let vote = try network.ownVote(.notarize, on: open.header)
    let notarisation = try network.certificate(.notarize, on: open.header).certificate
    try storage.commit(try network.writes(ofBlock: 0))
    try storage.commit([
      .transactions(open.transactions), .block(open.outline), .vote(vote), .certificate(notarisation),
      .viewEntered(.zero, 3), .transactions([pooled]), .poolAdded([pooled.identity]),
    ])
    let crashed = try JournalFolder(crashOf: folder)
    let recovery = try crashed.open().recovery()
    #expect(recovery.committed == [final])
    #expect(recovery.finalisation?.block == final.digest)
    #expect(recovery.open == [open])
    #expect(recovery.certificates == [notarisation])
    #expect(recovery.votes == [SignedVote(vote)])
    #expect(recovery.lastVoted == EpochView(0, open.header.view))
    #expect(recovery.view == EpochView(0, 3))
    #expect(recovery.pool == [pooled])
    #expect(!recovery.isOldCopy)
  }

  @Test("a list of writes that is applied again changes nothing")
  func idempotent() throws {
    var network = try TestNetwork()
    try network.append([try network.memorandum("once")])
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    let vote = try network.ownVote(.finalize, on: network.tip)
    let writes = try network.writes(ofBlock: 0) + [.vote(vote), .viewEntered(.zero, 2)]
    try storage.commit(writes)
    let first = try storage.recovery()
    try storage.commit(writes)
    #expect(try storage.recovery() == first)
  }

  @Test("abandoned blocks and transactions that left the pool are not given back")
  func abandoned() throws {
    var network = try TestNetwork()
    try network.append([try network.memorandum("dropped")])
    let (block, pooled) = (network.blocks[0], try network.memorandum("pooled"))
    let storage = try JournalFolder(owner: network.owner).open()
    try storage.commit([
      .transactions(block.transactions + [pooled]), .block(block.outline), .poolAdded([pooled.identity]),
    ])
    try storage.commit([.abandoned([block.digest]), .poolRemoved([pooled.identity])])
    let recovery = try storage.recovery()
    #expect(recovery.open.isEmpty)
    #expect(recovery.pool.isEmpty)
  }

  @Test("a transaction that a block took does not come back into the pool")
  func taken() throws {
    var network = try TestNetwork()
    let transaction = try network.memorandum("taken")
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    try storage.commit([.transactions([transaction]), .poolAdded([transaction.identity])])
    try network.append([transaction])
    try storage.commit(try network.writes(ofBlock: 0))
    let recovery = try JournalFolder(crashOf: folder).open().recovery()
    #expect(recovery.pool.isEmpty)
    #expect(recovery.committed.flatMap(\.transactions) == [transaction])
  }

  @Test("from a snapshot on only the blocks above it come back, and the state is the same")
  func snapshot() throws {
    var network = try TestNetwork()
    for number in 0..<5 { try network.append([try network.memorandum("block \(number)")]) }
    let storage = try JournalFolder(owner: network.owner).open()
    try network.commitAll(to: storage)
    let header = network.blocks[2].header
    let finalisation = try network.certificate(.finalize, on: header).certificate
    let snapshot = try some(
      Snapshot(of: network.executions[2].state, header: header, finalisation: finalisation))
    try storage.commit([.snapshot(snapshot)])
    let recovery = try storage.recovery()
    #expect(recovery.snapshot == snapshot)
    #expect(recovery.committed == Array(network.blocks[3...]))
    #expect(try recovery.snapshot?.state(on: network.genesis, by: SystemVerifier()) == network.executions[2].state)
  }

  @Test("votes and certificates below the last finalisation are kept, and not given back")
  func below() throws {
    var network = try TestNetwork()
    try network.append()
    try network.append()
    let storage = try JournalFolder(owner: network.owner).open()
    try storage.commit([.vote(try network.ownVote(.notarize, on: network.blocks[0].header))])
    try network.commitAll(to: storage)
    let recovery = try storage.recovery()
    #expect(recovery.votes.isEmpty)
    #expect(recovery.certificates.isEmpty)
    #expect(recovery.lastVoted == EpochView(0, network.blocks[0].header.view))
  }

  @Test("votes and certificates between the last final block and a finalisation ahead of it are given back")
  func ahead() throws {
    var network = try TestNetwork()
    for _ in 0..<3 { try network.append() }
    let storage = try JournalFolder(owner: network.owner).open()
    try storage.commit(try network.writes(ofBlock: 0))
    let middle = network.blocks[1].header
    let notarisation = try network.certificate(.notarize, on: middle).certificate
    let ahead = try network.certificate(.finalize, on: network.blocks[2].header).certificate
    try storage.commit([
      .vote(try network.ownVote(.notarize, on: middle)), .certificate(notarisation), .certificate(ahead),
    ])
    let recovery = try storage.recovery()
    #expect(recovery.finalisation == ahead)
    #expect(recovery.certificates == [notarisation])
    #expect(recovery.votes.count == 1)
  }

  @Test("evidence is kept once for a member and view")
  func evidence() throws {
    var network = try TestNetwork()
    try network.append([try network.memorandum("left")])
    let other = try network.vote(.nullify, on: network.tip, by: try network.member("EUN"))
    let first = try network.vote(.finalize, on: network.tip, by: try network.member("EUN"))
    let evidence = Evidence(first: SignedVote(first), second: SignedVote(other))
    let storage = try JournalFolder(owner: network.owner).open()
    try storage.commit([.evidence(evidence)])
    try storage.commit([.evidence(evidence)])
    #expect(try storage.history.evidence(limit: 10) == [evidence])
  }
}
