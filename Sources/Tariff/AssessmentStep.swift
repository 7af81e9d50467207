import Trade

/// One step of an assessment: how the facts were found, then each step of the duty.
package enum AssessmentStep: Hashable, Sendable {
  /// The item, and the subheading that led to it if the line did not name the item.
  case item(ItemID, title: String, by: CommodityCode?)
  case date(CalendarDate, isStated: Bool)
  case table(version: UInt64, effectiveAt: Instant, isHypothetical: Bool)
  /// The line's day comes after that one, on which the tables were proved.
  case afterProof(CalendarDate)
  case row(floor: Price, mode: DutyMode, docket: String, effectiveAt: Instant, authority: AuthorityCode)
  case origin(OriginFinding)
  case grade(PPM, isStated: Bool)
  case rate(CurrencyCode, wanted: CalendarMonth, ExchangeRateTable.Quotation)
  case duty(DutyStep)

  /// The step as a sentence, amounts in the importing member's currency.
  package func sentence(in currency: Currency) -> String {
    switch self {
    case .item(let item, let title, let code):
      "item \(item), \(title)" + (code.map { ", by its subheading \($0.text)" } ?? "")
    case .date(let date, let isStated):
      "decided by the day \(date.text)" + (isStated ? "" : ", the day of the assessment: the line states none")
    case .table(let version, let effectiveAt, let isHypothetical):
      "floor table version \(version), in effect since \(effectiveAt.text)"
        + (isHypothetical ? "; HYPOTHETICAL: applied by choice, whatever the line's date" : "")
    case .afterProof(let proven):
      "AFTER_PROOF: the tables are proved up to \(proven.text); a later version may decide this day"
    case .row(let floor, let mode, let docket, let effectiveAt, let authority):
      "floor \(floor.text) USD/kg, mode \(mode.name), set by docket \(docket) (\(authority.name)),"
        + " in effect since \(effectiveAt.text)"
    case .origin(let finding): Self.sentence(finding)
    case .grade(let grade, let isStated):
      "grade \(grade.percentText) %" + (isStated ? "" : ", the item's reference grade: the line states none")
    case .rate(let code, let wanted, let quotation): Self.sentence(code, wanted, quotation)
    case .duty(let step): step.sentence(in: currency)
    }
  }

  private static func sentence(_ finding: OriginFinding) -> String {
    switch finding {
    case .preferential(let territory): "origin \(territory): a member's, with a certificate: no floor duty"
    case .memberNotProved(let territory):
      "ORIGIN_NOT_PROVED: origin \(territory) is a member's, but no certificate is stated:"
        + " charged, refundable upon proof"
    case .thirdCountry(let territory): "origin \(territory): not a member's, charged"
    case .unknown(let code): "ORIGIN_NOT_PROVED: the origin \(code.text) is not known: charged, refundable upon proof"
    case .missing: "ORIGIN_NOT_PROVED: no readable origin is stated: charged, refundable upon proof"
    }
  }

  private static func sentence(
    _ code: CurrencyCode, _ wanted: CalendarMonth, _ quotation: ExchangeRateTable.Quotation
  ) -> String {
    let rate = "\(quotation.rate.text) \(code.text) per USD of \(quotation.month.text)"
    guard quotation.isStale else { return "exchange rate \(rate), the month before the line's date" }
    return "RATE_STALE: exchange rate \(rate), the last one published; \(wanted.text) has none"
  }
}
