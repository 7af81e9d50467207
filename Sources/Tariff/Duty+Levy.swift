import Trade

extension Duty {
  /// T3 to T7: from the floor value to what is charged.
  ///
  /// Sums of amounts are taken in 128 bits, where no count of 64-bit amounts overflows; each result fits 64 bits or is
  /// refused.
  package static func levy(
    _ terms: borrowing DutyTerms, floorValue: Money, _ trace: inout [DutyStep]?
  ) throws(DutyError) -> Levy {
    try validate(terms)
    let ordinary = try ordinaryDuty(terms, &trace)
    let landed = landedValue(terms, &trace)
    let top = try topUp(terms, floorValue: floorValue, landed: landed, ordinary: ordinary, &trace)
    let applied = charged(terms, top: top, ordinary: ordinary, &trace)
    return Levy(
      floorValue: floorValue, ordinaryDuty: ordinary, floorDuty: top, applied: applied,
      uncovered: Money(minorUnits: top.minorUnits - applied.minorUnits))
  }

  private static func validate(_ terms: borrowing DutyTerms) throws(DutyError) {
    guard terms.declaredValue >= .zero else { throw .operand(.declaredValue) }
    guard terms.freightInsurance >= .zero else { throw .operand(.freightInsurance) }
    guard terms.ordinaryRate >= .zero else { throw .operand(.ordinaryRate) }
    guard terms.otherNetted.allSatisfy({ $0 >= .zero }) else { throw .operand(.otherNetted) }
    guard terms.bandedMaximum >= .zero else { throw .operand(.bandedMaximum) }
    if let bound = terms.bound, bound < .zero { throw .operand(.bound) }
  }

  /// T3: the ordinary duty on the declared value.
  private static func ordinaryDuty(
    _ terms: borrowing DutyTerms, _ trace: inout [DutyStep]?
  ) throws(DutyError) -> Money {
    do throws(ArithmeticError) {
      let duty = Money(
        minorUnits: try ExactInteger(terms.declaredValue.minorUnits).multiplied(by: terms.ordinaryRate.parts)
          .divided(by: PPM.one.parts, terms.rounding).int64())
      trace?.append(
        .ordinaryDuty(
          value: terms.declaredValue, rate: terms.ordinaryRate, rounding: terms.rounding, duty: duty))
      return duty
    } catch {
      throw .arithmetic(error)
    }
  }

  /// T4: the value that is compared with the floor value. The declared value itself stays what it is.
  private static func landedValue(_ terms: borrowing DutyTerms, _ trace: inout [DutyStep]?) -> Int128 {
    let declared = Int128(terms.declaredValue.minorUnits)
    switch terms.valuation {
    case .cif:
      trace?.append(.landed(valuation: .cif, declared: terms.declaredValue, freight: .zero, minorUnits: declared))
      return declared
    case .fob:
      let landed = declared + Int128(terms.freightInsurance.minorUnits)
      trace?.append(
        .landed(
          valuation: .fob, declared: terms.declaredValue, freight: terms.freightInsurance, minorUnits: landed))
      return landed
    }
  }

  /// T5: the floor duty before a bound.
  private static func topUp(
    _ terms: borrowing DutyTerms, floorValue: Money, landed: Int128, ordinary: Money, _ trace: inout [DutyStep]?
  ) throws(DutyError) -> Money {
    if terms.isPreferential {
      trace?.append(.preference)
      return .zero
    }
    switch terms.mode {
    case .banded:
      return try banded(terms, floorValue: floorValue, landed: landed, &trace)
    case .exact, .capped, .indicative:
      let others = terms.otherNetted.reduce(Int128(0)) { $0 + Int128($1.minorUnits) }
      let netted = (terms.netsOrdinary ? Int128(ordinary.minorUnits) : 0) + others
      // At most the floor value, since nothing subtracted is negative.
      let missing = max(0, Int128(floorValue.minorUnits) - landed - netted)
      let duty = Money(minorUnits: Int64(truncatingIfNeeded: missing))
      trace?.append(.topUp(floorValue: floorValue, landed: landed, netted: netted, duty: duty))
      return duty
    }
  }

  /// Bands of 2 % of the floor value down to 8 % below it, then the fixed maximum.
  private static func banded(
    _ terms: borrowing DutyTerms, floorValue: Money, landed: Int128, _ trace: inout [DutyStep]?
  ) throws(DutyError) -> Money {
    let full = Int128(floorValue.minorUnits)
    guard landed < full else {
      trace?.append(.band(floorValue: floorValue, landed: landed, band: 0, duty: .zero))
      return .zero
    }
    let band = ((full - landed) * 50 + full - 1) / full
    guard band <= 4 else {
      trace?.append(.bandedMaximum(floorValue: floorValue, landed: landed, duty: terms.bandedMaximum))
      return terms.bandedMaximum
    }
    do throws(ArithmeticError) {
      let duty = Money(
        minorUnits: try ExactInteger(full * band).divided(by: Int64(50), terms.rounding).int64())
      trace?.append(.band(floorValue: floorValue, landed: landed, band: Int(band), duty: duty))
      return duty
    } catch {
      throw .arithmetic(error)
    }
  }

  /// T6 and T7: what the mode and a bound rate let through.
  private static func charged(
    _ terms: borrowing DutyTerms, top: Money, ordinary: Money, _ trace: inout [DutyStep]?
  ) -> Money {
    if terms.mode == .indicative {
      trace?.append(.indicative(recorded: top))
      return .zero
    }
    guard let bound = terms.bound else { return top }
    let ceiling = Int128(terms.declaredValue.minorUnits) * Int128(bound.parts) / Int128(PPM.one.parts)
    let room = max(0, ceiling - Int128(ordinary.minorUnits))
    let applied = Money(minorUnits: Int64(truncatingIfNeeded: min(Int128(top.minorUnits), room)))
    trace?.append(
      .bound(rate: bound, value: terms.declaredValue, ceiling: ceiling, ordinary: ordinary, applied: applied))
    return applied
  }
}
