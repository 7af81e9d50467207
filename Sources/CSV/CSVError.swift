/// Why a CSV file, or a line of it, cannot be read.
package enum CSVError: Error, Hashable, Sendable {
  /// The file cannot be opened or read; the text is the system's.
  case file(path: String, reason: String)
  /// No header line.
  case empty
  /// A required column is not in the header.
  case missingColumns([String])
  /// A column stands twice in the header.
  case duplicateColumn(String)
  /// The bytes at this line are not UTF-8, or are of another encoding altogether.
  case encoding(line: Int)
  /// A line is longer than ``CSVLimits/line``.
  case lineTooLong(line: Int)
  /// A record whose fields cannot be read, in a file of which every record counts.
  case record(line: Int)
  /// A quotation mark that is not closed, or text around a quoted field.
  case quotation(line: Int)

  /// What people and programs look for.
  package var code: String {
    switch self {
    case .file: "FILE"
    case .empty: "EMPTY_FILE"
    case .missingColumns: "MISSING_COLUMNS"
    case .duplicateColumn: "DUPLICATE_COLUMN"
    case .encoding: "ENCODING"
    case .lineTooLong: "LINE_TOO_LONG"
    case .record: "BAD_RECORD"
    case .quotation: "QUOTATION"
    }
  }

  package var sentence: String {
    switch self {
    case .file(let path, let reason): "\(path): \(reason)"
    case .empty: "The file is empty: the first line must name the columns."
    case .missingColumns(let names): "The header lacks \(names.joined(separator: ", "))."
    case .duplicateColumn(let name): "The header names the column \(name) twice."
    case .encoding(let line):
      "Line \(line) is not UTF-8. Save the file as UTF-8 (a byte order mark is fine) and try again."
    case .lineTooLong(let line): "Line \(line) is longer than \(CSVLimits.line / 1024) KiB."
    case .record(let line): "Line \(line) has a field that cannot be read."
    case .quotation(let line): "Line \(line) has a quotation mark that is not closed, or text beside a quoted field."
    }
  }
}

/// The bounds of every CSV reader here.
package enum CSVLimits {
  /// The longest line in bytes, without its line feed.
  package static let line = 64 * 1024
}
