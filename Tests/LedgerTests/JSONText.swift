/// Just enough JSON to write golden files that never change by themselves: keys in the order given, one item of a list
/// a line.
indirect enum JSONText {
  case text(String)
  case number(Int)
  case list([JSONText])
  case object([(String, JSONText)])

  func written(indent: String = "") -> String {
    switch self {
    case .text(let text): "\"\(text)\""
    case .number(let number): String(number)
    case .list(let items): Self.block("[", items.map { $0.flat }, "]", indent)
    case .object(let fields):
      Self.block("{", fields.map { "\"\($0)\": " + $1.written(indent: indent + "  ") }, "}", indent)
    }
  }

  private var flat: String {
    switch self {
    case .text, .number: written()
    case .list(let items): "[" + items.map(\.flat).joined(separator: ", ") + "]"
    case .object(let fields): "{" + fields.map { "\"\($0)\": \($1.flat)" }.joined(separator: ", ") + "}"
    }
  }

  private static func block(_ open: String, _ lines: [String], _ close: String, _ indent: String) -> String {
    if lines.isEmpty { return open + close }
    return open + "\n" + lines.map { indent + "  " + $0 }.joined(separator: ",\n") + "\n" + indent + close
  }
}
