import API
import ArgumentParser
import CBOR
import Client
import Consensus
import Cryptography
import Foundation
import Ledger
import Membership

struct RecoveryCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recovery", abstract: "Go on after more than a third of the members were lost for good.",
    discussion: """
      While members are only away, wait: the network goes on by itself when a quorum is back, and the table stays in
      force meanwhile. A restart is for members that will not come back. It leaves their nodes out; they stay members,
      follow when they return, and become validators again by declaring that they are ready.

      1. recovery status   Who is reachable, and what is missing.
      2. recovery freeze   On every surviving node: it never votes in this epoch again, and says where it stood.
                           There is no way back from here but a restart.
      3. recovery compose  Anyone makes the restart document from all freeze files that can be had.
      4. recovery sign     Every government that agrees, on the machine that holds its root key. Governments whose
                           nodes were lost have their root keys still. A quorum of all members is needed.
      5. recovery join     Anyone puts the approvals into the document.
      6. recovery verify   Everyone, against every certificate of a final block that anyone presents.
      7. recovery apply    On every surviving node. The network goes on when a quorum of the new validators has it;
                           other nodes learn of it with the blocks.
      """,
    subcommands: [
      RecoveryStatus.self, RecoveryFreeze.self, RecoveryCompose.self, RecoverySign.self, RecoveryJoin.self,
      RecoveryVerify.self, RecoveryApply.self,
    ])
}

// MARK: Where one stands

