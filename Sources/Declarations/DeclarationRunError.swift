import CSV
import Trade

/// Why a run over a declaration file, or over import records, ended without a result. No output is left behind.
package enum DeclarationRunError: Error, Hashable, Sendable {
  case csv(CSVError)
  case output(path: String, reason: String)
  /// Whoever reads standard output went away: nobody needs to be told.
  case brokenPipe
  /// Two of the files are one and the same.
  case sameFile(String)
  /// A field of the import records that cannot be read.
  case record(line: Int, column: String)
  /// An import record with more or fewer fields than its file has columns.
  case fieldCount(line: Int)
  /// The committed rates lack the month of an import record.
  case noRate(CurrencyCode, CalendarMonth, line: Int)

  package var code: String {
    switch self {
    case .csv(let error): error.code
    case .output: "OUTPUT"
    case .brokenPipe: "BROKEN_PIPE"
    case .sameFile: "SAME_FILE"
    case .record, .fieldCount: "BAD_RECORD"
    case .noRate: "RATE_MISSING"
    }
  }

  package var sentence: String {
    switch self {
    case .csv(let error): error.sentence
    case .output(let path, let reason): "\(path): \(reason)"
    case .brokenPipe: "standard output was closed"
    case .sameFile("-"): "standard output takes one file: name a file for the other"
    case .sameFile(let path): "\(path) cannot be two of declarations, duties and rejects"
    case .record(let line, let column): "Line \(line): the column \(column) cannot be read."
    case .fieldCount(let line): "Line \(line) has more or fewer fields than the header."
    case .noRate(let currency, let month, let line):
      "Line \(line): no exchange rate of \(currency.text) is committed for \(month.text), the record's own month."
    }
  }
}
