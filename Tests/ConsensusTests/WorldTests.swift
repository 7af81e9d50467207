import Testing

/// A judge that never complains proves nothing, so the worlds also count that trouble really came, and rules are broken on purpose.
@Suite("Worlds")
struct WorldTests {
  static func run(_ plan: World.Plan) throws -> World {
    var world = try World(plan)
    try world.run()
    return world
  }

  /// More or less trouble, by seed.
  static func plan(_ members: Int, _ seed: Int) -> World.Plan {
    World.Plan(
      members: members, seed: UInt64(seed), crashes: seed % 9, partitions: seed % 4, lossPercent: [0, 10, 25][seed % 3])
  }

  @Test("four members agree through loss, partitions and crashes", arguments: 0..<60)
  func four(seed: Int) throws {
    let world = try Self.run(Self.plan(4, seed))
    #expect(world.judges.complaints == [], "seed \(seed)")
    #expect(world.messagesAtRest < 100)
  }

  @Test("one of four equivocates and is exposed", arguments: 0..<60)
  func equivocator(seed: Int) throws {
    var plan = Self.plan(4, seed)
    plan.equivocators = 1
    let world = try Self.run(plan)
    #expect(world.judges.complaints == [], "seed \(seed)")
    #expect(world.judges.accusations > 0)
  }

  @Test("of seven, one equivocates and one is never there", arguments: 0..<25)
  func seven(seed: Int) throws {
    var plan = Self.plan(7, seed)
    (plan.equivocators, plan.absent) = (1, 1)
    let world = try Self.run(plan)
    #expect(world.judges.complaints == [], "seed \(seed)")
  }

  @Test("one of four is restored from a backup, and never contradicts what it forgot", arguments: 0..<40)
  func restored(seed: Int) throws {
    var plan = Self.plan(4, seed)
    plan.restored = seed % 4
    let world = try Self.run(plan)
    #expect(world.judges.complaints == [], "seed \(seed)")
  }

  @Test("of seven, one equivocates and one is restored from a backup", arguments: 0..<20)
  func restoredAmongEquivocators(seed: Int) throws {
    var plan = Self.plan(7, seed)
    (plan.equivocators, plan.restored) = (1, seed % 6)
    let world = try Self.run(plan)
    #expect(world.judges.complaints == [], "seed \(seed)")
  }

  @Test("under load there is a block every two delays, final everywhere after three", arguments: [4, 7])
  func speed(members: Int) throws {
    var plan = World.Plan(members: members, healing: 1_100, work: 1_500, workEnds: 4_000, crashes: 0, partitions: 0)
    (plan.lossPercent, plan.exactDelay) = (0, 10)
    let world = try Self.run(plan)
    #expect(world.judges.complaints == [])
    let views = world.builtAt.keys.sorted().filter { (1_500...3_500).contains(world.builtAt[$0] ?? 0) }
    #expect(views.count > 80)
    for (view, next) in zip(views, views.dropFirst()) {
      let built = try #require(world.builtAt[view])
      #expect(world.builtAt[next] == built + 20)
      #expect(world.finalAt[view] == built + 30)
    }
  }

  @Test("the same seed gives the same world")
  func repeatable() throws {
    let (first, second) = (try Self.run(Self.plan(4, 7)), try Self.run(Self.plan(4, 7)))
    #expect(first.nodes.map(\.consensus) == second.nodes.map(\.consensus))
    #expect(first.judges.height == second.judges.height)
  }

  @Test("a driver that breaks a rule is noticed", arguments: World.Mutation.allCases)
  func mutation(mutation: World.Mutation) throws {
    for seed in 0..<200 {
      var plan = Self.plan(4, 8 + 9 * seed)
      plan.mutation = mutation
      if mutation == .ignoresGuard { plan.restored = seed % 4 }
      if try !Self.run(plan).judges.complaints.isEmpty { return }
    }
    Issue.record("\(mutation) went unnoticed")
  }
}
