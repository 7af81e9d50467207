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
  /// The proof of an epoch does not verify.
  case link(EpochLinkError)
  /// A final block does not follow from the one before it.
  case block(Height, BlockFault)
  /// A certificate of the journal does not verify.
  case certificate(View, CertificateError)
  /// A vote of the journal does not verify as this member's.
  case vote(AttestationError)

  package var sentence: String {
    switch self {
    case .snapshot(let error): "the journal cannot be used: \(error.sentence)"
    case .link(let error): "the journal cannot be used: the proof of an epoch does not verify: \(error.sentence)"
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
  /// Without a member to vote for, the replica only follows; so it does in epochs whose key for the member is none of
  /// `nodeKeys`. The verifier is used here only, on what the journal holds.
  package init(
    genesis: VerifiedGenesis, me: MemberID?, recovering journal: JournalRecovery, by verifier: some SignatureVerifier,
    nodeKeys: [PublicKey]? = nil, restarting: SignedTransaction? = nil,
    snapshotInterval: UInt64 = ReplicaLimits.snapshotInterval
  ) throws(RecoveryError) {
    guard
      let patience = Patience(
        delay: genesis.content.ledger.delta, maximumDoublings: Int(genesis.content.ledger.timeoutDoublings))
    else { throw .patience }
    var replay = try Replay(genesis, journal, by: verifier)
    snapshotHeight = replay.chain.header.height
    for block in journal.committed where block.header.height > snapshotHeight { try replay.follow(block) }
    var context = EpochContext(of: replay.chain.state, openedBy: replay.opener)
    var under = Self.restart(restarting, leaving: context, by: verifier)
    var chain = replay.chain
    let epochs = [context.epoch, under?.content.newEpoch]
    for block in journal.open where block.header.view > chain.header.view && epochs.contains(block.header.epoch) {
      var open = OpenBlock(block)
      (open.isStored, open.isWanted) = (true, true)
      chain.add(open)
    }
    chain.executeOpen()
    under?.reopen(in: chain, &context)
    let recovered = try Self.recovery(journal, chain, context, verifier)
    let isFrozen = Self.isFrozen(
      journal.frozen, in: chain.state, restart: under.flatMap { $0.isOpen ? $0.content.newEpoch : nil })
    let voter = isFrozen ? nil : Self.voter(me, nodeKeys, in: context)
    (frozen, restart) = (journal.frozen, under)
    consensus = Consensus(context: context, me: voter, recovered: recovered, patience: patience)
    self.nodeKeys = nodeKeys
    (self.context, self.me, self.chain, self.patience) = (context, me, chain, patience)
    (parameters, links, self.snapshotInterval) = (genesis.content.ledger, journal.links, snapshotInterval)
    beginning = Beginning(
      isOldCopy: journal.isOldCopy, isFirstStart: journal.isFirstStart, lastVoted: journal.lastVoted?.epoch)
    view = consensus.view
    peers = Peers(roster: context.roster, me: me)
    pool = Pool(roster: context.roster)
    workTip = chain.header.digest
    // What waited was verified in an epoch that may be over.
    for waiting in journal.pool {
      guard let transaction = try? waiting.signed.verified(on: context.roster, network: context.network, by: verifier),
        chain.state.refusal(of: transaction, at: chain.header.timestamp) == nil
      else { continue }
      try? pool.add(transaction)
      _ = pool.storing([transaction])
    }
    for evidence in journal.evidence { voice.keep(evidence) }
  }

  /// What agreement must know again of the epoch that goes on; what the journal holds of others has no effect.
  private static func recovery(
    _ journal: JournalRecovery, _ chain: Chain, _ context: EpochContext, _ verifier: some SignatureVerifier
  ) throws(RecoveryError) -> ConsensusRecovery {
    var certificates: [VerifiedCertificate] = []
    var own: VerifiedCertificate?
    for certificate in journal.certificates + [journal.finalisation].compactMap({ $0 })
    where certificate.subject.belongs(to: context) {
      let verified = try verified(certificate, in: context, by: verifier)
      // A finalisation of a block whose ancestors are not all here counts again once they are.
      let isOwn = verified.kind == .finalize && verified.block == chain.header.digest
      if isOwn { own = verified } else { certificates.append(verified) }
    }
    var votes: [Attested<Vote>] = []
    for vote in journal.votes where (try? vote.decoded().content.subject.belongs(to: context)) ?? true {
      do throws(AttestationError) { votes.append(try vote.attested(in: context, by: verifier)) } catch {
        throw .vote(error)
      }
    }
    let floor = max(chain.header.view, context.root.view)
    let place = EpochView(context.epoch, floor.next ?? floor)
    let entered = journal.view.flatMap { $0.epoch == context.epoch ? $0 : nil } ?? place
    return ConsensusRecovery(
      finalised: own == nil && context.root.view > chain.header.view ? context.root : chain.header.link,
      finalisation: own, view: entered.view, votes: votes, certificates: certificates,
      links: chain.order.compactMap { chain[$0]?.header }.filter { $0.epoch == context.epoch }.map(\.link),
      lastVoted: journal.lastVoted.flatMap { $0.epoch == context.epoch ? $0.view : nil },
      isOldCopy: journal.isOldCopy || (journal.lastVoted.map { $0.epoch > context.epoch } ?? false))
  }

  private static func verified(
    _ certificate: Certificate, in context: EpochContext, by verifier: some SignatureVerifier
  ) throws(RecoveryError) -> VerifiedCertificate {
    do throws(CertificateError) { return try certificate.verified(in: context, by: verifier) } catch {
      throw .certificate(certificate.view, error)
    }
  }
}

/// The way through the journal's final blocks: the last one with its state, and the block that opened its epoch.
private struct Replay {
  var chain: Chain
  var opener: BlockHeader

  /// Begins at the journal's snapshot, or at the genesis where there is none.
  init(
    _ genesis: VerifiedGenesis, _ journal: JournalRecovery, by verifier: some SignatureVerifier
  ) throws(RecoveryError) {
    chain = Chain(header: genesis.header, state: genesis.state)
    opener = genesis.header
    guard let snapshot = journal.snapshot else { return }
    var history = EpochHistory(genesis)
    for link in journal.links where history.latest.epoch < snapshot.header.epoch {
      do throws(EpochLinkError) { try history.follow(link, by: verifier) } catch { throw .link(error) }
    }
    do throws(SnapshotError) {
      let state = try snapshot.state(on: genesis, in: history.latest, by: verifier)
      chain = Chain(header: snapshot.header, state: state)
      opener = history.latest.opening
    } catch { throw .snapshot(error) }
  }

  /// Executes a final block of the journal on the last one.
  mutating func follow(_ block: Block) throws(RecoveryError) {
    let execution: Execution
    do throws(BlockFault) { execution = try chain.state.judging(block, on: chain.header) } catch {
      throw .block(block.header.height, error)
    }
    // A restart opens its epoch by the block before it.
    if block.restart != nil { opener = chain.header }
    var open = OpenBlock(block)
    open.execution = execution
    chain.add(open)
    _ = chain.finalise(block.digest)
    if execution.closesEpoch { opener = block.header }
  }
}
