import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Trade

/// Why a journal is nothing to start from: named, and never passed over.
package enum RecoveryError: Error, Hashable, Sendable {
  case snapshot(SnapshotError)
  /// The genesis gives no lawful time-outs.
  case patience
  /// A final block does not follow from the one before it.
  case block(Height, BlockFault)
  /// A certificate of the journal does not verify.
  case certificate(View, CertificateError)
  /// A vote of the journal does not verify as this member's.
  case vote(AttestationError)

  package var sentence: String {
    switch self {
    case .snapshot(let error): "the journal cannot be used: \(error.sentence)"
    case .patience: "the genesis names a delay or a number of doublings that is out of range"
    case .block(let height, let fault):
      "the journal cannot be used: the block at height \(height) does not follow: \(fault.sentence)"
    case .certificate(let view, let error):
      "the journal cannot be used: a certificate of view \(view) does not verify (\(error))"
    case .vote(let error): "the journal cannot be used: a vote of this member does not verify (\(error))"
    }
  }
}

extension Replica {
  /// Takes up where the journal ends. Nothing is sent before `started`.
  ///
  /// Without a member to vote for, the replica only follows. The verifier is used here only, on what the journal holds.
  package init(
    genesis: VerifiedGenesis, me: MemberID?, recovering journal: JournalRecovery, by verifier: some SignatureVerifier,
    snapshotInterval: UInt64 = ReplicaLimits.snapshotInterval
  ) throws(RecoveryError) {
    let context = genesis.context
    guard
      let patience = Patience(
        delay: genesis.content.ledger.delta, maximumDoublings: Int(genesis.content.ledger.timeoutDoublings))
    else { throw .patience }
    var chain = Chain(header: genesis.header, state: genesis.state)
    if let snapshot = journal.snapshot {
      do throws(SnapshotError) {
        chain = Chain(header: snapshot.header, state: try snapshot.state(on: genesis, by: verifier))
      } catch { throw .snapshot(error) }
    }
    (snapshotHeight, self.snapshotInterval) = (chain.header.height, snapshotInterval)
    let finalisation = try Self.verified(journal.finalisation, in: context, by: verifier)
    for block in journal.committed where block.header.height > chain.header.height { try chain.replay(block) }
    for block in journal.open where block.header.view > chain.header.view {
      var open = OpenBlock(block)
      (open.isStored, open.isWanted) = (true, true)
      chain.add(open)
    }
    let recovered = try Self.recovery(journal, finalisation, chain, context, verifier)
    consensus = Consensus(context: context, me: me, recovered: recovered, patience: patience)
    (self.context, self.me, self.chain) = (context, me, chain)
    parameters = genesis.content.ledger
    view = consensus.view
    peers = Peers(roster: context.roster, me: me)
    pool = Pool(roster: context.roster)
    workTip = chain.header.digest
    for transaction in journal.pool where chain.state.refusal(of: transaction, at: chain.header.timestamp) == nil {
      try? pool.add(transaction)
      _ = pool.storing([transaction])
    }
    executeOpen()
  }

  /// Executes what the journal holds above the last final block, parents first.
  private mutating func executeOpen() {
    for digest in chain.order {
      guard let open = chain[digest], let block = open.block, let parent = chain.header(of: open.header.parent),
        let state = chain.state(after: parent.digest)
      else { continue }
      if let execution = try? state.judging(block, on: parent) { chain.update(digest) { $0.execution = execution } }
    }
  }

  private static func recovery(
    _ journal: JournalRecovery, _ finalisation: VerifiedCertificate?, _ chain: Chain, _ context: EpochContext,
    _ verifier: some SignatureVerifier
  ) throws(RecoveryError) -> ConsensusRecovery {
    var certificates: [VerifiedCertificate] = []
    for certificate in journal.certificates {
      if let verified = try verified(certificate, in: context, by: verifier) { certificates.append(verified) }
    }
    var votes: [Attested<Vote>] = []
    for vote in journal.votes {
      do throws(AttestationError) { votes.append(try vote.attested(in: context, by: verifier)) } catch {
        throw .vote(error)
      }
    }
    // A finalisation of a block whose ancestors are not all here counts again once they are.
    let own = finalisation?.block == chain.header.digest ? finalisation : nil
    if own == nil, let finalisation { certificates.append(finalisation) }
    return ConsensusRecovery(
      finalised: chain.header.link, finalisation: own,
      view: journal.view ?? chain.header.view.next ?? chain.header.view, votes: votes, certificates: certificates,
      links: chain.order.compactMap { chain[$0]?.header.link }, lastVoted: journal.lastVoted,
      isOldCopy: journal.isOldCopy)
  }

  private static func verified(
    _ certificate: Certificate?, in context: EpochContext, by verifier: some SignatureVerifier
  ) throws(RecoveryError) -> VerifiedCertificate? {
    guard let certificate else { return nil }
    do throws(CertificateError) { return try certificate.verified(in: context, by: verifier) } catch {
      throw .certificate(certificate.view, error)
    }
  }
}

extension Chain {
  /// Executes a final block of the journal on the last one.
  mutating func replay(_ block: Block) throws(RecoveryError) {
    let execution: Execution
    do throws(BlockFault) { execution = try state.judging(block, on: header) } catch {
      throw .block(block.header.height, error)
    }
    var open = OpenBlock(block)
    open.execution = execution
    add(open)
    _ = finalise(block.digest)
  }
}
