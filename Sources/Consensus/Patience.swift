/// How long a member waits, as data: all durations derive from one bound on the delay of a message.
package struct Patience: Hashable, Sendable {
  /// The bound Δ on the delay of a message between correct members once the network is well, in milliseconds.
  package let delay: Int64
  /// The largest number of doublings of a time-out.
  package let maximumDoublings: Int

  /// The largest delay Δ that is accepted: one hour.
  package static let maximumDelay: Int64 = 3_600_000
  /// The largest cap on doublings that is accepted.
  package static let doublingsLimit = 20

  /// Takes a delay of 1 ms to one hour and a cap of 0 to 20; nil otherwise.
  package init?(delay: Int64, maximumDoublings: Int) {
    guard (1...Self.maximumDelay).contains(delay), (0...Self.doublingsLimit).contains(maximumDoublings) else {
      return nil
    }
    (self.delay, self.maximumDoublings) = (delay, maximumDoublings)
  }

  /// The time-out of a view (R17): 3Δ · 2^k milliseconds, k = ⌊(view − finalised − 1) / (f + 1)⌋, at most the cap.
  package func timeout(of view: View, finalised: View, faults: Int) -> Int64 {
    let passed = view.steps(since: finalised)
    let doublings = (passed == 0 ? 0 : passed - 1) / UInt64(faults + 1)
    return 3 * delay << Int64(min(doublings, UInt64(maximumDoublings)))
  }

  /// How long a leader without work waits for its parent's finalisation before it proposes an empty block (R19).
  package var lull: Int64 { delay }

  /// The pause between two rounds of sending again (R24).
  package var retry: Int64 { 3 * delay }
}
