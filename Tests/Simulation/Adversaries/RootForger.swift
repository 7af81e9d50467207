import Consensus
import Cryptography
import Ledger
import Replica

/// As a leader it proposes blocks whose header names a state, or outcomes, that do not follow from the transactions: a
/// floor that nobody voted for would be true if such a block became final.
///
/// Defeated by execution: a voter executes the block and nullifies the view if a root comes out differently (R5, R6,
/// L12); a member that finds such a block final stops rather than adopt its state (M20).
struct RootForger: Adversary {
  var corruption: Corruption

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    guard case .proposal(let proposal, let outline) = message else {
      return [Parcel(message: message, recipients: recipients)]
    }
    let (truth, invented) = (outline.header.roots, Digest.of(.history, corruption.noise(8)))
    let roots =
      corruption.chance.below(2) == 0
      ? BlockRoots(transactions: truth.transactions, results: truth.results, state: invented)
      : BlockRoots(transactions: truth.transactions, results: invented, state: truth.state)
    guard let forged = corruption.proposal(outline.header.with(roots: roots), like: proposal, outline, to: recipients)
    else { return [] }
    corruption.attacks += 1
    return [forged]
  }
}