struct RecoveryStatus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say who is reachable, how many freezes there are, and what comes next.",
    discussion: """
      Example:
        floorctl recovery status --as /tmp/net/USA
        floorctl recovery status --as /tmp/net/USA USA-freeze.cbor JPN-freeze.cbor
      """)

  @Argument(help: "Freeze files that there are already.")
  var freezes: [String] = []

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/recovery-status/1`.
  private struct Report: Encodable {
    let epoch: UInt64
    let height: UInt64
    let members: Int
    let quorum: Int
    let connected: [String]
    let unreachable: [String]
    let frozen: [String]
    let neededFreezes: Int
    let next: String
  }

  func run() async throws {
    let status = try await connection.client().status()
    let files = try freezes.map { try RecoveryFiles.freeze($0) }
    let validators = files.first?.basis.validators.members.count ?? status.members
    let quorum = Quorum(members: validators)?.quorum ?? status.quorum
    let report = Report(
      epoch: status.epoch, height: status.head.height, members: status.members, quorum: quorum,
      connected: ([status.member] + status.peers.filter(\.connected).map(\.member)).sorted(),
      unreachable: status.peers.filter { !$0.connected }.map(\.member), frozen: files.map(\.member.text).sorted(),
      neededFreezes: validators - quorum + 1,
      next: Self.next(status, frozen: files.count, needed: validators - quorum + 1, quorum: quorum))
    Output.show("recovery-status", report, asJSON: output.json) {
      [
        "epoch        \(report.epoch), last final block \(report.height) of \(status.head.time.text)",
        "reachable    \(report.connected.count) of \(report.members), quorum \(report.quorum): "
          + Show.list(report.connected),
        "unreachable  \(Show.list(report.unreachable))",
        "frozen       \(report.frozen.count), at least \(report.neededFreezes) needed: "
          + Show.list(report.frozen, none: "nobody, as far as the files given show"),
        "table        stays in force meanwhile; this node answers for it",
        "next         \(report.next)",
      ]
    }
  }

  private static func next(_ status: StatusReport, frozen: Int, needed: Int, quorum: Int) -> String {
    if frozen >= needed {
      return "enough are frozen; freeze whoever else survived, then: floorctl recovery compose"
    }
    if frozen > 0 { return "freeze \(needed - frozen) more nodes at least, better all that survived" }
    if status.connected >= quorum { return "nothing: a quorum is connected and the network goes on by itself" }
    return "wait for \(quorum - status.connected) more members; if they are lost for good: floorctl recovery freeze"
  }
}

// MARK: Freezing

struct RecoveryFreeze: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze", abstract: "Have a node promise never to vote in this epoch again, and take its word out.",
    discussion: """
      The node stores the promise, in its journal and in its guard file, before it gives the file away. From then on it
      follows and answers, and does not vote until a restart opens another epoch. Freeze every node that survived, also
      if fewer are needed: each one more makes a lie among them harmless. A node that is stopped answers when it is
      started; it does not vote before. A node that fell behind may have to follow the others first and be frozen again:
      recovery compose says so.

      Example:
        floorctl recovery freeze --data /var/lib/pricefloor/data --out USA-freeze.cbor
      """)

  @Option(name: .long, help: "The node's data folder, as its configuration names it.")
  var data: String

  @Option(name: .long, help: "The file to make.")
  var out: String

  @Option(name: .long, help: "How many seconds to wait for the node.")
  var wait = 60

  @OptionGroup var output: OutputOptions

  /// `pricefloor/recovery-freeze/1`.
  private struct Report: Encodable {
    let file: String
    let member: String
    let epoch: UInt64
    let notarisedView: UInt64?
    let finalisedView: UInt64?
    let lastVotedView: UInt64?
    let neededFreezes: Int
  }

  func run() async throws {
    guard !Files.exists(out) else { throw Failure.refused("FILE_EXISTS", "\(out) exists already; choose another name") }
    let folder = RecoveryFolder(data: data)
    try RecoveryFiles.makeFolder(folder, in: data)
    try Files.write([], to: folder.freezeRequest)
    guard try await RecoveryFiles.vanished(folder.freezeRequest, within: wait) else {
      throw Failure.no(
        "NODE_SILENT",
        "the node did not answer within \(wait) s. The request stays in \(folder.path): start the node, and it is"
          + " frozen before it votes; then run this command again")
    }
    let bytes = try Files.read(folder.freeze)
    let file = try RecoveryFiles.freeze(folder.freeze)
    try Files.create(bytes, at: out)
    let freeze = file.freeze
    let report = Report(
      file: out, member: freeze.member.text, epoch: freeze.epoch.number, notarisedView: freeze.notarised?.view.number,
      finalisedView: freeze.finalised?.view.number, lastVotedView: freeze.lastVoted?.number,
      neededFreezes: file.basis.neededFreezes)
    Output.show("recovery-freeze", report, asJSON: output.json) {
      [
        "\(out): \(report.member) votes no more in epoch \(report.epoch)",
        "last final view \(report.finalisedView.map(String.init) ?? "none"), notarised above it: "
          + (report.notarisedView.map { "view \($0)" } ?? "nothing"),
        "next: freeze the other survivors (\(report.neededFreezes) validators at least), then: floorctl recovery compose",
      ]
    }
  }
}

// MARK: The document

struct RecoveryCompose: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compose", abstract: "Make the restart document, not yet approved, from the survivors' freeze files.",
    discussion: """
      Give all freeze files that can be had. The document starts at the highest notarised block among them, so that
      nothing that was final is lost. The same files, validators, number and reason always make the same document.

      Example:
        floorctl recovery compose *-freeze.cbor --reason "Decision 12/2026" --instrument decision.pdf --out restart.draft
      """)

  @Argument(help: "The freeze files.")
  var freezes: [String]

  @Option(name: .long, help: "The number of the epoch to open, never used before. Default: 2 more than the one left.")
  var epoch: UInt64?

  @Option(name: .long, help: "Who validates from then on, as USA,JPN. Default: all that are frozen.")
  var validators: String?

  @Option(name: .long, help: "Why, for people.")
  var reason: String

  @Option(name: .long, help: "The file of the decision, whose SHA-256 stands in the document.")
  var instrument: String?

  @Option(name: .long, help: "The file to make.")
  var out: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    guard reason.utf8.count <= RestartLimits.reason, !reason.isEmpty else {
      throw Failure.usage("--reason has 1 to \(RestartLimits.reason) bytes")
    }
    let files = try freezes.map { try RecoveryFiles.freeze($0) }
    guard let latest = files.max(by: { $0.basis.epoch < $1.basis.epoch }) else {
      throw Failure.usage("name the freeze files")
    }
    let basis = latest.basis
    let verified = try RecoveryFiles.checked { () throws(RestartProblem) in
      var list: [VerifiedFreeze] = []
      for file in files { list.append(try file.file.verified(on: basis, by: SystemVerifier())) }
      return list
    }
    let number = epoch ?? (basis.epoch.advanced(by: 2) ?? basis.epoch).number
    let set = try chosen(verified, on: basis)
    let digest = try instrument.map { Digest.sha256(try Files.read($0)) } ?? .zero
    let content = try RecoveryFiles.checked { () throws(RestartProblem) in
      try RestartContent(
        composing: verified, on: basis, newEpoch: Epoch(number), newValidators: set, reason: reason,
        instrument: digest, by: SystemVerifier())
    }
    try Files.create(RestartDocument(content: content).encoded, at: out)
    let report = RestartReport(RestartDocument(content: content), basis, file: out)
    Output.show("restart", report, asJSON: output.json) {
      report.lines + ["next: floorctl recovery sign, by the root keys of \(basis.neededApprovals) members"]
    }
  }

  private func chosen(_ freezes: [VerifiedFreeze], on basis: RestartBasis) throws -> ValidatorSet {
    let names = try validators?.split(separator: ",").map { text in
      guard let member = MemberID(String(text)) else { throw Failure.usage("\(text) is no member id") }
      return member
    }
    let list = try Set(names ?? freezes.map(\.member)).sorted().map { member in
      guard let entry = basis.roster[member] else {
        throw Failure.refused("RESTART_VALIDATOR", "\(member) is not on the roster")
      }
      return Validator(id: member, node: entry.node)
    }
    guard let set = ValidatorSet(list) else { throw Failure.usage("--validators names nobody") }
    return set
  }
}

struct RecoverySign: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Approve a restart document by a member's root key.",
    discussion: """
      Verifies the document first, against your own node's freeze file, or against the genesis while the network is in
      its first epoch. Sign one restart of an epoch and no second: two that differ are two networks.

      Example:
        floorctl recovery sign restart.draft --member USA --key root.pem --genesis genesis.cbor --out USA-approval.cbor
      """)

  @Argument(help: "The restart document.")
  var file: String

  @Option(name: .long, help: "The member that approves.")
  var member: String

  @Option(name: .long, help: "The file of its root key.")
  var key: String

  @Option(name: .long, help: "The file to make.")
  var out: String

  @OptionGroup var known: BasisOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/recovery-approval/1`.
  private struct Report: Encodable {
    let file: String
    let member: String
    let restart: String
  }

  func run() throws {
    let document = try RecoveryFiles.document(file)
    let basis = try known.basis(leaving: document)
    let content = document.content
    _ = try RecoveryFiles.checked { () throws(RestartProblem) in
      try content.verified(on: basis, against: [], by: SystemVerifier())
    }
    guard let id = MemberID(member), let entry = basis.roster[id] else {
      throw Failure.refused("STRANGER", "\(member) is not on the roster")
    }
    let secret = try KeyFile.read(key)
    guard secret.publicKey == entry.root else {
      throw Failure.refused("FOREIGN_KEY", "\(key) is not the root key of \(member)")
    }
    let statement = try SigningRequest(RestartApproval(member: id, of: content))
      .signed(algorithm: secret.publicKey.algorithm, network: basis.network) { try secret.signature(over: $0) }
    try Files.create(statement.encoded, at: out)
    let report = Report(file: out, member: member, restart: content.digest.hexadecimal)
    Output.show("recovery-approval", report, asJSON: output.json) {
      [
        "\(out): \(member) approves restart \(report.restart)",
        "next: floorctl recovery join, with the approvals of \(basis.neededApprovals) members",
      ]
    }
  }
}

