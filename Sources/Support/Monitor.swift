import Trade

/// The arithmetic that watches the floors (Protocol/tariff.md, section on monitoring).
package enum Monitor {
  /// The lowest floor of a product that does not undercut the feedstock it is made from: feedstock per kg of product
  /// over recovery, rounded up, plus cost.
  package static func inversion(
    upstream: Price, content: PPM, recovery: PPM, cost: Price
  ) throws(ArithmeticError) -> Price {
    let feedstock = try ExactInteger(upstream.microUSDPerKilogram).multiplied(by: content.parts)
      .divided(by: recovery.parts, .ceiling)
    return Price(
      microUSDPerKilogram: try feedstock.adding(ExactInteger(cost.microUSDPerKilogram)).int64())
  }

  /// How much of the reported exports no partner reports as imports. Rounded half away from zero.
  package static func mirrorGap(exports: Int64, imports: Int64) throws(ArithmeticError) -> PPM {
    let missing = ExactInteger(Int128(exports) - Int128(imports))
    return PPM(try missing.multiplied(by: PPM.one.parts).divided(by: exports, .halfUp).int64())
  }

  /// What a country exports beyond all that it can have had.
  package struct Excess: Hashable, Sendable {
    package let quantity: Int64
    /// Of the exports.
    package let ratio: PPM
  }

  /// Exports less production, imports and stock draw, not below zero. Quantities in any one unit.
  package static func capacityExcess(
    production: Int64, imports: Int64, stockDraw: Int64, exports: Int64
  ) throws(ArithmeticError) -> Excess {
    let had = Int128(production) + Int128(imports) + Int128(stockDraw)
    let excess = ExactInteger(max(0, Int128(exports) - had))
    guard exports != 0 else { return Excess(quantity: try excess.int64(), ratio: .zero) }
    let ratio = try excess.multiplied(by: PPM.one.parts).divided(by: exports, .halfUp).int64()
    return Excess(quantity: try excess.int64(), ratio: PPM(ratio))
  }

  /// The fewest declarations from which bunching is judged.
  package static let fewestDeclarations: Int64 = 30

  /// Declarations just above the floor against the mean of the neighbouring bins; nil where there are too few to tell.
  package static func bunching(atFloor: Int64, neighbours: [Int64]) throws(ArithmeticError) -> PPM? {
    guard atFloor >= 0, neighbours.allSatisfy({ $0 >= 0 }) else { throw .negativeOperand }
    let beside = neighbours.reduce(Int128(0)) { $0 + Int128($1) }
    guard beside > 0, Int128(atFloor) + beside >= Int128(fewestDeclarations) else { return nil }
    let scaled = try ExactInteger(atFloor).multiplied(by: Int64(neighbours.count)).multiplied(by: PPM.one.parts)
    return PPM(try scaled.divided(by: beside.magnitude, .halfUp).int64())
  }
}
