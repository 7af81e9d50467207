import CBOR
import Cryptography
import Membership

/// What members send one another to agree: [tag, body], as it came.
package enum ConsensusMessage: Hashable, Sendable {
  case vote(SignedVote)
  case certificate(Certificate)
  case proposal(ProposalMessage)
  case status(ConsensusStatus)
  case request(CertificateRequest)
}

/// Asks for the certificates above one view and below another: [epoch, opener, above, below] (R25).
package struct CertificateRequest: Hashable, Sendable, CBORCodable {
  package let epoch: Epoch
  package let opener: Digest
  package let above: View
  package let below: View

  package init(context: EpochContext, above: View, below: View) {
    (epoch, opener, self.above, self.below) = (context.epoch, context.opener, above, below)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(epoch)
    writer.value(opener)
    writer.value(above)
    writer.value(below)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    epoch = try reader.value()
    opener = try reader.value()
    above = try reader.value()
    below = try reader.value()
    reader.leave()
  }
}

extension ConsensusMessage: CBORCodable {
  private enum Tag: UInt8, CBORCodable {
    case vote = 0
    case certificate = 1
    case proposal = 2
    case status = 3
    case request = 4
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    switch self {
    case .vote(let vote): Self.encode(.vote, vote, to: &writer)
    case .certificate(let certificate): Self.encode(.certificate, certificate, to: &writer)
    case .proposal(let proposal): Self.encode(.proposal, proposal, to: &writer)
    case .status(let status): Self.encode(.status, status, to: &writer)
    case .request(let request): Self.encode(.request, request, to: &writer)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    switch try reader.value(Tag.self) {
    case .vote: self = .vote(try reader.value())
    case .certificate: self = .certificate(try reader.value())
    case .proposal: self = .proposal(try reader.value())
    case .status: self = .status(try reader.value())
    case .request: self = .request(try reader.value())
    }
    reader.leave()
  }

  private static func encode(_ tag: Tag, _ body: some CBOREncodable, to writer: inout CBORWriter) {
    writer.value(tag)
    writer.value(body)
  }

  /// Verifies what the message carries and makes the event that it stands for. Runs on any thread. The sender is the peer at the other
  /// end of the authenticated session; certificates of `held`, verified before, need no second look.
  package func verified(
    from sender: MemberID, in context: EpochContext, by verifier: some SignatureVerifier,
    reusing held: [VerifiedCertificate] = []
  ) throws(ConsensusRefusal) -> Consensus.Event {
    switch self {
    case .vote(let vote):
      do { return .vote(try vote.attested(in: context, by: verifier)) } catch { throw .attestation(error) }
    case .certificate(let certificate):
      do { return .certificate(try certificate.verified(in: context, by: verifier)) } catch {
        throw .certificate(error)
      }
    case .proposal(let proposal):
      return .proposal(try proposal.verified(in: context, by: verifier, reusing: held))
    case .status(let status):
      return .peerStatus(from: sender, try status.verified(in: context, by: verifier))
    case .request(let request):
      return .request(from: sender, request)
    }
  }
}
