import CBOR
import Cryptography
import Membership

/// Where a member stands, told to one peer over their authenticated session:
/// [epoch, opener, finalised height, finalised view, finalised block, current view, [votes of yours, …]].
///
/// The votes are the peer's own, of the highest view in which the sender holds any: signed, so that nobody can talk a member into
/// believing that it forgot a vote (R21).
package struct ConsensusStatus: Hashable, Sendable, CBORCodable {
  package let epoch: Epoch
  package let opener: Digest
  package let finalisedHeight: Height
  package let finalisedView: View
  package let finalisedBlock: Digest
  package let view: View
  /// At most one of each kind, all of one view.
  package let votes: [SignedVote]

  package init(
    context: EpochContext, finalised: BlockLink, view: View, votes: [SignedVote]
  ) {
    (epoch, opener) = (context.epoch, context.opener)
    (finalisedHeight, finalisedView, finalisedBlock) = (finalised.height, finalised.view, finalised.digest)
    (self.view, self.votes) = (view, votes)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(7)
    writer.value(epoch)
    writer.value(opener)
    writer.value(finalisedHeight)
    writer.value(finalisedView)
    writer.value(finalisedBlock)
    writer.value(view)
    writer.list(votes)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 7)
    epoch = try reader.value()
    opener = try reader.value()
    finalisedHeight = try reader.value()
    finalisedView = try reader.value()
    finalisedBlock = try reader.value()
    view = try reader.value()
    votes = try reader.list(max: VoteKind.allCases.count)
    reader.leave()
  }

  /// Verifies the votes that it names; the rest is the sender's word.
  package func verified(
    in context: EpochContext, by verifier: some SignatureVerifier
  ) throws(ConsensusRefusal) -> VerifiedStatus {
    guard epoch == context.epoch, opener == context.opener else { throw .otherEpoch(epoch) }
    var attested: [Attested<Vote>] = []
    for vote in votes {
      do { attested.append(try vote.attested(in: context, by: verifier)) } catch { throw .attestation(error) }
    }
    for vote in attested {
      guard vote.content.subject.belongs(to: context) else { throw .otherEpoch(vote.content.epoch) }
    }
    return VerifiedStatus(status: self, votes: attested)
  }
}

/// A status whose votes were verified.
package struct VerifiedStatus: Hashable, Sendable {
  package let status: ConsensusStatus
  package let votes: [Attested<Vote>]

  fileprivate init(status: ConsensusStatus, votes: [Attested<Vote>]) { (self.status, self.votes) = (status, votes) }
}
