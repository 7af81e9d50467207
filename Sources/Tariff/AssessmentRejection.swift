import Trade

/// Why a line has no duty: it goes to the rejects with this code and sentence, and is never dropped or guessed at.
package enum AssessmentRejection: Error, Hashable, Sendable {
  case noGoods
  case unknownItem(ItemID)
  case unknownCode(CommodityCode)
  case ambiguousItem(CommodityCode, ItemID, ItemID)
  case codeMismatch(ItemID, CommodityCode)
  case noRow(ItemID, version: UInt64)
  case beforeFirstTable(CalendarDate, firstEffective: Instant)
  case currency(declared: CurrencyCode, expected: CurrencyCode)
  case freightMissing
  case freightRange
  case gradeMissing(ItemID)
  case gradeOutsideWindow(ItemID, declared: PPM, low: PPM, high: PPM)
  case moistureRange(PPM)
  case massRange(Mass)
  case valueRange
  case dutyRange
  case rateMissing(CurrencyCode, CalendarMonth)
  case ordinaryRateMissing(ItemID)
  case rateAmbiguous(ItemID)
  case duty(DutyError)

  /// The stable code of this refusal.
  package var code: String {
    switch self {
    case .noGoods: "MISSING_ITEM"
    case .unknownItem, .unknownCode: "UNKNOWN_ITEM"
    case .ambiguousItem: "AMBIGUOUS_ITEM"
    case .codeMismatch: "HS6_MISMATCH"
    case .noRow: "NO_ROW"
    case .beforeFirstTable: "BEFORE_FIRST_TABLE"
    case .currency: "CURRENCY"
    case .freightMissing: "FREIGHT_MISSING"
    case .freightRange: "FREIGHT_RANGE"
    case .gradeMissing: "GRADE_MISSING"
    case .gradeOutsideWindow: "GRADE_OUTSIDE_WINDOW"
    case .moistureRange: "MOISTURE_RANGE"
    case .massRange: "MASS_RANGE"
    case .valueRange: "VALUE_RANGE"
    case .dutyRange: "OTHER_DUTY_RANGE"
    case .rateMissing: "RATE_MISSING"
    case .ordinaryRateMissing: "ORDINARY_RATE_MISSING"
    case .rateAmbiguous: "RATE_AMBIGUOUS"
    case .duty(let error): error.code
    }
  }

  /// What is wrong and what would help, for people.
  package var sentence: String {
    switch self {
    case .noGoods: "the line names neither an item nor a subheading"
    case .unknownItem(let item): "no item \(item) is registered"
    case .unknownCode(let code): "no registered item is declared under the subheading \(code.text)"
    case .ambiguousItem(let code, let first, let second):
      "the subheading \(code.text) covers several items, among them \(first) and \(second): name the item"
    case .codeMismatch(let item, let code): "the item \(item) is not declared under the subheading \(code.text)"
    case .noRow(let item, let version): "version \(version) of the floor table has no floor for \(item)"
    case .beforeFirstTable(let date, let first):
      "on \(date.text) no floor table was in force; the first one took effect at \(first.text)"
    case .currency(let declared, let expected): "the value is declared in \(declared.text), not in \(expected.text)"
    case .freightMissing: "under FOB valuation the line must state freight and insurance"
    case .freightRange: "freight and insurance must not be negative"
    case .gradeMissing(let item): "\(item) is priced by content: the line must state its grade"
    case .gradeOutsideWindow(let item, let declared, let low, let high):
      "the grade of \(declared.parts) ppm is outside the window of \(item), \(low.parts) to \(high.parts) ppm"
    case .moistureRange(let moisture): "a moisture of \(moisture.parts) ppm is not between 0 and 1,000,000"
    case .massRange(let mass): "a net mass of \(mass.kilogramText) kg is not above zero and at most a billion tonnes"
    case .valueRange: "the declared value must not be negative"
    case .dutyRange: "other duties must not be negative"
    case .rateMissing(let currency, let month):
      "no exchange rate of \(currency.text) is published for \(month.text) or any month before"
    case .ordinaryRateMissing(let item): "the member's profile has no ordinary rate for \(item)"
    case .rateAmbiguous(let item): "the subheadings of \(item) have different duty rates: name the subheading"
    case .duty(let error): error.sentence
    }
  }
}
