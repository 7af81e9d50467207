import CBOR
import Cryptography
import Membership

/// One signature of a certificate, with its signer's place among the validators.
package struct CertificateSignature: Hashable, Sendable, CBORCodable {
  /// The size of a signature in bytes, under every algorithm there is.
  package static let size = 64

  package let index: UInt16
  package let signature: [UInt8]

  package init(index: UInt16, signature: [UInt8]) { (self.index, self.signature) = (index, signature) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.unsigned(UInt64(index))
    writer.byteString(signature)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    index = try reader.narrow()
    signature = try reader.byteString(exactly: Self.size)
    reader.leave()
  }
}

/// A quorum's votes on one subject, as it came: [kind, epoch, opener, view, block or null, [[index, signature], …]], indices ascending.
///
/// The signed bytes are not carried: they are rebuilt from the subject and the signer's name.
package struct Certificate: Hashable, Sendable, CBORCodable {
  package let subject: VoteSubject
  package let signatures: [CertificateSignature]

  package init(subject: VoteSubject, signatures: [CertificateSignature]) {
    (self.subject, self.signatures) = (subject, signatures)
  }

  package var kind: VoteKind { subject.kind }
  package var view: View { subject.view }
  package var block: Digest? { subject.block }

  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    subject.encodeFields(to: &writer)
    writer.list(signatures)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    subject = try VoteSubject(fieldsFrom: &reader)
    signatures = try reader.list(max: Quorum.maximumMembers)
    reader.leave()
    for (entry, next) in zip(signatures, signatures.dropFirst()) where entry.index >= next.index {
      throw .keysOutOfOrder
    }
  }
}

/// Why a certificate proves nothing: a peer's fault.
package enum CertificateError: Error, Hashable, Sendable {
  /// It belongs to another epoch, or to an epoch opened by another block.
  case otherEpoch(Epoch)
  case tooFewSignatures(Int)
  /// Indices do not ascend strictly, or one is beyond the validators.
  case badIndex(UInt16)
  case badSignature(MemberID)
}

extension Certificate {
  /// Verifies every signature, after the cheap checks. The only way to accept a certificate from outside.
  package func verified(
    in context: some VotingContext, by verifier: some SignatureVerifier
  ) throws(CertificateError) -> VerifiedCertificate {
    guard subject.belongs(to: context) else { throw .otherEpoch(subject.epoch) }
    guard signatures.count >= context.quorum.quorum else { throw .tooFewSignatures(signatures.count) }
    var least = 0
    for entry in signatures {
      guard entry.index >= least, entry.index < context.validators.members.count else { throw .badIndex(entry.index) }
      least = Int(entry.index) + 1
    }
    for entry in signatures {
      let member = context.validators.members[Int(entry.index)]
      let message = SignedStatement.signedBytes(
        payload: Vote(subject, by: member.id).encoded, type: subject.kind.statementType,
        algorithm: member.node.algorithm, network: context.network)
      guard verifier.isValid(signature: entry.signature, of: message, by: member.node) else {
        throw .badSignature(member.id)
      }
    }
    return VerifiedCertificate(self)
  }
}

/// A certificate that proves its subject: verified, or made from a quorum of verified votes. There is no other way to have one.
package struct VerifiedCertificate: Hashable, Sendable {
  package let certificate: Certificate

  fileprivate init(_ certificate: Certificate) { self.certificate = certificate }

  /// Takes a certificate that this module made of votes which it counted as verified.
  init(assembled certificate: Certificate) { self.certificate = certificate }

  /// Makes a certificate from verified votes given by validator index, nil where there is none.
  ///
  /// Answers nil unless at least a quorum of them say exactly `subject`, each at its signer's place; takes the first quorum.
  package init?(of subject: VoteSubject, from votes: [Attested<Vote>?], in context: EpochContext) {
    guard subject.belongs(to: context), votes.count == context.validators.members.count else { return nil }
    var signatures: [CertificateSignature] = []
    signatures.reserveCapacity(context.quorum.quorum)
    for (index, vote) in votes.enumerated() {
      guard let vote, vote.content.subject == subject, vote.signer == context.validators.members[index].id else {
        continue
      }
      signatures.append(CertificateSignature(index: UInt16(index), signature: vote.statement.signature))
      if signatures.count == context.quorum.quorum { break }
    }
    guard signatures.count == context.quorum.quorum else { return nil }
    self.init(Certificate(subject: subject, signatures: signatures))
  }

  package var subject: VoteSubject { certificate.subject }
  package var kind: VoteKind { certificate.subject.kind }
  package var view: View { certificate.subject.view }
  package var block: Digest? { certificate.subject.block }

  /// The vote of one of its signers, with the signature that the certificate carries; nil beyond the validators.
  package func vote(of entry: CertificateSignature, in context: some VotingContext) -> SignedVote? {
    guard entry.index < context.validators.members.count else { return nil }
    let member = context.validators.members[Int(entry.index)]
    let payload = Vote(subject, by: member.id).encoded
    let statement = SignedStatement(
      algorithm: member.node.algorithm, payload: payload, signature: entry.signature)
    return SignedVote(kind: subject.kind, statement: statement)
  }
}
