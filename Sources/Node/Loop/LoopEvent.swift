import Consensus
import Ledger
import Membership
import Replica
import Transport

/// What reaches the loop from other threads.
enum LoopEvent: Sendable {
  case connected(MemberID)
  case disconnected(MemberID)
  /// A frame as it came. It is kept until it is done with, for its credit: the peer may send more once it is let go.
  case frame(InboundFrame)
  /// A large message that was decoded beside the loop, and wants its first look.
  case decoded(PeerMessage, InboundFrame)
  case verified(VerifiedPeerMessage, InboundFrame)
  case submission(VerifiedTransaction, Submission)
  case read([StoredBlock], ReadTicket)
  case state(StateEvent)
  /// Somebody wants to know how the member is. The answer is called on the loop's thread and must not block.
  case question(@Sendable (ReplicaHealth) -> Void)
  /// Storage failed while reading for a peer: the journal cannot be trusted any further.
  case failed(NodeFailure)
  case stop
}

/// A client's transaction on its way through the loop. `progress` is called on the loop's thread and must not block: with `accepted` first,
/// where the pool took it, and then at most once more.
struct Submission: Sendable {
  enum Progress: Sendable {
    /// It waits in the pool. The outcome follows.
    case accepted
    case outcome(SubmissionOutcome)
    /// The deadline passed without an outcome.
    case overdue
  }

  let deadline: MonotonicTime?
  let progress: @Sendable (Progress) -> Void
}

/// Where the loop leaves frames: the mesh, or what stands in for it in a test.
package protocol FrameSender: Sendable {
  func send(_ frame: [UInt8], to member: MemberID, _ priority: Priority) -> SendOutcome
  func broadcast(_ frame: [UInt8], _ priority: Priority)
}

extension Mesh: FrameSender {}

/// What of the node follows when its replica enters an epoch, besides the loop itself. Called on the loop's thread; must not block.
struct EpochFollowers: Sendable {
  var enter: @Sendable (_ context: EpochContext, _ before: Roster) -> Void = { _, _ in }
}
