import Consensus
import Membership
import Synchronization
import Trade

/// How this machine's clock compares with those of the other members.
package struct ClockReading: Hashable, Sendable {
  /// By how many milliseconds the times in the others' last proposals are ahead of this clock, in the middle; nil before any was heard.
  package var offset: Int64?
  /// Set while so many others differ by more than the bound, to the same side, that at least one of them is honest.
  package var isWrong = false
  /// How often the clock was seen to jump since the start, and by how many milliseconds it did last.
  package var jumps = 0
  package var lastJump: Int64?
  /// Milliseconds since the last jump.
  package var sinceJump: Int64 = .max

  /// How long a jump is worth a word of the status, in milliseconds.
  static let jumpIsNews: Int64 = 3_600_000

  /// What to tell people, nil where all is well.
  package var alarm: String? {
    if isWrong, let offset {
      let side = offset > 0 ? "behind" : "ahead of"
      return
        "this machine's clock is \(Self.span(offset)) \(side) the clocks of the other members; set it right: until then this member "
        + "refuses the others' blocks and they refuse its own"
    }
    guard let lastJump, sinceJump < Self.jumpIsNews else { return nil }
    return
      "this machine's clock jumped \(lastJump > 0 ? "forward" : "back") by \(Self.span(lastJump)) \(Self.span(sinceJump)) ago; "
      + "find out what set it"
  }

  private static func span(_ milliseconds: Int64) -> String {
    let seconds = milliseconds.magnitude / 1_000
    switch seconds {
    case 0: return "\(milliseconds.magnitude) ms"
    case ..<120: return "\(seconds) s"
    case ..<7_200: return "\(seconds / 60) min"
    default: return "\(seconds / 3_600) h"
    }
  }
}

/// Notices that this machine's clock is wrong: it jumps against the clock that only moves forward, or the times in the proposals of several
/// others lie beyond the bound by which members judge one another's proposals. It changes nothing: the rules of agreement keep a wrong
/// clock harmless, and people set it right.
struct ClockWatch {
  /// What happened, for the log.
  enum Event: Hashable {
    case jumped(Int64)
    case wrong
    case rightAgain
  }

  /// The bound by which members judge the times of proposals, in milliseconds.
  let bound: Int64
  private var difference: Int64?
  private var heard: [MemberID: (view: View, offset: Int64)] = [:]
  private var reading = ClockReading()
  private var jumpedAt: MonotonicTime?

  init(bound: Int64) { self.bound = bound }

  /// Compares the two clocks of this machine; called often.
  mutating func look(_ wall: Instant, _ monotonic: MonotonicTime) -> Event? {
    let now = wall.milliseconds &- Int64(clamping: monotonic.nanoseconds / 1_000_000)
    defer { difference = now }
    guard let difference, (now &- difference).magnitude > UInt64(bound) else { return nil }
    let jump = now &- difference
    (reading.jumps, reading.lastJump, jumpedAt) = (reading.jumps + 1, jump, monotonic)
    heard = heard.mapValues { ($0.view, $0.offset &- jump) }
    return .jumped(jump)
  }

  /// Takes the time of a leader's own proposal as it arrives. One that was heard before is old when it comes again, and says nothing.
  mutating func hear(_ timestamp: Instant, from leader: MemberID, in view: View, at wall: Instant) {
    guard heard[leader].map({ $0.view < view }) ?? true else { return }
    heard[leader] = (view, timestamp.milliseconds &- wall.milliseconds)
  }

  /// Decides anew whether the clock is wrong. `witness` members include an honest one.
  mutating func judge(witness: Int, others: Int) -> Event? {
    let needed = min(max(2, witness), max(1, others))
    let offsets = heard.values.map(\.offset).sorted()
    let isWrong =
      offsets.count { $0 > bound } >= needed || offsets.count { $0 < -bound } >= needed
    defer { (reading.offset, reading.isWrong) = (offsets.isEmpty ? nil : offsets[offsets.count / 2], isWrong) }
    return isWrong == reading.isWrong ? nil : isWrong ? .wrong : .rightAgain
  }

  /// What there is to tell at a point of the clock that only moves forward.
  func current(_ monotonic: MonotonicTime) -> ClockReading {
    var current = reading
    if let jumpedAt { current.sinceJump = Int64(clamping: monotonic.nanoseconds(since: jumpedAt) / 1_000_000) }
    return current
  }
}

/// The node's clock, and what the loop found out about it, for every thread.
final class NodeClock: Sendable {
  private let read: @Sendable () -> Instant
  private let watch: Mutex<ClockWatch>

  init(bound: Int64, read: @escaping @Sendable () -> Instant) {
    self.read = read
    watch = Mutex(ClockWatch(bound: bound))
  }

  var now: Instant { read() }

  var reading: ClockReading { watch.withLock { $0.current(.now) } }

  /// The time now, and what its comparison with the other clock showed.
  func look() -> (now: Instant, event: ClockWatch.Event?) {
    let now = read()
    return (now, watch.withLock { $0.look(now, .now) })
  }

  func hear(
    _ timestamp: Instant, from leader: MemberID, in view: View, witness: Int, others: Int
  ) -> ClockWatch.Event? {
    let now = read()
    return watch.withLock { watch in
      watch.hear(timestamp, from: leader, in: view, at: now)
      return watch.judge(witness: witness, others: others)
    }
  }
}
