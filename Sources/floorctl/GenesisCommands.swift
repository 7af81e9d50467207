import ArgumentParser
import CBOR
import Cryptography
import Foundation
import Ledger
import Membership
import Testnet
import Trade

struct GenesisCommands: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "genesis", abstract: "Found a network: make the genesis document, sign it, verify it.",
    discussion: """
      1. Every member makes its keys (key new) and publishes its entry (genesis entry): names and public keys only.
      2. One of them makes the document from the entries and the agreed content (genesis create).
      3. Every member compares the network's identity over a second channel, and signs (genesis sign), one after the
         other, on the machine that holds its root key.
      4. Everyone verifies the result (genesis verify). Only a document that all have signed starts a node.
      """,
    subcommands: [GenesisEntry.self, GenesisCreate.self, GenesisSign.self, GenesisVerify.self])
}

/// A member's entry as it is exchanged before a genesis: `pricefloor/member-entry/1`.
struct MemberEntryFile: Codable {
  static let name = "member-entry"
  static let schema = "pricefloor/member-entry/1"

  var schema: String?
  var id: String
  var name: String
  var kind: String
  var root: Key
  var authority: Key
  var node: Key
  var pins: [String]

  struct Key: Codable {
    var algorithm: String
    var publicKey: String

    init(_ key: PublicKey) { (algorithm, publicKey) = (key.algorithm.label, key.bytes.hexadecimal) }

    func key(_ path: String) throws -> PublicKey {
      guard let algorithm = SignatureAlgorithm.allCases.first(where: { $0.label == self.algorithm }),
        let bytes = [UInt8](hexadecimal: publicKey), let key = PublicKey(algorithm: algorithm, bytes: bytes)
      else { throw Failure.refused("MEMBER_ENTRY", "\(path): a key is no EDDSA or ES256 public key in hexadecimal") }
      return key
    }
  }

  static func read(_ path: String) throws -> Member {
    guard let file = try? JSONDecoder().decode(MemberEntryFile.self, from: Data(try Files.read(path, limit: 1 << 20))),
      file.schema == schema
    else { throw Failure.refused("MEMBER_ENTRY", "\(path) is not of the format \(schema)") }
    guard let id = MemberID(file.id), let kind = MemberKind(label: file.kind) else {
      throw Failure.refused("MEMBER_ENTRY", "\(path): the id or the kind is none")
    }
    let pins = try file.pins.map { text in
      guard let digest = Digest(hexadecimal: text) else {
        throw Failure.refused("MEMBER_ENTRY", "\(path): \(text) is no pin of 64 hexadecimal digits")
      }
      return digest
    }
    return Member(
      id: id, name: file.name, kind: kind, root: try file.root.key(path), authority: try file.authority.key(path),
      node: try file.node.key(path), pins: pins)
  }
}

extension MemberKind {
  init?(label: String) {
    switch label {
    case "STATE": self = .state
    case "CUSTOMS_UNION": self = .customsUnion
    default: return nil
    }
  }
}

struct GenesisEntry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "entry", abstract: "Make a member's entry from its key files: what the others need of it.",
    discussion: """
      Example:
        floorctl genesis entry --member USA --name "United States of America" --root keys/root.pem \
      --authority keys/authority.pem --node keys/node.pem --certificate tls/authority.pem --out USA.json
      """)

  @Option(name: .long, help: "The member's id, as USA.")
  var member: String

  @Option(name: .long, help: "The member's name for people.")
  var name: String

  @Option(name: .long, help: "STATE or CUSTOMS_UNION.")
  var kind = "STATE"

  @Option(name: .long, help: "The root key's file.")
  var root: String

  @Option(name: .long, help: "The authority key's file.")
  var authority: String

  @Option(name: .long, help: "The node key's file.")
  var node: String

  @Option(name: .long, help: "The certificate of the TLS authority or leaf to pin; at most two.")
  var certificate: [String]

  @Option(name: .long, help: "The file to make. Default: standard output.")
  var out: String?

  func run() throws {
    guard MemberID(member) != nil else { throw Failure.usage("\(member) is no member id") }
    guard MemberKind(label: kind) != nil else { throw Failure.usage("--kind is STATE or CUSTOMS_UNION") }
    guard (1...Member.maximumPins).contains(certificate.count) else {
      throw Failure.usage("pin one or two certificates")
    }
    let pins = try certificate.map { path in
      guard let first = try Certificate.read(path).first else {
        throw Failure.refused("CERTIFICATE", "\(path) holds no certificate")
      }
      return first.subjectPublicKeyDigest.hexadecimal
    }
    let entry = MemberEntryFile(
      schema: nil, id: member, name: name, kind: kind, root: .init(try KeyFile.read(root).publicKey),
      authority: .init(try KeyFile.read(authority).publicKey), node: .init(try KeyFile.read(node).publicKey),
      pins: pins)
    let text = Output.text(MemberEntryFile.name, entry)
    guard let out else { return Terminal.write(text, to: .output) }
    try Files.create(Array(text.utf8), at: out)
  }
}

