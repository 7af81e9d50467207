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
  package static func parse(_ bytes: some Collection<UInt8>, decimals: Int) throws(Failure) -> Int64 {
    try read(bytes, decimals)
  }

  /// The same for a field of a line, without the cost of a generic for each of a million lines.
  package static func parse(_ bytes: UnsafeRawBufferPointer, decimals: Int) throws(Failure) -> Int64 {
    try read(bytes, decimals)
  }

  private static func read(_ bytes: some Collection<UInt8>, _ decimals: Int) throws(Failure) -> Int64 {
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
  package static func string(_ value: Int64, decimals: Int, atLeast: Int) -> String {
    string(Int128(value), decimals: decimals, atLeast: atLeast)
  }

  /// The same for sums of 128 bits.
  package static func string(_ value: Int128, decimals: Int, atLeast: Int) -> String {
    withDigits(of: value, decimals: decimals, atLeast: atLeast) { String(decoding: $0, as: UTF8.self) }
  }

  /// Appends the same text to a buffer, without an allocation of its own.
  package static func append(_ value: Int64, decimals: Int, atLeast: Int, to output: inout [UInt8]) {
    withDigits(of: Int128(value), decimals: decimals, atLeast: atLeast) { output.append(contentsOf: $0) }
  }

  /// Appends a number that is not negative, with leading zeros up to a width.
  static func append(_ value: Int, paddedTo width: Int, to output: inout [UInt8]) {
    if width == 2, (0..<100).contains(value) {
      output.append(0x30 + UInt8(truncatingIfNeeded: value / 10))
      output.append(0x30 + UInt8(truncatingIfNeeded: value % 10))
      return
    }
    withDigits(of: Int128(value), decimals: 0, atLeast: 0) { digits in
      output.append(contentsOf: repeatElement(0x30, count: max(0, width - digits.count)))
      output.append(contentsOf: digits)
    }
  }

  /// A number that is not negative, with leading zeros up to a width.
  static func padded(_ value: Int64, to width: Int) -> String {
    var text: [UInt8] = []
    append(Int(value), paddedTo: width, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Lays the text out on the stack, from its end to its beginning.
  private static func withDigits<Result>(
    of value: Int128, decimals: Int, atLeast: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    // 128 bits have 39 digits; a point, a sign and a zero before the point come to them.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(39, decimals) + 3) { buffer in
      var layout = Layout(buffer: buffer, start: buffer.count)
      var wide = value.magnitude
      var place = 0
      while wide > UInt64.max {
        let (quotient, digit) = wide.quotientAndRemainder(dividingBy: 10)
        layout.put(UInt8(truncatingIfNeeded: digit), at: place, decimals: decimals, atLeast: atLeast)
        (wide, place) = (quotient, place + 1)
      }
      // Nearly all numbers begin here: 64 bits are much cheaper to divide.
      var rest = UInt64(truncatingIfNeeded: wide)
      while place < decimals {
        layout.put(UInt8(truncatingIfNeeded: rest % 10), at: place, decimals: decimals, atLeast: atLeast)
        (rest, place) = (rest / 10, place + 1)
      }
      if place == decimals, layout.start < buffer.count { layout.put(byte: 0x2E) }
      repeat {
        layout.put(byte: 0x30 + UInt8(truncatingIfNeeded: rest % 10))
        rest /= 10
      } while rest != 0
      if value < 0 { layout.put(byte: 0x2D) }
      return body(UnsafeBufferPointer(rebasing: buffer[layout.start...]))
    }
  }

  /// A number being written from its last digit to its first.
  private struct Layout {
    let buffer: UnsafeMutableBufferPointer<UInt8>
    /// Where the text begins so far.
    var start: Int

    /// Puts a digit, counted from the last one; zeros at the end of a fraction are left out beyond the decimals wanted.
    mutating func put(_ digit: UInt8, at place: Int, decimals: Int, atLeast: Int) {
      let hasFraction = start < buffer.count
      if place == decimals, hasFraction { put(byte: 0x2E) }
      if digit != 0 || hasFraction || place >= decimals - atLeast { put(byte: 0x30 + digit) }
    }

    mutating func put(byte: UInt8) {
      start -= 1
      buffer[start] = byte
    }
  }

  private static func append(_ digit: Int64, to value: Int64) throws(Failure) -> Int64 {
    let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, carried) = shifted.addingReportingOverflow(digit)
    guard !overflow, !carried else { throw .tooLarge }
    return sum
  }
}
