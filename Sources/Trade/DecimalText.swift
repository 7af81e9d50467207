/// Decimal numbers as text, to and from scaled integers, without a float on the way.
package enum DecimalText {
  /// Why bytes are not the decimal number that was asked for.
  package enum Failure: Error, Hashable, Sendable {
    /// Nothing there.
    case empty
    /// A byte that has no place in a decimal number: only an optional minus sign, digits and one point have.
    case notANumber
    /// More decimals than the unit has, and not zeros.
    case tooPrecise
    /// Beyond a signed 64-bit integer once scaled.
    case tooLarge
  }

  /// The number times 10 to the power of `decimals`, exactly: `12.34` with three decimals is 12,340.
  ///
  /// Accepted: `12`, `-12.5`, `0.003`; further decimals only if they are zeros. Refused: signs of plus, exponents,
  /// separators of thousands, blanks, `.5` and `5.`.
  package static func parse(
    _ bytes: some Collection<UInt8>, decimals: Int
  ) throws(Failure) -> Int64 {
    var isNegative = false
    var value: Int64 = 0
    var (whole, fraction) = (0, -1)
    for (position, byte) in bytes.enumerated() {
      switch byte {
      case 0x2D where position == 0: isNegative = true
      case 0x2E where fraction < 0 && whole > 0: fraction = 0
      case 0x30...0x39:
        if fraction < 0 { whole += 1 } else { fraction += 1 }
        if fraction > decimals {
          guard byte == 0x30 else { throw .tooPrecise }
        } else {
          value = try append(Int64(byte - 0x30), to: value)
        }
      default: throw .notANumber
      }
    }
    guard whole > 0 || isNegative || fraction >= 0 else { throw .empty }
    guard whole > 0, fraction != 0 else { throw .notANumber }
    for _ in 0..<max(0, decimals - max(0, fraction)) { value = try append(0, to: value) }
    return isNegative ? -value : value
  }

  /// A scaled integer as decimal text with at least `atLeast` decimals and no further trailing zeros.
  package static func string(_ value: some SignedInteger, decimals: Int, atLeast: Int) -> String {
    var digits = Array(String(value.magnitude).utf8)
    if digits.count <= decimals {
      digits.insert(contentsOf: repeatElement(0x30, count: decimals + 1 - digits.count), at: 0)
    }
    let split = digits.count - decimals
    var fraction = digits[split...]
    while fraction.count > atLeast, fraction.last == 0x30 { fraction.removeLast() }
    var text: [UInt8] = value < 0 ? [0x2D] : []
    text += digits[..<split]
    if !fraction.isEmpty {
      text.append(0x2E)
      text += fraction
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A number that is not negative, with leading zeros up to a width.
  static func padded(_ value: Int64, to width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func append(_ digit: Int64, to value: Int64) throws(Failure) -> Int64 {
    let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, carried) = shifted.addingReportingOverflow(digit)
    guard !overflow, !carried else { throw .tooLarge }
    return sum
  }
}
