import Consensus
import Replica

/// As a leader it shows its proposal to some members only, so that the others, if it is notarised, know of a block that
/// they do not have; it keeps its transactions to itself until they are in a block, and answers nobody who asks for
/// blocks, bodies or ranges.
///
/// Defeated by voting only for what one can serve (the meaning of `notarize`, R14), so that every notarised block is
/// with honest members; by asking the next member in turn (R11, M13, M15); and by the end of the view's time (R17).
struct BlockWithholder: Adversary {
  var corruption: Corruption

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    switch message {
    case .proposal:
      corruption.attacks += 1
      let few = corruption.chance.below(recipients.count + 1)
      let from = corruption.chance.below(recipients.count)
      let chosen = (0..<few).map { recipients[(from + $0) % recipients.count] }
      return chosen.isEmpty ? [] : [Parcel(message: message, recipients: chosen)]
    case .block, .range, .transactions:
      corruption.attacks += 1
      return []
    case .agreement, .wantTransactions, .wantBlock, .wantRange:
      return [Parcel(message: message, recipients: recipients)]
    }
  }
}
