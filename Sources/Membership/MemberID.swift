import CBOR

/// The name of a member: its customs territory's code, 2 to 16 characters of A–Z and 0–9 (`USA`, `EUN`), ordered as bytes.
package struct MemberID: Hashable, Comparable, Sendable, CBORCodable, CustomStringConvertible, LosslessStringConvertible
{
  /// The longest name in bytes.
  package static let maximumLength = 16

  package let text: String

  package init?(_ text: String) {
    guard (2...Self.maximumLength).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) })
    else { return nil }
    self.text = text
  }

  package var description: String { text }

  package static func < (left: MemberID, right: MemberID) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func encode(to writer: inout CBORWriter) { writer.text(text) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let member = MemberID(try reader.text(max: Self.maximumLength)) else { throw .unknownValue }
    self = member
  }
}
