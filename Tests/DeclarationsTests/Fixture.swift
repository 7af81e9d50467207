import CSV
import Declarations
import Foundation
import Tariff
import Testing
import Trade

func code(_ text: String) throws -> CommodityCode { try #require(CommodityCode(text)) }
func money(_ text: String, _ minorPerMajor: Int64) throws -> Currency {
  let code = try #require(CurrencyCode(text))
  return try #require(Currency(code: code, minorPerMajor: minorPerMajor))
}

func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(parsing: Array(text.utf8))) }
func id(_ text: String) throws -> ItemID { try #require(ItemID(text)) }
func territory(_ text: String) throws -> TerritoryCode { try #require(TerritoryCode(text)) }

/// The committed data of the tests: three items, two versions of the table, the customs of the United Kingdom.
struct Fixture {
  var items: [Item]
  var valuation = Valuation.cif
  var ordinary: RateSchedule
  var netting: [NettedDuty] = [.ordinary]
  var currency: Currency
  var rates: [(String, Int64)] = [("2025-12", 750_000_000), ("2026-01", 760_000_000), ("2026-02", 770_000_000)]
  var hypothetical: UInt64?

  init() throws {
    items = [
      try Self.item("lithium/carbonate@1", ["283691"], .productWeight, 995_000),
      try Self.item("cobalt/hydroxide@1", ["282200", "282201"], .containedContent, 1_000_000),
      try Self.item("nickel/briquettes@1", ["750210"], .productWeight, 1_000_000),
      try Self.item("nickel/cathodes@1", ["750210"], .productWeight, 1_000_000),
    ]
    ordinary = try #require(RateSchedule(general: .zero))
    currency = try money("GBP", 100)
  }

  static func item(_ name: String, _ codes: [String], _ basis: ContentBasis, _ reference: Int64) throws -> Item {
    try Item(
      id: try id(name), stage: .refinedCompound, title: "a \"title\", quoted",
      basis: basis, basisStatement: "kg as traded",
      grades: GradeWindow(low: PPM(200_000), high: .one, reference: PPM(reference)), moisture: .asTraded,
      delivery: Delivery(incoterm: .fob, point: "any port"), codes: try codes.map(code),
      pricing: PriceRules(
        tick: Price(microUSDPerKilogram: 1), hardLow: Price(microUSDPerKilogram: 1_000),
        hardHigh: Price(microUSDPerKilogram: 1_000_000_000), corridor: nil),
      retiredAt: nil)
  }

  static func table(_ version: UInt64, _ from: String, _ floors: [(String, Int64)]) throws -> TableVersion {
    let effective = Instant(milliseconds: try day(from).start.milliseconds + 40_000_000)
    let rows = try floors.map { name, floor in
      let price = Price(microUSDPerKilogram: floor)
      return FloorRow(
        item: try id(name), floor: price, mode: .exact, effectiveAt: effective,
        basisDocket: "docket-\(version)", carried: 0, lapsesAt: nil, onLapse: .sunset, authority: .specialVote,
        dispersion: PriceDispersion(
          status: .first, members: 8, weight: 2_000, totalWeight: 2_000, screened: [], screenedWeight: 0,
          lowerQuartile: price, upperQuartile: price, midmean: price, result: price,
          residual: Price(microUSDPerKilogram: 0), outsideEvidence: false, floorOutsideEvidence: false))
    }
    let head = FloorTable(
      version: version, effectiveAt: effective, rowCount: UInt32(rows.count), docket: "docket-\(version)")
    return TableVersion(head: head, rows: rows)
  }

  var rateTable: ExchangeRateTable {
    get throws {
      let entries = try rates.map { month, nano in
        ExchangeRateTable.Entry(
          currency: currency.code, month: try #require(CalendarMonth(parsing: Array(month.utf8))),
          rate: ExchangeRate(nanoPerDollar: nano))
      }
      return try #require(ExchangeRateTable(entries))
    }
  }

  func assessor() throws -> Assessor {
    let home = try territory("GBR")
    let members = try ["USA", "EUN", "JPN", "GBR"].map {
      MemberSpan(territory: try territory($0), since: try day("2026-01-01").start)
    }
    let floors: [(String, Int64)] = [
      ("lithium/carbonate@1", 110_000_000), ("cobalt/hydroxide@1", 33_069_339), ("nickel/briquettes@1", 15_000_000),
    ]
    return try Assessor(
      AssessmentBasis(
        items: items,
        tables: [
          try Self.table(1, "2026-02-10", [("lithium/carbonate@1", 102_900_000)]),
          try Self.table(2, "2026-03-01", floors),
        ],
        profile: CustomsProfile(
          member: home, territory: home, valuation: valuation, currency: currency, rounding: .halfUp,
          ordinary: ordinary, bound: nil, netting: netting, bandedMaximum: .zero, rateRule: .monthBefore),
        territories: .standard, members: members, rates: try rateTable, asOf: try day("2026-03-20"),
        hypotheticalVersion: hypothetical))
  }
}

/// A folder that is gone with its contents when the test ends.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("declarations-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

  /// What is in the folder, ascending by name.
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// The lines of a written file, each as its columns by name.
func records(_ bytes: [UInt8]) throws -> [[String: String]] {
  let document = try CSVDocument(bytes)
  var records: [[String: String]] = []
  document.lines.forEachLine { number, text, line in
    guard case .fields(let fields) = line, fields.count == document.header.names.count else {
      Issue.record("line \(number) of the output cannot be read")
      return
    }
    var record: [String: String] = [:]
    for (index, name) in document.header.names.enumerated() {
      record[name] = String(decoding: fields.unquoted(index, of: text), as: UTF8.self)
    }
    records.append(record)
  }
  return records
}

/// What a run made of a file.
struct Outcome {
  let duties: [[String: String]]
  let rejects: [[String: String]]
  let summary: AssessmentSummary
  /// The duties and the rejects as they were written.
  let bytes: [[UInt8]]

  /// The one line that was rejected or assessed.
  var codes: [String] { rejects.compactMap { $0["code"] } }
}

func assess(
  _ text: [UInt8], by assessor: Assessor, isExplained: Bool = true, workers: Int = 2, blockSize: Int = 1 << 17
) throws -> Outcome {
  let folder = try Folder()
  let input = try folder.write(text, "declarations.csv")
  let summary = try DeclarationRun(
    assessor: assessor, isExplained: isExplained, workers: workers, blockSize: blockSize
  ).run(declarations: input, duties: folder.file("duties.csv"), rejects: folder.file("rejects.csv")) { _, _ in }
  let (duties, rejects) = (try folder.read("duties.csv"), try folder.read("rejects.csv"))
  #expect(try folder.names == ["declarations.csv", "duties.csv", "rejects.csv"])
  return Outcome(
    duties: try records(duties), rejects: try records(rejects), summary: summary, bytes: [duties, rejects])
}

func assess(_ text: String, by assessor: Assessor) throws -> Outcome { try assess(Array(text.utf8), by: assessor) }
