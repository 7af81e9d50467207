import Consensus
import Testing

@Suite("Numbers")
struct NumberTests {
  @Test("a view at the end of its range has no next one, and nothing traps")
  func endOfRange() {
    #expect(View(.max).next == nil)
    #expect(View.zero.previous == nil)
    #expect(View(3).steps(since: 5) == 0)
    #expect(View(5).steps(since: 3) == 2)
  }
}
