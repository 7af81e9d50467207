import Glibc
import Synchronization

/// How one direction between two members is.
package struct LinkCondition: Hashable, Sendable {
  /// What a packet takes, in milliseconds.
  package var delay: ClosedRange<Int64>
  /// How many of a thousand packets are lost.
  package var lossPermille: UInt64
  package var isCut: Bool

  package static let perfect = LinkCondition(delay: 0...0, lossPermille: 0, isCut: false)

  package init(delay: ClosedRange<Int64>, lossPermille: UInt64 = 0, isCut: Bool = false) {
    (self.delay, self.lossPermille, self.isCut) = (delay, lossPermille, isCut)
  }
}

/// The conditions of all directions between the members of a network, and what they did so far. Any thread may change and ask.
package final class LinkConditions: Sendable {
  /// What becomes of something that is sent.
  enum Fate: Hashable {
    case lost
    /// It arrives so many milliseconds later.
    case after(Int64)
  }

  /// What really happened, for reports.
  package struct Tally: Hashable, Sendable {
    package var passed = 0
    package var lost = 0
    package var cut = 0
    package var milliseconds: Int64 = 0

    /// Of those that passed, in milliseconds.
    package var meanDelay: Int64 { passed == 0 ? 0 : milliseconds / Int64(passed) }

    package var sentence: String { "\(passed) passed, \(lost) lost, \(cut) cut off, mean delay \(meanDelay) ms" }
  }

  private struct State {
    var conditions: [[LinkCondition]]
    var tally = Tally()
    var randomness: UInt64
  }

  private let state: Mutex<State>

  init(members: Int, seed: UInt64) {
    let row = Array(repeating: LinkCondition.perfect, count: members)
    state = Mutex(State(conditions: Array(repeating: row, count: members), randomness: seed))
  }

  package var tally: Tally { state.withLock { $0.tally } }

  /// Changes every direction, or those that `applies` names.
  package func set(
    _ change: (inout LinkCondition) -> Void, where applies: (_ from: Int, _ to: Int) -> Bool = { _, _ in true }
  ) {
    state.withLock { state in
      for from in state.conditions.indices {
        for to in state.conditions.indices where from != to && applies(from, to) { change(&state.conditions[from][to]) }
      }
    }
  }

  /// Cuts both directions between the members of a side and all others.
  package func part(_ side: Set<Int>) { set({ $0.isCut = true }, where: { side.contains($0) != side.contains($1) }) }

  /// Lets nothing of what a member sends get through; it goes on hearing the others.
  package func mute(_ member: Int) { set({ $0.isCut = true }, where: { from, _ in from == member }) }

  /// Ends all cuts. Delays and losses stay.
  package func join() { set { $0.isCut = false } }

  func isCut(from: Int, to: Int) -> Bool { state.withLock { $0.conditions[from][to].isCut } }

  /// Decides about one packet, or one piece of a stream.
  func fate(from: Int, to: Int) -> Fate {
    state.withLock { state in
      let condition = state.conditions[from][to]
      guard !condition.isCut else {
        state.tally.cut += 1
        return .lost
      }
      guard Self.next(&state.randomness) % 1_000 >= condition.lossPermille else {
        state.tally.lost += 1
        return .lost
      }
      let span = UInt64(condition.delay.upperBound - condition.delay.lowerBound + 1)
      let delay = condition.delay.lowerBound + Int64(Self.next(&state.randomness) % span)
      state.tally.passed += 1
      state.tally.milliseconds += delay
      return .after(delay)
    }
  }

  /// SplitMix64 (Steele, Lea, Flood 2014).
  private static func next(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Milliseconds of the clock that only moves forward.
enum Ticks {
  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
