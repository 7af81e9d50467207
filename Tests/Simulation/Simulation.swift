/// Runs worlds.
package enum Simulation {
  /// Runs one world to its end, or until a judge speaks. Law: the same scenario gives the same outcome.
  package static func run(_ scenario: Scenario, on networks: SimulatedNetworks) throws -> Outcome {
    let setting = Setting(scenario)
    return try World(scenario, setting, networks.network(of: setting)).run()
  }

  /// How many seeds are enough for a judge to see a broken rule.
  package static func enoughSeeds(for mutation: Mutation) -> UInt64 {
    switch mutation {
    case .voteBeforeStored, .thinCertificates, .unverifiedSignatures, .hastyAcknowledgement, .forgedBundle: 2
    case .tooManyEquivocators, .deafToTime, .noFetching, .lyingDisks, .forgetfulDisks: 8
    case .forgottenPast, .boundlessQueues: 24
    }
  }

  /// Which judge may see it first.
  package static func judges(of mutation: Mutation) -> Set<String> {
    switch mutation {
    case .voteBeforeStored, .forgottenPast: ["votes"]
    case .thinCertificates, .unverifiedSignatures: ["certificates"]
    case .tooManyEquivocators: ["agreement", "halt", "liveness", "evidence"]
    case .hastyAcknowledgement: ["acknowledgements"]
    case .lyingDisks: ["votes", "agreement", "liveness", "acknowledgements"]
    case .deafToTime, .noFetching: ["liveness"]
    case .boundlessQueues: ["bounds"]
    case .forgetfulDisks: ["evidence"]
    case .forgedBundle: ["bundles"]
    }
  }
}
