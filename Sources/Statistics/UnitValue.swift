import Trade

/// A member's own price of a commodity: what its customs saw paid, as the lower median of unit values by origin, weighted by quantity.
package enum UnitValue {
  /// Fewer origins than this, and one seller could set the price.
  package static let minimumOrigins = 3
  /// Less than this in the year, 10 t in grams, and single consignments could set it.
  package static let minimumGrams: Int64 = 10_000_000

  package enum Answer: Hashable, Sendable {
    case price(Price, origins: Int, kilograms: Int64)
    /// Too few origins or too little: an answer, not a miss.
    case noData(origins: Int, kilograms: Int64)
  }

  /// The price into one territory: per origin ⌊value · 10⁶ / quantity⌋ µUSD/kg from the year's sums; then the lower median
  /// weighted by quantity, the smallest unit value at which half of the quantity is reached.
  package static func price(
    of hs6: CommodityCode, into territory: TerritoryCode, by statistics: TradeStatistics
  ) throws(ArithmeticError) -> Answer {
    let flows = statistics.imports(of: hs6, into: territory).map(\.flow)
    var grams: Int64 = 0
    for flow in flows {
      let (sum, overflow) = grams.addingReportingOverflow(flow.grams)
      guard !overflow else { throw .amountOverflow }
      grams = sum
    }
    guard flows.count >= minimumOrigins, grams >= minimumGrams else {
      return .noData(origins: flows.count, kilograms: grams / 1_000)
    }
    var values: [(price: Int64, grams: Int64)] = []
    for flow in flows { values.append((try unitValue(of: flow), flow.grams)) }
    values.sort { $0 < $1 }
    var reached: Int64 = 0
    for (price, weight) in values {
      reached += weight
      if reached >= grams - reached {
        return .price(Price(microUSDPerKilogram: price), origins: flows.count, kilograms: grams / 1_000)
      }
    }
    return .noData(origins: flows.count, kilograms: grams / 1_000)
  }

  /// Thousandths of USD over grams are USD over kg: only the millionths remain to be multiplied in.
  private static func unitValue(of flow: TradeStatistics.Flow) throws(ArithmeticError) -> Int64 {
    let product = UInt64(flow.milliUSD).multipliedFullWidth(by: 1_000_000)
    let divisor = UInt64(flow.grams)
    guard product.high < divisor else { throw .amountOverflow }
    guard let value = Int64(exactly: divisor.dividingFullWidth(product).quotient) else { throw .amountOverflow }
    return value
  }
}
