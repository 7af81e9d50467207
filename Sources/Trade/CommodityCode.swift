import CBOR

/// A subheading of the Harmonized System: six digits.
package struct CommodityCode: Hashable, Sendable, Comparable, CBORCodable {
  package let number: UInt32

  /// Reads six digits and nothing else.
  package init?(_ bytes: some Collection<UInt8>) {
    guard let number = Self.number(bytes) else { return nil }
    self.number = number
  }

  /// The same for a field of a line, without the cost of a generic for each of a million lines.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard let number = Self.number(bytes) else { return nil }
    self.number = number
  }

  private static func number(_ bytes: some Collection<UInt8>) -> UInt32? {
    guard bytes.count == 6, bytes.allSatisfy(PackedText.isDigit) else { return nil }
    return bytes.reduce(0) { $0 * 10 + UInt32($1 - 0x30) }
  }

  package init?(_ text: String) { self.init(Array(text.utf8)) }

  package var text: String { DecimalText.padded(Int64(number), to: 6) }

  package static func < (left: CommodityCode, right: CommodityCode) -> Bool { left.number < right.number }

  package func encode(to writer: inout CBORWriter) { writer.unsigned(UInt64(number)) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    number = UInt32(try reader.unsigned(max: 999_999))
  }
}
