import Consensus
import Replica

/// One of more members than agreement bears. Each has its keys on two machines, one on either side of a network in two
/// parts, and each machine keeps to the rules among those that it hears: so both sides make final blocks of their own.
///
/// Nothing can defeat a fork by so many. What is promised is that it does not go unpunished: certificates that are kept
/// for ever (R14) expose at least 2q − n of them (R16), and honest members that see both sides stop (R28).
struct Colluder: Adversary {
  var corruption: Corruption

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    if case .agreement(.vote) = message { corruption.attacks += 1 }
    return [Parcel(message: message, recipients: recipients)]
  }

  mutating func hear(_ message: PeerMessage, from sender: Int) -> PeerMessage? { Corruption.withoutVotes(message) }
}
