import CBOR

/// How a floor is enforced.
package enum DutyMode: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// A duty that lifts the landed cost to the floor exactly.
  case exact = 0
  /// A duty in steps of 2 % of the floor value, and a fixed charge further below.
  case banded = 1
  /// As exact, for members that bind their rates.
  case capped = 2
  /// The duty is worked out and recorded, not charged.
  case indicative = 3

  package var name: String {
    switch self {
    case .exact: "EXACT"
    case .banded: "BANDED"
    case .capped: "CAPPED"
    case .indicative: "INDICATIVE"
    }
  }

  /// The mode of that name, if there is one.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// What becomes of a floor that was carried too often or too long.
package enum LapseAction: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// It stays.
  case keep = 0
  /// It moves by at most one step a period towards the indicator.
  case glide = 1
  /// It becomes indicative: no duty.
  case sunset = 2

  package var name: String {
    switch self {
    case .keep: "KEEP"
    case .glide: "GLIDE"
    case .sunset: "SUNSET"
    }
  }
}

/// By what a row came into the table.
package enum AuthorityCode: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  case simpleVote = 0
  case specialVote = 1
  /// The docket failed and the floor before was carried.
  case statusQuo = 2
  /// The lapse action was applied.
  case lapse = 3

  package var name: String {
    switch self {
    case .simpleVote: "SIMPLE_VOTE"
    case .specialVote: "SPECIAL_VOTE"
    case .statusQuo: "STATUS_QUO"
    case .lapse: "LAPSE"
    }
  }
}

/// One floor as a table version holds it.
package struct FloorRow: Hashable, Sendable, CBORCodable {
  package let item: ItemID
  package let floor: Price
  package let mode: DutyMode
  package let effectiveAt: Instant
  /// The docket whose vote set the floor.
  package let basisDocket: String
  /// How many dockets since then have failed to replace it.
  package let carried: UInt32
  package let lapsesAt: Instant?
  package let onLapse: LapseAction
  package let authority: AuthorityCode
  /// What the members proposed when the floor was set.
  package let dispersion: PriceDispersion

  package static let longestDocket = 64

  package init(
    item: ItemID, floor: Price, mode: DutyMode, effectiveAt: Instant, basisDocket: String, carried: UInt32,
    lapsesAt: Instant?, onLapse: LapseAction, authority: AuthorityCode, dispersion: PriceDispersion
  ) {
    self.item = item
    self.floor = floor
    self.mode = mode
    self.effectiveAt = effectiveAt
    self.basisDocket = basisDocket
    self.carried = carried
    self.lapsesAt = lapsesAt
    self.onLapse = onLapse
    self.authority = authority
    self.dispersion = dispersion
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(10)
    writer.value(item)
    writer.value(floor)
    writer.value(mode)
    writer.value(effectiveAt)
    writer.text(basisDocket)
    writer.unsigned(UInt64(carried))
    writer.optional(lapsesAt) { writer, instant in writer.value(instant) }
    writer.value(onLapse)
    writer.value(authority)
    writer.value(dispersion)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 10)
    item = try reader.value()
    floor = try reader.value()
    // A floor of zero is no floor, and a negative one has no meaning.
    guard floor.microUSDPerKilogram > 0 else { throw .outOfRange }
    mode = try reader.value()
    effectiveAt = try reader.value()
    basisDocket = try reader.text(max: Self.longestDocket)
    carried = try reader.narrow()
    lapsesAt = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Instant.self) }
    onLapse = try reader.value()
    authority = try reader.value()
    dispersion = try reader.value()
    reader.leave()
  }
}
