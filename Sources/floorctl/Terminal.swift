import Foundation
import Glibc

/// The two streams that a command writes to, and what stands at their other end.
enum Terminal {
  enum Stream: Sendable {
    case output
    case error

    var descriptor: Int32 {
      switch self {
      case .output: STDOUT_FILENO
      case .error: STDERR_FILENO
      }
    }

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Colours only for people: on a terminal that has them, unless NO_COLOR is set (no-color.org).
    var takesColours: Bool {
      let environment = ProcessInfo.processInfo.environment
      return isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }
  }

  /// Writes a line to standard error: progress and remarks, so that standard output can be piped.
  static func error(_ text: String) { write(text + "\n", to: .error) }

  /// Writes text whole. A reader that has gone, as `head` does, ends the writing and is no error.
  static func write(_ text: String, to stream: Stream) {
    // Lines that were printed before come first.
    if stream.descriptor == STDOUT_FILENO { fflush(nil) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(stream.descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// Colours and weights, where the stream takes them.
enum Style {
  static func error(_ text: String, on stream: Terminal.Stream = .output) -> String { wrap(text, "1;31", stream) }
  static func good(_ text: String, on stream: Terminal.Stream = .output) -> String { wrap(text, "32", stream) }
  static func warning(_ text: String, on stream: Terminal.Stream = .output) -> String { wrap(text, "33", stream) }
  static func strong(_ text: String, on stream: Terminal.Stream = .output) -> String { wrap(text, "1", stream) }
  static func dim(_ text: String, on stream: Terminal.Stream = .output) -> String { wrap(text, "2", stream) }

  private static func wrap(_ text: String, _ code: String, _ stream: Terminal.Stream) -> String {
    stream.takesColours ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// A line on a terminal's standard error that is rewritten while work goes on; nothing at all elsewhere.
struct ProgressLine {
  private let isShown = Terminal.Stream.error.isTerminal

  func show(_ text: String) {
    guard isShown else { return }
    Terminal.write("\r\u{1B}[K\(text)", to: .error)
  }

  /// Clears the line.
  func end() {
    guard isShown else { return }
    Terminal.write("\r\u{1B}[K", to: .error)
  }
}
