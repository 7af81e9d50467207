import Ledger
import Synchronization

/// The newest ``CommittedView``, put here by the loop for every other thread, and a way to hear of newer ones.
package final class Published: Sendable {
  private struct Contents {
    var committed: CommittedView
    var listeners: [UInt64: AsyncStream<CommittedView>.Continuation] = [:]
    var nextListener: UInt64 = 0
  }

  private let contents: Mutex<Contents>

  init(_ committed: CommittedView) { contents = Mutex(Contents(committed: committed)) }

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

  func publish(_ committed: CommittedView) {
    let listeners = contents.withLock { contents in
      contents.committed = committed
      return Array(contents.listeners.values)
    }
    for listener in listeners { listener.yield(committed) }
  }

  /// Ends the streams of all listeners.
  func finish() {
    let listeners = contents.withLock { contents in
      defer { contents.listeners = [:] }
      return Array(contents.listeners.values)
    }
    for listener in listeners { listener.finish() }
  }
}
