import Consensus
import Membership
import Testing
import Trade

@testable import Node

@Suite("clock watch")
struct ClockWatchTests {
  private let others = ["AA", "BB", "CC", "DD", "EE", "FF"].compactMap { MemberID($0) }

  private func monotonic(_ milliseconds: UInt64) -> MonotonicTime {
    MonotonicTime(nanoseconds: milliseconds * 1_000_000)
  }

  /// Hears proposals of the given members whose times are so far ahead of this clock.
  private func hear(_ watch: inout ClockWatch, _ offsets: [Int64], view: UInt64) -> ClockWatch.Event? {
    for (member, offset) in zip(others, offsets) {
      watch.hear(
        Instant(milliseconds: 5_000_000 + offset), from: member, in: View(view), at: Instant(milliseconds: 5_000_000))
    }
    return watch.judge(witness: 3, others: 6)
  }

  @Test("as many members as include an honest one must differ, to the same side")
  func witness() {
    var watch = ClockWatch(bound: 500)
    #expect(hear(&watch, [90_000, 90_000, 0, 0, -90_000, -90_000], view: 1) == nil)
    #expect(hear(&watch, [90_000, 90_000, 501, 0, 0, 0], view: 2) == .wrong)
    #expect(watch.current(monotonic(0)).alarm?.contains("behind") == true)
    #expect(hear(&watch, [90_000, 90_000, 500, 0, 0, 0], view: 3) == .rightAgain)
    #expect(watch.current(monotonic(0)).alarm == nil)
    #expect(hear(&watch, Array(repeating: -3_600_000, count: 6), view: 4) == .wrong)
    #expect(watch.current(monotonic(0)).alarm?.contains("60 min ahead of") == true)
  }

  @Test("a proposal that comes again is old and says nothing")
  func repetition() {
    var watch = ClockWatch(bound: 500)
    #expect(hear(&watch, [0, 0, 0, 0, 0, 0], view: 7) == nil)
    #expect(hear(&watch, [-9_000, -9_000, -9_000, -9_000, 0, 0], view: 7) == nil)
    #expect(hear(&watch, [-9_000, -9_000, -9_000, -9_000, 0, 0], view: 6) == nil)
    #expect(watch.current(monotonic(0)).offset == 0)
  }

  @Test("a jump is told, and what was heard before it is seen by the new clock")
  func jump() {
    var watch = ClockWatch(bound: 500)
    #expect(watch.look(Instant(milliseconds: 1_000_000), monotonic(10)) == nil)
    #expect(hear(&watch, [0, 0, 0, 0, 0, 0], view: 1) == nil)
    #expect(watch.look(Instant(milliseconds: 1_001_400), monotonic(1_010)) == nil, "within the bound")
    #expect(watch.look(Instant(milliseconds: 1_001_400 - 3_600_000), monotonic(1_010)) == .jumped(-3_600_000))
    #expect(watch.judge(witness: 3, others: 6) == .wrong)
    #expect(watch.look(Instant(milliseconds: 1_002_400), monotonic(2_010)) == .jumped(3_600_000))
    #expect(watch.judge(witness: 3, others: 6) == .rightAgain)
    #expect(watch.current(monotonic(2_010)).jumps == 2)
    #expect(watch.current(monotonic(2_010)).alarm?.contains("jumped forward by 60 min") == true)
    #expect(watch.current(monotonic(2_010 + 3_600_001)).alarm == nil, "no news any more")
  }
}
