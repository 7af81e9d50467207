import ArgumentParser
import Exploration

struct Explore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Visits every state within the bounds, and reports how many there are.")

  @Option var views = 2
  @Option var traitor = 1
  @Option var restarts = 0
  @Option var broken: String?
  @Option var variants = 2
  @Flag var slowStorage = false
  @Flag var exact = false
  @Flag var noVotes = false
  @Flag var prompt = false
  @Flag var agreement = false
  @Option var steps: Int?
  @Option var maximumStates = 20_000_000

  func run() throws {
    var setup = Setup()
    if let broken, let rule = BrokenRule(rawValue: broken) {
      setup = rule.setup
    } else {
      setup.traitor = traitor
      setup.restarts = restarts
      setup.isStorageSlow = slowStorage
    }
    setup.views = views
    setup.variants = variants
    setup.isMerging = !exact
    setup.isCountingVotes = !noVotes
    setup.isPrompt = prompt
    if agreement { setup.judges = [.agreement] }
    if let steps { setup.maximumSteps = steps }
    setup.maximumStates = maximumStates
    let clock = ContinuousClock()
    let began = clock.now
    let outcome = try Explorer.explore(setup) { print("\($0), \(clock.now - began)") }
    print(
      "states \(outcome.states) transitions \(outcome.transitions) depth \(outcome.depth) complete \(outcome.isComplete) members \(outcome.memberStates) classes \(outcome.memberClasses) worked \(outcome.workedSteps) time \(clock.now - began)"
    )
    if let c = outcome.complaint { print(c); for l in outcome.story { print("  " + l) } }
  }
}
