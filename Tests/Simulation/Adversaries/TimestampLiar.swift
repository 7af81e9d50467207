import Consensus
import Ledger
import Replica
import Trade

/// As a leader it gives its blocks a time that suits it: an hour ahead, so that windows close before anyone could use
/// them, an hour back, or just within what others bear.
///
/// Defeated by R31: a voter compares the time with its own clock and nullifies what is too far from it, and a block's
/// time is later than its parent's (L12). What stays within the bound moves deadlines by no more than the bound, for
/// which windows allow (L4).
struct TimestampLiar: Adversary {
  var corruption: Corruption

  var isActive: Bool { true }

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    if case .proposal = message, corruption.clockLie != 0 { corruption.attacks += 1 }
    return [Parcel(message: message, recipients: recipients)]
  }

  /// Its own machine builds by a clock that lies.
  mutating func act() -> [Parcel] {
    let bound = corruption.network.genesis.content.ledger.clockBound
    let lies: [Int64] = [0, bound - 20, 20 - bound, bound + 200, -bound - 200, 3_600_000, -3_600_000]
    corruption.clockLie = lies[corruption.chance.below(lies.count)]
    return []
  }
}
