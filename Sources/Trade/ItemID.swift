import CBOR

/// The name of one immutable version of a tradable item: `lithium/carbonate@1`.
///
/// Mineral: 1 to 32 of `a-z 0-9 -`; form: 1 to 32 of `A-Z a-z 0-9 -`; version: 1 to 65535 without leading zeros. The
/// order is that of the text's bytes.
package struct ItemID: Hashable, Sendable, CBORCodable {
  /// The whole name.
  ///
  /// It is ASCII, so equality by text is equality by bytes.
  package let text: String
  package let version: UInt16
  private let mineralLength: Int

  /// The longest name: two parts of 32, the separators, five digits.
  package static let longest = 71

  package init?(mineral: String, form: String, version: UInt16) {
    self.init("\(mineral)/\(form)@\(version)")
  }

  /// Reads a whole name; anything else is none.
  package init?(_ text: String) { self.init(Array(text.utf8)) }

  /// Reads a whole name; anything else is none.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count <= Self.longest else { return nil }
    guard let slash = bytes.firstIndex(of: 0x2F), let at = bytes.lastIndex(of: 0x40), slash < at else { return nil }
    let (mineral, form, digits) = (bytes[..<slash], bytes[(slash + 1)..<at], bytes[(at + 1)...])
    guard (1...32).contains(mineral.count), mineral.allSatisfy(Self.isMineral) else { return nil }
    guard (1...32).contains(form.count), form.allSatisfy(Self.isForm) else { return nil }
    guard digits.allSatisfy(PackedText.isDigit), digits.first != 0x30 else { return nil }
    guard let version = UInt16(String(decoding: digits, as: UTF8.self)) else { return nil }
    text = String(decoding: bytes, as: UTF8.self)
    self.version = version
    mineralLength = slash
  }

  package var mineral: String { String(decoding: text.utf8.prefix(mineralLength), as: UTF8.self) }

  /// Mineral and form without the version: `lithium/carbonate`.
  package var name: String {
    String(decoding: text.utf8.prefix { $0 != 0x40 }, as: UTF8.self)
  }

  package var form: String { String(decoding: name.utf8.dropFirst(mineralLength + 1), as: UTF8.self) }

  package func encode(to writer: inout CBORWriter) { writer.text(text) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let item = ItemID(try reader.text(max: Self.longest)) else { throw .unknownValue }
    self = item
  }

  private static func isMineral(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || PackedText.isDigit(byte) || byte == 0x2D
  }

  private static func isForm(_ byte: UInt8) -> Bool { isMineral(byte) || PackedText.isCapital(byte) }
}

extension ItemID: Comparable {
  package static func < (left: ItemID, right: ItemID) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}

extension ItemID: CustomStringConvertible {
  package var description: String { text }
}
