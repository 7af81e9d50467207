import ArgumentParser
import Declarations
import Foundation
import Ledger
import Tariff
import Trade

struct TariffCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tariff", abstract: "Compute the floor duty on declarations, every step explained.",
    subcommands: [TariffAssess.self, TariffPrepare.self])
}

struct TariffAssess: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assess", abstract: "Assess a file of declaration lines against the committed floors.",
    discussion: """
      The file is CSV (UTF-8) with a header. Columns: line, item or hs6, origin, declared_value, currency and net_kg; where they \
      apply date, origin_certificate, moisture_ppm, grade_ppm, freight_insurance and other_duties. Every line ends in the output \
      or, with a code and a sentence, in the rejects; both appear only when all lines are done. The declared value is never \
      changed: the floor is a separate duty.

      Committed data come from a node's bundle, or with --bundle from a file; either is verified against the genesis first. With \
      --node alone the node's own genesis is used. A file of any size takes constant memory; all cores work.

      --table-version N applies one version to every line, whatever its date: the result is hypothetical, and every explanation \
      says so.

      Example:
        floorctl tariff assess --declarations entries.csv --member GBR --as /tmp/net/GBR --out duties.csv \
      --rejects rejects.csv
      """)

  @Option(name: .long, help: "The declarations, - for standard input.")
  var declarations: String

  @Option(name: .long, help: "The importing member, whose customs profile applies.")
  var member: String

  @Option(name: .long, help: "Committed data from a bundle's file, with --genesis.")
  var bundle: String?

  @Option(name: .long, help: "The genesis document that the bundle is verified against.")
  var genesis: String?

  @Option(name: .long, help: "Apply this version of the table to every line: hypothetical.")
  var tableVersion: UInt64?

  @Option(name: .long, help: "The day of lines without a date, as 2026-01-31. Default: today (UTC).")
  var asOf: String?

  @Option(name: .long, help: "Where the assessed lines go, - for standard output.")
  var out: String

  @Option(name: .long, help: "Where the rejected lines go, - for standard output.")
  var rejects: String

  @Flag(name: .long, help: "Leave the explanation of each line empty: only the figures.")
  var brief = false

  @Flag(name: .long, help: "Print the totals by item and origin as well.")
  var summary = false

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let assessor = try await assessor()
    let run = DeclarationRun(
      assessor: assessor, isExplained: !brief, workers: ProcessInfo.processInfo.activeProcessorCount)
    let progress = TariffProgress()
    let totals = try TariffFailure.translated { [declarations, out, rejects] () throws(DeclarationRunError) in
      defer { progress.end() }
      return try run.run(declarations: declarations, duties: out, rejects: rejects) { done, size in
        progress.show(done, of: size)
      }
    }
    let report = TariffReport(totals, assessor.basis, hasGroups: summary)
    // The lines themselves may be on standard output: then what people read goes to the other stream.
    if out == "-" || rejects == "-", !output.json { return report.lines.forEach(Terminal.error) }
    Output.show("tariff-assessment", report, asJSON: output.json) { report.lines }
  }

  func validate() throws {
    let isPiped = out == "-" || rejects == "-"
    if output.json, isPiped { throw ValidationError("--json and the lines cannot both be on standard output") }
    if let asOf, CalendarDate(parsing: Array(asOf.utf8)) == nil {
      throw ValidationError("--as-of is a day as 2026-01-31, not \(asOf)")
    }
  }

  private func assessor() async throws -> Assessor {
    let source = AssessmentSource(bundle: bundle, genesis: genesis, connection: connection)
    var basis = try await source.basis(of: member)
    basis.hypotheticalVersion = tableVersion
    if let date = asOf.flatMap({ CalendarDate(parsing: Array($0.utf8)) }) { basis.asOf = date }
    do { return try Assessor(basis) } catch { throw Failure.refused(error.code, error.sentence) }
  }
}

struct TariffPrepare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare", abstract: "Turn published import statistics into declaration lines.",
    discussion: """
      Reads a CSV with the columns period, origin, hs6, value_usd and net_weight_kg, and writes declaration lines in the \
      member's currency, converted by the rate of each record's own month and rounded to the minor unit. The results \
      are not the amounts that were declared; they serve to see what floors would have meant. Dates are the first day of \
      the month; no certificates of origin are stated.

      Example:
        floorctl tariff prepare --records Deploy/data/imports_gbr_2024_2026.csv --member GBR --as /tmp/net/GBR \
      --out declarations.csv
      """)

  @Option(name: .long, help: "The statistics, - for standard input.")
  var records: String

  @Option(name: .long, help: "The member into whose currency values are converted, at the committed rates.")
  var member: String

  @Option(name: .long, help: "Committed data from a bundle's file, with --genesis.")
  var bundle: String?

  @Option(name: .long, help: "The genesis document that the bundle is verified against.")
  var genesis: String?

  @Option(name: .long, help: "Where the declaration lines go, - for standard output.")
  var out: String

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/tariff-preparation/1`.
  private struct Report: Encodable {
    let lines: Int
    let file: String
    let currency: String
  }

  func run() async throws {
    let source = AssessmentSource(bundle: bundle, genesis: genesis, connection: connection)
    let basis = try await source.basis(of: member)
    let currency = basis.profile.currency
    let conversion = ImportRecords(currency: currency, rates: basis.rates)
    let lines = try TariffFailure.translated { [records, out] () throws(DeclarationRunError) in
      try conversion.convert(records: records, to: out)
    }
    let report = Report(lines: lines, file: out, currency: currency.code.text)
    if out == "-" { return }
    Output.show("tariff-preparation", report, asJSON: output.json) { ["\(lines) lines in \(report.currency): \(out)"] }
  }
}
