import COpenSSL

/// A SHA-256 digest: 32 bytes, ordered as bytes.
package struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  // Four big-endian words: comparison by words is comparison by bytes, and hashing a digest touches no heap.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// The size in bytes.
  package static let size = 32

  /// The digest of 32 zero bytes, which stands where a first block has no parent.
  package static let zero = Digest(words: (0, 0, 0, 0))

  private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Takes exactly 32 bytes; answers nil for any other count.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size else { return nil }
    words = (Self.word(bytes, at: 0), Self.word(bytes, at: 8), Self.word(bytes, at: 16), Self.word(bytes, at: 24))
  }

  private static func word(_ bytes: [UInt8], at start: Int) -> UInt64 {
    var word: UInt64 = 0
    for place in start..<start + 8 { word = word << 8 | UInt64(bytes[place]) }
    return word
  }

  /// Takes exactly 32 bytes; answers nil for any other count.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    var (words, index) = ([UInt64](repeating: 0, count: 4), 0)
    for byte in bytes {
      words[index / 8] = words[index / 8] << 8 | UInt64(byte)
      index += 1
    }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// Parses 64 lower-case hexadecimal digits.
  package init?(hexadecimal text: String) {
    guard let bytes = [UInt8](hexadecimal: text) else { return nil }
    self.init(bytes)
  }

  package var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    for place in 0..<8 {
      let shift = UInt64(56 - 8 * place)
      bytes[place] = UInt8(truncatingIfNeeded: words.0 >> shift)
      bytes[8 + place] = UInt8(truncatingIfNeeded: words.1 >> shift)
      bytes[16 + place] = UInt8(truncatingIfNeeded: words.2 >> shift)
      bytes[24 + place] = UInt8(truncatingIfNeeded: words.3 >> shift)
    }
    return bytes
  }

  /// The 64 hexadecimal digits.
  package var hexadecimal: String { bytes.hexadecimal }

  /// The first 8 hexadecimal digits, for people; never for comparing.
  package var short: String { String(hexadecimal.prefix(8)) }

  package var description: String { hexadecimal }

  package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

  package func hash(into hasher: inout Hasher) {
    // The words are uniformly distributed: one of them is enough to spread, all four decide equality.
    hasher.combine(words.0)
  }
}

/// What a digest is of: each use has a prefix of its own, so that no digest of one kind can stand for another.
package enum DigestDomain: String, Sendable, CaseIterable {
  case genesis = "pricefloor/genesis/1"
  case block = "pricefloor/block/1"
  case transaction = "pricefloor/transaction/1"
  case commitment = "pricefloor/commitment/1"
  case items = "pricefloor/items/1"
  case proposals = "pricefloor/proposals/1"
  case parameters = "pricefloor/parameters/1"
  case evidence = "pricefloor/evidence/1"
  case result = "pricefloor/result/1"
  case seen = "pricefloor/seen/1"
  case statement = "pricefloor/statement/1"
  case docket = "pricefloor/docket/1"
  case history = "pricefloor/history/1"
  case restart = "pricefloor/restart/1"
  case guardFile = "pricefloor/guard/1"
  case key = "pricefloor/key/1"
  case change = "pricefloor/change/1"
  case snapshotChunk = "pricefloor/snapshot-chunk/1"
}

extension Digest {
  /// SHA-256 of the domain's prefix followed by the bytes.
  package static func of(_ domain: DigestDomain, _ bytes: [UInt8]) -> Digest {
    sha256([UInt8](domain.rawValue.utf8), bytes)
  }

  /// SHA-256 of the domain's prefix followed by two runs of bytes.
  package static func of(_ domain: DigestDomain, _ first: [UInt8], _ second: [UInt8]) -> Digest {
    sha256([UInt8](domain.rawValue.utf8), first, second)
  }

  /// Plain SHA-256 of the concatenated parts, for formats that others define (key pins, Merkle trees, file hashes).
  package static func sha256(_ parts: [UInt8]...) -> Digest {
    var stream = SHA256Stream()
    for part in parts { stream.update(part) }
    return stream.finish()
  }
}

extension [UInt8] {
  /// Parses lower-case hexadecimal digits; nil for anything else.
  package init?(hexadecimal text: String) {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    self = []
    reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
      append(high << 4 | low)
    }
  }

  /// The bytes as lower-case hexadecimal digits.
  package var hexadecimal: String {
    let digits = Array<UInt8>("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(count * 2)
    for byte in self { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
}
