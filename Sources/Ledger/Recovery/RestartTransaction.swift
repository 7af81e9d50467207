import Accession
import Consensus
import Cryptography
import Membership
import Trade

extension Transaction {
  /// The envelope in which a restart document comes into the first block of the epoch that it opens. Any of the new
  /// validators signs one; it has no last instant, since the document holds for one place in one chain.
  package init(restart document: RestartDocument, signer: MemberID) {
    self.init(signer: signer, notAfter: .epoch, body: .restart(document))
  }
}

extension Block {
  /// The document of the restart that opened this block's epoch, where the block has that form (V6).
  package var restart: RestartDocument? { transactions.count == 1 ? transactions[0].restart : nil }
}

extension VerifiedTransaction {
  /// The document that the transaction carries, if it is a restart.
  package var restart: RestartDocument? { content.restart }
}

extension Transaction {
  package var restart: RestartDocument? {
    if case .restart(let document) = body { document } else { nil }
  }
}

extension LedgerState {
  /// Whether a restart is lawful above that block, of which this is the state: what only the state can say (V5). The
  /// document's signatures were verified when the transaction was.
  package func restartProblem(of content: RestartContent, on parent: BlockHeader) -> RestartProblem? {
    guard content.start == parent.link else { return .headersBroken(parent.digest) }
    if let successor = content.successor {
      guard isClosed(after: parent), accession.record(of: epoch)?.closing == parent.height, successor == validators,
        content.epoch == parent.epoch, accession.record(of: parent.epoch)?.validators == content.validators
      else { return .successorsDiffer }
    } else {
      guard content.epoch == epoch else {
        return isClosed(after: parent) ? .successorsDiffer : .otherEpoch(content.epoch, expected: epoch)
      }
      guard validators == content.validators, !isClosed(after: parent) || parent.link == content.root else {
        return .successorsDiffer
      }
    }
    guard accession.record(of: content.epoch)?.closing == content.root.height else {
      return .otherEpoch(content.epoch, expected: epoch)
    }
    guard content.newEpoch > epoch else { return .epochNotNew(content.newEpoch) }
    let strangers = content.newValidators.members.filter { roster[$0.id]?.node != $0.node }
    return strangers.first.map { .validatorUnknown($0.id) }
  }

  /// What is wrong with the envelope of a restart, or nil.
  func envelopeProblem(of transaction: VerifiedTransaction, _ content: RestartContent) -> RestartProblem? {
    guard let signer = content.newValidators[transaction.signer] else { return .validatorUnknown(transaction.signer) }
    guard transaction.key.map({ $0 == signer.node }) ?? true, transaction.content.notAfter == .epoch else {
      return .validatorUnknown(transaction.signer)
    }
    return nil
  }
}
