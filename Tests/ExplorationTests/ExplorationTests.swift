import Exploration
import Testing

@Suite("Exploration")
struct ExplorationTests {
  @Test("one view")
  func one() throws {
    var setup = Setup()
    setup.views = 1
    let outcome = try Explorer.explore(setup)
    #expect(outcome.isComplete)
  }
}
