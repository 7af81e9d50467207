import NIOCore

/// The frames that wait for one session's socket: consensus before bulk, each bounded, and no frame cut once the next
/// has begun (S22, S23).
package struct OutboundQueues {
  private var consensus: FrameQueue
  private var bulk: FrameQueue
  /// The frame of which a part was handed out, and how much of it.
  private var current: (frame: [UInt8], sent: Int)?

  package init(limits: TransportLimits) {
    consensus = FrameQueue(limit: limits.consensusQueue)
    bulk = FrameQueue(limit: limits.bulkQueue)
  }

  package var isEmpty: Bool { current == nil && consensus.isEmpty && bulk.isEmpty }

  /// Appends a frame by its queue's rule. Answers the outcome and how many frames were dropped for it.
  package mutating func append(_ frame: [UInt8], _ priority: Priority) -> (outcome: SendOutcome, dropped: Int) {
    switch priority {
    case .bulk:
      guard bulk.hasRoom(for: frame.count) else { return (.full, 1) }
      bulk.append(frame)
      return (.queued, 0)
    case .consensus:
      var dropped = 0
      while !consensus.hasRoom(for: frame.count), consensus.removeFirst() != nil { dropped += 1 }
      consensus.append(frame)
      return (dropped == 0 ? .queued : .displacedOlder, dropped)
    }
  }

  /// Moves what comes next into `buffer`, lengths included, until it holds `target` bytes or nothing waits. Answers how
  /// many frames were completed.
  package mutating func take(into buffer: inout ByteBuffer, target: Int) -> Int {
    var completed = 0
    while buffer.readableBytes < target {
      if current == nil {
        guard let frame = consensus.removeFirst() ?? bulk.removeFirst() else { return completed }
        buffer.writeInteger(UInt32(truncatingIfNeeded: frame.count))
        current = (frame, 0)
      }
      guard let (frame, sent) = current else { return completed }
      let part = min(frame.count - sent, max(target - buffer.readableBytes, 1))
      buffer.writeBytes(frame[sent..<sent + part])
      if sent + part == frame.count {
        current = nil
        completed += 1
      } else {
        current = (frame, sent + part)
      }
    }
    return completed
  }
}

/// A bounded first-in, first-out queue of frames.
private struct FrameQueue {
  private let limit: QueueLimit
  private var frames = CircularBuffer<[UInt8]>()
  private var bytes = 0

  init(limit: QueueLimit) { self.limit = limit }

  var isEmpty: Bool { frames.isEmpty }

  /// An empty queue takes any frame, so that a small limit cannot shut out a large one for ever.
  func hasRoom(for size: Int) -> Bool {
    frames.isEmpty || (frames.count < limit.frames && bytes + size <= limit.bytes)
  }

  mutating func append(_ frame: [UInt8]) {
    frames.append(frame)
    bytes += frame.count
  }

  mutating func removeFirst() -> [UInt8]? {
    guard let frame = frames.popFirst() else { return nil }
    bytes -= frame.count
    return frame
  }
}
