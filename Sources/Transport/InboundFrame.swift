import Membership
import Synchronization

/// A frame as a member sent it. While the program holds it, it counts against that member's inbound limit: letting go
/// of it is what lets more be read from the socket. So keep the frame, not only its bytes, for as long as it waits in a
/// queue.
package final class InboundFrame: Sendable {
  package let sender: MemberID
  package let bytes: [UInt8]
  private let credit: InboundCredit

  package init(sender: MemberID, bytes: [UInt8], credit: InboundCredit) {
    (self.sender, self.bytes, self.credit) = (sender, bytes, credit)
    credit.take(bytes.count)
  }

  deinit { credit.giveBack(bytes.count) }
}

/// Counts the frames of one session that the program still holds.
package final class InboundCredit: Sendable {
  private struct Held {
    var frames = 0
    var bytes = 0
    var isPaused = false
    var isClosed = false
  }

  private let held = Mutex(Held())
  private let limit: QueueLimit
  private let resume: @Sendable () -> Void

  /// Makes the count of one session. `resume` is called on whichever thread gave back the frame that ended a pause. It
  /// is called under the lock, so that none comes after the end of ``close()``; it must only pass the word on.
  package init(limit: QueueLimit, resume: @escaping @Sendable () -> Void) {
    (self.limit, self.resume) = (limit, resume)
  }

  /// Whether reading may go on. Where it may not, `resume` is called once half of the limit is free again.
  package func mayRead() -> Bool {
    held.withLock { held in
      held.isPaused = held.isPaused || held.frames >= limit.frames || held.bytes >= limit.bytes
      return !held.isPaused
    }
  }

  func take(_ bytes: Int) {
    held.withLock { held in
      held.frames += 1
      held.bytes += bytes
    }
  }

  func giveBack(_ bytes: Int) {
    held.withLock { held in
      held.frames -= 1
      held.bytes -= bytes
      guard held.isPaused, !held.isClosed, held.frames <= limit.frames / 2, held.bytes <= limit.bytes / 2 else {
        return
      }
      held.isPaused = false
      resume()
    }
  }

  /// The session ended: nothing is resumed any more.
  package func close() { held.withLock { $0.isClosed = true } }
}
