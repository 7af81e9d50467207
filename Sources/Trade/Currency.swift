import CBOR

/// The code of a currency: three capital letters.
package struct CurrencyCode: Hashable, Sendable, Comparable, CBORCodable {
  private let letters: PackedText

  /// Reads three capital letters; anything else is no code.
  package init?(_ bytes: some Collection<UInt8>) {
    guard let packed = PackedText(capitals: bytes, count: 3) else { return nil }
    letters = packed
  }

  /// The same for a field of a line, without the cost of a generic for each of a million lines.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard let packed = PackedText(capitals: bytes, count: 3) else { return nil }
    letters = packed
  }

  package init?(_ text: String) { self.init(Array(text.utf8)) }

  /// The currency in which floors are agreed.
  package static let usDollar = CurrencyCode(letters: PackedText(fixed: "USD"))

  private init(letters: PackedText) { self.letters = letters }

  package var text: String { letters.text }

  package static func < (left: CurrencyCode, right: CurrencyCode) -> Bool { left.letters < right.letters }

  package func encode(to writer: inout CBORWriter) { writer.text(text) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let code = CurrencyCode(try reader.text(max: 3)) else { throw .unknownValue }
    self = code
  }
}

/// A member's currency: its code and how many minor units make a major one.
package struct Currency: Hashable, Sendable, CBORCodable {
  package let code: CurrencyCode
  /// 1, 10, 100, 1000 or 10000.
  package let minorPerMajor: Int64

  /// Accepts powers of ten up to 10⁴: amounts have that many decimals.
  package init?(code: CurrencyCode, minorPerMajor: Int64) {
    guard Self.powers.contains(minorPerMajor) else { return nil }
    self.code = code
    self.minorPerMajor = minorPerMajor
  }

  private static let powers: [Int64] = [1, 10, 100, 1_000, 10_000]

  /// How many decimals an amount in the major unit has.
  package var decimals: Int { Self.powers.firstIndex(of: minorPerMajor) ?? 0 }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(code)
    writer.integer(minorPerMajor)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    let code = try reader.value(CurrencyCode.self)
    guard let currency = Currency(code: code, minorPerMajor: try reader.integer()) else { throw .outOfRange }
    reader.leave()
    self = currency
  }
}
