import Simulation

/// Many worlds, one a seed, as many at once as there are cores. Stops at the first that a judge speaks in.
struct Campaign: Sendable {
  /// What came of all worlds together.
  struct Summary: Sendable {
    var counts = Counts()
    var seeds: UInt64 = 0
    /// The lowest seed in which a judge spoke.
    var failure: Outcome?
    /// The last world's history, of interest where there was one.
    var history = ""
    var story: [String] = []
  }

  let template: Scenario
  let networks: SimulatedNetworks
  let seeds: UInt64
  private let workers = 2

  init(template: Scenario, networks: SimulatedNetworks, seeds: UInt64) {
    (self.template, self.networks, self.seeds) = (template, networks, seeds)
  }

  func run(progress: (UInt64) -> Void) async throws -> Summary {
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      var summary = Summary()
      var next: UInt64 = 0
      while next < min(UInt64(workers), seeds) { add(&next, to: &group) }
      while let outcome = try await group.next() {
        summary.seeds += 1
        summary.counts.add(outcome.counts)
        (summary.history, summary.story) = (outcome.history, outcome.story)
        if outcome.verdict != nil, outcome.seed < summary.failure?.seed ?? .max { summary.failure = outcome }
        progress(summary.seeds)
        if summary.failure == nil, next < seeds { add(&next, to: &group) }
      }
      return summary
    }
  }

  private func add(_ next: inout UInt64, to group: inout ThrowingTaskGroup<Outcome, any Error>) {
    var scenario = template
    scenario.seed = template.seed + next
    next += 1
    group.addTask { [networks, scenario] in try Simulation.run(scenario, on: networks) }
  }
}
