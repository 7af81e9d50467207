import CSV
import Cryptography
import Trade

/// Why a file of trade statistics cannot serve as evidence.
package enum StatisticsError: Error, Hashable, Sendable {
  case csv(CSVError)
  /// A field that cannot be read; the line and the column say where.
  case field(line: Int, column: String, reason: String)
  /// Sums beyond 64 bits.
  case overflow(line: Int)
  /// Rows of several years, or none.
  case year(line: Int)
  case noRows

  package var code: String {
    switch self {
    case .csv(let error): error.code
    case .field: "BAD_FIELD"
    case .overflow: "AMOUNT_OVERFLOW"
    case .year: "SEVERAL_YEARS"
    case .noRows: "EMPTY_FILE"
    }
  }

  package var sentence: String {
    switch self {
    case .csv(let error): error.sentence
    case .field(let line, let column, let reason): "Line \(line), column \(column): \(reason)."
    case .overflow(let line): "Line \(line): the sum of the flows exceeds 64 bits."
    case .year(let line):
      "Line \(line) is of another year than the lines before it; one file is the evidence of one year."
    case .noRows: "The file has a header but no flows."
    }
  }
}

extension TradeStatistics {
  private static let columns = ["year", "exporter", "importer", "hs6", "value_usd", "qty_kg"]

  /// Reads a file whole; a line that cannot be read refuses the file, since a price derived from part of it could not be recomputed.
  package init(csv bytes: [UInt8], territories: TerritoryMap) throws(StatisticsError) {
    let document: CSVDocument
    do { document = try CSVDocument(bytes, requiring: Self.columns) } catch { throw .csv(error) }
    var reading = FlowReading(places: Self.columns.map { document.header.index(of: $0) ?? 0 }, territories: territories)
    document.lines.forEachLine { number, text, line in reading.take(number, text, line) }
    if let failure = reading.failure { throw failure }
    guard let year = reading.year else { throw .noRows }
    self.init(
      flows: reading.flows, fileDigest: .sha256(bytes), year: year, flowsWithoutQuantity: reading.withoutQuantity)
  }
}

/// Sums flows line by line until one cannot be read.
private struct FlowReading {
  let places: [Int]
  let territories: TerritoryMap
  var flows: [TradeStatistics.Lane: TradeStatistics.Flow] = [:]
  var withoutQuantity = 0
  var year: Int?
  var failure: StatisticsError?

  init(places: [Int], territories: TerritoryMap) { (self.places, self.territories) = (places, territories) }

  mutating func take(_ number: Int, _ text: UnsafeRawBufferPointer, _ line: CSVLine) {
    guard failure == nil else { return }
    do throws(StatisticsError) {
      switch line {
      case .refused(let error): throw .csv(error)
      case .fields(let record): try add(places.map { record.unquoted($0, of: text) }, number)
      }
    } catch { failure = error }
  }

  private mutating func add(_ fields: [[UInt8]], _ line: Int) throws(StatisticsError) {
    let lineYear = Int(try number(fields[0], decimals: 0, "year", line))
    guard year == nil || year == lineYear else { throw .year(line: line) }
    year = lineYear
    guard let hs6 = CommodityCode(fields[3]) else {
      throw .field(line: line, column: "hs6", reason: "a subheading is six digits")
    }
    let exporter = try territory(fields[1], "exporter", line)
    let importer = try territory(fields[2], "importer", line)
    let value = try number(fields[4], decimals: 3, "value_usd", line)
    guard !fields[5].isEmpty else {
      withoutQuantity += 1
      return
    }
    let grams = try number(fields[5], decimals: 3, "qty_kg", line)
    guard grams > 0 else {
      withoutQuantity += 1
      return
    }
    guard exporter != importer else { return }
    try sum(.init(hs6: hs6, importer: importer, exporter: exporter), value, grams, line)
  }

  private mutating func sum(
    _ lane: TradeStatistics.Lane, _ value: Int64, _ grams: Int64, _ line: Int
  ) throws(StatisticsError) {
    let flow = flows[lane] ?? TradeStatistics.Flow(milliUSD: 0, grams: 0)
    let (milliUSD, valueOverflow) = flow.milliUSD.addingReportingOverflow(value)
    let (total, massOverflow) = flow.grams.addingReportingOverflow(grams)
    guard !valueOverflow, !massOverflow else { throw .overflow(line: line) }
    flows[lane] = TradeStatistics.Flow(milliUSD: milliUSD, grams: total)
  }

  /// The territory of an origin; a code without an entry is its own territory, as statistics know codes that no list of states has.
  private func territory(_ bytes: [UInt8], _ column: String, _ line: Int) throws(StatisticsError) -> TerritoryCode {
    if let origin = OriginCode(bytes), let territory = territories.territory(of: origin) { return territory }
    guard let territory = TerritoryCode(bytes) else {
      throw .field(line: line, column: column, reason: "a territory is a code of capital letters and digits")
    }
    return territory
  }

  private func number(
    _ bytes: [UInt8], decimals: Int, _ column: String, _ line: Int
  ) throws(StatisticsError) -> Int64 {
    do {
      let value = try DecimalText.parse(bytes, decimals: decimals)
      if value >= 0 { return value }
    } catch {}
    throw .field(line: line, column: column, reason: "not a number of at most \(decimals) decimals, zero or more")
  }
}
