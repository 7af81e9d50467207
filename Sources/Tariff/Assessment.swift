import Trade

/// What the origin of a line comes to.
package enum OriginFinding: Hashable, Sendable {
  /// A member's origin with a certificate: the floor duty is waived.
  case preferential(TerritoryCode)
  /// A member's origin without a certificate: charged, and refundable once proved.
  case memberNotProved(TerritoryCode)
  /// A known origin outside the membership: charged.
  case thirdCountry(TerritoryCode)
  /// A code that the territory list does not know: charged as the worst case, refundable.
  case unknown(OriginCode)
  /// No readable origin: charged as the worst case, refundable.
  case missing

  /// The word for the finding in files.
  package var name: String {
    switch self {
    case .preferential: "PREFERENTIAL"
    case .memberNotProved: "NOT_PROVED"
    case .thirdCountry: "THIRD_COUNTRY"
    case .unknown, .missing: "UNKNOWN"
    }
  }

  /// Whether the charge may be refunded upon proof.
  package var isNotProved: Bool {
    switch self {
    case .preferential, .thirdCountry: false
    case .memberNotProved, .unknown, .missing: true
    }
  }

  /// The territory of origin, where it is known.
  package var territory: TerritoryCode? {
    switch self {
    case .preferential(let territory), .memberNotProved(let territory), .thirdCountry(let territory): territory
    case .unknown, .missing: nil
    }
  }

  /// Whether the origin is a member's, proved or not.
  package var isMember: Bool {
    switch self {
    case .preferential, .memberNotProved: true
    case .thirdCountry, .unknown, .missing: false
    }
  }
}

/// A remark on a charged line.
package enum AssessmentFlag: UInt8, Hashable, Sendable, CaseIterable {
  /// Charged although proof of origin might waive the duty: refundable.
  case originNotProved = 0
  /// The exchange rate is the last one published, not that of the month before.
  case rateStale = 1
  /// The table version was chosen by the user, not by the date.
  case hypothetical = 2
  /// Recorded, not charged.
  case indicative = 3
  /// The day comes after that of the table's proof: a later version may decide it.
  case afterProof = 4

  package var code: String {
    switch self {
    case .originNotProved: "ORIGIN_NOT_PROVED"
    case .rateStale: "RATE_STALE"
    case .hypothetical: "HYPOTHETICAL"
    case .indicative: "INDICATIVE"
    case .afterProof: "AFTER_PROOF"
    }
  }
}

/// The part of a floor duty that a bound rate does not let through.
package struct Gap: Hashable, Sendable {
  package let item: ItemID
  package let uncovered: Money
  package let bound: PPM
}

/// The duty on one line. The declared value is not in it: a floor is a duty, never another customs value.
package struct Assessment: Hashable, Sendable {
  package let item: ItemID
  package let tableVersion: UInt64
  /// Whether the version was chosen by the user instead of the date.
  package let isHypothetical: Bool
  package let floor: Price
  /// The docket that set the floor.
  package let docket: String
  package let mode: DutyMode
  /// The day that decided membership and exchange rate.
  package let date: CalendarDate
  package let origin: OriginFinding
  package let grade: PPM
  package let contained: Mass
  package let rate: ExchangeRateTable.Quotation
  package let bound: PPM?
  package let levy: Levy
  /// Whether the day comes after that of the table's proof.
  package let isAfterProof: Bool

  /// The remarks, in a fixed order.
  package var flags: [AssessmentFlag] {
    var flags: [AssessmentFlag] = []
    if origin.isNotProved { flags.append(.originNotProved) }
    if rate.isStale { flags.append(.rateStale) }
    if isHypothetical { flags.append(.hypothetical) }
    if mode == .indicative { flags.append(.indicative) }
    if isAfterProof { flags.append(.afterProof) }
    return flags
  }

  /// The gap that a bound rate leaves, if any; an indicative row opens none.
  package var gap: Gap? {
    guard let bound, mode != .indicative, levy.uncovered > .zero else { return nil }
    return Gap(item: item, uncovered: levy.uncovered, bound: bound)
  }
}
