/// Why an item cannot be registered.
package enum ItemError: Error, Hashable, Sendable, CaseIterable {
  case title
  case scale
  case gradeWindow
  case referenceGrade
  case codes
  case tickNotPositive
  case tickTooCoarse
  case lowBoundOffTick
  case bounds
  case corridor
  case prose

  /// The stable code of this refusal.
  package var code: String {
    switch self {
    case .title: "ITEM_TITLE"
    case .scale: "ITEM_SCALE"
    case .gradeWindow: "ITEM_GRADE_WINDOW"
    case .referenceGrade: "ITEM_REFERENCE_GRADE"
    case .codes: "ITEM_CODES"
    case .tickNotPositive: "ITEM_TICK"
    case .tickTooCoarse: "ITEM_TICK_TOO_COARSE"
    case .lowBoundOffTick: "ITEM_LOW_BOUND_OFF_TICK"
    case .bounds: "ITEM_BOUNDS"
    case .corridor: "ITEM_CORRIDOR"
    case .prose: "ITEM_TEXT"
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .title: "an item needs a title"
    case .scale: "prices of an item have exactly six decimals"
    case .gradeWindow: "the grade window must be ascending and lie between 0 and 1,000,000 ppm"
    case .referenceGrade:
      "the reference grade must be above 0 and at most 1,000,000 ppm, and inside the window of a product-weight item"
    case .codes: "the subheadings must be strictly ascending, at least one and at most 32"
    case .tickNotPositive: "the tick must be greater than zero"
    case .tickTooCoarse: "the tick may be at most 0.5 % of the lower hard bound"
    case .lowBoundOffTick: "the lower hard bound must be a multiple of the tick"
    case .bounds: "the hard bounds must be ascending and at most 1,000,000,000 USD/kg"
    case .corridor: "the evidence corridor must be ascending, above zero and name its source"
    case .prose: "a text of the item is too long"
    }
  }
}

extension Item {
  /// The rules of registration.
  func validate() throws(ItemError) {
    guard !title.isEmpty else { throw .title }
    guard scale == UInt8(Price.decimals) else { throw .scale }
    try validateGrades()
    try validateCodes()
    try validatePricing()
    let texts = [title, basisStatement, note ?? ""]
    guard texts.allSatisfy({ $0.utf8.count <= Self.longestProse }) else { throw .prose }
    guard delivery.point.utf8.count <= Delivery.longestPoint else { throw .prose }
  }

  private func validateGrades() throws(ItemError) {
    guard grades.low.isFraction, grades.high.isFraction, grades.low <= grades.high else { throw .gradeWindow }
    guard grades.reference > .zero, grades.reference <= .one else { throw .referenceGrade }
    guard requiresGrade || grades.contains(grades.reference) else { throw .referenceGrade }
  }

  private func validateCodes() throws(ItemError) {
    guard (1...Self.mostCodes).contains(codes.count) else { throw .codes }
    guard zip(codes, codes.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .codes }
  }

  private func validatePricing() throws(ItemError) {
    let (tick, low, high) = (
      pricing.tick.microUSDPerKilogram, pricing.hardLow.microUSDPerKilogram, pricing.hardHigh.microUSDPerKilogram
    )
    guard tick > 0 else { throw .tickNotPositive }
    guard low > 0, low <= high, pricing.hardHigh <= .limit else { throw .bounds }
    guard low % tick == 0 else { throw .lowBoundOffTick }
    guard tick <= low / 200 else { throw .tickTooCoarse }
    if let corridor = pricing.corridor {
      guard corridor.low.microUSDPerKilogram > 0, corridor.low <= corridor.high else { throw .corridor }
      guard (1...Corridor.longestSource).contains(corridor.source.utf8.count) else { throw .corridor }
    }
  }
}
