import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// What a journal gives back when a member starts: everything that it must not forget.
///
/// The starting state is that of ``snapshot``, or of the genesis where there is none; executing ``committed`` on it, in
/// order, gives the state of the last final block, whose roots must come out as its header says.
package struct JournalRecovery: Hashable, Sendable {
  /// The newest snapshot at or below the last final height.
  package var snapshot: Snapshot?
  /// The final blocks above the snapshot (above the genesis, without one), ascending without a gap.
  package var committed: [Block]
  /// The newest finalisation certificate: of the last final block, or of a descendant recorded with it. Nil on the
  /// first start.
  package var finalisation: Certificate?
  /// Blocks that are not final and not abandoned, ascending by view.
  package var open: [Block]
  /// Notarisations and nullifications above the last final view, ascending by view.
  package var certificates: [Certificate]
  /// The member's own votes above the last final view, in the order in which they were written.
  package var votes: [SignedVote]
  /// The member's highest vote of the epoch, final views included; nil if it never voted.
  package var lastVoted: View?
  /// The last view that the member entered.
  package var view: View?
  /// Transactions that wait for a block, in the order in which they came.
  package var pool: [VerifiedTransaction]
  /// Whether the guard file is missing or ahead of the journal: the data are an old copy, and the member must not vote
  /// at once.
  package var isOldCopy: Bool

  package init(
    snapshot: Snapshot? = nil, committed: [Block] = [], finalisation: Certificate? = nil, open: [Block] = [],
    certificates: [Certificate] = [], votes: [SignedVote] = [], lastVoted: View? = nil, view: View? = nil,
    pool: [VerifiedTransaction] = [], isOldCopy: Bool = false
  ) {
    (self.snapshot, self.committed, self.finalisation, self.open) = (snapshot, committed, finalisation, open)
    (self.certificates, self.votes, self.lastVoted, self.view) = (certificates, votes, lastVoted, view)
    (self.pool, self.isOldCopy) = (pool, isOldCopy)
  }

  /// What a member has that never ran.
  package static let nothing = JournalRecovery()
}
