import Foundation

/// A thread with a name that runs one function to its end.
final class DedicatedThread: Sendable {
  private let finished = DispatchGroup()

  init(name: String, _ body: @escaping @Sendable () -> Void) {
    finished.enter()
    let finished = finished
    let thread = Thread {
      body()
      finished.leave()
    }
    thread.name = name
    // Decoding nests to a bounded depth, but debug builds have large frames.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Waits until the function has returned.
  func join() { finished.wait() }
}
