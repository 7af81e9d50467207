import Simulation
import Testing

@Suite("Simulated worlds")
struct SimulationTests {
  /// What one run of several seeds found: the first verdict with its seed, in the words that repeat it.
  private static func failure(
    _ seeds: ClosedRange<UInt64>, members: Int, faults: Set<Fault> = Set(Fault.allCases), mutation: Mutation? = nil
  ) throws -> String? {
    let network = try SimulatedNetwork(members: members)
    for seed in seeds {
      let scenario = Scenario(seed: seed, members: members, faults: faults, mutation: mutation)
      let outcome = try Simulation.run(scenario, on: network)
      if let verdict = outcome.verdict {
        return "floorsim --seed \(seed) --members \(members): \(verdict.judge) at \(verdict.time) ms: \(verdict.reason)"
      }
    }
    return nil
  }

  @Test(
    "all faults and one equivocator of four: the judges are silent", arguments: [1, 11, 21, 31, 41, 51] as [UInt64])
  func allFaults(first: UInt64) throws {
    #expect(try Self.failure(first...first + 9, members: 4) == nil)
  }

  @Test("other sizes of a network", arguments: [1, 2, 3, 5, 7])
  func sizes(members: Int) throws {
    #expect(try Self.failure(100...103, members: members) == nil)
  }

  @Test("each fault alone", arguments: Fault.allCases)
  func eachFault(fault: Fault) throws {
    #expect(try Self.failure(200...201, members: 4, faults: [fault]) == nil)
  }

  @Test("the same seed gives the same history, another seed another one", arguments: [4, 7])
  func determinism(members: Int) throws {
    let network = try SimulatedNetwork(members: members)
    let first = try Simulation.run(Scenario(seed: 300, members: members), on: network)
    let again = try Simulation.run(Scenario(seed: 300, members: members), on: try SimulatedNetwork(members: members))
    let other = try Simulation.run(Scenario(seed: 301, members: members), on: network)
    #expect(first.history == again.history)
    #expect(first.history != other.history)
  }

  @Test("a world without faults commits everything, and its docket ends in a table")
  func fairWeather() throws {
    let scenario = Scenario(seed: 400, members: 4, faults: [])
    let outcome = try Simulation.run(scenario, on: try SimulatedNetwork(members: 4))
    #expect(outcome.verdict == nil)
    #expect(outcome.counts.committed == outcome.counts.submitted)
    #expect(outcome.counts.nullifications == 0)
    #expect(outcome.counts.tables == 1)
  }

  @Test("the faults that a scenario asks for really happen")
  func faultsHappen() throws {
    let network = try SimulatedNetwork(members: 4)
    var counts = Outcome.Counts()
    for seed in 500..<UInt64(504) {
      counts.add(try Simulation.run(Scenario(seed: seed, members: 4), on: network).counts)
    }
    #expect(counts.lost > 0 && counts.duplicated > 0 && counts.partitions > 0)
    #expect(counts.crashes > 0 && counts.stalls > 0 && counts.equivocations > 0)
    #expect(counts.evidence > 0)
  }

  @Test("a rule that is broken on purpose is seen by a judge", arguments: Mutation.allCases)
  func mutations(mutation: Mutation) throws {
    let seeds = Simulation.enoughSeeds(for: mutation)
    #expect(try Self.failure(1...seeds, members: 4, mutation: mutation) != nil)
  }
}
