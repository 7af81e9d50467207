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
  var corruption: Corruption

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    let honest = Parcel(message: message, recipients: recipients)
    guard case .agreement(.certificate(let certificate)) = message else { return [honest] }
    let few = Corruption.thinQuorum(of: corruption.network.members.count)
    let first = certificate.signatures.filter { $0.index < few }
    // Those of the first members, where all of them are there: a verifier with too small a quorum believes these.
    let thin = first.count == few ? first : certificate.signatures.dropLast()
    corruption.attacks += 1
    let message = Certificate(subject: certificate.subject, signatures: thin)
    return [Parcel(message: .agreement(.certificate(message)), recipients: corruption.others)]
  }
}
