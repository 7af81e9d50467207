import CBOR

/// A day of the proleptic Gregorian calendar, years 1 to 9999, as tariffs count days: in UTC.
package struct CalendarDate: Hashable, Sendable, Comparable, CBORCodable {
  package let year: Int
  package let month: Int
  package let day: Int

  package init?(year: Int, month: Int, day: Int) {
    guard (1...9_999).contains(year), (1...12).contains(month) else { return nil }
    guard (1...Self.days(in: month, of: year)).contains(day) else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// Reads `YYYY-MM-DD` and nothing else.
  package init?(parsing bytes: some RandomAccessCollection<UInt8>) {
    guard let date = Self.read(bytes) else { return nil }
    self = date
  }

  /// The same for a field of a line, without the cost of a generic for each of a million lines.
  package init?(parsing bytes: UnsafeRawBufferPointer) {
    guard let date = Self.read(bytes) else { return nil }
    self = date
  }

  private static func read(_ bytes: some RandomAccessCollection<UInt8>) -> CalendarDate? {
    guard bytes.count == 10 else { return nil }
    var (numbers, place) = ((year: 0, month: 0, day: 0), 0)
    for byte in bytes {
      switch place {
      case 4, 7: guard byte == 0x2D else { return nil }
      case 0..<4: guard append(byte, to: &numbers.year) else { return nil }
      case 5, 6: guard append(byte, to: &numbers.month) else { return nil }
      default: guard append(byte, to: &numbers.day) else { return nil }
      }
      place += 1
    }
    return CalendarDate(year: numbers.year, month: numbers.month, day: numbers.day)
  }

  /// The day that many days after 1970-01-01.
  package init?(daysSinceEpoch: Int64) {
    guard (Self.firstDay...Self.lastDay).contains(daysSinceEpoch) else { return nil }
    // Counted from 0000-03-01 a year ends with February, so a leap day is the last day of its year; 400 years have
    // 146,097 days.
    let shifted = Int(daysSinceEpoch) + Self.daysToEpoch
    let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * fromMarch + 2) / 5 + 1
    month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days from 1970-01-01 to this day.
  package var daysSinceEpoch: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = (shiftedYear / 400, shiftedYear % 400)
    let fromMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * fromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - Self.daysToEpoch)
  }

  /// The instant at which the day begins, 00:00 UTC.
  package var start: Instant { Instant(milliseconds: daysSinceEpoch * Instant.millisecondsPerDay) }

  package var calendarMonth: CalendarMonth { CalendarMonth(index: year * 12 + month - 1) }

  package var text: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the day's text without an allocation of its own.
  package func append(to output: inout [UInt8]) {
    calendarMonth.append(to: &output)
    output.append(0x2D)
    DecimalText.append(day, paddedTo: 2, to: &output)
  }

  package static func < (left: CalendarDate, right: CalendarDate) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  package func encode(to writer: inout CBORWriter) { writer.integer(daysSinceEpoch) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let date = CalendarDate(daysSinceEpoch: try reader.integer()) else { throw .outOfRange }
    self = date
  }

  /// Days from 0000-03-01 to 1970-01-01.
  private static let daysToEpoch = 719_468
  /// 0001-01-01 and 9999-12-31.
  private static let firstDay: Int64 = -719_162
  private static let lastDay: Int64 = 2_932_896

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Puts a digit behind a number; false if the byte is none.
  fileprivate static func append(_ digit: UInt8, to number: inout Int) -> Bool {
    guard PackedText.isDigit(digit) else { return false }
    number = number * 10 + Int(digit - 0x30)
    return true
  }
}

/// A month of the same calendar, years 0 to 9999.
package struct CalendarMonth: Hashable, Sendable, Comparable, CBORCodable {
  /// Twelve times the year, plus the months of the year that have passed.
  private let index: Int

  fileprivate init(index: Int) { self.index = index }

  package init?(year: Int, month: Int) {
    guard (0...9_999).contains(year), (1...12).contains(month) else { return nil }
    index = year * 12 + month - 1
  }

  /// Reads `YYYY-MM` and nothing else.
  package init?(parsing bytes: some RandomAccessCollection<UInt8>) {
    guard bytes.count == 7 else { return nil }
    var (numbers, place) = ((year: 0, month: 0), 0)
    for byte in bytes {
      switch place {
      case 4: guard byte == 0x2D else { return nil }
      case 0..<4: guard CalendarDate.append(byte, to: &numbers.year) else { return nil }
      default: guard CalendarDate.append(byte, to: &numbers.month) else { return nil }
      }
      place += 1
    }
    self.init(year: numbers.year, month: numbers.month)
  }

  package var year: Int { index / 12 }
  package var month: Int { index % 12 + 1 }

  /// The month before; the very first month is its own predecessor.
  package var previous: CalendarMonth { CalendarMonth(index: max(0, index - 1)) }

  package var text: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the month's text without an allocation of its own.
  package func append(to output: inout [UInt8]) {
    DecimalText.append(year, paddedTo: 4, to: &output)
    output.append(0x2D)
    DecimalText.append(month, paddedTo: 2, to: &output)
  }

  package static func < (left: CalendarMonth, right: CalendarMonth) -> Bool { left.index < right.index }

  package func encode(to writer: inout CBORWriter) { writer.unsigned(UInt64(index)) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    self.init(index: Int(try reader.unsigned(max: 9_999 * 12 + 11)))
  }
}
