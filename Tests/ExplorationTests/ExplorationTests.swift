import Exploration
import Testing

/// Short worlds of the explorer; `floorcheck` runs the long ones.
@Suite("Exploration")
struct ExplorationTests {
  private static func world(_ views: Int, _ change: (inout Setup) -> Void = { _ in }) -> Setup {
    var setup = Setup()
    setup.views = views
    change(&setup)
    return setup
  }

  private static let worlds = [
    world(1),
    world(1) { $0.traitor = 2 },
    world(1) { $0.restarts = 1 },
  ]

  @Test("the judges are silent in every state within the bounds", arguments: worlds)
  func silence(setup: Setup) throws {
    let outcome = try Explorer.explore(setup)
    #expect(outcome.extent == .complete)
    #expect(outcome.complaint == nil)
    #expect(outcome.states > 500)
    #expect(outcome.transitions > outcome.states)
  }

  @Test("members that go over to the next epoch agree there too")
  func closing() throws {
    let setup = Self.world(2) {
      ($0.traitor, $0.isPrompt, $0.isCountingVotes, $0.isClosing, $0.maximumSteps) = (3, true, false, true, 4)
    }
    let outcome = try Explorer.explore(setup)
    #expect(outcome.extent == .limited(steps: 4))
    #expect(outcome.complaint == nil)
  }

  @Test("a bound on states is told, not hidden")
  func bound() throws {
    let outcome = try Explorer.explore(Self.world(1) { $0.maximumStates = 600 })
    #expect(outcome.extent == .cut)
    #expect(outcome.states >= 600)
  }

  /// What ``CanonicalForm`` leaves out must not matter to anybody outside.
  @Test(
    "states told apart by everything look the same from outside as those told apart by what matters",
    arguments: [world(1), world(1) { ($0.restarts, $0.isPrompt) = (1, true) }])
  func merging(setup: Setup) throws {
    var setup = setup
    setup.isKeepingLooks = true
    let merged = try Explorer.explore(setup)
    setup.isMerging = false
    let exact = try Explorer.explore(setup)
    #expect(merged.looks.count > 100)
    #expect(merged.looks == exact.looks)
    #expect(merged.states < exact.states)
  }

  @Test("each broken rule is noticed, by the judge whose business it is", arguments: BrokenRule.allCases)
  func broken(rule: BrokenRule) throws {
    var setup = rule.setup
    setup.isPrompt = true
    setup.maximumSteps = 3
    let outcome = try Explorer.explore(setup)
    #expect(outcome.extent == .stopped)
    let judge = try #require(outcome.complaint).judge
    switch rule {
    case .smallQuorum, .earlyView, .secondTraitor: #expect(judge == .certificates)
    case .skippedParent, .earlyEpoch: #expect(judge == .grounds)
    case .finalizeAfterNullify, .secondNotarize, .finalizeOther, .sentBeforeStored, .forgottenVotes:
      #expect(judge == .contradiction)
    }
    #expect(!outcome.story.isEmpty)
  }

  @Test("two blocks final on two branches are noticed by the judge of agreement alone")
  func agreement() throws {
    for rule in [BrokenRule.smallQuorum, .earlyEpoch] {
      var setup = rule.setupForAgreementAlone
      setup.isPrompt = true
      let outcome = try Explorer.explore(setup)
      #expect(outcome.complaint?.judge == .agreement)
    }
  }
}
