import Replica

/// The replica's one-shot timers by the monotonic clock. There are so few that a list does.
struct TimerTable {
  private var running: [(timer: ReplicaTimer, end: MonotonicTime)] = []

  /// When the first one runs out.
  var next: MonotonicTime? { running.map(\.end).min() }

  /// Starts a timer, or starts it anew.
  mutating func start(_ timer: ReplicaTimer, end: MonotonicTime) {
    stop(timer)
    running.append((timer, end))
  }

  mutating func stop(_ timer: ReplicaTimer) { running.removeAll { $0.timer == timer } }

  /// Takes one that has run out, the earliest first.
  mutating func takeExpired(at now: MonotonicTime) -> ReplicaTimer? {
    guard let index = running.indices.min(by: { running[$0].end < running[$1].end }), running[index].end <= now else {
      return nil
    }
    return running.remove(at: index).timer
  }
}
