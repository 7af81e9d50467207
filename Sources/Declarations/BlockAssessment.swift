import CSV
import Tariff
import Trade

/// What became of one block of a declaration file: lines for the duties, lines for the rejects, and the totals.
struct BlockAssessment: Sendable {
  private(set) var duties = CSVText()
  private(set) var rejects = CSVText()
  private(set) var summary = AssessmentSummary()
  /// How many bytes of the file end with this block.
  let end: Int

  private let reader: DeclarationReader
  private let assessor: Assessor
  private let isExplained: Bool

  /// The columns of assessed lines, as Protocol/tariff.md describes them.
  static let dutiesHeader = [
    "line", "file_line", "item", "hs6", "origin", "territory", "origin_finding", "origin_certificate", "date",
    "declared_value", "currency", "net_kg", "moisture_ppm", "grade_ppm", "freight_insurance", "other_duties",
    "contained_kg", "table_version", "docket", "floor_usd_per_kg", "mode", "rate", "rate_month", "floor_value",
    "ordinary_duty", "floor_duty", "applied", "uncovered", "flags", "explanation",
  ]
  static let rejectsHeader = ["line", "code", "sentence", "file_line", "record"]

  init(_ block: CSVFile.Block, _ reader: DeclarationReader, _ assessor: Assessor, isExplained: Bool) {
    (self.reader, self.assessor, self.isExplained) = (reader, assessor, isExplained)
    end = block.end
    // A line of duties is about three times as long as the declaration, an explained one twelve times.
    duties.reserve(block.bytes.count * (isExplained ? 15 : 4))
    block.forEachLine { number, text, line in
      switch line {
      case .refused(let error): reject(nil, number, text, error.code, error.sentence)
      case .fields(let fields): assess(number, text, fields)
      }
    }
  }

  private mutating func assess(_ number: Int, _ text: UnsafeRawBufferPointer, _ fields: CSVRecord) {
    let declaration: DeclarationLine
    do throws(FieldRejection) { declaration = try reader.declaration(fields, of: text) } catch {
      return reject(fields, number, text, error.code, error.sentence)
    }
    do throws(AssessmentRejection) {
      if isExplained {
        let (assessment, steps) = try assessor.explain(declaration)
        write(declaration, assessment, number, text, fields)
        duties.quoted(steps.lazy.map { [currency = reader.currency] in $0.sentence(in: currency) }, separator: "; ")
      } else {
        write(declaration, try assessor.assess(declaration), number, text, fields)
        duties.empty()
      }
      duties.endLine()
    } catch { reject(fields, number, text, error.code, error.sentence) }
  }

  /// All columns but the explanation: first what the declaration states, repeated byte by byte, then what follows from it.
  private mutating func write(
    _ line: DeclarationLine, _ assessment: Assessment, _ number: Int, _ text: UnsafeRawBufferPointer,
    _ fields: CSVRecord
  ) {
    summary.count(line, assessment)
    let (columns, decimals, levy) = (reader.columns, reader.currency.decimals, assessment.levy)
    duties.verbatim(fields.field(columns.line, of: text))
    duties.decimal(Int64(number), decimals: 0, atLeast: 0)
    duties.plain(assessment.item.text)
    duties.verbatim(fields.field(columns.hs6, of: text))
    duties.verbatim(fields.field(columns.origin, of: text))
    duties.plain { assessment.origin.territory?.append(to: &$0) }
    duties.plain(assessment.origin.name)
    duties.verbatim(fields.field(columns.originCertificate, of: text))
    duties.plain { assessment.date.append(to: &$0) }
    duties.verbatim(fields.field(columns.declaredValue, of: text))
    duties.verbatim(fields.field(columns.currency, of: text))
    duties.verbatim(fields.field(columns.netKilograms, of: text))
    duties.decimal(line.moisture?.parts ?? 0, decimals: 0, atLeast: 0)
    duties.decimal(assessment.grade.parts, decimals: 0, atLeast: 0)
    duties.verbatim(fields.field(columns.freightInsurance, of: text))
    duties.verbatim(fields.field(columns.otherDuties, of: text))
    duties.decimal(assessment.contained.grams, decimals: Mass.kilogramDecimals, atLeast: 0)
    duties.plain(String(assessment.tableVersion))
    duties.plain(assessment.docket)
    duties.decimal(assessment.floor.microUSDPerKilogram, decimals: Price.decimals, atLeast: 2)
    duties.plain(assessment.mode.name)
    duties.decimal(assessment.rate.rate.nanoPerDollar, decimals: ExchangeRate.decimals, atLeast: 0)
    duties.plain { assessment.rate.month.append(to: &$0) }
    duties.decimal(levy.floorValue.minorUnits, decimals: decimals, atLeast: decimals)
    duties.decimal(levy.ordinaryDuty.minorUnits, decimals: decimals, atLeast: decimals)
    duties.decimal(levy.floorDuty.minorUnits, decimals: decimals, atLeast: decimals)
    duties.decimal(levy.applied.minorUnits, decimals: decimals, atLeast: decimals)
    duties.decimal(levy.uncovered.minorUnits, decimals: decimals, atLeast: decimals)
    write(assessment.flags)
  }

  private mutating func write(_ flags: [AssessmentFlag]) {
    duties.plain { bytes in
      for (index, flag) in flags.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: " ")) }
        bytes.append(contentsOf: flag.code.utf8)
      }
    }
  }

  /// `fields` is nil where the line could not be split; without it the column `line` cannot be told.
  private mutating func reject(
    _ fields: CSVRecord?, _ number: Int, _ text: UnsafeRawBufferPointer, _ code: String, _ sentence: String
  ) {
    summary.count(rejection: code)
    if let fields, fields.count == reader.columns.count {
      rejects.verbatim(fields.field(reader.columns.line, of: text))
    } else {
      rejects.empty()
    }
    rejects.plain(code)
    rejects.quoted(CollectionOfOne(sentence))
    rejects.decimal(Int64(number), decimals: 0, atLeast: 0)
    rejects.excerpt(text)
    rejects.endLine()
  }
}
