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
  static func error(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
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
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }

  /// Clears the line.
  func end() {
    guard isShown else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }
}
