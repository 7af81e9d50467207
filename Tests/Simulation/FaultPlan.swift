/// When which fault happens: made before the world begins, from chance alone.
struct FaultPlan {
  struct Step {
    enum Kind {
      case crash(Int)
      case restart(Int)
      case split([Bool], isOneWay: Bool)
      case mend
      case stall(Int, until: Int64)
      /// The end of all faults.
      case heal
    }

    /// Microseconds since the world began.
    let time: Int64
    let kind: Kind
  }

  private(set) var steps: [Step] = []

  init(_ scenario: Scenario, members: Int, byzantine: Set<Int>, chance: inout SplitMix64) {
    let end = scenario.troubled * 1_000
    if scenario.faults.contains(.crash) { planCrashes(members, byzantine, until: end, &chance) }
    if scenario.faults.contains(.partition) { planSplits(members, until: end, &chance) }
    if scenario.faults.contains(.stall) { planStalls(members, until: end, &chance) }
    steps.append(Step(time: end, kind: .mend))
    steps.append(Step(time: end, kind: .heal))
  }

  /// Any member at any moment, also several at once: what is durable must do. Everyone is back before the faults end.
  private mutating func planCrashes(
    _ members: Int, _ byzantine: Set<Int>, until end: Int64, _ chance: inout SplitMix64
  ) {
    for place in 0..<members where !byzantine.contains(place) {
      var time = Int64(chance.within(500_000...6_000_000))
      while time < end - 1_500_000 {
        let down = chance.below(4) == 0 ? chance.within(800_000...3_000_000) : chance.within(1_000...400_000)
        let back = min(time + Int64(down), end - 200_000)
        steps.append(Step(time: time, kind: .crash(place)))
        steps.append(Step(time: back, kind: .restart(place)))
        time = back + Int64(chance.within(300_000...6_000_000))
      }
    }
  }

  private mutating func planSplits(_ members: Int, until end: Int64, _ chance: inout SplitMix64) {
    var time = Int64(chance.within(300_000...4_000_000))
    while time < end - 500_000 {
      let sides = (0..<members).map { _ in chance.below(2) == 0 }
      let back = min(time + Int64(chance.within(200_000...2_500_000)), end)
      steps.append(Step(time: time, kind: .split(sides, isOneWay: chance.below(3) == 0)))
      steps.append(Step(time: back, kind: .mend))
      time = back + Int64(chance.within(500_000...5_000_000))
    }
  }

  private mutating func planStalls(_ members: Int, until end: Int64, _ chance: inout SplitMix64) {
    for _ in 0..<chance.below(3) + 1 {
      let time = Int64(chance.below(Int(max(1, end - 1_000_000))))
      let until = time + Int64(chance.within(100_000...900_000))
      steps.append(Step(time: time, kind: .stall(chance.below(members), until: until)))
    }
  }
}
