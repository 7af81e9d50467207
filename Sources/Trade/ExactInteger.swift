/// A signed integer of 256 bits of magnitude: what lies between two roundings.
///
/// Products of four prices, masses, ratios and rates reach 10⁵³ and more, so 64 and 128 bits are too few. Every
/// operation is exact or throws ``ArithmeticError/amountOverflow``; nothing wraps, and only ``divided(by:_:)`` rounds.
package struct ExactInteger: Hashable, Sendable {
  /// Whether the value is below zero; zero itself is never negative, so equal values are equal fields.
  private let isNegative: Bool
  private let high: UInt128
  private let low: UInt128

  private init(isNegative: Bool, high: UInt128, low: UInt128) {
    self.isNegative = isNegative && (high != 0 || low != 0)
    self.high = high
    self.low = low
  }

  package init(_ value: Int64) {
    self.init(isNegative: value < 0, high: 0, low: UInt128(value.magnitude))
  }

  package init(_ value: Int128) {
    self.init(isNegative: value < 0, high: 0, low: value.magnitude)
  }

  package init(_ value: UInt128) {
    self.init(isNegative: false, high: 0, low: value)
  }

  package static let zero = ExactInteger(Int64(0))

  /// Minus one, zero or one.
  package var signum: Int {
    if isNegative { return -1 }
    return high == 0 && low == 0 ? 0 : 1
  }

  package var negated: ExactInteger { ExactInteger(isNegative: !isNegative, high: high, low: low) }

  /// The value as an amount.
  package func int64() throws(ArithmeticError) -> Int64 {
    guard high == 0, let magnitude = UInt64(exactly: low) else { throw .amountOverflow }
    if isNegative {
      guard magnitude <= Int64.min.magnitude else { throw .amountOverflow }
      return Int64(truncatingIfNeeded: 0 &- magnitude)
    }
    guard let value = Int64(exactly: magnitude) else { throw .amountOverflow }
    return value
  }

  package func multiplied(by factor: Int64) throws(ArithmeticError) -> ExactInteger {
    let magnitude = factor.magnitude
    let sign = isNegative != (factor < 0)
    if high == 0, let small = UInt64(exactly: low) {
      let product = small.multipliedFullWidth(by: magnitude)
      return ExactInteger(isNegative: sign, high: 0, low: UInt128(product.high) << 64 | UInt128(product.low))
    }
    return try scaled(by: UInt128(magnitude), isNegative: sign)
  }

  package func multiplied(by factor: ExactInteger) throws(ArithmeticError) -> ExactInteger {
    let sign = isNegative != factor.isNegative
    if factor.high == 0 { return try scaled(by: factor.low, isNegative: sign) }
    guard high == 0 else { throw .amountOverflow }
    return try factor.scaled(by: low, isNegative: sign)
  }

  package func adding(_ other: ExactInteger) throws(ArithmeticError) -> ExactInteger {
    if isNegative == other.isNegative {
      let (sumLow, carry) = low.addingReportingOverflow(other.low)
      let (sumHigh, overflow) = high.addingReportingOverflow(other.high)
      let (total, carried) = sumHigh.addingReportingOverflow(carry ? 1 : 0)
      guard !overflow, !carried else { throw .amountOverflow }
      return ExactInteger(isNegative: isNegative, high: total, low: sumLow)
    }
    return magnitudeIsLess(than: other) ? other.difference(from: self) : difference(from: other)
  }

  package func subtracting(_ other: ExactInteger) throws(ArithmeticError) -> ExactInteger {
    try adding(other.negated)
  }

  /// The quotient by a positive divisor, rounded once.
  package func divided(by divisor: UInt128, _ rounding: Rounding) throws(ArithmeticError) -> ExactInteger {
    guard divisor > 0 else { throw .divisorNotPositive }
    let (top, rest) = high == 0 ? (0, 0) : high.quotientAndRemainder(dividingBy: divisor)
    let (quotient, remainder) =
      rest == 0
      ? low.quotientAndRemainder(dividingBy: divisor) : divisor.dividingFullWidth((high: rest, low: low))
    let whole = ExactInteger(isNegative: false, high: top, low: quotient)
    let away = Self.roundsAway(
      remainder, divisor, isOdd: quotient & 1 == 1, isNegative: isNegative, rounding)
    let magnitude = away ? try whole.adding(ExactInteger(Int64(1))) : whole
    return isNegative ? magnitude.negated : magnitude
  }

  /// The quotient by a divisor that must turn out positive.
  package func divided(by divisor: Int64, _ rounding: Rounding) throws(ArithmeticError) -> ExactInteger {
    guard divisor > 0 else { throw .divisorNotPositive }
    return try divided(by: UInt128(divisor.magnitude), rounding)
  }

  /// Whether the magnitude grows by one, given a remainder below the divisor.
  private static func roundsAway(
    _ remainder: UInt128, _ divisor: UInt128, isOdd: Bool, isNegative: Bool, _ rounding: Rounding
  ) -> Bool {
    guard remainder != 0 else { return false }
    // 2·remainder may not fit, its distance to the divisor does.
    let complement = divisor - remainder
    switch rounding {
    case .floor: return isNegative
    case .ceiling: return !isNegative
    case .truncate: return false
    case .halfUp: return remainder >= complement
    case .halfEven: return remainder > complement || (remainder == complement && isOdd)
    }
  }

  private func scaled(by magnitude: UInt128, isNegative sign: Bool) throws(ArithmeticError) -> ExactInteger {
    let bottom = low.multipliedFullWidth(by: magnitude)
    guard high != 0 else { return ExactInteger(isNegative: sign, high: bottom.high, low: bottom.low) }
    let (top, overflow) = high.multipliedReportingOverflow(by: magnitude)
    let (sum, carried) = top.addingReportingOverflow(bottom.high)
    guard !overflow, !carried else { throw .amountOverflow }
    return ExactInteger(isNegative: sign, high: sum, low: bottom.low)
  }

  private func magnitudeIsLess(than other: ExactInteger) -> Bool {
    high == other.high ? low < other.low : high < other.high
  }

  /// This value's magnitude less a magnitude that is not greater, with this value's sign.
  private func difference(from other: ExactInteger) -> ExactInteger {
    let (bottom, borrow) = low.subtractingReportingOverflow(other.low)
    return ExactInteger(isNegative: isNegative, high: high &- other.high &- (borrow ? 1 : 0), low: bottom)
  }
}

extension ExactInteger: Comparable {
  package static func < (left: ExactInteger, right: ExactInteger) -> Bool {
    guard left.isNegative == right.isNegative else { return left.isNegative }
    return left.isNegative ? right.magnitudeIsLess(than: left) : left.magnitudeIsLess(than: right)
  }
}

extension ExactInteger {
  /// The exact product of two numbers of at most 128 bits, which always fits.
  package static func product(_ left: Int128, _ right: Int128) -> ExactInteger {
    let product = left.magnitude.multipliedFullWidth(by: right.magnitude)
    return ExactInteger(isNegative: (left < 0) != (right < 0), high: product.high, low: product.low)
  }
}
