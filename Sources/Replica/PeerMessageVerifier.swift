import Consensus
import Cryptography
import Ledger
import Membership

/// A peer's message whose signatures and certificates were verified: what a replica takes.
package enum VerifiedPeerMessage: Sendable {
  case agreement(Consensus.Event)
  /// Where a member of another epoch stands. The votes in it are not looked at.
  case elsewhere(ConsensusStatus)
  case proposal(Proposal, BlockOutline)
  case transactions([VerifiedTransaction])
  case wantTransactions(block: Digest, [Digest])
  case wantBlock(Digest)
  case block(BlockOutline)
  case wantRange(from: Height)
  case range(VerifiedRange)
}

/// Why a peer's message was dropped: the peer's fault, for logs and counters.
package enum PeerMessageRefusal: Error, Hashable, Sendable {
  case agreement(ConsensusRefusal)
  case transaction(AttestationError)
  case certificate(CertificateError)
  case restart(RestartProblem)
  /// The parts of a message do not belong together.
  case incoherent

  package var code: String {
    switch self {
    case .agreement: "BAD_AGREEMENT_MESSAGE"
    case .transaction: "BAD_TRANSACTION"
    case .certificate: "BAD_CERTIFICATE"
    case .restart: "BAD_RESTART"
    case .incoherent: "INCOHERENT_MESSAGE"
    }
  }
}

/// Verifies peers' messages. A value without state: any number of threads may use copies of it, before the replica sees
/// a message.
package struct PeerMessageVerifier<Scheme: SignatureVerifier>: Sendable {
  package let context: EpochContext
  /// The epoch that a restart leaves: the present one, or the one before while a restart is under way.
  package let restarting: RestartBasis
  package let scheme: Scheme

  package init(context: EpochContext, restarting: RestartBasis? = nil, scheme: Scheme) {
    (self.context, self.scheme) = (context, scheme)
    self.restarting = restarting ?? RestartBasis(context)
  }

  /// Verifies everything that a message of the member at the other end of an authenticated session carries.
  ///
  /// Law: pure; the same message gives the same answer. What ``Replica/screen(_:)`` said is known of it needs no second
  /// look: a certificate of the same subject, and a transaction with the same signature to the byte.
  package func verified(
    _ message: PeerMessage, from sender: MemberID, known: KnownParts = .none
  ) throws(PeerMessageRefusal) -> VerifiedPeerMessage {
    switch message {
    case .agreement(.status(let status)) where status.epoch != context.epoch || status.opener != context.opener:
      return .elsewhere(status)
    case .agreement(let message): return .agreement(try event(message, from: sender))
    case .proposal(let proposal, let outline):
      guard proposal.link == outline.header.link else { throw .incoherent }
      do throws(ConsensusRefusal) {
        return .proposal(try proposal.verified(in: context, by: scheme, reusing: known.certificates), outline)
      } catch { throw .agreement(error) }
    case .transactions(let transactions): return .transactions(try verified(transactions, known))
    case .wantTransactions(let block, let identities): return .wantTransactions(block: block, identities)
    case .wantBlock(let digest): return .wantBlock(digest)
    case .block(let outline): return .block(outline)
    case .wantRange(let height): return .wantRange(from: height)
    case .range(let range): return .range(try verified(range, known))
    }
  }

  /// Verifies a transaction that a local client submits.
  package func verified(_ transaction: SignedTransaction) throws(AttestationError) -> VerifiedTransaction {
    try transaction.verified(on: context.roster, network: context.network, by: scheme)
  }

  private func event(_ message: ConsensusMessage, from sender: MemberID) throws(PeerMessageRefusal) -> Consensus.Event {
    do throws(ConsensusRefusal) {
      return try message.verified(from: sender, in: context, by: scheme)
    } catch { throw .agreement(error) }
  }

  private func verified(
    _ transactions: [SignedTransaction], _ known: KnownParts
  ) throws(PeerMessageRefusal) -> [VerifiedTransaction] {
    var verified: [VerifiedTransaction] = []
    verified.reserveCapacity(transactions.count)
    for transaction in transactions {
      if let held = known.transactions[transaction.identity], held.signed.statement == transaction.statement {
        verified.append(held)
        continue
      }
      guard transaction.type != .restart else {
        verified.append(try self.verified(restart: transaction).transaction)
        continue
      }
      do throws(AttestationError) { verified.append(try self.verified(transaction)) } catch {
        throw .transaction(error)
      }
    }
    return verified
  }

  private func verified(
    _ range: BlockRange, _ known: KnownParts
  ) throws(PeerMessageRefusal) -> VerifiedRange {
    guard range.isChain else { throw .incoherent }
    let finalisation: VerifiedCertificate
    let restart = try restart(in: range)
    let judge = restart?.context(roster: context.roster) ?? context
    do throws(CertificateError) { finalisation = try range.finalisation.verified(in: judge, by: scheme) } catch {
      throw .certificate(error)
    }
    var blocks: [Block] = []
    for entry in range.entries {
      let bodies = try verified(entry.transactions, known)
      guard let block = Block(outline: entry.outline, transactions: bodies) else { throw .incoherent }
      blocks.append(block)
    }
    return VerifiedRange(
      blocks: blocks, descendants: range.descendants, finalisation: finalisation, restart: restart)
  }

  /// The restart by which a range leads out of this epoch; nil where it stays within.
  private func restart(in range: BlockRange) throws(PeerMessageRefusal) -> VerifiedRestart? {
    guard range.finalisation.subject.epoch != context.epoch,
      let entry = range.entries.first(where: { $0.restart != nil }), let transaction = entry.restart
    else { return nil }
    return try verified(restart: transaction).restart
  }

  private func verified(
    restart transaction: SignedTransaction
  ) throws(PeerMessageRefusal) -> (transaction: VerifiedTransaction, restart: VerifiedRestart) {
    do throws(RestartProblem) {
      return try transaction.verified(restarting: restarting, by: scheme)
    } catch { throw .restart(error) }
  }
}
