import Accession
import ArgumentParser
import CBOR
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Testnet
import Trade

struct ChangeCommands: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "change", abstract: "Prepare changes of the roster: who belongs to the bloc, and with which keys.",
    discussion: """
      A change is a file. What a member decides about itself carries the approval of its root key and is made on the \
      machine that holds that key, offline, from the genesis document alone. A motion then puts one or more changes to \
      the members: motion file, motion ballot.

      A newcomer:        change admit (by the newcomer), then motion file --change … (by any member)
      Another node key:  key new; change rotate --role node …; motion file; give the new key to the node beforehand
      Another TLS pin:   change pins with the old and the new certificate; later again with the new one alone
      """,
    subcommands: [
      ChangeAdmit.self, ChangeRotate.self, ChangePins.self, ChangeWithdraw.self, ChangeSuspend.self,
      ChangeReinstate.self, ChangeRules.self, ChangeShow.self,
    ])
}

/// Which network a change is for, known from its genesis without asking anybody.
struct NetworkOptions: ParsableArguments {
  @Option(name: .long, help: "The genesis document of the network.")
  var genesis: String

  func network() throws -> NetworkID { try GenesisFile.verified(genesis).network }
}

/// The root key that approves, and for how long.
struct ApprovalOptions: ParsableArguments {
  @Option(name: .long, help: "The file of the member's root key.")
  var root: String

  @Option(name: .long, help: "For how many days a motion may be filed with this approval: 1 to 90.")
  var days = 14

  func validate() throws {
    guard (1...90).contains(days) else { throw ValidationError("--days takes 1 to 90") }
  }

  /// The last block time at which a motion may be filed.
  var end: Instant {
    Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000) + Int64(days) * 86_400_000)
  }

  /// The root key's approval of the change with that digest.
  func approval(of change: Digest, _ member: MemberID, _ network: NetworkID) throws -> SignedStatement {
    let key = try KeyFile.read(root)
    return try key.signed(
      RootApproval(member: member, root: key.publicKey, notAfter: end.milliseconds, change: change), network: network)
  }
}

/// Changes as files: the deterministic CBOR of one ``RosterChange``.
enum ChangeFile {
  static func read(_ path: String) throws -> RosterChange {
    do { return try RosterChange(decoding: try Files.read(path, limit: 1 << 20)) } catch let error as CBORError {
      throw Failure.refused("CHANGE_MALFORMED", "\(path) is no change of the roster that this program reads (\(error))")
    }
  }

  /// Writes the change and says what it is.
  static func create(_ change: RosterChange, at path: String, _ output: OutputOptions) throws {
    try Files.create(change.encoded, at: path)
    let report = ChangeReport(change, file: path)
    Output.show("roster-change", report, asJSON: output.json) { report.lines }
  }

  static func member(_ text: String) throws -> MemberID {
    guard let id = MemberID(text) else {
      throw Failure.usage("\(text) is no member id: 2 to 16 of A-Z and 0-9, as USA")
    }
    return id
  }
}

/// `pricefloor/roster-change/1`.
struct ChangeReport: Encodable {
  let file: String
  let kind: String
  let member: String?
  let sentence: String
  /// What to compare over a second channel: fingerprints by what they are of.
  let fingerprints: [String: String]

  init(_ change: RosterChange, file: String) {
    self.file = file
    (kind, sentence) = (change.name, change.sentence)
    member = change.subject?.text
    fingerprints = change.fingerprints
  }

  var lines: [String] {
    ["file         \(file)", "change       \(sentence)"]
      + fingerprints.sorted { $0.key < $1.key }.map { name, value in
        "\(name.padding(toLength: 12, withPad: " ", startingAt: 0)) \(value)"
      }
  }
}

struct ChangeAdmit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admit", abstract: "A newcomer asks to join: its entry, with a proof of each of its keys.",
    discussion: """
      Done by the newcomer, who alone holds the three keys. The entry comes from genesis entry; the profile, how the \
      newcomer values imports, is one of the profiles of the genesis content (Protocol/genesis.md) in a file of its own.

      Example:
        floorctl change admit --entry KAZ.json --profile KAZ-customs.json --root keys/root.pem --authority keys/authority.pem \
      --node keys/node.pem --genesis genesis.cbor --out KAZ.change
      """)

  @Option(name: .long, help: "The newcomer's entry, as genesis entry makes it.")
  var entry: String
  @Option(name: .long, help: "How it values imports, JSON. Default: it levies no duties.")
  var profile: String?
  @Option(name: .long, help: "The file of its authority key.")
  var authority: String
  @Option(name: .long, help: "The file of its node key.")
  var node: String
  @Option(name: .long, help: "The file to make.")
  var out: String
  @OptionGroup var approval: ApprovalOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let network = try network.network()
    let member = try MemberEntryFile.read(entry)
    var keys: [KeyRole: PrivateKey] = [:]
    for (role, path) in [(KeyRole.root, approval.root), (.authority, authority), (.node, node)] {
      let key = try KeyFile.read(path)
      guard key.publicKey == member.key(role) else {
        throw Failure.refused("WRONG_KEY", "\(path) is not the \(role.name) key that \(entry) names")
      }
      keys[role] = key
    }
    guard
      let admission = try Admission.signed(
        for: member, profile: try profile.map(ProfileFile.read), by: keys, network: network, approvedUntil: approval.end
      )
    else { throw Failure.usage("name all three keys") }
    try ChangeFile.create(.admit(admission), at: out, output)
  }
}

