import API
import ArgumentParser
import Client
import Foundation

struct TableCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Show the committed floor table, its history, and export it.",
    subcommands: [TableShow.self, TableHistory.self, TableExport.self])
}

struct TableShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the floors in force, another version of the table, or what is announced.",
    discussion: """
      What a node says is only as good as the node: bundle export and bundle verify prove it.

      Example:
        floorctl table show --as /tmp/net/USA
        floorctl table show --pending --item lithium/carbonate --as /tmp/net/USA
      """)

  @Option(name: .long, help: "A version of the table. Default: the one in force.")
  var version: UInt64?

  @Option(name: .long, help: "One item, with or without its @version.")
  var item: String?

  @Flag(name: .long, help: "What is adopted and announced, and not in force yet.")
  var pending = false

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if pending, version != nil { throw ValidationError("announced rows are in no version: use --pending or --version") }
  }

  func run() async throws {
    let report = try await connection.client().table(version: version, item: item, pending: pending)
    Output.show("table", report, asJSON: output.json) { report.lines }
  }
}

extension TableReport {
  fileprivate var lines: [String] {
    guard !rows.isEmpty else { return [pending ? "nothing is announced" : "no floor is in force"] }
    let heading =
      pending
      ? "announced, not in force yet"
      : "version \(version.map(String.init) ?? "–"), in force since \(effectiveAt?.text ?? "–")"
    var table = TextTable([
      ("item", .left), ("stage", .left), ("floor USD/kg", .right), ("mode", .left), ("members", .right),
      ("weight", .right), ("quartiles", .left), ("screened", .left), ("evidence", .left), ("status", .left),
      ("by", .left), ("from", .left), ("docket", .left),
    ])
    for row in rows { table.add(row.cells) }
    let proof = "finalised at height \(head.height) by \(signers.joined(separator: " "))"
    return [Style.strong(heading)] + table.lines + ["", Style.dim(proof)]
  }
}

extension RowReport {
  fileprivate var cells: [String] {
    let outside = dispersion.outsideEvidence || dispersion.floorOutsideEvidence ? " outside evidence" : ""
    let carriedText = carried > 0 ? " carried \(carried)×" : ""
    return [
      item, stage, floor.text, mode, String(dispersion.members), "\(dispersion.weight)/\(dispersion.totalWeight)",
      "\(dispersion.lowerQuartile.text)–\(dispersion.upperQuartile.text)", Show.list(dispersion.screened, none: "–"),
      Show.list(self.evidence.map { "\($0.evidence) \($0.ppm / 10_000) %" }, none: "–"),
      dispersion.status + outside + carriedText, authority,
      effectiveAt.text, basisDocket,
    ]
  }
}

struct TableHistory: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Show every version of one item's floor, with the cause of each change.",
    discussion: """
      A floor is never rewritten: a change is a new version with the code of what made it.

      Example:
        floorctl table history lithium/carbonate --as /tmp/net/USA
      """)

  @Argument(help: "The item, with or without its @version.")
  var item: String

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let report = try await connection.client().history(item: item)
    Output.show("history", report, asJSON: output.json) {
      var table = TextTable([
        ("version", .right), ("from", .left), ("floor USD/kg", .right), ("cause", .left), ("mode", .left),
        ("docket", .left),
      ])
      for entry in report.versions {
        table.add([
          String(entry.version), entry.row.effectiveAt.text, entry.row.floor.text, entry.cause, entry.row.mode,
          entry.row.basisDocket,
        ])
      }
      return report.versions.isEmpty ? ["\(report.item) has no floor so far"] : table.lines
    }
  }
}

struct TableExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a table version to standard output or a file.",
    discussion: """
      CSV has a header and one line a floor; prices are USD per kg with six decimals and, beside them, the exact \
      µUSD/kg. JSON is the object of table show --json.

      Example:
        floorctl table export --format csv --as /tmp/net/USA > floors.csv
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv
    case json
  }

  @Option(name: .long, help: "csv or json.")
  var format: Format = .csv

  @Option(name: .long, help: "A version of the table. Default: the one in force.")
  var version: UInt64?

  @Option(name: .long, help: "The file to write. Default: standard output.")
  var out: String?

  @Flag(name: .long, help: "The same as --format json.")
  var json = false

  @OptionGroup var connection: NodeOptions

  func run() async throws {
    let report = try await connection.client().table(version: version)
    let text = json || format == .json ? Output.text("table", report) : report.csv
    guard let out else { return Terminal.write(text, to: .output) }
    try Files.write(Array(text.utf8), to: out)
    Terminal.error("\(report.rows.count) floors written to \(out)")
  }
}

extension TableReport {
  fileprivate var csv: String {
    let header =
      "table_version,item,stage,floor_usd_per_kg,floor_microusd_per_kg,mode,effective_at,docket,carried,lapses_at,"
      + "on_lapse,authority,status,members,weight,total_weight,screened,screened_weight,lower_quartile_usd_per_kg,"
      + "upper_quartile_usd_per_kg,midmean_usd_per_kg,evidence_ppm,next_docket_due"
    return ([header] + rows.map { csvLine($0) }).joined(separator: "\n") + "\n"
  }

  /// No field needs quoting: all are identifiers, numbers and instants.
  private func csvLine(_ row: RowReport) -> String {
    let spread = row.dispersion
    return [
      version.map(String.init) ?? "", row.item, row.stage, row.floor.text, String(row.floor.microUSDPerKilogram),
      row.mode, row.effectiveAt.text, row.basisDocket, String(row.carried), row.lapsesAt?.text ?? "", row.onLapse,
      row.authority, spread.status, String(spread.members), String(spread.weight), String(spread.totalWeight),
      spread.screened.joined(separator: " "), String(spread.screenedWeight), spread.lowerQuartile.text,
      spread.upperQuartile.text, spread.midmean.text,
      row.evidence.map { "\($0.evidence):\($0.ppm)" }.joined(separator: " "), row.nextDocketDue?.text ?? "",
    ].joined(separator: ",")
  }
}
