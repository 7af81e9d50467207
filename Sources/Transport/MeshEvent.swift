import Membership

/// What the transport tells the program. All events come on the transport's one thread, in order: those of a session
/// lie between its `connected` and its `disconnected`. The handler must not block.
package enum MeshEvent: Sendable {
  /// A session stands: both sides proved who they are. What was queued for an earlier session is gone.
  case connected(MemberID, SessionInfo)
  /// The session ended. Where another replaced it, its `connected` follows at once.
  case disconnected(MemberID, SessionEnd)
  case received(InboundFrame)
  /// Somebody who dialled did not prove to be a member.
  case refused(String, SessionEnd)
  /// A member could not be reached, or did not prove to be the one; it is dialled again.
  case unreachable(MemberID, SessionEnd)
}

/// What is known of a session besides its member.
package struct SessionInfo: Hashable, Sendable {
  /// Distinguishes this session from all others of the process.
  package let number: UInt64
  package let direction: SessionDirection
  /// The other side's address, for the log.
  package let remote: String
}

/// Who dialled.
package enum SessionDirection: Hashable, Sendable {
  case outgoing
  case incoming
}

/// Which of a peer's two queues a frame waits in.
package enum Priority: Hashable, Sendable, CaseIterable {
  /// Votes, certificates, proposals and what they wait for: goes before everything else. When its queue is full the
  /// oldest frame makes room, since newer views matter more and the protocol sends again what is missing.
  case consensus
  /// Synchronisation: goes when nothing else waits. When its queue is full the newest frame is dropped; the one who
  /// asked asks again.
  case bulk
}

/// What became of a frame that was handed over.
package enum SendOutcome: Hashable, Sendable {
  case queued
  /// There is no session with that member.
  case notConnected
  /// Dropped, since the bulk queue is full.
  case full
  /// Queued, and older frames dropped for it, since the consensus queue was full.
  case displacedOlder
  /// Empty, or larger than ``TransportLimits/frame``.
  case wrongSize
}
