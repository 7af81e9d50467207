import CSV
import Trade

/// Turns published import statistics into declaration lines.
///
/// The columns are `period, origin, hs6, value_usd, net_weight_kg`: one line a record, in USD. A value is converted to the member's
/// currency by the rate of the record's own month, rounded half away from zero to the minor unit; so it is not the amount that was
/// declared. The line's number is the record's line in its file, its date the first day of the period's month.
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
    if path != "-", FilePath.canonical(path) == FilePath.canonical(output) { throw .sameFile(output) }
    var file = try open(path)
    let places = Self.columns.compactMap { file.header.index(of: $0) }
    let output = try OutputFile(output)
    var (lines, text) = (0, CSVText())
    text.header(Self.header)
    while true {
      try output.write(text.bytes)
      text = CSVText()
      guard let block = try next(&file) else { break }
      var failure: DeclarationRunError?
      block.forEachLine { number, bytes, line in
        guard failure == nil else { return }
        do throws(DeclarationRunError) {
          switch line {
          case .refused(let error): throw .csv(error)
          case .fields(let record):
            guard record.count == file.header.names.count else { throw .fieldCount(line: number) }
            try append(number, places.map { record.field($0, of: bytes) }, to: &text)
          }
          lines += 1
        } catch { failure = error }
      }
      if let failure { throw failure }
    }
    try output.settle()
    try output.appear()
    return lines
  }

  private func open(_ path: String) throws(DeclarationRunError) -> CSVFile {
    do throws(CSVError) { return try CSVFile(path: path, requiring: Self.columns) } catch { throw .csv(error) }
  }

  private func next(_ file: inout CSVFile) throws(DeclarationRunError) -> CSVFile.Block? {
    do throws(CSVError) { return try file.next() } catch { throw .csv(error) }
  }

  /// Appends one declaration; `fields` are in the order of ``columns``.
  private func append(
    _ line: Int, _ fields: [UnsafeRawBufferPointer], to text: inout CSVText
  ) throws(DeclarationRunError) {
    guard let month = CalendarMonth(parsing: fields[0]),
      let date = CalendarDate(year: month.year, month: month.month, day: 1)
    else { throw .record(line: line, column: Self.columns[0]) }
    guard CommodityCode(fields[2]) != nil else { throw .record(line: line, column: Self.columns[2]) }
    guard let value = try? DecimalText.parse(fields[3], decimals: 6), value >= 0 else {
      throw .record(line: line, column: Self.columns[3])
    }
    guard let grams = try? DecimalText.parse(fields[4], decimals: Mass.kilogramDecimals), grams >= 0 else {
      throw .record(line: line, column: Self.columns[4])
    }
    guard let quotation = rates.quotation(of: currency.code, for: month), !quotation.isStale else {
      throw .noRate(currency.code, month, line: line)
    }
    guard let converted = try? convert(value, quotation.rate) else {
      throw .record(line: line, column: Self.columns[3])
    }
    text.decimal(Int64(line), decimals: 0, atLeast: 0)
    text.verbatim(fields[2])
    text.verbatim(fields[1])
    text.decimal(converted.minorUnits, decimals: currency.decimals, atLeast: currency.decimals)
    text.plain(currency.code.text)
    text.decimal(grams, decimals: Mass.kilogramDecimals, atLeast: 0)
    text.plain { date.append(to: &$0) }
    text.empty()
    text.endLine()
  }

  /// Millionths of USD times nano units per USD, in minor units.
  private func convert(_ microUSD: Int64, _ rate: ExchangeRate) throws(ArithmeticError) -> Money {
    let product = try ExactInteger(microUSD).multiplied(by: rate.nanoPerDollar).multiplied(by: currency.minorPerMajor)
    return Money(minorUnits: try product.divided(by: Int64(1_000_000_000_000_000), .halfUp).int64())
  }
}
