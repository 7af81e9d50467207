import CBOR

/// A ratio in parts per million.
package struct PPM: Hashable, Sendable, Comparable, CBORCodable {
  package let parts: Int64

  package init(_ parts: Int64) { self.parts = parts }

  /// The whole.
  package static let one = PPM(1_000_000)

  package static let zero = PPM(0)

  package static func < (left: PPM, right: PPM) -> Bool { left.parts < right.parts }

  package func encode(to writer: inout CBORWriter) { writer.integer(parts) }

  package init(from reader: inout CBORReader) throws(CBORError) { parts = try reader.integer() }

  /// Per cent without superfluous zeros: `3.7` for 37,000.
  package var percentText: String { DecimalText.string(parts, decimals: 4, atLeast: 0) }

  /// Whether the value lies in 0…10⁶, as a grade or a moisture must.
  package var isFraction: Bool { parts >= 0 && parts <= Self.one.parts }
}
