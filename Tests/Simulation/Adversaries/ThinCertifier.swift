import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Replica

/// Makes certificates with one signature less than a quorum, of its own signature and whatever votes others sent.
///
/// Defeated by the count of distinct signatures when a certificate is verified (rule R9 of `Protocol/consensus.md`). It
/// is let through only in a world whose verification is broken on purpose.
struct ThinCertifier: Adversary {
  private var corruption: Corruption

  init(_ corruption: Corruption) { self.corruption = corruption }

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    let honest = Parcel(message: message, recipients: recipients)
    guard case .agreement(.certificate(let certificate)) = message else { return [honest] }
    let members = corruption.network.members.count
    let few = Corruption.thinQuorum(of: members)
    let first = certificate.signatures.filter { $0.index < few }
    guard first.count == few else { return [honest] }
    let thin = Certificate(subject: certificate.subject, signatures: first)
    return [
      Parcel(
        message: .agreement(.certificate(thin)),
        recipients: corruption.network.members.indices.filter { $0 != corruption.place })
    ]
  }
}
