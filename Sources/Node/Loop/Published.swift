import Consensus
import Ledger
import Synchronization

/// The newest ``CommittedView``, put here by the loop for every other thread, and a way to hear of newer ones.
package final class Published: Sendable {
  private struct Contents {
    var committed: CommittedView
    var listeners: [UInt64: AsyncStream<CommittedView>.Continuation] = [:]
    var nextListener: UInt64 = 0
    /// Up to where the journal has the committed blocks: it may lag a little, since nothing waits for that write.
    var durable: Height
    var waiting: [(height: Height, continuation: CheckedContinuation<Void, Never>)] = []
    var isFinished = false
  }

  private let contents: Mutex<Contents>

  init(_ committed: CommittedView) {
    contents = Mutex(Contents(committed: committed, durable: committed.header.height))
  }

  package var committed: CommittedView { contents.withLock { $0.committed } }

  /// Committed states from now on, beginning with the present one. A slow listener gets the newest and misses those between.
  package func committedViews() -> AsyncStream<CommittedView> {
    let (stream, continuation) = AsyncStream.makeStream(of: CommittedView.self, bufferingPolicy: .bufferingNewest(1))
    let number = contents.withLock { contents in
      contents.nextListener += 1
      contents.listeners[contents.nextListener] = continuation
      continuation.yield(contents.committed)
      return contents.nextListener
    }
    continuation.onTermination = { [weak self] _ in
      self?.contents.withLock { _ = $0.listeners.removeValue(forKey: number) }
    }
    return stream
  }

  /// Waits until the journal has every block that is committed now, and answers the committed state.
  func committedAndStored() async -> CommittedView {
    let wanted = committed
    await withCheckedContinuation { continuation in
      let isStored = contents.withLock { contents in
        guard contents.durable < wanted.header.height, !contents.isFinished else { return true }
        contents.waiting.append((wanted.header.height, continuation))
        return false
      }
      if isStored { continuation.resume() }
    }
    return wanted
  }

  /// Notes up to where the journal has the committed blocks.
  func stored(_ height: Height) {
    let ready = contents.withLock { contents in
      contents.durable = max(contents.durable, height)
      let ready = contents.waiting.filter { $0.height <= height }
      contents.waiting.removeAll { $0.height <= height }
      return ready
    }
    for waiter in ready { waiter.continuation.resume() }
  }

  func publish(_ committed: CommittedView) {
    let listeners = contents.withLock { contents in
      contents.committed = committed
      return Array(contents.listeners.values)
    }
    for listener in listeners { listener.yield(committed) }
  }

  /// Ends the streams of all listeners, and lets nobody wait any longer.
  func finish() {
    let (listeners, waiting) = contents.withLock { contents in
      defer { (contents.listeners, contents.waiting, contents.isFinished) = ([:], [], true) }
      return (Array(contents.listeners.values), contents.waiting)
    }
    for listener in listeners { listener.finish() }
    for waiter in waiting { waiter.continuation.resume() }
  }
}
