import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Replica

/// Signs in the names of others: whenever it votes, everyone else seems to have voted the same, with signatures that
/// are only noise.
///
/// Defeated by verification: a vote counts by its member's signature only (`Signed` to `Attested`). It is let through
/// only in a world in which nobody verifies.
struct Forger: Adversary {
  var corruption: Corruption

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    var parcels = [Parcel(message: message, recipients: recipients)]
    guard case .agreement(.vote(let vote)) = message, let content = try? vote.decoded().content else { return parcels }
    corruption.attacks += 1
    for (place, member) in corruption.network.members.enumerated() where place != corruption.place {
      let noise = (0..<64).map { _ in UInt8(truncatingIfNeeded: corruption.chance.next()) }
      let statement = SignedStatement(
        algorithm: member.node.algorithm, payload: Vote(content.subject, by: member.id).encoded, signature: noise)
      let forged = PeerMessage.agreement(.vote(SignedVote(kind: content.kind, statement: statement)))
      parcels.append(Parcel(message: forged, recipients: recipients))
    }
    return parcels
  }
}
