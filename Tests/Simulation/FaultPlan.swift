/// When which fault happens: made before the world begins, from chance alone.
struct FaultPlan {
  struct Step {
    enum Kind {
      /// The member stops: at once, or when it next writes something down before that time.
      case crash(Int, isTorn: Bool, writingBefore: Int64?)
      case restart(Int)
      /// No fault at all: a newcomer starts its machine.
      case join(Int)
      case split([Bool], isOneWay: Bool)
      case mend
      case stall(Int, until: Int64)
      case slow(Int, until: Int64)
      case crowd(Int, until: Int64)
      /// The clock is that many milliseconds off from here on.
      case jump(Int, Int64)
      /// The disk is copied.
      case copy(Int)
      /// The member stops, and starts again with the copy in place of its disk, as soon as agreement bears that.
      case rollback(Int, isGuardLost: Bool)
      /// The end of all faults.
      case heal
    }

    /// Microseconds since the world began.
    let time: Int64
    let kind: Kind
  }

  /// How long nothing goes wrong, in microseconds: until all founders have met. One that came late, when others have
  /// final blocks already, would be an old copy to itself (R36), and there may be only so many of them.
  static let calm: Int64 = 1_000_000

  private(set) var steps: [Step] = []
  private let members: Int
  private let founders: Int
  private let honest: [Int]
  /// How many honest members may be away from the truth at once beside the Byzantine ones.
  private let budget: Int
  private let end: Int64

  init(_ setting: Setting, byzantine: Set<Int>, until end: Int64, chance: inout SplitMix64) {
    members = setting.members
    honest = setting.founders.filter { !byzantine.contains($0) }
    founders = setting.founders.count
    budget = max(0, Setting.borne(by: founders) - byzantine.count)
    self.end = end
    let faults = setting.faults
    if faults.contains(.rollback) { planRollbacks(&chance) }
    if faults.contains(.crash) { planCrashes(isTearing: faults.contains(.tear), &chance) }
    if faults.contains(.partition) { planSplits(&chance) }
    if faults.contains(.stall) { planBusyTimes(&chance) { .stall($0, until: $1) } }
    if faults.contains(.slow) { planBusyTimes(&chance) { .slow($0, until: $1) } }
    if faults.contains(.crowd) { planBusyTimes(&chance) { .crowd($0, until: $1) } }
    if faults.contains(.jump) { planJumps(&chance) }
    steps.append(Step(time: end, kind: .mend))
    steps.append(Step(time: end, kind: .heal))
  }

  /// The plan of a world of collusion: two parts from the beginning, and in every second world one whole in the end.
  init(apart sides: [Bool], until end: Int64, chance: inout SplitMix64) {
    (members, founders, honest, budget, self.end) = (sides.count, sides.count, [], 0, end)
    steps.append(Step(time: 0, kind: .split(sides, isOneWay: false)))
    if chance.below(2) == 0 { steps.append(Step(time: end, kind: .mend)) }
  }

  /// Any member at any moment, also several at once: what is durable must do. Everyone is back before the faults end.
  private mutating func planCrashes(isTearing: Bool, _ chance: inout SplitMix64) {
    let pause = chance.within(2_000_000...8_000_000)
    for place in honest {
      var time = Self.calm + Int64(chance.within(50_000...pause))
      while time < end - 1_500_000 {
        let down = chance.below(4) == 0 ? chance.within(800_000...3_000_000) : chance.within(5_000...500_000)
        let back = min(time + Int64(down), end - 200_000)
        let isTorn = isTearing && chance.below(2) == 0
        let limit = isTorn || chance.below(3) == 0 ? back : nil
        steps.append(Step(time: time, kind: .crash(place, isTorn: isTorn, writingBefore: limit)))
        steps.append(Step(time: back, kind: .restart(place)))
        time = back + Int64(chance.within(300_000...pause))
      }
    }
  }

  /// Old copies, of no more members than agreement bears beside the Byzantine ones.
  private mutating func planRollbacks(_ chance: inout SplitMix64) {
    for place in draw(budget, &chance) {
      let copied = Self.calm + Int64(chance.within(50_000...Int(max(100_000, end - 3_500_000))))
      let rolled = min(copied + Int64(chance.within(50_000...4_000_000)), end - 400_000)
      steps.append(Step(time: copied, kind: .copy(place)))
      steps.append(Step(time: rolled, kind: .rollback(place, isGuardLost: chance.below(3) == 0)))
    }
  }

  private mutating func planSplits(_ chance: inout SplitMix64) {
    let pause = chance.within(1_000_000...6_000_000)
    var time = Self.calm + Int64(chance.within(50_000...pause))
    while time < end - 500_000 {
      let sides = (0..<members).map { _ in chance.below(2) == 0 }
      let back = min(time + Int64(chance.within(200_000...2_500_000)), end)
      steps.append(Step(time: time, kind: .split(sides, isOneWay: chance.below(3) == 0)))
      steps.append(Step(time: back, kind: .mend))
      time = back + Int64(chance.within(500_000...pause))
    }
  }

  private mutating func planBusyTimes(_ chance: inout SplitMix64, _ kind: (Int, Int64) -> Step.Kind) {
    for _ in 0..<chance.below(3) + 1 {
      let time = Self.calm + Int64(chance.below(Int(max(1, end - 2_000_000))))
      let until = time + Int64(chance.within(100_000...900_000))
      steps.append(Step(time: time, kind: kind(chance.below(members), until)))
    }
  }

  /// Small jumps for anyone. Great ones for no more members than agreement bears, since a quorum of clocks that are an
  /// hour ahead is the truth as far as anybody can tell.
  private mutating func planJumps(_ chance: inout SplitMix64) {
    for place in honest where chance.below(2) == 0 {
      let time = Self.calm + Int64(chance.below(Int(max(1, end - 1_600_000))))
      steps.append(Step(time: time, kind: .jump(place, Int64(chance.within(-400...400)))))
      steps.append(Step(time: min(time + Int64(chance.within(50_000...3_000_000)), end), kind: .jump(place, 0)))
    }
    let far: [Int64] = [3_600_000, -3_600_000, 5_000, -5_000, 60_000, -60_000]
    for place in draw(chance.below(Setting.borne(by: founders) + 1), &chance) {
      let time = Self.calm + Int64(chance.below(Int(max(1, end - 1_900_000))))
      steps.append(Step(time: time, kind: .jump(place, far[chance.below(far.count)])))
      steps.append(Step(time: min(time + Int64(chance.within(100_000...2_500_000)), end), kind: .jump(place, 0)))
    }
  }

  /// Some honest members, by chance.
  private func draw(_ count: Int, _ chance: inout SplitMix64) -> [Int] {
    var places = honest
    for place in places.indices.reversed() { places.swapAt(place, chance.below(place + 1)) }
    return Array(places.prefix(count))
  }
}
