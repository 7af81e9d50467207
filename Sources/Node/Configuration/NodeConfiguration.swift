import Cryptography
import Desk
import Foundation
import Membership
import Transport

/// How one node is set up: what its file and the environment say, checked. Paths are absolute or relative to the process.
package struct NodeConfiguration: Hashable, Sendable {
  package enum LogFormat: String, Hashable, Sendable, CaseIterable {
    case text
    case json
  }

  package struct Bundle: Hashable, Sendable {
    package var path: String
    package var digest: Digest
  }

  package struct SnapshotFiles: Hashable, Sendable {
    package var path: String
    package var manifest: String
  }

  package struct TLSFiles: Hashable, Sendable {
    package var certificate: String
    package var key: String
    package var anchors: [String]
  }

  package struct Desk: Hashable, Sendable {
    package enum Policy: String, Hashable, Sendable, CaseIterable {
      case off
      case confirm
      case auto
    }

    package var policy: Policy
    package var authorityKey: String
    package var nextAuthorityKeys: [String]
    package var evidence: String
    package var sheets: String
    package var conciliation: DeskRules.Conciliation
    package var largestJumpPPM: Int64
  }

  package var file: String
  package var member: MemberID
  package var genesis: String
  /// A bundle of the roster that a newcomer, or a member that was away for long, starts from, with the SHA-256 of its bytes.
  package var bundle: Bundle?
  /// A state that a journal without anything in it begins with, and its manifest.
  package var snapshot: SnapshotFiles?
  /// Whether the member may be missing in the genesis document: it waits until the members let it in.
  package var isNewcomer: Bool
  package var data: String
  package var guardFile: String
  package var nodeKey: String
  /// Node keys that the members will know from some later epoch on, or that they knew before.
  package var nextNodeKeys: [String]
  package var tls: TLSFiles
  package var listen: PeerAddress
  package var peers: [MemberID: PeerAddress]
  package var api: PeerAddress
  package var logLevel: String
  package var logFormat: LogFormat
  package var vectors: String?
  package var desk: Desk?

  /// The keys of the file, `Deploy/floord.yaml` documents each.
  package static let keys = [
    "member", "genesis", "bundle.file", "bundle.digest", "snapshot.file", "snapshot.manifest", "newcomer", "data",
    "guard", "keys.node", "keys.next", "tls.certificate", "tls.key", "tls.anchors", "listen", "api.listen", "log.level",
    "log.format", "vectors", "desk.policy", "desk.authority_key", "desk.next_authority_keys", "desk.evidence",
    "desk.sheets", "desk.conciliation", "desk.largest_jump_ppm",
  ]
  /// The beginnings of keys that end in a member's id.
  package static let families = ["peers."]

  /// Reads and checks a file. Environment variables `PRICEFLOOR_…` override its keys.
  package static func read(
    _ file: String, environment: [String: String]
  ) throws(ConfigurationError) -> NodeConfiguration {
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      throw ConfigurationError(source: file, reason: .unreadable(FileProblem.describe(error)))
    }
    return try parse(text, file: file, environment: environment)
  }

  /// Checks a file's text; `file` names it in errors, and its folder is what relative paths start from.
  package static func parse(
    _ text: String, file: String, environment: [String: String] = [:]
  ) throws(ConfigurationError) -> NodeConfiguration {
    var tree = try SettingsTree(text: text, file: file)
    try tree.override(by: environment, keys: keys, families: families)
    try tree.refuseUnknown(keys: keys, families: families)
    return try NodeConfiguration(SettingsReader(tree: tree))
  }

  private init(_ settings: SettingsReader) throws(ConfigurationError) {
    file = settings.tree.file
    member = try settings.required("member", "a member's id, as USA") { MemberID($0) }
    genesis = try settings.path("genesis")
    bundle = try Self.bundle(settings)
    snapshot = try Self.snapshot(settings)
    isNewcomer = try settings.choice("newcomer", default: "no", among: ["yes", "no"]) == "yes"
    data = try settings.path("data")
    guardFile = try settings.path("guard", default: data + ".guard")
    nodeKey = try settings.path("keys.node")
    nextNodeKeys = try settings.optionalPaths("keys.next")
    tls = TLSFiles(
      certificate: try settings.path("tls.certificate"), key: try settings.path("tls.key"),
      anchors: try settings.paths("tls.anchors"))
    listen = try settings.required("listen", SettingsReader.addressForm) { PeerAddress($0) }
    peers = try settings.family("peers.", SettingsReader.addressForm) { PeerAddress($0) }
    api = try settings.loopback("api.listen", default: "127.0.0.1:7500")
    logLevel = try settings.choice("log.level", default: "info", among: Self.levels)
    logFormat = try settings.choice("log.format", default: .text)
    vectors = try settings.optionalPath("vectors")
    desk = try Self.desk(settings, data: data)
  }

  private static func bundle(_ settings: SettingsReader) throws(ConfigurationError) -> Bundle? {
    guard let path = try settings.optionalPath("bundle.file") else { return nil }
    let digest = try settings.required("bundle.digest", "a SHA-256 digest in hexadecimal") { Digest(hexadecimal: $0) }
    return Bundle(path: path, digest: digest)
  }

  private static func snapshot(_ settings: SettingsReader) throws(ConfigurationError) -> SnapshotFiles? {
    guard let path = try settings.optionalPath("snapshot.file") else { return nil }
    return SnapshotFiles(path: path, manifest: try settings.path("snapshot.manifest"))
  }

  private static let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

  private static func desk(_ settings: SettingsReader, data: String) throws(ConfigurationError) -> Desk? {
    let policy = try settings.choice("desk.policy", default: Desk.Policy.off)
    guard policy != .off else { return nil }
    return Desk(
      policy: policy, authorityKey: try settings.path("desk.authority_key"),
      nextAuthorityKeys: try settings.optionalPaths("desk.next_authority_keys"),
      evidence: try settings.path("desk.evidence"), sheets: try settings.path("desk.sheets", default: data + "/sheets"),
      conciliation: try settings.choice("desk.conciliation", default: .hold),
      largestJumpPPM: try settings.value("desk.largest_jump_ppm", "a number of ppm from 0 to 1000000", default: 100_000)
      {
        text in Int64(text).flatMap { (0...1_000_000).contains($0) ? $0 : nil }
      })
  }
}

/// What Foundation says about a file, without its domain and code.
enum FileProblem {
  static func describe(_ error: any Error) -> String {
    let cocoa = error as NSError
    if let inner = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError, inner.domain == NSPOSIXErrorDomain {
      return String(cString: strerror(Int32(truncatingIfNeeded: inner.code)))
    }
    switch CocoaError.Code(rawValue: cocoa.code) {
    case .fileReadNoSuchFile, .fileNoSuchFile: return "no such file"
    case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
    case .fileReadInapplicableStringEncoding, .fileReadUnknownStringEncoding: return "not UTF-8"
    default: return cocoa.localizedDescription
    }
  }
}