struct RecoveryJoin: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Put approvals into a restart document.",
    discussion: """
      Example:
        floorctl recovery join restart.draft *-approval.cbor --genesis genesis.cbor --out restart.cbor
      """)

  @Argument(help: "The document, then the approvals.")
  var files: [String]

  @Option(name: .long, help: "The file to make.")
  var out: String

  @OptionGroup var known: BasisOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    guard let path = files.first, files.count > 1 else { throw Failure.usage("name the document, then the approvals") }
    let document = try RecoveryFiles.document(path)
    let basis = try known.basis(leaving: document)
    var approvals: [MemberID: SignedStatement] = [:]
    let given = try files.dropFirst().map { try RecoveryFiles.approval($0) }
    for statement in document.approvals + given {
      let approval = try RecoveryFiles.checked { () throws(RestartProblem) in
        try RestartDocument(content: document.content, approvals: [statement])
          .verifiedApprovals(on: basis, by: SystemVerifier())
      }
      for member in approval { approvals[member] = statement }
    }
    let sorted = approvals.keys.sorted().compactMap { approvals[$0] }
    let joined = RestartDocument(content: document.content, approvals: sorted)
    let restart = try RecoveryFiles.checked { () throws(RestartProblem) in
      try joined.verified(on: basis, by: SystemVerifier())
    }
    try Files.create(joined.encoded, at: out)
    let report = RestartReport(joined, basis, restart, file: out)
    Output.show("restart", report, asJSON: output.json) {
      report.lines + ["next: floorctl recovery verify, then on every survivor: floorctl recovery apply"]
    }
  }
}

