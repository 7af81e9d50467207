import Foundation

/// Standard output, for people or for programs.
enum Output {
  /// Writes one JSON object with the field `schema` = `pricefloor/<name>/1` and the report's own fields beside it, keys sorted.
  static func json(_ name: String, _ report: some Encodable) {
    Terminal.write(text(name, report), to: .output)
  }

  /// The text of ``json(_:_:)``, with its final newline.
  static func text(_ name: String, _ report: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    do {
      let data = try encoder.encode(Envelope(schema: "pricefloor/\(name)/1", report: report))
      return String(decoding: data, as: UTF8.self) + "\n"
    } catch {
      // Reports are plain structures of numbers and text, whose encoding cannot fail.
      preconditionFailure("the report \(name) has no JSON: \(error)")
    }
  }

  /// Writes the report for programs, or what `people` says, a line at a time.
  static func show(_ name: String, _ report: some Encodable, asJSON: Bool, people: () -> [String]) {
    if asJSON { return json(name, report) }
    for line in people() { print(line) }
  }
}

private struct Envelope<Report: Encodable>: Encodable {
  let schema: String
  let report: Report

  private enum Key: CodingKey {
    case schema
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(schema, forKey: .schema)
    try report.encode(to: encoder)
  }
}

/// A table for people: columns aligned, numbers to the right.
struct TextTable {
  enum Side {
    case left
    case right
  }

  private let columns: [(title: String, side: Side)]
  private var rows: [[String]] = []

  init(_ columns: [(title: String, side: Side)]) { self.columns = columns }

  /// Adds a row; cells beyond the columns are dropped, missing ones are empty.
  mutating func add(_ cells: [String]) { rows.append(cells) }

  /// The lines, headings first; the last column is not padded.
  var lines: [String] {
    let widths = columns.indices.map { column in
      ([columns[column].title] + rows.map { cell($0, column) }).map(\.visibleWidth).max() ?? 0
    }
    let heading = Style.strong(line(columns.map(\.title), widths))
    return [heading] + rows.map { line($0, widths) }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = ""
    for (column, width) in widths.enumerated() {
      let value = cell(cells, column)
      let padding = String(repeating: " ", count: max(0, width - value.visibleWidth))
      switch columns[column].side {
      case .right: text += padding + value
      case .left: text += column == widths.count - 1 ? value : value + padding
      }
      if column < widths.count - 1 { text += "  " }
    }
    return text
  }

  private func cell(_ cells: [String], _ column: Int) -> String { column < cells.count ? cells[column] : "" }
}

extension String {
  /// The number of characters that show, without the escape sequences of ``Style``.
  fileprivate var visibleWidth: Int {
    guard contains("\u{1B}") else { return count }
    var (width, isEscape) = (0, false)
    for character in self {
      if character == "\u{1B}" {
        isEscape = true
      } else if !isEscape {
        width += 1
      } else if character == "m" {
        isEscape = false
      }
    }
    return width
  }
}

/// Formats for people.
enum Show {
  /// A duration of so many milliseconds: `3 d 4 h`, `12 s`.
  static func duration(_ milliseconds: Int64) -> String {
    let seconds = milliseconds / 1_000
    if seconds < 0 { return "in \(duration(-milliseconds))" }
    if seconds < 120 { return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(seconds) s" }
    if seconds < 7_200 { return "\(seconds / 60) min \(seconds % 60) s" }
    if seconds < 172_800 { return "\(seconds / 3_600) h \(seconds / 60 % 60) min" }
    return "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
  }

  static func bytes(_ count: UInt64) -> String {
    if count < 1 << 20 { return "\(count >> 10) KiB" }
    return "\(count >> 20) MiB"
  }

  /// An item without its version, where there is room for no more.
  static func list(_ values: [String], none: String = "none") -> String {
    values.isEmpty ? none : values.joined(separator: " ")
  }
}
