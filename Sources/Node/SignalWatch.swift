@preconcurrency import Dispatch
import Foundation

/// Calls back on the signals of a daemon: TERM and INT ask it to stop, HUP to read its configuration again. They no longer end the process.
package final class SignalWatch: Sendable {
  private let sources: [any DispatchSourceSignal]

  package init(_ action: @escaping @Sendable (Int32) -> Void) {
    let queue = DispatchQueue(label: "signals")
    sources = [SIGTERM, SIGINT, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { action(number) }
      source.resume()
      return source
    }
    // A peer or a client that goes away while it is written to is an error of that write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
  }

  package func end() { for source in sources { source.cancel() } }
}