struct RecoveryVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify a restart document, against whatever is said to have been final.",
    discussion: """
      Exit code 0 if everything verifies, 1 with the exact reason if not. A file given with --against holds a
      certificate of finality, or is a freeze file; if its block is not on the way to the start of the restart, the
      document is refused, and whoever froze against its own vote is named.

      Example:
        floorctl recovery verify restart.cbor --genesis genesis.cbor --against KOR-freeze.cbor
      """)

  @Argument(help: "The restart document.")
  var file: String

  @Option(name: .long, help: "A file with a finalisation that the restart must extend; any number of them.")
  var against: [String] = []

  @OptionGroup var known: BasisOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let document = try RecoveryFiles.document(file)
    let basis = try known.basis(leaving: document)
    let presented = try against.map { try RecoveryFiles.finalisation($0) }
    let restart: VerifiedRestart
    do throws(RestartProblem) {
      restart = try document.verified(on: basis, against: presented, by: SystemVerifier())
    } catch {
      throw Failure.no(error.code, "\(file) is not verified: \(error.sentence)")
    }
    let report = RestartReport(document, basis, restart, file: file)
    Output.show("restart", report, asJSON: output.json) { ["\(Style.good("verified")): \(file)"] + report.lines }
  }
}

// MARK: Following it

struct RecoveryApply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Give a verified restart document to a node, which follows it.",
    discussion: """
      The node verifies the document by its own chain and says whether it follows. A node that is stopped does so when
      it is started.

      Example:
        floorctl recovery apply restart.cbor --data /var/lib/pricefloor/data
      """)

  @Argument(help: "The restart document.")
  var file: String

  @Option(name: .long, help: "The node's data folder, as its configuration names it.")
  var data: String

  @Option(name: .long, help: "How many seconds to wait for the node.")
  var wait = 60

  @OptionGroup var output: OutputOptions

  /// `pricefloor/recovery-apply/1`.
  private struct Report: Encodable {
    let restart: String
    let epoch: UInt64
    let answer: String
  }

  func run() async throws {
    let document = try RecoveryFiles.document(file)
    let folder = RecoveryFolder(data: data)
    try RecoveryFiles.makeFolder(folder, in: data)
    try? FileManager.default.removeItem(atPath: folder.restartAnswer)
    try Files.write(document.encoded, to: folder.restart)
    guard try await RecoveryFiles.appeared(folder.restartAnswer, within: wait) else {
      throw Failure.no(
        "NODE_SILENT",
        "the node did not answer within \(wait) s. The document stays in \(folder.path); start the node")
    }
    let answer = String(decoding: try Files.read(folder.restartAnswer), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard answer.hasPrefix(RecoveryFolder.accepted) else {
      let parts = answer.split(separator: " ", maxSplits: 1).map(String.init)
      throw Failure.no(parts.first ?? "RESTART_REFUSED", parts.last ?? "the node refused the document")
    }
    let report = Report(
      restart: document.content.digest.hexadecimal, epoch: document.content.newEpoch.number, answer: answer)
    Output.show("recovery-apply", report, asJSON: output.json) {
      [
        "the node follows restart \(report.restart): \(answer)",
        "epoch \(report.epoch) goes on when a quorum of its validators has the document: floorctl status",
      ]
    }
  }
}
