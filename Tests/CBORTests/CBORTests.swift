import CBOR
import Testing

/// SplitMix64: a generator whose every run can be repeated from its seed.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

/// Reads any one item and writes it again: what the reader accepts must come back byte for byte.
private func transcribe(_ reader: inout CBORReader, to writer: inout CBORWriter, _ first: UInt8) throws(CBORError) {
  switch first >> 5 {
  case 0: writer.unsigned(try reader.unsigned())
  case 1: writer.integer(try reader.integer())
  case 2: writer.byteString(try reader.byteString(max: 1 << 16))
  case 3: writer.text(try reader.text(max: 1 << 16))
  case 7: if reader.null() { writer.null() } else { writer.bool(try reader.bool()) }
  default: throw .unexpectedType
  }
}

@Suite("Deterministic CBOR")
struct CBORTests {
  // RFC 8949, appendix A: the examples that have a place in deterministic encoding here.
  @Test(
    "integers of RFC 8949, appendix A",
    arguments: [
      (0, [0x00]), (1, [0x01]), (10, [0x0A]), (23, [0x17]), (24, [0x18, 0x18]), (25, [0x18, 0x19]),
      (100, [0x18, 0x64]), (1000, [0x19, 0x03, 0xE8]), (1_000_000, [0x1A, 0x00, 0x0F, 0x42, 0x40]),
      (1_000_000_000_000, [0x1B, 0x00, 0x00, 0x00, 0xE8, 0xD4, 0xA5, 0x10, 0x00]), (-1, [0x20]), (-10, [0x29]),
      (-100, [0x38, 0x63]), (-1000, [0x39, 0x03, 0xE7]),
      (Int64.min, [0x3B, 0x7F] + [UInt8](repeating: 0xFF, count: 7)),
      (Int64.max, [0x1B, 0x7F] + [UInt8](repeating: 0xFF, count: 7)),
    ] as [(Int64, [UInt8])])
  func integers(value: Int64, bytes: [UInt8]) throws {
    var writer = CBORWriter()
    writer.integer(value)
    #expect(writer.bytes == bytes)
    var reader = CBORReader(bytes)
    #expect(try reader.integer() == value)
    try reader.finish()
  }

  @Test(
    "other forms of a number than the shortest are refused",
    arguments: [
      [0x18, 0x17], [0x19, 0x00, 0xFF], [0x1A, 0x00, 0x00, 0xFF, 0xFF], [0x1B, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF],
      [0x38, 0x17],
    ] as [[UInt8]])
  func notShortest(bytes: [UInt8]) {
    var reader = CBORReader(bytes)
    #expect(throws: CBORError.notShortest) { try reader.integer() }
  }

  @Test(
    "indefinite lengths, tags, reserved values and floats are refused",
    arguments: [
      ([0x5F, 0xFF], .forbiddenForm), ([0x9F, 0xFF], .forbiddenForm), ([0xBF, 0xFF], .forbiddenForm),
      ([0xC0, 0x00], .forbiddenForm), ([0x1C], .forbiddenForm), ([0x1F], .forbiddenForm),
      ([0xF9, 0x00, 0x00], .unexpectedType), ([0xF7], .unexpectedType), ([0xFA, 0, 0, 0, 0], .unexpectedType),
    ] as [([UInt8], CBORError)])
  func forbidden(bytes: [UInt8], error: CBORError) {
    var reader = CBORReader(bytes)
    #expect(throws: error) { try reader.array(max: 10) }
  }

  @Test("lengths that are announced but not there are refused before anything is allocated")
  func announcedLengths() {
    let announced: [UInt8] = [0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    for (major, read) in [
      (UInt8(0x40), { (reader: inout CBORReader) throws in _ = try reader.byteString(max: .max) }),
      (0x60, { reader in _ = try reader.text(max: .max) }),
      (0x80, { reader in _ = try reader.array(max: .max) }),
      (0xA0, { reader in _ = try reader.map(max: .max) }),
    ] as [(UInt8, (inout CBORReader) throws -> Void)] {
      var reader = CBORReader([announced[0] | major] + announced.dropFirst())
      #expect(throws: CBORError.truncated) { try read(&reader) }
    }
    var short = CBORReader([0x83, 0x01, 0x02])
    #expect(throws: CBORError.truncated) { try short.array(max: 10) }
  }

  @Test("limits hold at the limit and refuse one beyond")
  func limits() throws {
    var exact = CBORReader([0x43, 1, 2, 3])
    #expect(try exact.byteString(max: 3) == [1, 2, 3])
    var beyond = CBORReader([0x43, 1, 2, 3])
    #expect(throws: CBORError.tooLong) { try beyond.byteString(max: 2) }
    var number = CBORReader([0x18, 0xFF])
    #expect(throws: CBORError.outOfRange) { try number.unsigned(max: 254) }
    var narrow = CBORReader([0x19, 0x01, 0x00])
    #expect(throws: CBORError.outOfRange) { try narrow.narrow(UInt8.self) }
  }

  @Test("sixteen levels are read, a seventeenth is refused")
  func depth() throws {
    var reader = CBORReader([UInt8](repeating: 0x81, count: 16) + [0x00])
    for _ in 0..<16 { #expect(try reader.array(max: 1) == 1) }
    #expect(try reader.unsigned() == 0)
    var deep = CBORReader([UInt8](repeating: 0x81, count: 17) + [0x00])
    for _ in 0..<16 { _ = try deep.array(max: 1) }
    #expect(throws: CBORError.tooDeep) { try deep.array(max: 1) }
  }

  @Test("identifiers are printable ASCII, prose is well-formed UTF-8")
  func texts() throws {
    var umlaut = CBORReader([0x62, 0xC3, 0xBC])
    #expect(throws: CBORError.notASCII) { try umlaut.text(max: 9) }
    var prose = CBORReader([0x62, 0xC3, 0xBC])
    #expect(try prose.prose(max: 9) == "ü")
    var broken = CBORReader([0x62, 0xC3, 0x28])
    #expect(throws: CBORError.forbiddenForm) { try broken.prose(max: 9) }
    var control = CBORReader([0x61, 0x0A])
    #expect(throws: CBORError.notASCII) { try control.text(max: 9) }
  }

  @Test("trailing bytes are refused")
  func trailing() throws {
    var reader = CBORReader([0x00, 0x00])
    _ = try reader.unsigned()
    #expect(throws: CBORError.trailingBytes) { try reader.finish() }
  }

  @Test("whatever is accepted is written again to the same bytes, and nothing traps", arguments: 0..<20)
  func roundTrip(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    for _ in 0..<5_000 {
      let count = Int.random(in: 1...12, using: &random)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      var reader = CBORReader(bytes)
      var writer = CBORWriter()
      guard (try? transcribe(&reader, to: &writer, bytes[0])) != nil else { continue }
      #expect(writer.bytes == Array(bytes.prefix(reader.offset)))
    }
  }

  @Test("a part of an array is written like an array, and what is encoded already as it is")
  func parts() {
    let bytes: [UInt8] = [1, 2, 3, 4]
    var (whole, part) = (CBORWriter(), CBORWriter())
    whole.byteString([2, 3])
    part.byteString(bytes[1...2])
    #expect(part.bytes == whole.bytes)
    part.encoded(whole.bytes[...])
    #expect(part.bytes == [0x42, 2, 3, 0x42, 2, 3])
  }
}
