import CBOR

/// A point of chain time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
package struct Instant: Hashable, Sendable, Comparable, CBORCodable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static let epoch = Instant(milliseconds: 0)

  package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

  /// The instant that many milliseconds later (earlier, where negative).
  package func adding(milliseconds offset: Int64) throws(ArithmeticError) -> Instant {
    let (sum, overflow) = milliseconds.addingReportingOverflow(offset)
    guard !overflow else { throw .amountOverflow }
    return Instant(milliseconds: sum)
  }

  /// The milliseconds from another instant to this one.
  package func milliseconds(since other: Instant) throws(ArithmeticError) -> Int64 {
    let (difference, overflow) = milliseconds.subtractingReportingOverflow(other.milliseconds)
    guard !overflow else { throw .amountOverflow }
    return difference
  }

  package func encode(to writer: inout CBORWriter) { writer.integer(milliseconds) }

  package init(from reader: inout CBORReader) throws(CBORError) { milliseconds = try reader.integer() }

  package static let millisecondsPerDay: Int64 = 86_400_000

  /// The day in UTC that contains the instant, or nil outside the years 1 to 9999.
  package var date: CalendarDate? {
    CalendarDate(daysSinceEpoch: Self.floorDivide(milliseconds, Self.millisecondsPerDay))
  }

  /// `2026-02-04T12:00:00Z`, with milliseconds where there are any; the bare number outside the years 1 to 9999.
  package var text: String {
    guard let date else { return "\(milliseconds) ms" }
    let ofDay = milliseconds - Self.floorDivide(milliseconds, Self.millisecondsPerDay) * Self.millisecondsPerDay
    let seconds = Int(ofDay / 1_000)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    date.append(to: &text)
    for (mark, number) in [(UInt8(0x54), seconds / 3_600), (0x3A, seconds / 60 % 60), (0x3A, seconds % 60)] {
      text.append(mark)
      DecimalText.append(number, paddedTo: 2, to: &text)
    }
    if ofDay % 1_000 != 0 {
      text.append(0x2E)
      DecimalText.append(Int(ofDay % 1_000), paddedTo: 3, to: &text)
    }
    text.append(0x5A)
    return String(decoding: text, as: UTF8.self)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}
