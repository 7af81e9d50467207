import Testing

@Suite("Worlds")
struct WorldTests {
  static func run(_ plan: World.Plan) throws -> World {
    var world = try World(plan)
    try world.run()
    return world
  }

  @Test("four members agree through loss, partitions and crashes", arguments: 0..<150)
  func four(seed: Int) throws {
    let world = try Self.run(World.Plan(members: 4, seed: UInt64(seed)))
    #expect(world.judges.complaints == [], "seed \(seed)")
  }

  @Test("one of four equivocates", arguments: 0..<150)
  func equivocator(seed: Int) throws {
    let world = try Self.run(World.Plan(members: 4, seed: UInt64(seed), equivocators: 1, crashes: 3))
    #expect(world.judges.complaints == [], "seed \(seed)")
  }

  @Test("of seven, one equivocates and one is never there", arguments: 0..<60)
  func seven(seed: Int) throws {
    let world = try Self.run(World.Plan(members: 7, seed: UInt64(seed), equivocators: 1, absent: 1))
    #expect(world.judges.complaints == [], "seed \(seed)")
  }
}
