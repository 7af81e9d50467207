import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership

/// What happens to a member.
package enum ReplicaEvent: Sendable {
  /// The driver runs. The first event, once.
  case started
  /// A session with a member came up (again).
  case connected(MemberID)
  /// The session with a member is gone.
  case disconnected(MemberID)
  /// A verified message of the member at the other end of an authenticated session.
  case received(VerifiedPeerMessage, from: MemberID)
  /// A client of this member submits a transaction, and waits for the `answer` of that ticket. It was verified on the
  /// roster of the present epoch.
  case submitted(VerifiedTransaction, SubmissionTicket)
  /// The answer to `sign`, verified like any other vote.
  case signed(Attested<Vote>)
  /// The writes of that ticket, and of every ticket before it, are on stable storage.
  case persisted(PersistTicket)
  /// A timer ran out.
  case expired(ReplicaTimer)
  /// The answer to `read`: blocks from the asked height on, ascending without a gap; empty if there is none.
  case read([StoredBlock], ReadTicket)
}

/// Names one list of writes. Tickets count up from 1 in each run of a member.
package struct PersistTicket: Hashable, Comparable, Sendable {
  package let number: UInt64

  package init(_ number: UInt64) { self.number = number }

  package static func < (left: PersistTicket, right: PersistTicket) -> Bool { left.number < right.number }
}

/// Names one submission of a local client. The driver chooses the numbers, each once in a run.
package struct SubmissionTicket: Hashable, Sendable {
  package let number: UInt64

  package init(_ number: UInt64) { self.number = number }
}

/// Names one read of old blocks.
package struct ReadTicket: Hashable, Sendable {
  package let number: UInt64

  package init(_ number: UInt64) { self.number = number }
}

/// A replica's one-shot timers. Starting one that runs replaces it.
package enum ReplicaTimer: Hashable, Sendable {
  /// Agreement's own.
  case agreement(Consensus.Timer)
  /// Asking again for blocks and transactions that are missing.
  case fetch
  /// The next deadline of a docket, the next sign of life, or a clock behind the chain.
  case work
  /// The pause before an empty block on a parent that is not final yet.
  case emptyBlock
  /// Telling every member where this one stands.
  case heartbeat
  /// Writing down what nothing waits for.
  case flush
  /// Asking another member for the blocks that are missing.
  case synchronisation
}

/// A final block as storage gives it back.
package struct StoredBlock: Hashable, Sendable {
  package let block: Block
  /// The finalisation of this very block, of the last header of its tail, or else of the first descendant that has one.
  package let finalisation: Certificate
  /// The tail headers of a closing block that its own votes did not make final.
  package let tail: [BlockHeader]

  package init(block: Block, finalisation: Certificate, tail: [BlockHeader] = []) {
    (self.block, self.finalisation, self.tail) = (block, finalisation, tail)
  }

  /// Whether the finalisation is this block's own, its tail included.
  package var isCertified: Bool { finalisation.block == (tail.last ?? block.header).digest }
}
