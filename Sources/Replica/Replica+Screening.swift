import Consensus
import Cryptography
import Ledger
import Membership

/// What a replica has verified before and meets again in a message.
package struct KnownParts: Sendable {
  package let certificates: [VerifiedCertificate]
  package let transactions: [Digest: VerifiedTransaction]

  package init(certificates: [VerifiedCertificate], transactions: [Digest: VerifiedTransaction]) {
    (self.certificates, self.transactions) = (certificates, transactions)
  }

  package static let none = KnownParts(certificates: [], transactions: [:])
}

extension Replica {
  /// A first look at a peer's message, before any signature is verified: nil if nothing in it is worth that work, else
  /// what of it needs no second look.
  ///
  /// Cheap, and changes nothing. What is dropped here is a repetition, or beyond what may still matter; a vote that
  /// contradicts one held from its member is always worth verifying.
  package func screen(_ message: PeerMessage) -> KnownParts? {
    guard halted == nil else { return nil }
    switch message {
    case .agreement(let message): return screen(message)
    case .proposal(let proposal, _): return screen(proposal)
    case .transactions(let transactions): return KnownParts(certificates: [], transactions: known(among: transactions))
    case .wantTransactions, .wantBlock, .wantRange: return KnownParts.none
    case .block(let outline): return missing.contains(outline.digest) ? KnownParts.none : nil
    case .range(let range):
      let isRestart = range.entries.contains { $0.restart != nil }
      guard !synchronisation.awaited.isEmpty, isRestart || range.finalisation.subject.belongs(to: context) else {
        return nil
      }
      return KnownParts(certificates: [], transactions: known(among: range.entries.flatMap(\.transactions)))
    }
  }

  private func screen(_ message: ConsensusMessage) -> KnownParts? {
    switch message {
    case .vote(let vote):
      guard let content = try? vote.decoded().content, consensus.wants(content) else { return nil }
      return KnownParts.none
    case .certificate(let certificate): return consensus.wants(certificate) ? KnownParts.none : nil
    case .proposal(let proposal): return screen(proposal)
    case .status, .request: return KnownParts.none
    }
  }

  private func screen(_ proposal: ProposalMessage) -> KnownParts? {
    guard proposal.link.view > chain.header.view, proposal.link.height > chain.header.height else { return nil }
    let carried = proposal.nullifications.map(\.subject) + [proposal.parentCertificate?.subject].compactMap { $0 }
    let held = consensus.heldCertificates.filter { carried.contains($0.subject) }
    return KnownParts(certificates: held, transactions: [:])
  }

  private func known(among transactions: [SignedTransaction]) -> [Digest: VerifiedTransaction] {
    var known: [Digest: VerifiedTransaction] = [:]
    for transaction in transactions {
      if let held = pool[transaction.identity] { known[transaction.identity] = held }
    }
    return known
  }
}
