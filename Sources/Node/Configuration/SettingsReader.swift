import Foundation
import Membership
import Transport

/// Reads typed values out of a ``SettingsTree``; every error names the key and where it stands.
struct SettingsReader {
  let tree: SettingsTree
  static let addressForm = "host:port, as 127.0.0.1:7401"

  func required<Value>(
    _ key: String, _ form: String, _ parse: (String) -> Value?
  ) throws(ConfigurationError) -> Value {
    guard let value = try optional(key, form, parse) else {
      throw ConfigurationError(source: tree.file, key: key, reason: .missing)
    }
    return value
  }

  func value<Value>(
    _ key: String, _ form: String, default standard: Value, _ parse: (String) -> Value?
  ) throws(ConfigurationError) -> Value {
    try optional(key, form, parse) ?? standard
  }

  func choice(
    _ key: String, default standard: String, among choices: [String]
  ) throws(ConfigurationError) -> String {
    try value(key, "one of \(choices.joined(separator: ", "))", default: standard) { choices.contains($0) ? $0 : nil }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default standard: Choice
  ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try value(key, "one of \(names)", default: standard) { Choice(rawValue: $0) }
  }

  func path(_ key: String) throws(ConfigurationError) -> String {
    try required(key, "a path") { $0.isEmpty ? nil : resolve($0) }
  }

  func path(_ key: String, default standard: String) throws(ConfigurationError) -> String {
    try value(key, "a path", default: standard) { resolve($0) }
  }

  func optionalPath(_ key: String) throws(ConfigurationError) -> String? {
    try optional(key, "a path") { resolve($0) }
  }

  /// A list of paths; one path alone will do, and in an environment variable a colon separates them.
  func paths(_ key: String) throws(ConfigurationError) -> [String] {
    guard let entry = tree.entries[key] else {
      throw ConfigurationError(source: tree.file, key: key, reason: .missing)
    }
    switch entry.value {
    case .scalar(let text): return text.split(separator: ":").map { resolve(String($0)) }
    case .list(let texts): return texts.map(resolve)
    }
  }

  /// A list of paths as ``paths(_:)`` reads it; empty where the key is absent.
  func optionalPaths(_ key: String) throws(ConfigurationError) -> [String] {
    tree.entries[key] == nil ? [] : try paths(key)
  }

  /// An address on which only this machine can connect.
  func loopback(_ key: String, default standard: String) throws(ConfigurationError) -> PeerAddress {
    let address = try required(key, Self.addressForm, default: standard) { PeerAddress($0) }
    guard ["localhost", "::1"].contains(address.host) || address.host.hasPrefix("127.") else {
      let entry = tree.entries[key]
      throw ConfigurationError(source: entry?.source ?? tree.file, line: entry?.line, key: key, reason: .notLoopback)
    }
    return address
  }

  /// All keys with that beginning, by the member's id that follows it.
  func family<Value>(
    _ beginning: String, _ form: String, _ parse: (String) -> Value?
  ) throws(ConfigurationError) -> [MemberID: Value] {
    var values: [MemberID: Value] = [:]
    for key in tree.entries.keys.sorted() where key.hasPrefix(beginning) {
      guard let member = MemberID(String(key.dropFirst(beginning.count))) else {
        throw failure(key, "named by a member's id, as \(beginning)USA")
      }
      values[member] = try required(key, form, parse)
    }
    return values
  }

  private func required<Value>(
    _ key: String, _ form: String, default standard: String, _ parse: (String) -> Value?
  ) throws(ConfigurationError) -> Value {
    if let value = try optional(key, form, parse) ?? parse(standard) { return value }
    throw failure(key, form)
  }

  private func optional<Value>(
    _ key: String, _ form: String, _ parse: (String) -> Value?
  ) throws(ConfigurationError) -> Value? {
    guard let entry = tree.entries[key] else { return nil }
    guard case .scalar(let text) = entry.value, let value = parse(text) else { throw failure(key, form) }
    return value
  }

  private func failure(_ key: String, _ form: String) -> ConfigurationError {
    let entry = tree.entries[key]
    return ConfigurationError(source: entry?.source ?? tree.file, line: entry?.line, key: key, reason: .wrongForm(form))
  }

  private func resolve(_ path: String) -> String {
    let folder = URL(filePath: tree.file).deletingLastPathComponent()
    return URL(filePath: path, relativeTo: folder).standardizedFileURL.path(percentEncoded: false)
  }
}
