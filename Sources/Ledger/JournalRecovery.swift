import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Membership

/// What a journal gives back when a member starts: everything that it must not forget.
///
/// The starting state is that of ``snapshot``, or of the genesis where there is none; executing ``committed`` on it, in
/// order, gives the state of the last final block, whose roots must come out as its header says.
package struct JournalRecovery: Hashable, Sendable {
  /// The newest snapshot at or below the last final height.
  package var snapshot: Snapshot?
  /// How one epoch led to the next, from the genesis on, ascending: one for each closing block that is final here.
  package var links: [EpochLink]
  /// The final blocks above the snapshot (above the genesis, without one), ascending without a gap.
  package var committed: [Block]
  /// The newest finalisation certificate: of the last final block, of its tail, or of a descendant recorded with it.
  /// Nil on the first start.
  package var finalisation: Certificate?
  /// Blocks that are not final and not abandoned, ascending by view.
  package var open: [Block]
  /// Notarisations and nullifications above the last final view in its epoch, and all of later epochs, ascending.
  package var certificates: [Certificate]
  /// The member's own votes above the last final view in its epoch, and all of later epochs, in the order in which they
  /// were written.
  package var votes: [SignedVote]
  /// The member's highest vote, final views included; nil if it never voted.
  package var lastVoted: EpochView?
  /// The last view that the member entered.
  package var view: EpochView?
  /// Transactions that wait for a block, in the order in which they came.
  package var pool: [VerifiedTransaction]
  /// Whether the guard file is missing or ahead of the journal: the data are an old copy, and the member must not vote
  /// at once.
  package var isOldCopy: Bool
  /// Whether nothing at all was found, neither journal nor guard: a member that never ran, or one whose past was lost.
  package var isFirstStart: Bool
  /// Contradictory votes of members, as many as the journal holds.
  package var evidence: [Evidence]
  /// The last epoch that the member froze: it votes in none until a restart opens a later one.
  package var frozen: Epoch?

  package init(
    snapshot: Snapshot? = nil, links: [EpochLink] = [], committed: [Block] = [], finalisation: Certificate? = nil,
    open: [Block] = [], certificates: [Certificate] = [], votes: [SignedVote] = [], lastVoted: EpochView? = nil,
    view: EpochView? = nil, pool: [VerifiedTransaction] = [], isOldCopy: Bool = false, isFirstStart: Bool = false,
    evidence: [Evidence] = [], frozen: Epoch? = nil
  ) {
    (self.snapshot, self.links, self.committed) = (snapshot, links, committed)
    (self.finalisation, self.open, self.certificates) = (finalisation, open, certificates)
    (self.votes, self.lastVoted, self.view) = (votes, lastVoted, view)
    (self.pool, self.evidence, self.frozen) = (pool, evidence, frozen)
    (self.isOldCopy, self.isFirstStart) = (isOldCopy, isFirstStart)
  }

  /// What a member has that never ran.
  package static let nothing = JournalRecovery()
}

/// A view of one epoch.
package struct EpochView: Hashable, Sendable {
  package let epoch: Epoch
  package let view: View

  package init(_ epoch: Epoch, _ view: View) { (self.epoch, self.view) = (epoch, view) }
}
