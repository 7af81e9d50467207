/// Why a field of a declaration cannot be read.
struct FieldRejection: Error, Hashable, Sendable {
  let code: String
  let sentence: String

  static func missing(_ column: String) -> FieldRejection {
    FieldRejection(code: "MISSING_FIELD", sentence: "\(column) is empty")
  }

  static func malformed(_ column: String, _ value: String, _ wanted: String) -> FieldRejection {
    FieldRejection(code: "BAD_FIELD", sentence: "\(column) is \(excerpt(value)), not \(wanted)")
  }

  static func columns(found: Int, wanted: Int) -> FieldRejection {
    FieldRejection(code: "COLUMN_COUNT", sentence: "the line has \(found) fields, the header names \(wanted)")
  }

  /// Enough of a value to find it again, and not a whole line of rubbish.
  private static func excerpt(_ value: String) -> String {
    "'" + (value.count > 40 ? value.prefix(40) + "…" : value[...]) + "'"
  }
}
