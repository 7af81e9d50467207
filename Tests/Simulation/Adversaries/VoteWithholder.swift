import Consensus
import Replica

/// Takes part in everything but never votes, or shows a vote to one member alone, so that some see a quorum that others
/// do not see. As a leader it proposes, and then does not help its own block.
///
/// Defeated by quorums that do not need it (R9), by certificates that are handed on (R26, R24) and asked for (R25), and
/// by the end of the view's time (R17).
struct VoteWithholder: Adversary {
  var corruption: Corruption

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    switch message {
    case .agreement(.vote):
      corruption.attacks += 1
      guard corruption.chance.below(4) == 0 else { return [] }
      return [Parcel(message: message, recipients: corruption.one())]
    case .agreement(.certificate):
      corruption.attacks += 1
      return []
    case .agreement, .proposal, .transactions, .wantTransactions, .wantBlock, .block, .wantRange, .range:
      return [Parcel(message: message, recipients: recipients)]
    }
  }
}
