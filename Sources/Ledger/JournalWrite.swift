import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// One thing that must be durable before something else may be seen.
///
/// The member's core emits lists of writes; storage makes each list durable in one commit (and may merge lists that
/// wait together into one), in order. Storage decides nothing: what a write means is said here. Every write is
/// idempotent, so that a list can be applied again.
package enum JournalWrite: Hashable, Sendable {
  /// A vote of this member's own, kept byte for byte by (epoch, view, kind). Besides the database it goes into the
  /// guard file, before the vote is sent.
  case vote(Attested<Vote>)
  /// The member entered a view. The certificate that let it in is written in the same list.
  case viewEntered(Epoch, View)
  /// A certificate of any kind, kept by (epoch, kind, view) for ever. A second one for the same key adds nothing.
  case certificate(Certificate)
  /// Bodies of transactions, kept by identity. One that is known already stays as it is.
  case transactions([VerifiedTransaction])
  /// A block that was proposed or fetched, kept by digest; the bodies of its transactions are in the journal or in the
  /// same list.
  case block(BlockOutline)
  /// A block became final, with all that its execution changed. Blocks come in ascending order without a gap.
  case committed(CommittedBlock)
  /// The block that was committed last closed its epoch: the proof of who votes in the next one, kept for ever by the epoch that ended.
  case epochClosed(Epoch, EpochLink)
  /// Transactions that wait for a block. Their bodies are in the same list or known.
  case poolAdded([Digest])
  /// Transactions that wait no longer. A body that no block refers to may then be deleted.
  case poolRemoved([Digest])
  /// Blocks that can no longer become final, by digest; they may be deleted, their certificates not.
  case abandoned([Digest])
  /// A state to start from instead of replaying the whole history. Older snapshots may then be deleted.
  case snapshot(Snapshot)
  /// Two contradictory votes of one member, kept for ever by (epoch, view, member).
  case evidence(Evidence)
  /// The member's signed freeze of an epoch, kept for ever. Besides the database the epoch goes into the guard file.
  case frozen(Epoch, SignedStatement)
}

/// A block that is final on this member, as the journal and the readable tables want it.
package struct CommittedBlock: Hashable, Sendable {
  package let header: BlockHeader
  /// The finalisation of this very block, of the last header of its tail, or else of the first descendant that has one.
  package let finalisation: Certificate
  /// Where the block closed an epoch and its own votes did not make it final: the headers of the tail blocks that lead
  /// from it to the block of the finalisation, each the child of the one before.
  package let tail: [BlockHeader]
  /// Whether the next block belongs to the next epoch.
  package let closesEpoch: Bool
  /// One per transaction, in the block's order.
  package let outcomes: [TransactionOutcome]
  /// The entries of the state that the block changed, ascending by key; the readable tables follow from them.
  package let changes: [StateChange]

  package init(
    header: BlockHeader, finalisation: Certificate, tail: [BlockHeader] = [], closesEpoch: Bool = false,
    outcomes: [TransactionOutcome], changes: [StateChange]
  ) {
    (self.header, self.finalisation, self.tail) = (header, finalisation, tail)
    (self.closesEpoch, self.outcomes, self.changes) = (closesEpoch, outcomes, changes)
  }

  /// Whether the finalisation is this block's own, its tail included.
  package var isCertified: Bool { finalisation.block == (tail.last ?? header).digest }
}
