import CSV
import Tariff
import Trade

/// Reads the fields of a line into a ``DeclarationLine``, exactly and without guessing.
struct DeclarationReader: Sendable {
  let columns: DeclarationColumns
  let currency: Currency
  private let names: ItemNames

  init(_ header: CSVHeader, _ basis: AssessmentBasis) throws(CSVError) {
    columns = try DeclarationColumns(header)
    currency = basis.profile.currency
    names = ItemNames(basis.items.map(\.id))
  }

  func declaration(_ fields: CSVRecord, of text: UnsafeRawBufferPointer) throws(FieldRejection) -> DeclarationLine {
    guard fields.count == columns.count else { throw .columns(found: fields.count, wanted: columns.count) }
    guard !fields.field(columns.line, of: text).isEmpty else { throw .missing(column: "line") }
    let item = try item(fields.field(columns.item, of: text))
    let code = try code(fields.field(columns.hs6, of: text))
    let value = try required(fields.field(columns.declaredValue, of: text), "declared_value", currency.decimals)
    let stated = try currencyCode(fields.field(columns.currency, of: text))
    let kilograms = try required(fields.field(columns.netKilograms, of: text), "net_kg", Mass.kilogramDecimals)
    let freight = try number(
      fields.field(columns.freightInsurance, of: text), "freight_insurance", currency.decimals)
    let duties = try number(fields.field(columns.otherDuties, of: text), "other_duties", currency.decimals)
    return DeclarationLine(
      item: item, code: code, origin: origin(fields.field(columns.origin, of: text)),
      declaredValue: Money(minorUnits: value), currency: stated, netMass: Mass(grams: kilograms),
      moisture: try number(fields.field(columns.moisture, of: text), "moisture_ppm", 0).map(PPM.init),
      grade: try number(fields.field(columns.grade, of: text), "grade_ppm", 0).map(PPM.init),
      freightInsurance: freight.map(Money.init(minorUnits:)),
      declaredDuty: Money(minorUnits: duties ?? 0), date: try date(fields.field(columns.date, of: text)),
      hasOriginCertificate: !fields.field(columns.originCertificate, of: text).isEmpty)
  }

  private func item(_ field: UnsafeRawBufferPointer) throws(FieldRejection) -> ItemID? {
    guard !field.isEmpty else { return nil }
    guard let item = names[field] ?? ItemID(Array(field.prefix(ItemID.longest + 1))) else {
      throw .malformed("item", field, "a name as lithium/carbonate@1")
    }
    return item
  }

  private func code(_ field: UnsafeRawBufferPointer) throws(FieldRejection) -> CommodityCode? {
    guard !field.isEmpty else { return nil }
    guard let code = CommodityCode(field) else { throw .malformed("hs6", field, "six digits") }
    return code
  }

  private func origin(_ field: UnsafeRawBufferPointer) -> DeclaredOrigin {
    guard !field.isEmpty else { return .missing }
    return OriginCode(field).map(DeclaredOrigin.code) ?? .unreadable
  }

  private func currencyCode(_ field: UnsafeRawBufferPointer) throws(FieldRejection) -> CurrencyCode {
    guard !field.isEmpty else { throw .missing(column: "currency") }
    guard let code = CurrencyCode(field) else { throw .malformed("currency", field, "three capital letters") }
    return code
  }

  private func date(_ field: UnsafeRawBufferPointer) throws(FieldRejection) -> CalendarDate? {
    guard !field.isEmpty else { return nil }
    guard let date = CalendarDate(parsing: field) else { throw .malformed("date", field, "a day as 2026-01-31") }
    return date
  }

  private func required(
    _ field: UnsafeRawBufferPointer, _ column: String, _ decimals: Int
  ) throws(FieldRejection) -> Int64 {
    guard let number = try number(field, column, decimals) else { throw .missing(column: column) }
    return number
  }

  private func number(
    _ field: UnsafeRawBufferPointer, _ column: String, _ decimals: Int
  ) throws(FieldRejection) -> Int64? {
    guard !field.isEmpty else { return nil }
    do throws(DecimalText.Failure) { return try DecimalText.parse(field, decimals: decimals) } catch {
      switch error {
      case .empty, .notANumber: throw .malformed(column, field, "a decimal number")
      case .tooPrecise: throw .malformed(column, field, "a number of at most \(decimals) decimals")
      case .tooLarge: throw .malformed(column, field, "within 64 bits")
      }
    }
  }
}

extension CSVRecord {
  /// The bytes of a field, empty where the file does not have the column.
  func field(_ index: Int?, of line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    index.map { field($0, of: line) } ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }
}
