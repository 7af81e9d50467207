import API
import ArgumentParser
import Client
import Cryptography
import Desk
import Foundation
import Negotiation
import Trade

struct SheetCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sheet", abstract: "Propose prices by hand.", subcommands: [SheetSubmit.self])
}

struct SheetSubmit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Hand a price sheet to the member's own desk, which seals, sends and reveals it.",
    discussion: """
      The CSV has a header and the columns item (lithium/carbonate@1), unit (USD/kg), answer (PRICE, ABSTAIN, NO_DATA, \
      NOT_COVERED or CONFLICTED) and price (decimal, at most six decimals; empty unless the answer is PRICE). Every \
      item of the lot must be answered, once. Evidence: one piece for the whole sheet, by the options below.

      Everything is checked before anything is sent, and the node checks again. A price that is further than \
      --plausible per cent from the floor in force needs --confirm.

      Example:
        floorctl sheet submit sheet.csv --docket 2026-1 --evidence-file customs.csv --source "own customs" \
      --period 2025 --as /tmp/net/USA
      """)

  @Argument(help: "The sheet, CSV.")
  var file: String

  @Option(name: .long, help: "The docket. Default: the only one that is open.")
  var docket: String?

  @Option(name: .long, help: "The lot by its number. Default: the lot that the sheet's items are in.")
  var lot: UInt64?

  @Option(name: .long, help: "TRANSACTION, ASSESSMENT, MODEL, MANUAL or CIRCULAR.")
  var evidenceClass = "MANUAL"

  @Option(name: .long, help: "Who published the evidence.")
  var source = "manual sheet"

  @Option(name: .long, help: "The period of the evidence, as 2024 or 2024-01/2024-06. Default: the present year.")
  var period: String?

  @Option(name: .long, help: "The file of the evidence; its SHA-256 is signed. Default: the sheet itself.")
  var evidenceFile: String?

  @Option(name: .long, help: "Per cent from the floor in force beyond which a price must be confirmed.")
  var plausible = 10

  @Flag(name: .long, help: "Send prices although they are that far off.")
  var confirm = false

  @OptionGroup var signing: SignerOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/sheet/1`.
  private struct Report: Encodable {
    let docket: String
    let lot: UInt64
    let round: Int
    let digest: String
    let state: String
    let items: Int
  }

  func validate() throws {
    guard EvidenceClass(name: evidenceClass) != nil else {
      throw ValidationError("--evidence-class is one of \(EvidenceClass.allCases.map(\.name).joined(separator: ", "))")
    }
    guard (0...1_000).contains(plausible) else { throw ValidationError("--plausible is a percentage") }
  }

  func run() async throws {
    let bytes = try Files.read(file, limit: 1 << 20)
    let lines = try SheetFile.read(bytes, path: file)
    let submission = try await Submission(signing)
    let docket = try await openDocket(submission)
    let report = try await submission.client.docket(docket)
    let items = try await submission.client.items().items
    try SheetCheck.known(lines, items, path: file)
    let lot = try self.lot(for: lines, in: report)
    guard let place = Self.place(docket, lot) else {
      throw Failure.refused("LOT", "the node names a lot that cannot be")
    }
    let check = SheetCheck(
      items: items, floors: try await submission.client.table().rows,
      bands: Self.bands(of: report, lot), lot: lot)
    let quotes = try check.quotes(lines, path: file)
    let jumps = check.jumps(lines, percent: Int64(plausible))
    guard jumps.isEmpty || confirm else {
      throw Failure.refused("CONFIRMATION_NEEDED", jumps.joined(separator: "; ") + "; if that is right, add --confirm")
    }
    let sheet = Sheet(quotes: quotes, evidence: [try evidence(bytes)])
    let statement = try submission.deskStatement(place, .sheet(sheet))
    let answer = try await submission.client.submitSheet(statement)
    let summary = Report(
      docket: docket, lot: lot.lot, round: lot.round, digest: answer.digest, state: answer.state, items: quotes.count)
    Output.show("sheet", summary, asJSON: output.json) {
      ["docket \(docket), lot \(lot.lot), round \(lot.round): \(quotes.count) answers, \(answer.state)"]
    }
  }

  private static var presentYear: String { String(Calendar(identifier: .gregorian).component(.year, from: Date())) }

  /// The docket that was named, or the only one under way.
  private func openDocket(_ submission: Submission) async throws -> String {
    if let docket { return docket }
    let open = try await submission.client.dockets().dockets.filter { $0.state == "OPEN" }.map(\.docket)
    if open.count == 1, let docket = open.first { return docket }
    let found = open.isEmpty ? "no docket is open" : "several dockets are open: \(open.joined(separator: " "))"
    throw Failure.usage("\(found); name one with --docket")
  }

  private func lot(for lines: [SheetFile.Line], in report: DocketReport) throws -> LotReport {
    let named = Set(lines.map(\.item))
    let lots = report.lots.filter { lot in
      self.lot.map { $0 == lot.lot } ?? !named.isDisjoint(with: lot.items)
    }
    let open = lots.filter { ["OPEN", "EVIDENCE", "COMMIT"].contains($0.phase) }
    if open.count == 1, let lot = open.first { return lot }
    guard open.isEmpty else {
      throw Failure.refused(
        "SEVERAL_LOTS", "the items are in several lots: make one sheet for each, and name it by --lot")
    }
    let phases = lots.map { "lot \($0.lot) is in \($0.phase)" }.joined(separator: ", ")
    throw Failure.refused(
      "WINDOW_CLOSED",
      phases.isEmpty ? "no lot of \(report.summary.docket) has these items" : "no sheet is due: \(phases)")
  }

  private static func place(_ docket: String, _ lot: LotReport) -> LotRound? {
    guard let docket = DocketID(docket), let number = UInt16(exactly: lot.lot), let round = UInt8(exactly: lot.round)
    else { return nil }
    return LotRound(docket: docket, lot: number, round: round)
  }

  /// The bands that the last results of the docket left for the lot's items.
  private static func bands(of report: DocketReport, _ lot: LotReport) -> [String: (low: PriceValue, high: PriceValue)]
  {
    var bands: [String: (low: PriceValue, high: PriceValue)] = [:]
    guard lot.round > 1 else { return bands }
    for result in report.lots.flatMap(\.results) where lot.items.contains(result.item) {
      if let low = result.bandLow, let high = result.bandHigh { bands[result.item] = (low, high) }
    }
    return bands
  }

  private func evidence(_ sheet: [UInt8]) throws -> Evidence {
    let bytes = try evidenceFile.map { try Files.read($0) } ?? sheet
    guard let kind = EvidenceClass(name: evidenceClass),
      let evidence = Evidence(kind, source: source, period: period ?? Self.presentYear, file: .sha256(bytes))
    else {
      throw Failure.refused(
        "EVIDENCE",
        "--source and --period are printable ASCII, at most \(Evidence.longestSource) and "
          + "\(Evidence.longestPeriod) characters, and not empty")
    }
    return evidence
  }
}
