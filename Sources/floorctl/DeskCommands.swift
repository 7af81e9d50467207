import API
import ArgumentParser
import Client
import Cryptography
import Desk
import Membership
import Negotiation

struct DeskCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "desk", abstract: "Look at the member's own price desk and let its sheets go.",
    subcommands: [DeskShow.self, DeskApprove.self])
}

struct DeskShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the desk's sheets: what it proposes, what it rests on, what it waits for.",
    discussion: """
      The desk derives the member's proposals from its evidence files and seals them. With the policy confirm each \
      sheet waits for desk approve.

      Example:
        floorctl desk show --as /tmp/net/USA
      """)

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let report = try await connection.client().desk()
    Output.show("desk", report, asJSON: output.json) { report.lines }
  }
}

extension DeskReport {
  fileprivate var lines: [String] {
    var lines = ["policy    \(policy)"]
    for file in evidence {
      let state = file.refusal.map { Style.error("refused: \($0)") } ?? "\(file.records) records"
      lines.append("evidence  \(file.file) (SHA-256 \(file.digest.prefix(16))…): \(state)")
    }
    if sheets.isEmpty { lines.append("no sheet is at work") }
    for sheet in sheets { lines += [""] + sheet.lines }
    return lines
  }
}

extension SheetReport {
  fileprivate var lines: [String] {
    var table = TextTable([("item", .left), ("answer", .left), ("USD/kg", .right), ("method", .left), ("basis", .left)])
    for quote in quotes {
      table.add([quote.item, quote.answer, quote.price?.text ?? "–", quote.method, quote.basis])
    }
    let head = "docket \(docket), lot \(lot), round \(round): \(Style.strong(state)), sheet \(digest)"
    return [head] + table.lines + warnings.map { Style.warning("warning: \($0)") }
  }
}

struct DeskApprove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Let the desk seal and send a sheet that waits for approval.",
    discussion: """
      The approval is signed by the authority key over exactly this sheet. A sheet with warnings, as an implausible \
      jump, needs --confirm: read the warnings with desk show first.

      Example:
        floorctl desk approve --as /tmp/net/USA
        floorctl desk approve 5b0c…e1 --confirm --as /tmp/net/USA
      """)

  @Argument(help: "The sheet's digest as desk show prints it. Default: every sheet that waits.")
  var sheet: String?

  @Flag(name: .long, help: "Approve although there are warnings.")
  var confirm = false

  @OptionGroup var signing: SignerOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/desk-approvals/1`.
  private struct Report: Encodable {
    let approved: [DeskAnswer]
  }

  func run() async throws {
    let submission = try await Submission(signing)
    let report = try await submission.client.desk()
    let waiting = report.sheets.filter { $0.state == "AWAITS_APPROVAL" && (sheet == nil || sheet == $0.digest) }
    guard !waiting.isEmpty else {
      throw Failure.refused(
        "NOTHING_WAITS", sheet.map { "no sheet \($0) waits for approval" } ?? "no sheet waits for approval")
    }
    for sheet in waiting where !sheet.warnings.isEmpty && !confirm {
      let warnings = sheet.warnings.joined(separator: "; ")
      throw Failure.refused(
        "CONFIRMATION_NEEDED", "docket \(sheet.docket): \(warnings); if that is right, add --confirm")
    }
    var answers: [DeskAnswer] = []
    for sheet in waiting {
      guard let digest = Digest(hexadecimal: sheet.digest), let place = sheet.place else {
        throw Failure.refused("SHEET", "the node names a sheet that cannot be")
      }
      answers.append(try await submission.client.approve(try submission.deskStatement(place, .approval(digest))))
    }
    Output.show("desk-approvals", Report(approved: answers), asJSON: output.json) {
      answers.map { "sheet \($0.digest.prefix(16))…: \($0.state)" }
    }
  }
}

extension SheetReport {
  fileprivate var place: LotRound? {
    guard let docket = DocketID(docket), let lot = UInt16(exactly: lot), let round = UInt8(exactly: round) else {
      return nil
    }
    return LotRound(docket: docket, lot: lot, round: round)
  }
}

extension Submission {
  /// Signs a word to the member's own desk.
  func deskStatement(_ place: LotRound, _ content: DeskStatement.Content) throws -> SignedStatement {
    try signer.sign(DeskStatement(signer: signer.member, notAfter: notAfter, place: place, content: content))
  }
}
