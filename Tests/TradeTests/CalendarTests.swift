import CBOR
import Testing
import Trade

@Suite("Calendar")
struct CalendarTests {
  @Test("every day of 800 years follows the day before, by the rules of the calendar")
  func everyDay() throws {
    var expected = (year: 1_600, month: 1, day: 1)
    let start = try #require(CalendarDate(year: 1_600, month: 1, day: 1)).daysSinceEpoch
    for offset in 0..<Int64(2 * 146_097) {
      let date = try #require(CalendarDate(daysSinceEpoch: start + offset))
      guard (date.year, date.month, date.day) == expected, date.daysSinceEpoch == start + offset else {
        Issue.record("day \(start + offset) is \(date.text), expected \(expected)")
        return
      }
      expected.day += 1
      if CalendarDate(year: expected.year, month: expected.month, day: expected.day) == nil {
        expected = expected.month == 12 ? (expected.year + 1, 1, 1) : (expected.year, expected.month + 1, 1)
      }
    }
    #expect(expected == (2_400, 1, 1))
  }

  @Test(
    "known days",
    arguments: [
      ("1970-01-01", 0), ("2000-02-29", 11_016), ("2024-12-31", 20_088), ("0001-01-01", -719_162),
      ("9999-12-31", 2_932_896),
    ] as [(String, Int64)])
  func known(text: String, days: Int64) throws {
    let date = try #require(CalendarDate(parsing: Array(text.utf8)))
    #expect(date.daysSinceEpoch == days)
    #expect(date.text == text)
    #expect(date.start.date == date)
  }

  @Test(
    "what is no date is none",
    arguments: [
      "", "2024-2-01", "2024-02-30", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "0000-01-01",
      "2024/01/01", "2024-01-011", "20240101", "２０２４-01-01", "-024-01-01", "+024-01-01",
    ])
  func refused(text: String) {
    #expect(CalendarDate(parsing: Array(text.utf8)) == nil)
  }

  @Test("days beyond the calendar are none", arguments: [Int64.min, -719_163, 2_932_897, .max])
  func beyond(days: Int64) {
    #expect(CalendarDate(daysSinceEpoch: days) == nil)
  }

  @Test("the month before")
  func previousMonth() throws {
    let january = try #require(CalendarDate(parsing: Array("2025-01-31".utf8))).calendarMonth
    #expect(january.previous == CalendarMonth(year: 2024, month: 12))
    #expect(january.text == "2025-01")
    let first = try #require(CalendarMonth(year: 0, month: 1))
    #expect(first.previous == first)
    #expect(CalendarMonth(parsing: Array("2025-13".utf8)) == nil)
    #expect(CalendarMonth(parsing: Array("2025-12".utf8)) == CalendarMonth(year: 2025, month: 12))
  }

  @Test(
    "instants as text",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z"), (1_770_206_400_000, "2026-02-04T12:00:00Z"),
      (86_399_999, "1970-01-01T23:59:59.999Z"),
    ] as [(Int64, String)])
  func instants(milliseconds: Int64, text: String) {
    #expect(Instant(milliseconds: milliseconds).text == text)
  }

  @Test("instants at the ends of the range neither trap nor wrap", arguments: [Int64.min, .min + 1, .max - 1, .max])
  func extremes(milliseconds: Int64) throws {
    let instant = Instant(milliseconds: milliseconds)
    #expect(instant.date == nil)
    #expect(instant.text == "\(milliseconds) ms")
    #expect(throws: ArithmeticError.amountOverflow) {
      try instant.adding(milliseconds: milliseconds < 0 ? .min : .max)
    }
    #expect(throws: ArithmeticError.amountOverflow) {
      try instant.milliseconds(since: Instant(milliseconds: milliseconds < 0 ? .max : .min))
    }
    #expect(try Instant(decoding: instant.encoded) == instant)
  }
}
