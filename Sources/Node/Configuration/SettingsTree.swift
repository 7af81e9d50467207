import Yams

/// A configuration file as a flat list of dotted keys, each with the line that it stands on.
struct SettingsTree {
  enum Value: Hashable, Sendable {
    case scalar(String)
    case list([String])
  }

  struct Entry: Hashable, Sendable {
    let value: Value
    let source: String
    let line: Int?
  }

  let file: String
  private(set) var entries: [String: Entry] = [:]

  /// Parses YAML text. Scalars stay text: the keys decide how to read them.
  init(text: String, file: String) throws(ConfigurationError) {
    self.file = file
    let root: Yams.Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigurationError(source: file, reason: .notYAML(Self.firstLine(of: "\(error)")))
    } catch {
      throw ConfigurationError(source: file, reason: .notYAML("\(error)"))
    }
    guard let root else { return }
    try add(root, path: "")
  }

  /// Lets variables `PRICEFLOOR_…` replace or add keys. `admits` says which keys exist; a variable of another name is refused.
  mutating func override(
    by environment: [String: String], keys: [String], families: [String]
  ) throws(ConfigurationError) {
    for name in environment.keys.sorted() where name.hasPrefix(Self.prefix) {
      guard let key = Self.key(of: name, keys: keys, families: families), let text = environment[name] else {
        throw ConfigurationError(source: name, reason: .unknownVariable)
      }
      entries[key] = Entry(value: .scalar(text), source: name, line: nil)
    }
  }

  /// Refuses keys that are neither in `keys` nor of one of the families (`peers.` for `peers.USA`).
  func refuseUnknown(keys: [String], families: [String]) throws(ConfigurationError) {
    for (key, entry) in entries.sorted(by: { ($0.value.line ?? 0, $0.key) < ($1.value.line ?? 0, $1.key) }) {
      guard !keys.contains(key), !families.contains(where: { key.hasPrefix($0) }) else { continue }
      throw ConfigurationError(
        source: entry.source, line: entry.line, key: key, reason: .unknownKey(nearest: Self.nearest(to: key, in: keys)))
    }
  }

  private static let prefix = "PRICEFLOOR_"

  private static func variable(of key: String) -> String {
    prefix + String(key.map { $0 == "." ? "_" : $0 }).uppercased()
  }

  private static func key(of variable: String, keys: [String], families: [String]) -> String? {
    if let key = keys.first(where: { Self.variable(of: $0) == variable }) { return key }
    for family in families {
      let start = Self.variable(of: family)
      if variable.hasPrefix(start), variable.count > start.count { return family + variable.dropFirst(start.count) }
    }
    return nil
  }

  private mutating func add(_ node: Yams.Node, path: String) throws(ConfigurationError) {
    switch node {
    case .scalar(let scalar):
      guard !path.isEmpty else {
        throw ConfigurationError(source: file, line: node.mark?.line, reason: .notYAML("keys and values are wanted"))
      }
      // A key without a value says nothing: the default holds.
      guard !scalar.string.isEmpty, scalar.string != "~" else { return }
      try insert(.scalar(scalar.string), at: path, line: node.mark?.line)
    case .sequence(let sequence):
      let items = sequence.compactMap(\.string)
      guard items.count == sequence.count else {
        throw ConfigurationError(
          source: file, line: node.mark?.line, key: path, reason: .wrongForm("a list of texts"))
      }
      try insert(.list(items), at: path, line: node.mark?.line)
    case .mapping(let mapping):
      for (key, value) in mapping {
        try add(value, path: path.isEmpty ? key.string ?? "?" : "\(path).\(key.string ?? "?")")
      }
    case .alias:
      throw ConfigurationError(source: file, line: node.mark?.line, key: path, reason: .wrongForm("written out"))
    }
  }

  private mutating func insert(_ value: Value, at path: String, line: Int?) throws(ConfigurationError) {
    guard entries[path] == nil else {
      throw ConfigurationError(source: file, line: line, key: path, reason: .duplicateKey)
    }
    entries[path] = Entry(value: value, source: file, line: line)
  }

  private static func firstLine(of text: String) -> String {
    text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "unknown error"
  }

  /// The key that differs in the fewest letters, where these are few.
  private static func nearest(to key: String, in keys: [String]) -> String? {
    let ranked = keys.map { (distance(key, $0), $0) }.min { $0.0 < $1.0 }
    guard let ranked, ranked.0 <= max(2, key.count / 3) else { return nil }
    return ranked.1
  }

  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var previous = row[0]
      row[0] = index + 1
      for column in 0..<right.count {
        let substituted = previous + (letter == right[column] ? 0 : 1)
        previous = row[column + 1]
        row[column + 1] = min(substituted, row[column] + 1, row[column + 1] + 1)
      }
    }
    return row[right.count]
  }
}
