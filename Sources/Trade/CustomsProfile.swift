import CBOR

/// What a member's customs value contains.
package enum Valuation: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// Cost, insurance and freight to the border are in the value.
  case cif = 0
  /// They are not, and are declared apart.
  case fob = 1

  package var name: String {
    switch self {
    case .cif: "CIF"
    case .fob: "FOB"
    }
  }

  /// The valuation of that name, if there is one.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// A duty that a member may net against the floor duty.
package enum NettedDuty: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// The ordinary customs duty.
  case ordinary = 0
  /// Duties that the declaration itself states, anti-dumping duty for one.
  case declared = 1

  package var name: String {
    switch self {
    case .ordinary: "ORDINARY"
    case .declared: "DECLARED"
    }
  }
}

/// Which exchange rate a member applies to a declaration.
package enum ExchangeRateRule: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// The rate of the month before the one of the declaration's date.
  case monthBefore = 0

  package var name: String {
    switch self {
    case .monthBefore: "MONTH_BEFORE"
    }
  }
}

/// How one member values, converts, rounds and binds: all that the duty on a declaration depends on besides the floor.
package struct CustomsProfile: Hashable, Sendable, CBORCodable {
  /// The member, as its identity is written.
  package let member: TerritoryCode
  /// The customs territory that it imports into.
  package let territory: TerritoryCode
  package let valuation: Valuation
  package let currency: Currency
  /// The rounding of the floor value, of the ordinary duty and of a banded duty.
  package let rounding: Rounding
  package let ordinary: RateSchedule
  /// The bound rates, where the member has bound any.
  package let bound: RateSchedule?
  /// The duties that count towards the floor, strictly ascending.
  package let netting: [NettedDuty]
  /// The charge of the banded mode where a price is more than 8 % below the floor value.
  package let bandedMaximum: Money
  package let rateRule: ExchangeRateRule

  package init(
    member: TerritoryCode, territory: TerritoryCode, valuation: Valuation, currency: Currency, rounding: Rounding,
    ordinary: RateSchedule, bound: RateSchedule?, netting: [NettedDuty], bandedMaximum: Money,
    rateRule: ExchangeRateRule
  ) {
    self.member = member
    self.territory = territory
    self.valuation = valuation
    self.currency = currency
    self.rounding = rounding
    self.ordinary = ordinary
    self.bound = bound
    self.netting = NettedDuty.allCases.filter(netting.contains)
    self.bandedMaximum = bandedMaximum
    self.rateRule = rateRule
  }

  package func nets(_ duty: NettedDuty) -> Bool { netting.contains(duty) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(10)
    writer.value(member)
    writer.value(territory)
    writer.value(valuation)
    writer.value(currency)
    writer.value(rounding)
    writer.value(ordinary)
    writer.optional(bound) { writer, schedule in writer.value(schedule) }
    writer.list(netting)
    writer.value(bandedMaximum)
    writer.value(rateRule)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 10)
    member = try reader.value()
    territory = try reader.value()
    valuation = try reader.value()
    currency = try reader.value()
    rounding = try reader.value()
    ordinary = try reader.value()
    bound = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(RateSchedule.self) }
    netting = try reader.list(max: NettedDuty.allCases.count)
    guard zip(netting, netting.dropFirst()).allSatisfy({ $0.rawValue < $1.rawValue }) else { throw .keysOutOfOrder }
    bandedMaximum = try reader.value()
    guard bandedMaximum >= .zero else { throw .outOfRange }
    rateRule = try reader.value()
    reader.leave()
  }
}
