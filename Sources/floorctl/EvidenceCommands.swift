import API
import ArgumentParser
import CBOR
import Client
import Consensus
import struct Consensus.Evidence
import Cryptography
import Foundation
import Ledger
import Membership
import Testnet

struct EvidenceCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evidence", abstract: "Contradictory votes: who signed what no honest member signs both.",
    discussion: """
      A node keeps every pair of votes that contradict each other. A file of them convinces anyone who has the genesis \
      document: floorctl evidence verify needs no node.
      """,
    subcommands: [EvidenceList.self, EvidenceShow.self, EvidenceExport.self, EvidenceVerify.self])
}

/// Which evidence of a node is meant.
struct EvidenceChoice: ParsableArguments {
  @Option(name: .long, help: "Only that of this member.")
  var accused: String?

  @Option(name: .long, help: "Only that of this epoch.")
  var epoch: UInt64?

  @Option(name: .long, help: "Only that of this view.")
  var view: UInt64?

  func chosen(from reports: [API.EvidenceReport]) -> [API.EvidenceReport] {
    reports.filter { report in
      (accused ?? report.member) == report.member && (epoch ?? report.epoch) == report.epoch
        && (view ?? report.view) == report.view
    }
  }

  /// The evidence itself of the chosen reports.
  static func contradictions(_ reports: [API.EvidenceReport]) throws -> [Evidence] {
    try reports.map { report in
      guard let bytes = Data(base64Encoded: report.bytes), let evidence = try? Evidence(decoding: Array(bytes)) else {
        throw Failure(.unreachable, "ANSWER_UNEXPECTED", "the node's answer is not evidence that this program reads")
      }
      return evidence
    }
  }
}

struct EvidenceList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the contradictory votes that a node holds.",
    discussion: """
      Example:
        floorctl evidence list --as /tmp/net/USA
      """)

  @OptionGroup var choice: EvidenceChoice
  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let found = choice.chosen(from: try await connection.client().evidence().evidence)
    Output.show("evidence-list", API.EvidenceList(evidence: found), asJSON: output.json) {
      var table = TextTable([("member", .left), ("epoch", .right), ("view", .right), ("votes", .left)])
      for each in found {
        table.add([each.member, String(each.epoch), String(each.view), each.votes.joined(separator: "; ")])
      }
      return found.isEmpty ? ["no evidence against anyone"] : table.lines
    }
  }
}

struct EvidenceShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Verify evidence that a node holds, and say which rule was broken.",
    discussion: """
      Evidence of later epochs than the first is verified with the links of a bundle of the node's own; --genesis names \
      whom to trust, and is the node's own genesis by default.

      Example:
        floorctl evidence show --accused CHE --as /tmp/net/USA
      """)

  @OptionGroup var choice: EvidenceChoice

  @Option(name: .long, help: "The genesis document. Default: that of --as, else the node's own.")
  var genesis: String?

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let client = try connection.client()
    let chosen = choice.chosen(from: try await client.evidence().evidence)
    guard !chosen.isEmpty else { throw Failure.no("NO_EVIDENCE", "the node holds no such evidence") }
    let genesis = try await founded(client)
    let history = try await history(genesis, client)
    var findings: [EvidenceFinding] = []
    for epoch in Set(chosen.map(\.epoch)).sorted() {
      let contradictions = try EvidenceChoice.contradictions(chosen.filter { $0.epoch == epoch })
      findings += try EvidenceText.findings(contradictions, in: Epoch(epoch), history)
    }
    Output.show("evidence", EvidenceText.report(findings, history), asJSON: output.json) {
      EvidenceText.lines(findings)
    }
  }

  private func founded(_ client: NodeClient) async throws -> VerifiedGenesis {
    if let path = try genesis ?? connection.memberFolder()?.genesis { return try GenesisFile.verified(path) }
    do { return try Genesis.verified(decoding: try await client.genesis(), by: SystemVerifier()) } catch let error
      as GenesisError
    {
      throw Failure.no(error.code, "the node's genesis: \(error.sentence)")
    }
  }

  private func history(_ genesis: VerifiedGenesis, _ client: NodeClient) async throws -> EpochHistory {
    let bytes = try await client.bundle([("roster", "true")])
    do {
      return try Bundle.verified(decoding: bytes, genesis: genesis, demands: BundleDemands(), by: SystemVerifier())
        .history
    } catch { throw Failure.no(error.code, "the node's bundle is not verified: \(error.sentence)") }
  }
}

