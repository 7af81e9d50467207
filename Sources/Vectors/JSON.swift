/// A JSON value whose numbers are integers of 64 bits: what vector files consist of (RFC 8259).
///
/// Numbers never pass through a float, so what is compared is what was written.
package enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case string(String)
  case array([JSON])
  /// In the order of the text; no name occurs twice.
  case object([Member])

  /// A name and its value.
  package struct Member: Hashable, Sendable {
    package let name: String
    package let value: JSON

    package init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// The value under a name; nil where this is no object or has no such member.
  package subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The same value with the members of every object in ascending order.
  package var sorted: JSON {
    switch self {
    case .null, .bool, .integer, .string: self
    case .array(let items): .array(items.map(\.sorted))
    case .object(let members):
      .object(
        members.map { Member($0.name, $0.value.sorted) }
          .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    }
  }

  /// The value as JSON text, without blanks.
  package var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .string(let value): Self.quoted(value)
    case .array(let items): "[" + items.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Self.quoted($0.name) + ":" + $0.value.text }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Why a text is not such JSON, and at which byte.
package struct JSONError: Error, Hashable, Sendable {
  /// What was wrong.
  package enum Reason: Hashable, Sendable {
    case unexpected
    case truncated
    case trailing
    case notAnInteger
    case tooDeep
    case duplicateName
    case badString
  }

  package let reason: Reason
  package let offset: Int

  package init(reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// What is wrong, for people.
  package var sentence: String {
    let what =
      switch reason {
      case .unexpected: "an unexpected character"
      case .truncated: "the text ends too early"
      case .trailing: "text follows the value"
      case .notAnInteger: "a number that is not an integer of 64 bits"
      case .tooDeep: "nesting deeper than \(JSONParser.depthLimit)"
      case .duplicateName: "a name that occurs twice in one object"
      case .badString: "a malformed string"
      }
    return "\(what) at byte \(offset)"
  }
}
