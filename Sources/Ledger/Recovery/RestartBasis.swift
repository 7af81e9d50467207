import CBOR
import Consensus
import Cryptography
import Membership

/// The bounds of the documents of a restart.
package enum RestartLimits {
  /// Headers from the last final block to the highest notarised one. Without a quorum no block is notarised, so that
  /// they are few; the bound keeps the document within the size of a transaction.
  package static let headers = 512
  /// Closing blocks that compete for one place.
  package static let closingBlocks = 16
  /// The reason for people, in bytes.
  package static let reason = 1_024
}

/// The epoch that is to be left, as whoever verifies a restart knows it from its own chain: [network, epoch, link of
/// the block that opened it, validators, roster].
package struct RestartBasis: Hashable, Sendable, CBORCodable, VotingContext {
  package let network: NetworkID
  package let epoch: Epoch
  package let root: BlockLink
  package let validators: ValidatorSet
  package let roster: Roster

  package init(_ context: EpochContext) {
    (network, epoch, root) = (context.network, context.epoch, context.root)
    (validators, roster) = (context.validators, context.roster)
  }

  /// The digest of the block that opened the epoch.
  package var opener: Digest { root.digest }

  package var context: EpochContext {
    EpochContext(network: network, epoch: epoch, root: root, validators: validators, roster: roster)
  }

  /// How many freezes of validators a restart needs: n − q + 1, so that no quorum is without one of them.
  package var neededFreezes: Int { validators.members.count - quorum.quorum + 1 }

  /// How many root keys must approve a restart: a quorum of everyone on the roster.
  package var neededApprovals: Int { roster.quorum.quorum }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(network.digest ?? .zero)
    writer.value(epoch)
    writer.value(root)
    writer.value(validators)
    writer.value(roster)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    network = NetworkID(try reader.value(Digest.self))
    epoch = try reader.value()
    root = try reader.value()
    validators = try reader.value()
    roster = try reader.value()
    reader.leave()
  }
}
