import CBOR

/// A mass in grams.
package struct Mass: Hashable, Sendable, Comparable, CBORCodable {
  package let grams: Int64

  package init(grams: Int64) { self.grams = grams }

  /// How many decimals a kilogram has in files.
  package static let kilogramDecimals = 3

  /// The greatest mass of one declaration line, 10⁹ t.
  package static let limit = Mass(grams: 1_000_000_000_000_000)

  package static func < (left: Mass, right: Mass) -> Bool { left.grams < right.grams }

  package func encode(to writer: inout CBORWriter) { writer.integer(grams) }

  package init(from reader: inout CBORReader) throws(CBORError) { grams = try reader.integer() }

  /// Kilograms without superfluous zeros: `9910.2`.
  package var kilogramText: String {
    DecimalText.string(grams, decimals: Self.kilogramDecimals, atLeast: 0)
  }
}
