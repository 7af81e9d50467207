/// Why a field of a declaration cannot be read.
enum FieldRejection: Error, Hashable, Sendable {
  /// A field that every line must have is empty.
  case missing(column: String)
  /// The field is there and is not what the column holds.
  case malformed(column: String, value: String, wanted: String)
  /// The line has more or fewer fields than the header.
  case columns(found: Int, wanted: Int)

  var code: String {
    switch self {
    case .missing: "MISSING_FIELD"
    case .malformed: "BAD_FIELD"
    case .columns: "COLUMN_COUNT"
    }
  }

  var sentence: String {
    switch self {
    case .missing(let column): "\(column) is empty"
    case .malformed(let column, let value, let wanted): "\(column) is '\(value)', not \(wanted)"
    case .columns(let found, let wanted): "the line has \(found) fields, the header names \(wanted)"
    }
  }

  static func malformed(_ column: String, _ field: UnsafeRawBufferPointer, _ wanted: String) -> FieldRejection {
    // Enough of a value to find it again, and not a whole line of rubbish.
    let text = String(decoding: field.prefix(160), as: UTF8.self)
    let isWhole = field.count <= 160 && text.count <= 40
    return .malformed(column: column, value: isWhole ? text : text.prefix(40) + "…", wanted: wanted)
  }
}