struct GenesisCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a genesis document, unsigned, from the members' entries and the content.",
    discussion: """
      Items, votes, profiles, rates and parameters come from the content file (Protocol/genesis.md). What does not fit \
      together is refused with every reason.

      Example:
        floorctl genesis create --content content.json --entry USA.json --entry EUN.json --out genesis.cbor
      """)

  @Option(name: .long, help: "The content, JSON.")
  var content: String

  @Option(name: .long, help: "A member's entry, as genesis entry makes it; repeatable.")
  var entry: [String]

  @Option(name: .long, help: "demo or treaty: the parameters that the content does not set.")
  var pace: Pace = .treaty

  @Option(name: .long, help: "The time of the genesis, in milliseconds since 1970. Default: now.")
  var time: Int64?

  @Option(name: .long, help: "The document to make.")
  var out: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let members = try entry.map(MemberEntryFile.read).sorted { $0.id < $1.id }
    let now = Int64(Date().timeIntervalSince1970) * 1_000
    let made = try ContentFile.read(content).genesis(
      members: members, time: Instant(milliseconds: time ?? now), pace: pace, path: content)
    let genesis = Genesis(content: made)
    try Files.create(genesis.encoded, at: out)
    let report = GenesisReport(genesis, file: out)
    Output.show("genesis", report, asJSON: output.json) { report.lines }
  }
}

struct GenesisSign: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign a genesis document with a member's root key.",
    discussion: """
      The signature is added to the document, which is replaced as a whole. Before you sign, compare the network's \
      identity that genesis verify prints with the other members, over a second channel.

      Example:
        floorctl genesis sign genesis.cbor --member USA --key keys/root.pem
      """)

  @Argument(help: "The document.")
  var file: String

  @Option(name: .long, help: "The member that signs.")
  var member: String

  @Option(name: .long, help: "The file of its root key.")
  var key: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let genesis = try GenesisFile.read(file)
    let secret = try KeyFile.read(key)
    guard let id = MemberID(member), let entry = genesis.content.members.first(where: { $0.id == id }) else {
      throw Failure.refused("STRANGER", "\(member) is not a member in \(file)")
    }
    guard entry.root == secret.publicKey else {
      throw Failure.refused("WRONG_KEY", "\(key) is not the root key of \(member) that the document names")
    }
    let problems = genesis.content.problems
    guard problems.isEmpty else {
      throw Failure.refused(problems[0].code, problems.map(\.sentence).joined(separator: "; "))
    }
    guard !GenesisReport(genesis, file: file).signed.contains(member) else {
      throw Failure.refused("SIGNED_ALREADY", "\(member) has signed \(file) already")
    }
    let signed = try genesis.signed(by: id, secret)
    try Files.write(signed.encoded, to: file)
    let report = GenesisReport(signed, file: file)
    Output.show("genesis", report, asJSON: output.json) { report.lines }
  }
}

struct GenesisVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a genesis document and show what it founds.",
    discussion: """
      Exit code 0 if every member has signed and everything fits together, 1 if not, with every reason.

      Example:
        floorctl genesis verify genesis.cbor
      """)

  @Argument(help: "The document.")
  var file: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let genesis = try GenesisFile.read(file)
    let report = GenesisReport(genesis, file: file)
    Output.show("genesis", report, asJSON: output.json) { report.lines }
    guard report.problems.isEmpty else { throw ExitCode(ExitStatus.no.rawValue) }
  }
}

/// Genesis documents as files.
enum GenesisFile {
  static func read(_ path: String) throws -> Genesis {
    let bytes = try Files.read(path, limit: 64 << 20)
    do { return try Genesis(decoding: bytes) } catch {
      throw Failure.refused("GENESIS_MALFORMED", "\(path) is not a genesis document that this program reads (\(error))")
    }
  }

  /// Reads a document that must verify.
  static func verified(_ path: String) throws -> VerifiedGenesis {
    do { return try read(path).verified(by: SystemVerifier()) } catch let error as GenesisError {
      throw Failure.refused(error.code, "\(path): \(error.sentence)")
    }
  }
}

/// `pricefloor/genesis/1`.
struct GenesisReport: Encodable {
  struct Problem: Encodable {
    let code: String
    let sentence: String
  }

  let file: String
  let name: String
  /// The network's identity.
  let network: String
  let time: Int64
  let chair: String
  let members: [String]
  let signed: [String]
  let items: [String]
  let problems: [Problem]

  init(_ genesis: Genesis, file: String) {
    let content = genesis.content
    (self.file, name, chair) = (file, content.name, content.chair.text)
    (network, time) = (content.digest.hexadecimal, content.time.milliseconds)
    members = content.members.map(\.id.text)
    items = content.items.map(\.id.text)
    var problems = content.problems
    if let roster = try? Roster(content.members) {
      problems += genesis.endorsementProblems(on: roster, by: SystemVerifier())
      let missing = problems.compactMap { if case .endorsementMissing(let member) = $0 { member.text } else { nil } }
      signed = members.filter { !missing.contains($0) }
    } else {
      signed = []
    }
    self.problems = problems.map { Problem(code: $0.code, sentence: $0.sentence) }
  }

  var lines: [String] {
    let verdict = problems.isEmpty ? Style.good("verified") : Style.warning("not complete")
    return [
      "document   \(file): \(verdict)",
      "name       \(name)",
      "network    \(Style.strong(network))",
      "time       \(Instant(milliseconds: time).text)",
      "chair      \(chair)",
      "members    \(Show.list(members))",
      "signed by  \(Show.list(signed, none: "nobody yet"))",
      "items      \(Show.list(items))",
    ] + problems.map { "\(Style.warning($0.code))  \($0.sentence)" }
  }
}
