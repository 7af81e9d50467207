import Cryptography
import Membership

/// What one commit makes durable, all of it or nothing.
package struct ConsensusRecord: Hashable, Sendable {
  /// The view that the member is in.
  package let view: View
  /// The member's own vote, about to be sent.
  package let vote: Attested<Vote>?
  /// The block that the vote notarises: its header and the bodies of all its transactions belong to the same commit.
  package let block: BlockLink?
  /// Certificates accepted since the last record, the one that let the member into its view among them.
  package let certificates: [VerifiedCertificate]

  package init(view: View, vote: Attested<Vote>?, block: BlockLink?, certificates: [VerifiedCertificate]) {
    (self.view, self.vote, self.block, self.certificates) = (view, vote, block, certificates)
  }
}

/// What a member knows again after a start: the sum of its records above the last final block.
package struct ConsensusRecovery: Hashable, Sendable {
  /// The last final block: the epoch's opening block on the first start.
  package let finalised: BlockLink
  /// Its finalisation, or that of a descendant recorded with it; nil for the opening block.
  package let finalisation: VerifiedCertificate?
  /// The highest view recorded.
  package let view: View
  /// The member's own votes above the last final view, in any order, as stored.
  package let votes: [Attested<Vote>]
  /// The certificates above the last final view, in any order.
  package let certificates: [VerifiedCertificate]
  /// The links of the stored blocks above the last final view, in any order.
  package let links: [BlockLink]
  /// The member's highest vote of this epoch, final views included; nil if it never voted.
  package let lastVoted: View?
  /// Whether the driver found the data older than the member's own past: the guard is missing or ahead of the journal.
  package let isOldCopy: Bool
  /// Whether the member voted, in this very run, until the epoch before ended: then it goes on without listening first (R35).
  package let isContinued: Bool

  package init(
    finalised: BlockLink, finalisation: VerifiedCertificate?, view: View, votes: [Attested<Vote>],
    certificates: [VerifiedCertificate], links: [BlockLink], lastVoted: View?, isOldCopy: Bool,
    isContinued: Bool = false
  ) {
    (self.finalised, self.finalisation, self.view, self.votes) = (finalised, finalisation, view, votes)
    (self.certificates, self.links) = (certificates, links)
    (self.lastVoted, self.isOldCopy, self.isContinued) = (lastVoted, isOldCopy, isContinued)
  }

  /// The very first start of a member in an epoch.
  package static func fresh(
    in context: EpochContext, isOldCopy: Bool = false, isContinued: Bool = false
  ) -> ConsensusRecovery {
    ConsensusRecovery(
      finalised: context.root, finalisation: nil, view: context.root.view.next ?? context.root.view, votes: [],
      certificates: [], links: [], lastVoted: nil, isOldCopy: isOldCopy, isContinued: isContinued)
  }
}
