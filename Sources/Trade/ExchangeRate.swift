import CBOR

/// How much of a currency one US dollar buys, in 10⁻⁹ of the major unit.
package struct ExchangeRate: Hashable, Sendable, Comparable, CBORCodable {
  package let nanoPerDollar: Int64

  package init(nanoPerDollar: Int64) { self.nanoPerDollar = nanoPerDollar }

  /// The dollar against itself.
  package static let one = ExchangeRate(nanoPerDollar: 1_000_000_000)

  /// The greatest rate that a table may hold, 10⁵ local per dollar.
  package static let limit = ExchangeRate(nanoPerDollar: 100_000_000_000_000)

  /// How many decimals a rate has.
  package static let decimals = 9

  /// Whether the rate is above zero and within the limit.
  package var isUsable: Bool { nanoPerDollar > 0 && self <= Self.limit }

  package static func < (left: ExchangeRate, right: ExchangeRate) -> Bool {
    left.nanoPerDollar < right.nanoPerDollar
  }

  package func encode(to writer: inout CBORWriter) { writer.integer(nanoPerDollar) }

  package init(from reader: inout CBORReader) throws(CBORError) { nanoPerDollar = try reader.integer() }

  /// The rate as a decimal number: `0.918273645`.
  package var text: String { DecimalText.string(nanoPerDollar, decimals: Self.decimals, atLeast: 0) }
}
