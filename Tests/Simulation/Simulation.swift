/// Runs worlds.
package enum Simulation {
  /// Runs one world to its end, or until a judge speaks. Law: the same scenario gives the same outcome.
  package static func run(_ scenario: Scenario, on network: SimulatedNetwork) throws -> Outcome {
    try World(scenario, network).run()
  }

  /// How many seeds are enough for a judge to see a broken rule.
  package static func enoughSeeds(for mutation: Mutation) -> UInt64 {
    switch mutation {
    case .voteBeforeStored, .thinCertificates, .unverifiedSignatures: 1
    case .tooManyEquivocators, .hastyAcknowledgement: 3
    case .lyingDisks: 6
    }
  }
}