struct ChangeRotate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "One of a member's keys for another.",
    discussion: """
      The new key proves itself, and the root key on the roster approves; for another root key that is the one before. \
      Give a new node or authority key to the node before the motion is adopted: it uses the key that the roster names.

      Example:
        floorctl change rotate --member USA --role node --new keys/node-2.pem --root keys/root.pem \
      --genesis genesis.cbor --out USA-node.change
      """)

  @Option(name: .long, help: "The member whose key it is.")
  var member: String
  @Option(name: .long, help: "root, authority or node.")
  var role: String
  @Option(name: .long, help: "The file of the new key.")
  var new: String
  @Option(name: .long, help: "The file to make.")
  var out: String
  @OptionGroup var approval: ApprovalOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    guard let role = KeyRole(name: role) else { throw Failure.usage("--role is root, authority or node") }
    let (id, network, key) = (try ChangeFile.member(member), try network.network(), try KeyFile.read(new))
    let approved = RosterChange.approvedRotation(of: id, role, to: key.publicKey)
    let rotation = Rotation(
      member: id, role: role, key: key.publicKey,
      possession: try key.signed(Possession(member: id, role: role, key: key.publicKey), network: network),
      approval: try approval.approval(of: approved, id, network))
    try ChangeFile.create(.rotate(rotation), at: out, output)
  }
}

struct ChangePins: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pins", abstract: "Other pinned TLS certificates of a member.",
    discussion: """
      Two pins overlap: enter the old and the new certificate, change the node's certificate, then enter the new one \
      alone.

      Example:
        floorctl change pins --member USA --certificate tls/old.pem --certificate tls/new.pem \
      --root keys/root.pem --genesis genesis.cbor --out USA-pins.change
      """)

  @Option(name: .long, help: "The member whose pins they are.")
  var member: String
  @Option(name: .long, help: "The certificate of the TLS authority or leaf to pin; at most two.")
  var certificate: [String]
  @Option(name: .long, help: "The file to make.")
  var out: String
  @OptionGroup var approval: ApprovalOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    guard (1...Member.maximumPins).contains(certificate.count) else {
      throw Failure.usage("pin one or two certificates")
    }
    let (id, network) = (try ChangeFile.member(member), try network.network())
    let pins = try certificate.map { path in
      guard let first = try Certificate.read(path).first else {
        throw Failure.refused("CERTIFICATE", "\(path) holds no certificate")
      }
      return first.subjectPublicKeyDigest
    }
    let approved = RosterChange.approvedPins(of: id, pins)
    try ChangeFile.create(
      .pins(id, pins, approval: try approval.approval(of: approved, id, network)), at: out, output)
  }
}

struct ChangeWithdraw: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "withdraw", abstract: "A member leaves the bloc.",
    discussion: """
      Example:
        floorctl change withdraw --member USA --root keys/root.pem --genesis genesis.cbor --out USA-leaves.change
      """)

  @Option(name: .long, help: "The member that leaves.")
  var member: String
  @Option(name: .long, help: "The file to make.")
  var out: String
  @OptionGroup var approval: ApprovalOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let (id, network) = (try ChangeFile.member(member), try network.network())
    let approved = RosterChange.approvedWithdrawal(of: id)
    try ChangeFile.create(
      .withdraw(id, approval: try approval.approval(of: approved, id, network)), at: out, output)
  }
}

struct ChangeSuspend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suspend",
    abstract: "A member's messages have no effect, and its node no vote, until it is reinstated.")

  @Argument(help: "The member.")
  var member: String
  @Option(name: .long, help: "The file to make.")
  var out: String
  @OptionGroup var output: OutputOptions

  func run() throws { try ChangeFile.create(.suspend(try ChangeFile.member(member)), at: out, output) }
}

struct ChangeReinstate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reinstate", abstract: "End a suspension, and settle the evidence against a member.")

  @Argument(help: "The member.")
  var member: String
  @Option(name: .long, help: "The file to make.")
  var out: String
  @OptionGroup var output: OutputOptions

  func run() throws { try ChangeFile.create(.reinstate(try ChangeFile.member(member)), at: out, output) }
}

struct ChangeRules: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Other rules of execution from a height on.",
    discussion: """
      Nodes whose program does not know that version stop before they sign anything at that height, and say so. \
      Upgrade them first: status shows which versions a node knows.
      """)

  @Option(name: .long, help: "The version of the rules.")
  var version: UInt64
  @Option(name: .long, help: "The first height that is executed by them.")
  var height: UInt64
  @Option(name: .long, help: "The file to make.")
  var out: String
  @OptionGroup var output: OutputOptions

  func run() throws { try ChangeFile.create(.rules(version: version, height: height), at: out, output) }
}

struct ChangeShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Say what a change file does, with the fingerprints of its keys.",
    discussion: """
      With --genesis the signatures inside are verified too; whether the approving key is the member's root is for the \
      network to say.
      """)

  @Argument(help: "The file.")
  var file: String
  @Option(name: .long, help: "The genesis document of the network that it is for.")
  var genesis: String?
  @OptionGroup var output: OutputOptions

  func run() throws {
    let change = try ChangeFile.read(file)
    if let genesis {
      let network = try GenesisFile.verified(genesis).network
      do throws(AttestationError) {
        try change.verifySignatures(network: network, by: SystemVerifier())
      } catch { throw Failure.no(error.code, "\(file): \(error.sentence)") }
    }
    let report = ChangeReport(change, file: file)
    Output.show("roster-change", report, asJSON: output.json) { report.lines }
  }
}
