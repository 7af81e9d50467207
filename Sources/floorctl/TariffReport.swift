import Declarations
import Tariff
import Trade

/// `pricefloor/tariff-assessment/1`: the totals of an assessed file, in the member's currency.
struct TariffReport: Encodable {
  struct Totals: Encodable {
    let lines: Int
    let netKilograms: String
    let declaredValue: String
    /// The floor duty charged as the file states it: origins without a certificate are not preferential.
    let duty: String
    /// What would be left if the origin of every line from a member's territory were proved.
    let dutyIfMembersProved: String
    let uncovered: String
  }

  struct Group: Encodable {
    let item: String
    let origin: String
    let totals: Totals
  }

  struct Reject: Encodable {
    let code: String
    let lines: Int
  }

  let member: String
  let currency: String
  let hypotheticalVersion: UInt64?
  /// The day of lines without a date.
  let asOf: String
  /// The day up to which the tables are proved.
  let provenUntil: String?
  let assessed: Totals
  let groups: [Group]?
  let rejected: Int
  let rejects: [Reject]
  let warnings: [Warning]

  /// What the figures must not be used for without another look.
  struct Warning: Encodable {
    let code: String
    let lines: Int
    let sentence: String
  }

  init(_ summary: AssessmentSummary, _ basis: AssessmentBasis, hasGroups: Bool) {
    let currency = basis.profile.currency
    member = basis.profile.member.text
    self.currency = currency.code.text
    hypotheticalVersion = basis.hypotheticalVersion
    asOf = basis.asOf.text
    provenUntil = basis.provenUntil?.text
    warnings = Self.warnings(summary, basis)
    assessed = Totals(summary.assessed, currency)
    groups =
      hasGroups
      ? summary.groups.sorted { $0.key < $1.key }.map {
        Group(item: $0.key.item.text, origin: $0.key.origin?.text ?? "UNKNOWN", totals: Totals($0.value, currency))
      } : nil
    rejected = summary.rejected
    rejects = summary.rejects.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      Reject(code: $0.key, lines: $0.value)
    }
  }

  var lines: [String] {
    var lines: [String] = []
    if let groups, !groups.isEmpty { lines += Self.table(groups, currency) + [""] }
    if let hypotheticalVersion {
      lines.append(
        "hypothetical: version \(hypotheticalVersion) of the table was applied to every line, whatever its date")
    }
    lines.append("\(assessed.lines) lines assessed for \(member), declared value \(assessed.declaredValue) \(currency)")
    lines.append("floor duty, no preference proved beyond the certificates stated: \(assessed.duty) \(currency)")
    lines.append("floor duty, if every member origin were proved: \(assessed.dutyIfMembersProved) \(currency)")
    lines.append("not covered under bound rates: \(assessed.uncovered) \(currency)")
    lines += warnings.map { Style.warning("\($0.code): \($0.sentence)") }
    lines.append("\(rejected) lines rejected" + (rejects.isEmpty ? "" : ":"))
    return lines + rejects.map { "  \($0.code): \($0.lines)" }
  }

  private static func warnings(_ summary: AssessmentSummary, _ basis: AssessmentBasis) -> [Warning] {
    guard summary.afterProof > 0, let proven = basis.provenUntil else { return [] }
    return [
      Warning(
        code: AssessmentFlag.afterProof.code, lines: summary.afterProof,
        sentence:
          "\(summary.afterProof) lines are of days after \(proven.text), up to which the tables are proved: a later "
          + "version may decide them; assess them again with a newer bundle")
    ]
  }

  private static func table(_ groups: [Group], _ currency: String) -> [String] {
    var table = TextTable([
      ("item", .left), ("origin", .left), ("lines", .right), ("net kg", .right), ("value \(currency)", .right),
      ("floor duty", .right), ("if members proved", .right),
    ])
    for group in groups {
      let totals = group.totals
      table.add([
        group.item, group.origin, String(totals.lines), totals.netKilograms, totals.declaredValue, totals.duty,
        totals.dutyIfMembersProved,
      ])
    }
    return table.lines
  }
}

extension TariffReport.Totals {
  init(_ totals: AssessmentSummary.Totals, _ currency: Currency) {
    lines = totals.lines
    netKilograms = Self.decimal(totals.grams, decimals: Mass.kilogramDecimals)
    declaredValue = Self.decimal(totals.declaredValue, decimals: currency.decimals)
    duty = Self.decimal(totals.applied, decimals: currency.decimals)
    dutyIfMembersProved = Self.decimal(totals.applied - totals.refundable, decimals: currency.decimals)
    uncovered = Self.decimal(totals.uncovered, decimals: currency.decimals)
  }

  private static func decimal(_ value: Int128, decimals: Int) -> String {
    DecimalText.string(value, decimals: decimals, atLeast: decimals)
  }
}
