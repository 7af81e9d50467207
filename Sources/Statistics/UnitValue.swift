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
    of codes: [CommodityCode], into territory: TerritoryCode, by statistics: TradeStatistics
  ) throws(ArithmeticError) -> Answer {
    let flows = try byOrigin(codes.flatMap { statistics.imports(of: $0, into: territory) })
    var grams: Int64 = 0
    for flow in flows { grams = try sum(grams, flow.grams) }
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

  /// One flow for each origin, where an item is declared under several subheadings.
  private static func byOrigin(
    _ flows: [(origin: TerritoryCode, flow: TradeStatistics.Flow)]
  ) throws(ArithmeticError) -> [TradeStatistics.Flow] {
    var merged: [TerritoryCode: TradeStatistics.Flow] = [:]
    for (origin, flow) in flows {
      let before = merged[origin] ?? .init(milliUSD: 0, grams: 0)
      merged[origin] = .init(
        milliUSD: try sum(before.milliUSD, flow.milliUSD), grams: try sum(before.grams, flow.grams))
    }
    return merged.sorted { $0.key < $1.key }.map(\.value)
  }

  private static func sum(_ left: Int64, _ right: Int64) throws(ArithmeticError) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    guard !overflow else { throw .amountOverflow }
    return sum
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
