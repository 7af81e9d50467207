import Testing
import Trade

@Suite("Decimal text")
struct DecimalTextTests {
  @Test(
    "numbers become scaled integers",
    arguments: [
      ("0", 2, 0), ("12", 2, 1_200), ("12.3", 2, 1_230), ("12.34", 2, 1_234), ("-12.34", 2, -1_234),
      ("0.003", 3, 3), ("12.3400", 2, 1_234), ("007", 0, 7), ("-0", 2, 0), ("1.000", 0, 1),
      ("9223372036854775807", 0, .max), ("92233720368547758.07", 2, .max), ("0.918273645", 9, 918_273_645),
    ] as [(String, Int, Int64)])
  func accepted(text: String, decimals: Int, value: Int64) throws {
    #expect(try DecimalText.parse(text.utf8, decimals: decimals) == value)
  }

  @Test(
    "what is no such number is refused",
    arguments: [
      ("", 2, .empty), ("-", 2, .notANumber), (".", 2, .notANumber), (".5", 2, .notANumber), ("5.", 2, .notANumber),
      ("+5", 2, .notANumber), ("1e3", 2, .notANumber), ("1,000", 2, .notANumber), (" 1", 2, .notANumber),
      ("1 ", 2, .notANumber), ("1.2.3", 2, .notANumber), ("--1", 2, .notANumber), ("1-", 2, .notANumber),
      ("١", 2, .notANumber), ("nan", 2, .notANumber), ("12.345", 2, .tooPrecise),
      ("92233720368547758.08", 2, .tooLarge), ("9223372036854775808", 0, .tooLarge),
      ("99999999999999999999999999", 0, .tooLarge), ("9223372036854775807", 1, .tooLarge),
    ] as [(String, Int, DecimalText.Failure)])
  func refused(text: String, decimals: Int, failure: DecimalText.Failure) {
    #expect(throws: failure) { try DecimalText.parse(text.utf8, decimals: decimals) }
  }

  @Test(
    "scaled integers become text",
    arguments: [
      (0, 2, 2, "0.00"), (5, 2, 2, "0.05"), (-5, 2, 2, "-0.05"), (1_234, 2, 2, "12.34"), (102_900_000, 6, 2, "102.90"),
      (33_069_339, 6, 2, "33.069339"), (7, 0, 0, "7"), (1_000, 3, 0, "1"), (.max, 6, 2, "9223372036854.775807"),
      (.min, 0, 0, "-9223372036854775808"),
    ] as [(Int64, Int, Int, String)])
  func rendered(value: Int64, decimals: Int, atLeast: Int, text: String) {
    #expect(DecimalText.string(value, decimals: decimals, atLeast: atLeast) == text)
  }

  @Test("rendering and reading are inverse", arguments: 0..<16)
  func inverse(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<100 {
      let value = Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
      guard value != .min else { continue }
      for decimals in 0...9 {
        let text = DecimalText.string(value, decimals: decimals, atLeast: 0)
        #expect(try DecimalText.parse(text.utf8, decimals: decimals) == value, "seed \(seed): \(text)")
      }
    }
  }

  @Test("numbers of up to 128 bits are rendered as their digits with a point between them", arguments: 0..<16)
  func wide(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<50 {
      let bits = UInt128(random.next()) << 64 | UInt128(random.next())
      let value = Int128(truncatingIfNeeded: bits) >> Int128.random(in: 0...127, using: &random)
      for decimals in [0, 1, 2, 3, 6, 9] {
        var digits = String(value.magnitude)
        digits = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let point = decimals > 0 ? "." : ""
        let text = "\(value < 0 ? "-" : "")\(digits.dropLast(decimals))\(point)\(digits.suffix(decimals))"
        #expect(DecimalText.string(value, decimals: decimals, atLeast: decimals) == text, "seed \(seed)")
        guard let narrow = Int64(exactly: value) else { continue }
        var appended: [UInt8] = [0x2C]
        DecimalText.append(narrow, decimals: decimals, atLeast: decimals, to: &appended)
        #expect(String(decoding: appended, as: UTF8.self) == "," + text, "seed \(seed)")
      }
    }
  }
}
