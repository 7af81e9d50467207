import Accession
import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

/// How the chain goes from one epoch to the next (`Protocol/ledger.md`, L21 to L23).
@Suite("Epochs, tails and rules: L21 to L23")
struct EpochTests {
  /// A network of five in which the last member has just been suspended.
  private func closed() throws -> TestNetwork {
    var network = try TestNetwork(names: Self.five)
    try network.append([try network.memorandum("first")])
    let motion = network.motion([.suspend(try network.member("ZAF"))])
    let filed = try network.stated(.motion(motion), by: "AUS")
    let ballots = try ["EUN", "JPN"].map { name in
      try network.stated(.ballot(MotionBallot(motion: filed.identity, isYes: true)), by: name)
    }
    let execution = try network.append([filed] + ballots)
    #expect(execution.outcomes.allSatisfy(\.result.isAccepted) && execution.closesEpoch)
    return network
  }

  static let five = ["AUS", "EUN", "JPN", "USA", "ZAF"]

  private func block(
    _ transactions: [VerifiedTransaction] = [], on parent: BlockHeader, of state: LedgerState, epoch: Epoch
  ) throws -> Block {
    try state.proposing(
      transactions, on: parent, epoch: epoch, view: try some(parent.view.next),
      at: try parent.timestamp.adding(milliseconds: 5), by: parent.proposer
    ).block
  }

  @Test("the closing block belongs to its epoch; its state to the next one")
  func closing() throws {
    let network = try closed()
    let (tip, state) = (network.tip, network.state)
    #expect(tip.epoch == 0 && state.epoch == 1 && state.isClosed(after: tip))
    let context = try some(state.context(after: tip))
    #expect(context.epoch == 1 && context.root == tip.link && context.opener == tip.digest)
    #expect(context.validators.members.map(\.id.text) == ["AUS", "EUN", "JPN", "USA"])
    #expect(context.roster.members.count == 5)
    #expect(network.executions[0].state.context(after: network.blocks[0].header) == nil)
    #expect(network.genesis.state.context(after: network.genesis.header) == network.genesis.context)
    let record = try EpochRecord(decoding: try some(state[.epoch(1)]))
    #expect(record.closing == tip.height && record.validators == state.validators)
  }

