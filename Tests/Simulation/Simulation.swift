/// Runs worlds.
package enum Simulation {
  /// Runs one world to its end, or until a judge speaks. Law: the same scenario gives the same outcome.
  package static func run(_ scenario: Scenario, on networks: SimulatedNetworks) throws -> Outcome {
    let setting = Setting(scenario)
    return try World(scenario, setting, networks.network(of: setting)).run()
  }

  /// Seeds among which a judge sees a broken rule, in worlds of four members.
  package static func telling(_ mutation: Mutation) -> ClosedRange<UInt64> {
    switch mutation {
    case .voteBeforeStored, .thinCertificates, .unverifiedSignatures, .hastyAcknowledgement, .forgedBundle: 1...2
    case .noFetching, .lyingDisks, .forgetfulDisks: 1...4
    case .tooManyEquivocators, .deafToTime, .boundlessQueues: 4...10
    case .forgottenPast: 30...44
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
