import Foundation
import Glibc

/// A thread with a name that runs one function to its end.
final class DedicatedThread: Sendable {
  private let finished = DispatchGroup()

  init(name: String, _ body: @escaping @Sendable () -> Void) {
    finished.enter()
    let finished = finished
    let thread = Thread {
      Self.show(name)
      body()
      finished.leave()
    }
    // Decoding nests to a bounded depth, but debug builds have large frames.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Waits until the function has returned.
  func join() { finished.wait() }

  /// Foundation's name for a thread stays inside the process: this one is what the system's tools show. It is for people only.
  private static func show(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    let bytes = Array(name.utf8.prefix(15))
    _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    close(file)
  }
}
