import CBOR

/// An amount in the minor unit of one currency; which currency, the context says.
package struct Money: Hashable, Sendable, Comparable, CBORCodable {
  package let minorUnits: Int64

  package init(minorUnits: Int64) { self.minorUnits = minorUnits }

  package static let zero = Money(minorUnits: 0)

  package static func < (left: Money, right: Money) -> Bool { left.minorUnits < right.minorUnits }

  package func encode(to writer: inout CBORWriter) { writer.integer(minorUnits) }

  package init(from reader: inout CBORReader) throws(CBORError) { minorUnits = try reader.integer() }

  package func adding(_ other: Money) throws(ArithmeticError) -> Money {
    let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
    guard !overflow else { throw .amountOverflow }
    return Money(minorUnits: sum)
  }

  package func subtracting(_ other: Money) throws(ArithmeticError) -> Money {
    let (rest, overflow) = minorUnits.subtractingReportingOverflow(other.minorUnits)
    guard !overflow else { throw .amountOverflow }
    return Money(minorUnits: rest)
  }

  /// The amount in the major unit with exactly the currency's decimals: `222139.58`.
  package func text(in currency: Currency) -> String {
    DecimalText.string(minorUnits, decimals: currency.decimals, atLeast: currency.decimals)
  }
}
