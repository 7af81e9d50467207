import Consensus
import Cryptography
import Membership
import Replica

/// The same keys on two machines, each of which believes that it is the member: an operator's mistake, or malice. Each
/// hears a part of the others; half of the pairs do not listen when others show them votes of theirs that they lack.
///
/// Defeated like any member that says two things (R8, R9), and exposed by it (R16). A machine that listens finds a vote
/// of its own that it does not know, takes itself for an old copy and stops voting (R21, R22).
struct Twin: Adversary {
  var corruption: Corruption
  private let isDeaf: Bool

  init(corruption: Corruption) {
    self.corruption = corruption
    // Both machines of a member are of one kind.
    isDeaf = corruption.member.root.bytes.first.map { $0 & 1 == 0 } ?? true
  }

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    if case .agreement(.vote) = message { corruption.attacks += 1 }
    return [Parcel(message: message, recipients: recipients)]
  }

  mutating func hear(_ message: PeerMessage, from sender: Int) -> PeerMessage? {
    isDeaf ? Corruption.withoutVotes(message) : message
  }
}
