import Trade

/// The arithmetic of support instruments (Protocol/tariff.md, section on instruments). Exact; each formula rounds once.
package enum Instrument {
  /// A contract for difference: above zero is paid to the producer, below zero is paid back.
  ///
  /// Where the reference is above the strike only the share `upside` of the difference is due. Rounded half away from
  /// zero.
  package static func contractForDifference(
    strike: Price, reference: Price, kilograms: Int64, minorPerMajor: Int64, upside: PPM
  ) throws(ArithmeticError) -> Money {
    let difference = Int128(strike.microUSDPerKilogram) - Int128(reference.microUSDPerKilogram)
    let full = try ExactInteger(difference).multiplied(by: kilograms).multiplied(by: minorPerMajor)
    // At or below the strike the producer's share is the whole.
    let share = difference >= 0 ? PPM.one : upside
    let scale = UInt128(1_000_000) * UInt128(1_000_000)
    return Money(minorUnits: try full.multiplied(by: share.parts).divided(by: scale, .halfUp).int64())
  }

  /// Payments out of a budget: every claim in full if the budget reaches, else in proportion by largest remainder.
  ///
  /// The payments are in the order of the claims; of equal remainders the earlier claim wins.
  package static func proRata(claims: [Int64], budget: Int64) throws(ArithmeticError) -> [Int64] {
    guard budget >= 0, claims.allSatisfy({ $0 >= 0 }) else { throw .negativeOperand }
    let sum = claims.reduce(Int128(0)) { $0 + Int128($1) }
    guard sum > Int128(budget) else { return claims }
    return try LargestRemainder.shares(of: budget, over: claims)
  }

  /// The price of an offtake contract: a share of an index, kept between two bounds. Rounded half away from zero.
  package static func offtake(index: Price, share: PPM, low: Price, high: Price) throws(ArithmeticError) -> Price {
    let shared = try ExactInteger(index.microUSDPerKilogram).multiplied(by: share.parts)
      .divided(by: PPM.one.parts, .halfUp)
    let raised = max(shared, ExactInteger(low.microUSDPerKilogram))
    return Price(microUSDPerKilogram: try min(raised, ExactInteger(high.microUSDPerKilogram)).int64())
  }
}
