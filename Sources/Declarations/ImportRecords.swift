import CSV
import Trade

/// Turns published import statistics into declaration lines.
///
/// The columns are `period, origin, hs6, value_usd, net_weight_kg`: one line a record, in USD. A value is converted to the member's currency by
/// the rate of the record's own month, rounded half away from zero to the minor unit; so it is not the amount that was declared. The
/// line's date is the first day of the period's month.
package struct ImportRecords: Sendable {
  private static let columns = ["period", "origin", "hs6", "value_usd", "net_weight_kg"]
  private static let header = [
    "line", "hs6", "origin", "declared_value", "currency", "net_kg", "date", "origin_certificate",
  ]

  package let currency: Currency
  package let rates: ExchangeRateTable

  package init(currency: Currency, rates: ExchangeRateTable) { (self.currency, self.rates) = (currency, rates) }

  /// Writes the declaration lines, and answers how many. The first record that cannot be read ends the run without an output.
  package func convert(records path: String, to output: String) throws(DeclarationRunError) -> Int {
    var (lines, failure): (Int, CSVError?) = (0, nil)
    let output = try OutputFile(output)
    do throws(CSVError) {
      var file = try CSVFile(path: path, requiring: Self.columns)
      let places = Self.columns.compactMap { file.header.index(of: $0) }
      try Self.write(Array((Self.header.joined(separator: ",") + "\n").utf8), to: output)
      while failure == nil, let block = try file.next() {
        var text: [UInt8] = []
        block.forEachLine { number, bytes, line in
          guard failure == nil else { return }
          switch line {
          case .refused(let error): failure = error
          case .fields(let record):
            let fields = places.map { record.unquoted($0, of: bytes) }
            guard let declaration = declaration(number, fields) else { return failure = .record(line: number) }
            text += declaration.utf8
            lines += 1
          }
        }
        try Self.write(text, to: output)
      }
      if let failure { throw failure }
    } catch { throw .csv(error) }
    try output.finish()
    return lines
  }

  private static func write(_ bytes: [UInt8], to output: OutputFile) throws(CSVError) {
    do throws(DeclarationRunError) { try output.write(bytes) } catch {
      throw .file(path: "output", reason: error.sentence)
    }
  }

  private func declaration(_ line: Int, _ fields: [[UInt8]]) -> String? {
    guard fields.count == Self.columns.count, let month = CalendarMonth(parsing: fields[0]),
      let code = CommodityCode(fields[2]), let quotation = rates.quotation(of: currency.code, for: month),
      let date = CalendarDate(year: month.year, month: month.month, day: 1),
      let value = try? DecimalText.parse(fields[3], decimals: 6),
      let grams = try? DecimalText.parse(fields[4], decimals: Mass.kilogramDecimals),
      let converted = try? convert(value, quotation.rate)
    else { return nil }
    let origin = String(decoding: fields[1], as: UTF8.self)
    return "\(line),\(code.text),\(origin),\(converted.text(in: currency)),\(currency.code.text),"
      + "\(Mass(grams: grams).kilogramText),\(date.text),\n"
  }

  /// Millionths of USD times nano units per USD, in minor units.
  private func convert(_ microUSD: Int64, _ rate: ExchangeRate) throws(ArithmeticError) -> Money {
    let product = try ExactInteger(microUSD).multiplied(by: rate.nanoPerDollar).multiplied(by: currency.minorPerMajor)
    return Money(minorUnits: try product.divided(by: Int64(1_000_000_000_000_000), .halfUp).int64())
  }
}
