import Foundation
import Logging
import Synchronization

/// Where log lines go, and which: one line an event on standard error, as text or as JSON. The level can be changed while running.
package final class LogOutput: Sendable {
  package let format: NodeConfiguration.LogFormat
  private let level: Mutex<Logger.Level>
  private let write: @Sendable (String) -> Void

  /// `write` takes whole lines, from any thread.
  package init(
    format: NodeConfiguration.LogFormat, level: Logger.Level,
    write: @escaping @Sendable (String) -> Void = LogOutput.standardError
  ) {
    (self.format, self.write) = (format, write)
    self.level = Mutex(level)
  }

  package func setLevel(_ new: Logger.Level) { level.withLock { $0 = new } }

  package var currentLevel: Logger.Level { level.withLock { $0 } }

  package func logger(_ label: String) -> Logger {
    Logger(label: label) { _ in LineHandler(output: self) }
  }

  fileprivate func put(_ level: Logger.Level, _ message: String, _ fields: [(String, String)]) {
    let time = Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
    switch format {
    case .text:
      let rest = fields.map { " \($0.0)=\(Self.quoted($0.1))" }.joined()
      write("\(time) \(level.rawValue.uppercased()) \(Self.oneLine(message))\(rest)\n")
    case .json:
      let pairs = [("time", time), ("level", level.rawValue), ("message", message)] + fields
      write("{" + pairs.map { "\(Self.json($0.0)):\(Self.json($0.1))" }.joined(separator: ",") + "}\n")
    }
  }

  /// Writes to file descriptor 2 in one call, so that lines of several threads do not mix.
  package static let standardError: @Sendable (String) -> Void = { line in
    let bytes = Array(line.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
  }

  private static func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }

  private static func quoted(_ value: String) -> String {
    let plain = value.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
    return plain && !value.isEmpty ? value : json(value)
  }

  private static func json(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}

private struct LineHandler: LogHandler {
  let output: LogOutput
  var metadata: Logger.Metadata = [:]

  private var own: Logger.Level?

  // One level for the whole process, so that a reload reaches every logger that was ever made, but for those with a level of their own.
  var logLevel: Logger.Level {
    get { own ?? output.currentLevel }
    set { own = newValue }
  }

  init(output: LogOutput) { self.output = output }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    let fields = all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    output.put(event.level, "\(event.message)", fields)
  }
}
