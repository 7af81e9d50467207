import CBOR
import Cryptography
import Membership

/// Two votes that no honest member signs both (R16): [first, second]. Anyone with the epoch's roster can check it.
package struct Evidence: Hashable, Sendable, CBORCodable {
  package let first: SignedVote
  package let second: SignedVote

  package init(first: SignedVote, second: SignedVote) { (self.first, self.second) = (first, second) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(first)
    writer.value(second)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    first = try reader.value()
    second = try reader.value()
    reader.leave()
  }

  /// The member that the two votes expose, and the view: verifies that both are its own votes of this epoch, and that they
  /// contradict each other.
  package func verified(
    in context: some VotingContext, by verifier: some SignatureVerifier
  ) throws(EvidenceError) -> (member: MemberID, view: View) {
    let votes: (Attested<Vote>, Attested<Vote>)
    do {
      votes = (try first.attested(in: context, by: verifier), try second.attested(in: context, by: verifier))
    } catch { throw .attestation(error) }
    guard votes.0.content.subject.belongs(to: context) else { throw .otherEpoch(votes.0.content.epoch) }
    guard votes.0.signer == votes.1.signer else { throw .differentMembers }
    guard votes.0.content.subject.contradicts(votes.1.content.subject) else { throw .noContradiction }
    return (votes.0.signer, votes.0.content.view)
  }
}

/// Why a piece of evidence proves nothing.
package enum EvidenceError: Error, Hashable, Sendable {
  case attestation(AttestationError)
  /// The votes are of another epoch than the one by whose keys they were to be judged.
  case otherEpoch(Epoch)
  case differentMembers
  case noContradiction
}
