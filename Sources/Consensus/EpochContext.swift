import Cryptography
import Membership

/// What signatures under votes and certificates are judged by: all of an epoch that a light verifier must know.
package protocol VotingContext: Sendable {
  var network: NetworkID { get }
  var epoch: Epoch { get }
  /// The digest of the block that opened the epoch, named in every vote.
  var opener: Digest { get }
  /// The validators, ascending by id; a validator's index is its place.
  var validators: ValidatorSet { get }
}

extension VotingContext {
  package var quorum: Quorum { validators.quorum }
}

/// What is fixed for an epoch: who belongs to the network, who votes, and the block that everything in it descends from.
package struct EpochContext: Hashable, Sendable, VotingContext {
  package let network: NetworkID
  package let epoch: Epoch
  /// The block that opened the epoch: finalised beforehand, so it needs no certificate here. The genesis block for epoch 0.
  /// The first view to vote in is the one after its view.
  package let root: BlockLink
  /// The validators, ascending by id; a validator's index is its place.
  package let validators: ValidatorSet
  /// Everyone who may have a session and sign transactions: the validators, and the members that only follow.
  package let roster: Roster

  package init(network: NetworkID, epoch: Epoch, root: BlockLink, validators: ValidatorSet, roster: Roster) {
    (self.network, self.epoch, self.root) = (network, epoch, root)
    (self.validators, self.roster) = (validators, roster)
  }

  /// An epoch in which everyone on the roster votes.
  package init(network: NetworkID, epoch: Epoch, root: BlockLink, roster: Roster) {
    self.init(network: network, epoch: epoch, root: root, validators: ValidatorSet(roster), roster: roster)
  }

  /// The digest of the block that opened the epoch, named in every vote.
  package var opener: Digest { root.digest }

  /// The index of the member that may propose in a view: round robin (R1).
  package func leaderIndex(of view: View) -> Int { Int(view.number % UInt64(validators.members.count)) }

  /// The member that may propose in a view.
  package func leader(of view: View) -> MemberID { validators.members[leaderIndex(of: view)].id }
}