  @Test("above a closing block the old epoch has empty blocks that change nothing")
  func tail() throws {
    let network = try closed()
    let (tip, state) = (network.tip, network.state)
    let offered = try network.memorandum("too late")
    let first = try block([offered], on: tip, of: state, epoch: 0)
    #expect(first.transactions.isEmpty && first.header.stateRoot == tip.stateRoot && first.header.epoch == 0)
    let execution = try state.judging(first, on: tip)
    #expect(execution.state == state && execution.changes.isEmpty && !execution.closesEpoch)
    let second = try block(on: first.header, of: execution.state, epoch: 0)
    #expect(try state.judging(second, on: first.header).state == state)
    #expect(state.context(after: first.header) == nil)
    // A tail with a transaction, or with another root, is refused; so is a next epoch above the tail.
    let full = Block(header: first.header, transactions: [offered])
    #expect(throws: BlockFault.tailNotEmpty) { try state.judging(full, on: tip) }
    #expect(throws: BlockFault.tailNotEmpty) {
      try state.judging(Block(header: changed(first.header, root: .zero), transactions: []), on: tip)
    }
    #expect(throws: BlockFault.wrongEpoch(1)) { try block(on: first.header, of: state, epoch: 1) }
    #expect(throws: BlockFault.wrongEpoch(2)) { try block(on: tip, of: state, epoch: 2) }
  }

  private func changed(_ header: BlockHeader, root: Digest) -> BlockHeader {
    BlockHeader(
      height: header.height, epoch: header.epoch, view: header.view, parent: header.parent,
      parentView: header.parentView, timestamp: header.timestamp,
      roots: BlockRoots(transactions: header.transactionsRoot, results: header.resultsRoot, state: root),
      proposer: header.proposer, rulesVersion: header.rulesVersion)
  }

  @Test("the next epoch begins on the closing block itself, at the next height")
  func next() throws {
    var network = try closed()
    let closing = network.tip
    let execution = try network.append([try network.memorandum("second epoch")])
    #expect(execution.outcomes.map(\.result.code) == ["ACCEPTED"])
    #expect(network.tip.epoch == 1 && network.tip.parent == closing.digest)
    #expect(network.tip.height == closing.height.next)
    #expect(!network.state.isClosed(after: network.tip) && network.state.context(after: network.tip) == nil)
    // Without a closing block no other epoch begins.
    #expect(throws: BlockFault.wrongEpoch(2)) { try block(on: network.tip, of: network.state, epoch: 2) }
    #expect(throws: BlockFault.wrongEpoch(0)) { try block(on: network.tip, of: network.state, epoch: 0) }
  }

  @Test("a suspended member's transactions are refused, and the state says why")
  func suspended() throws {
    var network = try closed()
    let late = try network.memorandum("from ZAF", by: "ZAF")
    #expect(network.state.refusal(of: late, at: network.now) == .suspended)
    let execution = try network.append([late])
    #expect(execution.outcomes.map(\.result.code) == ["SUSPENDED"])
  }

  @Test("a transaction verified under a key that was replaced is not executed as genuine")
  func replacedKey() throws {
    var network = try TestNetwork(names: Self.five)
    let early = try network.memorandum("signed early", by: "USA")
    try network.rotate(.authority, of: "USA", seed: 200)
    let key = try some(network.keys[try network.member("USA")]?[.authority])
    #expect(network.executions.last?.closesEpoch ?? false)
    let (tip, state) = (network.tip, network.state)
    #expect(state.roster[try network.member("USA")]?.authority == key.publicKey)
    #expect(state.refusal(of: early, at: network.now) == .keyReplaced)
    #expect(state.selecting(from: [early], at: network.now).isEmpty)
    let forged = try block([early], on: tip, of: state, epoch: 1)
    #expect(throws: BlockFault.transactionKey(early.identity)) { try state.judging(forged, on: tip) }
    let execution = state.executing([early], at: try network.now.adding(milliseconds: 1), on: tip)
    #expect(execution.outcomes.map(\.result.code) == ["KEY_REPLACED"])
    // Signed with the new key it is another statement of the same identity, and passes.
    let again = try TestNetwork.sign(early.content, key, network.genesis.network)
    let verified = try SignedTransaction(again, as: .memorandum).verified(
      on: state.roster, network: network.genesis.network, by: TestNetwork.verifier)
    #expect(verified.identity == early.identity)
    #expect(try network.append([verified]).outcomes.map(\.result.code) == ["ACCEPTED"])
  }

  @Test("from the height of an upgrade headers carry the new version; a program that lacks it stops before")
  func rules() throws {
    var network = try TestNetwork()
    let old = try Self.genesis(of: network, knowing: KnownRules([1]))
    let motion = network.motion([.rules(version: 2, height: 3)])
    let filed = try network.stated(.motion(motion), by: "AUS")
    let ballots = try ["EUN", "JPN"].map { name in
      try network.stated(.ballot(MotionBallot(motion: filed.identity, isYes: true)), by: name)
    }
    try network.append([filed] + ballots)
    try network.append()
    try network.append()
    #expect(network.blocks.map(\.header.rulesVersion) == [1, 1, 2])
    #expect(network.state.stopsAt == nil && network.state.epoch == 0)
    #expect(network.state[.upgrades] != nil)
    // The same chain on a program of the older rules.
    var (state, parent) = (old.state, old.header)
    for block in network.blocks.prefix(2) {
      state = try state.judging(block, on: parent).state
      parent = block.header
      #expect(state.stopsAt == 3)
    }
    #expect(throws: BlockFault.rulesUnknown(2)) { try state.judging(network.blocks[2], on: parent) }
    #expect(throws: BlockFault.rulesUnknown(2)) { try block(on: parent, of: state, epoch: 0) }
    // A header of the older version is refused at that height by everyone.
    let wrong = BlockHeader(
      height: 3, epoch: 0, view: 3, parent: parent.digest, parentView: parent.view,
      timestamp: network.blocks[2].header.timestamp, roots: network.blocks[2].header.roots, proposer: parent.proposer,
      rulesVersion: 1)
    #expect(throws: BlockFault.rulesVersion(1)) {
      try network.executions[1].state.judging(Block(header: wrong, transactions: []), on: parent)
    }
  }

  private static func genesis(of network: TestNetwork, knowing rules: KnownRules) throws -> VerifiedGenesis {
    try network.genesis.genesis.verified(by: TestNetwork.verifier, knowing: rules)
  }

  @Test("readiness, evidence and new entries go through blocks under node keys, and survive a snapshot")
  func nodeStatements() throws {
    var network = try closed()
    try network.append()
    let exposure = try network.exposure("JPN", view: 40)
    let told = try network.stated(.evidence(exposure), by: "EUN")
    #expect(told.signed.type.role == .node)
    let execution = try network.append([told])
    #expect(execution.outcomes.map(\.result.code) == ["ACCEPTED"] && execution.closesEpoch)
    #expect(network.state.validators.members.map(\.id.text) == ["AUS", "EUN", "USA"])
    try network.append()
    let mark = try some(network.state.accession.latestMark)
    let ready = try network.stated(.ready(Readiness(height: mark.height, block: mark.digest)), by: "JPN")
    let outcome = try network.append([ready])
    #expect(outcome.outcomes.map(\.result.code) == ["ACCEPTED"] && !outcome.closesEpoch)
    let restored = try restoredState(of: network)
    #expect(restored == network.state)
    #expect(restored.root == network.tip.stateRoot)
  }

  /// The state made again from the entries of the tree alone.
  private func restoredState(of network: TestNetwork) throws -> LedgerState {
    let context = try some(network.contexts.last)
    let certificate = try network.certificate(.finalize, on: network.tip)
    let snapshot = try some(Snapshot(of: network.state, header: network.tip, finalisation: certificate.certificate))
    return try Snapshot(decoding: snapshot.encoded).state(on: network.genesis, in: context, by: TestNetwork.verifier)
  }

  @Test("an act of the negotiation by someone who is suspended in the same block is refused")
  func sameBlock() throws {
    var network = try TestNetwork(names: Self.five)
    let motion = network.motion([.suspend(try network.member("ZAF"))])
    let filed = try network.stated(.motion(motion), by: "AUS")
    let ballots = try ["EUN", "JPN"].map { name in
      try network.stated(.ballot(MotionBallot(motion: filed.identity, isYes: true)), by: name)
    }
    let before = try network.memorandum("before", by: "ZAF")
    let after = try network.memorandum("after", by: "ZAF")
    let execution = try network.append([filed, before] + ballots + [after])
    #expect(execution.outcomes.map(\.result.code) == Array(repeating: "ACCEPTED", count: 4) + ["SUSPENDED"])
    // The votes of the others grew at once, for dockets that are opened from now on.
    #expect(execution.state.negotiation.electorate.version == 1)
    #expect(execution.state[.votes(try some(ItemID("nickel/unwrought@1")), electorate: 1)] != nil)
    #expect(execution.changes.map(\.key) == execution.changes.map(\.key).sorted())
  }
}
