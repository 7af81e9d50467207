import Accession
import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Testing
import Trade

/// A restart in the chain: the first block of the epoch that it opens, and what the state says afterwards.
@Suite("Recovery in the chain")
struct RecoveryChainTests {
  let bench: RecoveryBench
  let document: RestartDocument

  init() throws {
    bench = try RecoveryBench()
    document = try bench.document(try bench.composed(try bench.usual()))
  }

  func envelope(_ name: String = "AUS", of document: RestartDocument) throws -> SignedTransaction {
    let member = try bench.network.member(name)
    let content = Transaction(restart: document, signer: member)
    let key = try some(bench.network.keys[member]?[.node])
    return try SignedTransaction(TestNetwork.sign(content, key, bench.basis.network), as: .restart)
  }

  func verified(_ signed: SignedTransaction) throws(RestartProblem) -> VerifiedTransaction {
    try signed.verified(restarting: bench.basis, by: TestNetwork.verifier).transaction
  }

  func proposed(
    _ transactions: [VerifiedTransaction], on place: Int = 5, epoch: Epoch = 7
  ) throws -> (block: Block, execution: Execution) {
    let parent = bench.header(place)
    let state = bench.network.executions[place - 1].state
    return try state.proposing(
      transactions, on: parent, epoch: epoch, view: try some(parent.view.next),
      at: try parent.timestamp.adding(milliseconds: 86_400_000), by: try bench.network.member("CAN"))
  }

  @Test("the first block of the new epoch carries the document alone, and the state names who votes since")
  func firstBlock() throws {
    let made = try proposed([try verified(try envelope(of: document))])
    #expect(made.block.header.epoch == 7 && made.block.header.parent == bench.header(5).digest)
    #expect(made.block.restart == document)
    let judged = try bench.network.state.judging(made.block, on: bench.header(5))
    #expect(judged.roots == made.execution.roots && !judged.closesEpoch)
    let state = judged.state
    #expect(state.epoch == 7)
    #expect(state.validators.members.map(\.id.text) == RecoveryBench.survivors)
    #expect(state.roster == bench.basis.roster, "the lost members stay on the roster")
    let record = try EpochRecord(decoding: try some(state[.epoch(7)]))
    #expect(record.closing == bench.header(5).height && record.restart == document.content.digest)
    let restart = try RestartRecord(decoding: try some(state[.restart(7)]))
    #expect(restart == RestartRecord(document: document.content.digest, start: bench.header(5).height))
    // The chain goes on in the new epoch, and in no other.
    let tip = made.block.header
    let next = try state.proposing(
      [], on: tip, view: try some(tip.view.next), at: try tip.timestamp.adding(milliseconds: 1),
      by: try bench.network.member("EUN"))
    #expect(next.block.header.epoch == 7)
    #expect(throws: BlockFault.wrongEpoch(0)) {
      try state.proposing(
        [], on: tip, epoch: 0, view: try some(tip.view.next), at: try tip.timestamp.adding(milliseconds: 1),
        by: try bench.network.member("EUN"))
    }
  }

  @Test("a lost member that is back becomes a validator again by saying that it is ready")
  func ready() throws {
    let made = try proposed([try verified(try envelope(of: document))])
    let (tip, state) = (made.block.header, made.execution.state)
    let mark = try some(state.accession.latestMark)
    let member = try bench.network.member("USA")
    let content = Transaction(
      signer: member, notAfter: try tip.timestamp.adding(milliseconds: 60_000),
      body: .accession(.ready(Readiness(height: mark.height, block: mark.digest))))
    let key = try some(bench.network.keys[member]?[.node])
    let ready = try SignedTransaction(TestNetwork.sign(content, key, bench.basis.network), as: content.statementType)
      .verified(on: state.roster, network: state.network, by: TestNetwork.verifier)
    let next = try state.proposing(
      [ready], on: tip, view: try some(tip.view.next), at: try tip.timestamp.adding(milliseconds: 1),
      by: try bench.network.member("EUN"))
    #expect(next.execution.outcomes.map(\.result) == [.accepted])
    #expect(next.execution.closesEpoch)
    #expect(next.execution.state.epoch == 8)
    #expect(next.execution.state.validators.members.map(\.id.text) == RecoveryBench.survivors + ["USA"])
  }

  @Test("a restart is lawful on its start block alone, once, and beside no other transaction")
  func misplaced() throws {
    let restart = try verified(try envelope(of: document))
    #expect(throws: BlockFault.restart(.headersBroken(bench.header(4).digest))) { try proposed([restart], on: 4) }
    #expect(throws: BlockFault.wrongEpoch(0)) { try proposed([restart], epoch: 0) }
    #expect(throws: BlockFault.wrongEpoch(7)) { try proposed([], epoch: 7) }
    let notice = try bench.network.memorandum("beside")
    #expect(throws: BlockFault.restartNotAlone) { try proposed([restart, notice]) }
    let made = try proposed([restart])
    #expect(throws: BlockFault.self) {
      try made.execution.state.proposing(
        [restart], on: made.block.header, epoch: 7, view: 99,
        at: try made.block.header.timestamp.adding(milliseconds: 1), by: try bench.network.member("AUS"))
    }
  }

  @Test("the envelope is a new validator's, and never passes for an ordinary transaction")
  func envelopes() throws {
    let member = try bench.network.member("USA")
    #expect(throws: RestartProblem.envelope(.stranger(member))) { try verified(try envelope("USA", of: document)) }
    #expect(throws: AttestationError.wrongType) {
      try envelope(of: document).verified(
        on: bench.basis.roster, network: bench.basis.network, by: TestNetwork.verifier)
    }
    // Approved by too few: the transaction is none.
    let few = try bench.document(document.content, approvers: Array(RecoveryBench.names.prefix(5)))
    #expect(throws: RestartProblem.tooFewApprovals(5, needed: 6)) { try verified(try envelope(of: few)) }
    let signed = try envelope(of: document)
    #expect(try SignedTransaction(decoding: signed.encoded) == signed)
  }
}
