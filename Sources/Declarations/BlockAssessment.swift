import CSV
import Tariff
import Trade

/// What became of one block of a declaration file: lines for the duties, lines for the rejects, and the totals.
struct BlockAssessment: Sendable {
  private(set) var duties: [UInt8] = []
  private(set) var rejects: [UInt8] = []
  private(set) var summary = AssessmentSummary()
  let bytes: Int

  static let dutiesHeader = [
    "line", "item", "origin", "date", "declared_value", "currency", "net_kg", "contained_kg", "table_version",
    "floor_usd_per_kg", "mode", "rate", "rate_month", "floor_value", "ordinary_duty", "floor_duty", "applied",
    "uncovered", "flags", "explanation",
  ]
  static let rejectsHeader = ["line", "code", "sentence", "record"]

  init(_ block: CSVFile.Block, _ reader: DeclarationReader, _ assessor: Assessor, isExplained: Bool) {
    bytes = block.bytes.count
    duties.reserveCapacity(isExplained ? bytes * 10 : bytes * 3)
    block.forEachLine { number, text, line in
      switch line {
      case .refused(let error): reject(number, text, error.code, error.sentence)
      case .fields(let fields): assess(number, text, fields, reader, assessor, isExplained)
      }
    }
  }

  private mutating func assess(
    _ number: Int, _ text: UnsafeRawBufferPointer, _ fields: CSVRecord, _ reader: DeclarationReader,
    _ assessor: Assessor, _ isExplained: Bool
  ) {
    let declaration: DeclarationLine
    do throws(FieldRejection) { declaration = try reader.declaration(fields, of: text) } catch {
      return reject(number, text, error.code, error.sentence)
    }
    do throws(AssessmentRejection) {
      let label = fields.field(reader.columns.line, of: text)
      if isExplained {
        let (assessment, steps) = try assessor.explain(declaration)
        write(label, declaration, assessment, reader.currency, steps)
      } else {
        write(label, declaration, try assessor.assess(declaration), reader.currency, [])
      }
    } catch { reject(number, text, error.code, error.sentence) }
  }

  private mutating func write(
    _ label: UnsafeRawBufferPointer, _ line: DeclarationLine, _ assessment: Assessment, _ currency: Currency,
    _ steps: [AssessmentStep]
  ) {
    summary.count(line, assessment)
    let levy = assessment.levy
    CSVText.append(label, to: &duties)
    let origin = assessment.origin.territory?.text ?? "UNKNOWN"
    let figures = [
      assessment.item.text, origin, assessment.date.text, line.declaredValue.text(in: currency), currency.code.text,
      line.netMass.kilogramText, assessment.contained.kilogramText, String(assessment.tableVersion),
      assessment.floor.text, assessment.mode.name, assessment.rate.rate.text, assessment.rate.month.text,
      levy.floorValue.text(in: currency), levy.ordinaryDuty.text(in: currency), levy.floorDuty.text(in: currency),
      levy.applied.text(in: currency), levy.uncovered.text(in: currency),
      assessment.flags.map(\.code).joined(separator: " "),
    ]
    for figure in figures {
      duties.append(UInt8(ascii: ","))
      duties.append(contentsOf: figure.utf8)
    }
    duties.append(UInt8(ascii: ","))
    let explanation = steps.map { $0.sentence(in: currency) }.joined(separator: "; ")
    CSVText.append(explanation.utf8, to: &duties)
    duties.append(UInt8(ascii: "\n"))
  }

  private mutating func reject(_ number: Int, _ text: UnsafeRawBufferPointer, _ code: String, _ sentence: String) {
    summary.count(rejection: code)
    rejects.append(contentsOf: "\(number),\(code),".utf8)
    CSVText.append(sentence.utf8, to: &rejects)
    rejects.append(UInt8(ascii: ","))
    CSVText.appendReadable(text, to: &rejects)
    rejects.append(UInt8(ascii: "\n"))
  }
}
