import Simulation
import Testing

@Suite("Simulated worlds")
struct SimulationTests {
  /// What one run of several seeds found: the first verdict with its seed, and all figures together.
  private static func run(
    _ seeds: ClosedRange<UInt64>, members: ClosedRange<Int>, faults: Set<Fault> = Set(Fault.allCases),
    cast: Scenario.Cast = .drawn(AdversaryKind.allCases), mutation: Mutation? = nil, isCollusion: Bool = false
  ) throws -> (failure: String?, counts: Counts) {
    let networks = try SimulatedNetworks(members: members)
    var counts = Counts()
    for seed in seeds {
      var scenario = Scenario(seed: seed, members: members, faults: faults, cast: cast, mutation: mutation)
      scenario.isCollusion = isCollusion
      let outcome = try Simulation.run(scenario, on: networks)
      counts.add(outcome.counts)
      if let verdict = outcome.verdict {
        return ("seed \(seed): \(verdict.judge) at \(verdict.time) ms: \(verdict.reason)", counts)
      }
    }
    return (nil, counts)
  }

  @Test("all faults, all adversaries, 4 to 10 members: the judges are silent", arguments: [1, 6] as [UInt64])
  func allFaults(first: UInt64) throws {
    #expect(try Self.run(first...first + 2, members: 4...10).failure == nil)
  }

  @Test("other sizes of a network", arguments: [1, 2, 3, 11])
  func sizes(members: Int) throws {
    #expect(try Self.run(100...100, members: members...members).failure == nil)
  }

  @Test("each fault alone really happens, and the judges are silent", arguments: Fault.allCases)
  func eachFault(fault: Fault) throws {
    // A crash tears what is under way: it takes a crash.
    let faults: Set<Fault> = fault == .tear ? [.tear, .crash] : [fault]
    let (failure, counts) = try Self.run(200...201, members: 4...4, faults: faults, cast: .exactly([]))
    #expect(failure == nil)
    let figures: [Figure] =
      switch fault {
      case .loss: [.lost]
      case .duplicate: [.duplicated]
      case .reorder: [.late]
      case .partition: [.partitions]
      case .crash: [.crashes]
      case .tear: [.crashes]
      case .rollback: [.oldCopies]
      case .skew: [.skewedClocks]
      case .jump: [.clockJumps, .backwardJumps]
      case .stall: [.stalledDisks]
      case .slow: [.slowDisks]
      case .crowd: [.crowds]
      case .wan: [.wideWorlds]
      }
    for figure in figures { #expect(counts[figure] > 0, "\(figure.words)") }
  }

  @Test("the same seed gives the same history, another seed another one", arguments: [4...4, 4...10])
  func determinism(members: ClosedRange<Int>) throws {
    let networks = try SimulatedNetworks(members: members)
    let first = try Simulation.run(Scenario(seed: 300, members: members), on: networks)
    let again = try Simulation.run(
      Scenario(seed: 300, members: members), on: try SimulatedNetworks(members: members))
    let other = try Simulation.run(Scenario(seed: 301, members: members), on: networks)
    #expect(first.history == again.history)
    #expect(first.history != other.history)
  }

  @Test("a world without faults commits everything, and its docket ends in a table that a bundle proves")
  func fairWeather() throws {
    let (failure, counts) = try Self.run(400...400, members: 4...4, faults: [], cast: .exactly([]))
    #expect(failure == nil)
    #expect(counts[.committed] > 20)
    #expect(counts[.committed] == counts[.submitted])
    #expect(counts[.nullifications] == 0)
    #expect(counts[.tables] == 1)
    #expect(counts[.bundles] == 2)
  }

  @Test("members join in waves, rotate keys, one is exposed, a third leaves: the judges are silent")
  func growth() throws {
    let networks = try SimulatedNetworks(members: 10...10, isGrowth: true)
    var scenario = Scenario(seed: 1, members: 10...10, faults: [.loss, .skew, .crash])
    scenario.isGrowth = true
    let outcome = try Simulation.run(scenario, on: networks)
    #expect(outcome.verdict == nil)
    #expect(outcome.exposed == [.doubleVoter])
    // Two waves, three keys, those that leave, and the one that is exposed.
    #expect(outcome.counts[.epochs] >= 7)
    #expect(outcome.counts[.epochsEntered] >= 40)
  }

  @Test("more colluders than agreement bears: both sides of each fork together expose enough of them")
  func collusion() throws {
    let (failure, counts) = try Self.run(1...3, members: 4...7, isCollusion: true)
    #expect(failure == nil)
    #expect(counts[.forks] > 0)
    #expect(counts[.exposedColluders] > 0)
  }

  @Test("a rule that is broken on purpose is seen by a judge", arguments: Mutation.allCases)
  func mutations(mutation: Mutation) throws {
    let seeds = Simulation.telling(mutation)
    let isCollusion = mutation == .forgetfulDisks
    let faults: Set<Fault> = mutation == .boundlessQueues ? [.crowd] : Set(Fault.allCases)
    let (failure, _) = try Self.run(seeds, members: 4...4, faults: faults, mutation: mutation, isCollusion: isCollusion)
    let words = try #require(failure, "no judge spoke")
    #expect(Simulation.judges(of: mutation).contains { words.contains(": \($0) at") }, "\(words)")
  }
}
