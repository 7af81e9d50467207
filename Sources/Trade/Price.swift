import CBOR

/// A price: µUSD (10⁻⁶ USD) per kilogram of an item's content basis.
package struct Price: Hashable, Sendable, Comparable, CBORCodable {
  package let microUSDPerKilogram: Int64

  package init(microUSDPerKilogram: Int64) { self.microUSDPerKilogram = microUSDPerKilogram }

  /// How many decimals a price has: the scale of every signed price.
  package static let decimals = 6

  /// The greatest price that an item may allow, 10⁹ USD/kg.
  package static let limit = Price(microUSDPerKilogram: 1_000_000_000_000_000)

  package static func < (left: Price, right: Price) -> Bool {
    left.microUSDPerKilogram < right.microUSDPerKilogram
  }

  package func encode(to writer: inout CBORWriter) { writer.integer(microUSDPerKilogram) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    microUSDPerKilogram = try reader.integer()
  }

  /// USD per kg with at least two decimals and no further zeros: `102.90`, `33.069339`.
  package var text: String {
    DecimalText.string(microUSDPerKilogram, decimals: Self.decimals, atLeast: 2)
  }
}
