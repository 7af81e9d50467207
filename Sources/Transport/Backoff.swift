/// The pauses between attempts to reach a member: doubling from the first to the longest, half of each random, so that
/// a network that comes back does not dial in step (S20).
package struct Backoff {
  private let first: Int64
  private let longest: Int64
  private var ceiling: Int64

  package init(first: Int64, longest: Int64) {
    (self.first, self.longest) = (max(1, first), max(1, first, longest))
    ceiling = self.first
  }

  /// The next pause in milliseconds: between half of the ceiling and the ceiling, which then doubles.
  package mutating func next(using randomness: inout some RandomNumberGenerator) -> Int64 {
    let pause = Int64.random(in: ceiling / 2...ceiling, using: &randomness)
    ceiling = ceiling > longest / 2 ? longest : ceiling * 2
    return pause
  }

  /// After a session that lasted: the next pause is the first again.
  package mutating func reset() { ceiling = first }
}