struct EvidenceExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write evidence that a node holds into a file for anyone to verify.",
    discussion: """
      A file has evidence of one epoch; --epoch says which one where the node holds several. An existing file is not \
      overwritten.

      Example:
        floorctl evidence export --accused CHE --out che.evidence --as /tmp/net/USA
      """)

  @Option(name: .long, help: "The file to make.")
  var out: String

  @OptionGroup var choice: EvidenceChoice
  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/evidence-file/1`.
  private struct Report: Encodable {
    let file: String
    let epoch: UInt64
    let members: [String]
  }

  func run() async throws {
    let client = try connection.client()
    let chosen = choice.chosen(from: try await client.evidence().evidence)
    let epochs = Set(chosen.map(\.epoch)).sorted()
    guard let epoch = epochs.first else { throw Failure.no("NO_EVIDENCE", "the node holds no such evidence") }
    guard epochs.count == 1 else {
      let names = epochs.map(String.init).joined(separator: ", ")
      throw Failure.usage("the node holds evidence of the epochs \(names); choose one with --epoch")
    }
    let status = try await client.status()
    guard let network = Digest(hexadecimal: status.network),
      let file = EvidenceFile(
        network: network, epoch: Epoch(epoch), contradictions: try EvidenceChoice.contradictions(chosen))
    else {
      throw Failure.refused(
        "TOO_MUCH_EVIDENCE", "a file takes \(EvidenceFile.mostContradictions) contradictions; choose with --accused")
    }
    try Files.create(file.encoded, at: out)
    let report = Report(file: out, epoch: epoch, members: Set(chosen.map(\.member)).sorted())
    Output.show("evidence-file", report, asJSON: output.json) {
      [
        "\(out): \(chosen.count) contradictions of \(report.members.joined(separator: ", ")) in epoch \(epoch)",
        "verify it with: floorctl evidence verify \(out) --genesis GENESIS" + (epoch > 0 ? " --bundle BUNDLE" : ""),
      ]
    }
  }
}

struct EvidenceVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify evidence offline, and say which member broke which rule.",
    discussion: """
      Both signatures of every pair are verified under the member's node key of that epoch. From the genesis alone the \
      keys of epoch 0 are known; for a later one --bundle names a bundle of that epoch or a later one, whose links \
      prove its validators.

      Exit code 0 if everything verifies, 1 with the exact reason if not.

      Example:
        floorctl evidence verify che.evidence --genesis genesis.cbor
        floorctl evidence verify che.evidence --genesis genesis.cbor --bundle roster.bundle
      """)

  @Argument(help: "The file of evidence.")
  var file: String

  @Option(name: .long, help: "The genesis document.")
  var genesis: String

  @Option(name: .long, help: "A bundle whose links prove the epoch's validators.")
  var bundle: String?

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let genesis = try GenesisFile.verified(genesis)
    let history = try bundle.map { try BundleFile.verified($0, genesis).history } ?? EpochHistory(genesis)
    let bytes = try Files.read(file, limit: EvidenceFile.mostBytes)
    let findings: [EvidenceFinding]
    do {
      findings = try EvidenceFile.verified(decoding: bytes, in: history, by: SystemVerifier())
    } catch {
      throw Failure.no(error.code, "\(file) is not verified: \(error.sentence)")
    }
    Output.show("evidence", EvidenceText.report(findings, history), asJSON: output.json) {
      ["\(Style.good("verified")): \(file)"] + EvidenceText.lines(findings)
    }
  }
}

/// Verified evidence, for people and for programs.
enum EvidenceText {
  /// `pricefloor/evidence/1`.
  struct Report: Encodable {
    struct Finding: Encodable {
      let member: String
      let epoch: UInt64
      let view: UInt64
      let first: Statement
      let second: Statement
      let rule: String
    }

    struct Statement: Encodable {
      let kind: String
      let block: String?
    }

    let network: String
    let verified = true
    let findings: [Finding]
  }

  static func findings(
    _ contradictions: [Evidence], in epoch: Epoch, _ history: EpochHistory
  ) throws -> [EvidenceFinding] {
    guard let network = history.network.digest,
      let file = EvidenceFile(network: network, epoch: epoch, contradictions: contradictions)
    else { return [] }
    do { return try file.verified(in: history, by: SystemVerifier()) } catch {
      throw Failure.no(error.code, "the node's evidence is not verified: \(error.sentence)")
    }
  }

  static func report(_ findings: [EvidenceFinding], _ history: EpochHistory) -> Report {
    func statement(_ vote: Vote) -> Report.Statement {
      Report.Statement(kind: vote.kind.statementType.rawValue, block: vote.block?.hexadecimal)
    }
    return Report(
      network: history.network.description,
      findings: findings.map { finding in
        Report.Finding(
          member: finding.member.text, epoch: finding.epoch.number, view: finding.view.number,
          first: statement(finding.first), second: statement(finding.second), rule: finding.rule)
      })
  }

  static func lines(_ findings: [EvidenceFinding]) -> [String] { findings.flatMap(\.sentences) }
}
