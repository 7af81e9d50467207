import CBOR
import Membership

/// A proposal whose signatures and certificates were verified: the leader's block, its `notarize`, and why the parent may be built on.
///
/// Made by ``ProposalMessage/verified(in:by:reusing:)``, or by the leader itself.
package struct Proposal: Hashable, Sendable {
  package let link: BlockLink
  package let notarize: Attested<Vote>
  /// The parent's notarisation, or its finalisation; nil if the parent is the block that opened the epoch.
  package let parentCertificate: VerifiedCertificate?
  /// Nullifications of views between the parent and this one, ascending: the newest, where there are more than the message holds.
  package let nullifications: [VerifiedCertificate]

  init(
    link: BlockLink, notarize: Attested<Vote>, parentCertificate: VerifiedCertificate?,
    nullifications: [VerifiedCertificate]
  ) {
    (self.link, self.notarize, self.parentCertificate) = (link, notarize, parentCertificate)
    self.nullifications = nullifications
  }

  package var view: View { link.view }
}

/// A proposal as it came: [link, notarize, parent's certificate or null, [nullification, …]].
///
/// The driver sends the block's header beside it, and hands the proposal on only if the header's own link is this one.
package struct ProposalMessage: Hashable, Sendable, CBORCodable {
  /// How many nullifications a proposal carries at most; whoever lacks more asks for them.
  package static let maximumNullifications = 32

  package let link: BlockLink
  package let notarize: SignedStatement
  package let parentCertificate: Certificate?
  package let nullifications: [Certificate]

  package init(
    link: BlockLink, notarize: SignedStatement, parentCertificate: Certificate?, nullifications: [Certificate]
  ) {
    (self.link, self.notarize, self.parentCertificate) = (link, notarize, parentCertificate)
    self.nullifications = nullifications
  }

  package init(_ proposal: Proposal) {
    link = proposal.link
    notarize = proposal.notarize.statement
    parentCertificate = proposal.parentCertificate?.certificate
    nullifications = proposal.nullifications.map(\.certificate)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(link)
    writer.value(notarize)
    writer.optional(parentCertificate) { $0.value($1) }
    writer.list(nullifications)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    link = try reader.value()
    notarize = try reader.value()
    parentCertificate = try reader.optional { (item) throws(CBORError) in try item.value(Certificate.self) }
    nullifications = try reader.list(max: Self.maximumNullifications)
    reader.leave()
  }
}

/// Why a peer's message was not accepted.
package enum ConsensusRefusal: Error, Hashable, Sendable {
  case attestation(AttestationError)
  case certificate(CertificateError)
  /// The statement belongs to another epoch, or to an epoch opened by another block.
  case otherEpoch(Epoch)
  /// The proposer does not lead the view.
  case notLeader(MemberID)
  /// The parts of a message do not belong together: link and vote, parent and certificate, or the order of views.
  case incoherent
}

extension ProposalMessage {
  /// Checks that the parts belong together, then every signature in them. Of `held`, certificates verified before, one with the same
  /// subject stands in for the carried one, which is then not verified.
  package func verified(
    in context: EpochContext, by verifier: some SignatureVerifier, reusing held: [VerifiedCertificate] = []
  ) throws(ConsensusRefusal) -> Proposal {
    let vote = try decodedVote(in: context)
    try checkCertificates(in: context)
    let notarize: Attested<Vote>
    do {
      notarize = try vote.attested(on: context.validators, network: context.network, by: verifier)
    } catch { throw .attestation(error) }
    var parent: VerifiedCertificate?
    if let parentCertificate { parent = try Self.verify(parentCertificate, in: context, by: verifier, reusing: held) }
    var verified: [VerifiedCertificate] = []
    for certificate in nullifications {
      verified.append(try Self.verify(certificate, in: context, by: verifier, reusing: held))
    }
    return Proposal(link: link, notarize: notarize, parentCertificate: parent, nullifications: verified)
  }

  private func decodedVote(in context: EpochContext) throws(ConsensusRefusal) -> Signed<Vote> {
    let vote: Signed<Vote>
    do { vote = try Signed<Vote>(notarize, as: .notarize) } catch { throw .attestation(error) }
    guard vote.content.subject.belongs(to: context) else { throw .otherEpoch(vote.content.epoch) }
    guard vote.content.view == link.view, vote.content.block == link.digest else { throw .incoherent }
    guard context.leader(of: link.view) == vote.content.member else { throw .notLeader(vote.content.member) }
    return vote
  }

  private func checkCertificates(in context: EpochContext) throws(ConsensusRefusal) {
    guard link.parentView < link.view, link.view > context.root.view else { throw .incoherent }
    if let parentCertificate {
      guard parentCertificate.kind != .nullify, parentCertificate.view == link.parentView,
        parentCertificate.block == link.parent
      else { throw .incoherent }
    } else {
      guard link.parent == context.root.digest, link.parentView == context.root.view else { throw .incoherent }
    }
    var last = link.parentView
    for certificate in nullifications {
      guard certificate.kind == .nullify, certificate.view > last, certificate.view < link.view else {
        throw .incoherent
      }
      last = certificate.view
    }
  }

  private static func verify(
    _ certificate: Certificate, in context: EpochContext, by verifier: some SignatureVerifier,
    reusing held: [VerifiedCertificate]
  ) throws(ConsensusRefusal) -> VerifiedCertificate {
    if let known = held.first(where: { $0.subject == certificate.subject }) { return known }
    do { return try certificate.verified(in: context, by: verifier) } catch { throw .certificate(error) }
  }
}
