import CSV
import Tariff
import Trade

/// Reads the fields of a line into a ``DeclarationLine``, exactly and without guessing.
struct DeclarationReader: Sendable {
  let columns: DeclarationColumns
  let columnCount: Int
  let currency: Currency

  func declaration(_ fields: CSVRecord, of text: UnsafeRawBufferPointer) throws(FieldRejection) -> DeclarationLine {
    guard fields.count == columnCount else { throw .columns(found: fields.count, wanted: columnCount) }
    let line = Fields(record: fields, text: text)
    return DeclarationLine(
      item: try line.optional(columns.item, "item", "a name as lithium/carbonate@1") { ItemID(Array($0)) },
      code: try line.optional(columns.hs6, "hs6", "six digits") { CommodityCode($0) },
      origin: origin(line[columns.origin]),
      declaredValue: try money(line, columns.declaredValue, "declared_value"),
      currency: try line.required(columns.currency, "currency", "three capital letters") { CurrencyCode($0) },
      netMass: Mass(grams: try number(line, columns.netKilograms, "net_kg", decimals: Mass.kilogramDecimals)),
      moisture: try ppm(line, columns.moisture, "moisture_ppm"),
      grade: try ppm(line, columns.grade, "grade_ppm"),
      freightInsurance: try optionalMoney(line, columns.freightInsurance, "freight_insurance"),
      declaredDuty: try optionalMoney(line, columns.otherDuties, "other_duties") ?? .zero,
      date: try line.required(columns.date, "date", "a day as 2026-01-31") { CalendarDate(parsing: $0) },
      hasOriginCertificate: !line[columns.originCertificate].isEmpty)
  }

  private func origin(_ bytes: UnsafeRawBufferPointer) -> DeclaredOrigin {
    guard !bytes.isEmpty else { return .missing }
    return OriginCode(bytes).map(DeclaredOrigin.code) ?? .unreadable
  }

  private func money(_ line: Fields, _ index: Int, _ column: String) throws(FieldRejection) -> Money {
    Money(minorUnits: try number(line, index, column, decimals: currency.decimals))
  }

  private func optionalMoney(_ line: Fields, _ index: Int?, _ column: String) throws(FieldRejection) -> Money? {
    guard let index, !line[index].isEmpty else { return nil }
    return try money(line, index, column)
  }

  private func ppm(_ line: Fields, _ index: Int?, _ column: String) throws(FieldRejection) -> PPM? {
    guard let index, !line[index].isEmpty else { return nil }
    return PPM(try number(line, index, column, decimals: 0))
  }

  private func number(
    _ line: Fields, _ index: Int, _ column: String, decimals: Int
  ) throws(FieldRejection) -> Int64 {
    let bytes = line[index]
    guard !bytes.isEmpty else { throw .missing(column) }
    do throws(DecimalText.Failure) { return try DecimalText.parse(bytes, decimals: decimals) } catch {
      let wanted =
        switch error {
        case .empty, .notANumber: "a decimal number"
        case .tooPrecise: "a number of at most \(decimals) decimals"
        case .tooLarge: "within 64 bits"
        }
      throw .malformed(column, String(decoding: bytes, as: UTF8.self), wanted)
    }
  }
}

/// The fields of one line, by column.
private struct Fields {
  let record: CSVRecord
  let text: UnsafeRawBufferPointer

  subscript(index: Int) -> UnsafeRawBufferPointer { record.field(index, of: text) }

  func required<Value>(
    _ index: Int, _ column: String, _ wanted: String, _ read: (UnsafeRawBufferPointer) -> Value?
  ) throws(FieldRejection) -> Value {
    let bytes = self[index]
    guard !bytes.isEmpty else { throw .missing(column) }
    guard let value = read(bytes) else { throw .malformed(column, String(decoding: bytes, as: UTF8.self), wanted) }
    return value
  }

  func optional<Value>(
    _ index: Int?, _ column: String, _ wanted: String, _ read: (UnsafeRawBufferPointer) -> Value?
  ) throws(FieldRejection) -> Value? {
    guard let index, !self[index].isEmpty else { return nil }
    return try required(index, column, wanted, read)
  }
}
