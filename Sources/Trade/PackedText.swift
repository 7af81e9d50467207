/// Up to 16 ASCII bytes in one integer: codes that are copied and compared a million times without touching the heap.
///
/// The bytes stand left-aligned and padded with zeros, so the order of the integers is the order of the bytes.
struct PackedText: Hashable, Sendable, Comparable {
  private let bits: UInt128

  static let limit = 16

  /// Packs at most 16 bytes from 0x21 to 0x7E.
  init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count <= Self.limit, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    bits = Self.pack(bytes)
  }

  /// Packs capital letters, exactly so many.
  init?(capitals bytes: some Collection<UInt8>, count: Int) {
    guard bytes.count == count, count <= Self.limit, bytes.allSatisfy(Self.isCapital) else { return nil }
    bits = Self.pack(bytes)
  }

  /// Packs a constant of this module.
  init(fixed text: StaticString) {
    bits = text.withUTF8Buffer { Self.pack($0) }
  }

  private static func pack(_ bytes: some Collection<UInt8>) -> UInt128 {
    var packed: UInt128 = 0
    for byte in bytes { packed = packed << 8 | UInt128(byte) }
    return packed << UInt128((limit - bytes.count) * 8)
  }

  var bytes: [UInt8] {
    var result: [UInt8] = []
    append(to: &result)
    return result
  }

  func append(to output: inout [UInt8]) {
    var rest = bits
    while rest != 0 {
      output.append(UInt8(truncatingIfNeeded: rest >> UInt128((Self.limit - 1) * 8)))
      rest <<= 8
    }
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  static func < (left: PackedText, right: PackedText) -> Bool { left.bits < right.bits }

  static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
