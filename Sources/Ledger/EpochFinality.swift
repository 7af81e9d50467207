import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// A block's way to finality, from the genesis document on: [headers, certificate, links].
///
/// Enough for anyone offline: the links prove who votes in the certificate's epoch, the certificate finalises the last
/// header, and every header before it is its ancestor.
package struct EpochFinality: Hashable, Sendable, CBORCodable {
  package static let mostHeaders = 65_536
  package static let mostLinks = 16_384

  /// Consecutive headers of one epoch, ascending.
  package let headers: [BlockHeader]
  /// Finalises the last of them.
  package let certificate: Certificate
  /// From the epoch that the genesis block opened to that of the certificate, one for each change.
  package let links: [EpochLink]

  package init(headers: [BlockHeader], certificate: Certificate, links: [EpochLink]) {
    (self.headers, self.certificate, self.links) = (headers, certificate, links)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.list(headers)
    writer.value(certificate)
    writer.list(links)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    headers = try reader.list(max: Self.mostHeaders)
    certificate = try reader.value()
    links = try reader.list(max: Self.mostLinks)
    reader.leave()
  }
}

/// Headers that a quorum of a known epoch finalised. There are none without verification.
package struct VerifiedFinality: Hashable, Sendable {
  package let finality: EpochFinality
  /// All epochs from the genesis to that of the certificate.
  package let history: EpochHistory
  /// Who signed the certificate, ascending.
  package let signers: [MemberID]

  fileprivate init(finality: EpochFinality, history: EpochHistory, signers: [MemberID]) {
    (self.finality, self.history, self.signers) = (finality, history, signers)
  }

  /// The epoch of the certificate.
  package var epoch: LightEpoch { history.latest }
}

/// Why headers are not shown to be final.
package enum EpochFinalityError: Error, Hashable, Sendable {
  case noHeader
  /// A header does not follow from the one before it.
  case brokenChain(Height)
  /// The certificate is of another block or kind, or does not verify.
  case notFinal(CertificateError?)
  /// A link, counted from 1, does not lead to the next epoch.
  case badLink(Int, EpochLinkError)

  package var sentence: String {
    switch self {
    case .noHeader: "there is no header"
    case .brokenChain(let height): "the header of height \(height) does not follow from the one before it"
    case .notFinal(let error): "the last header is not finalised: \(CertificateError.words(error))"
    case .badLink(let number, let error): "the link number \(number) between epochs is refused: \(error.sentence)"
    }
  }
}

extension EpochFinality {
  /// Verifies links, headers and certificate, from the genesis document alone.
  package func verified(
    genesis: VerifiedGenesis, by verifier: some SignatureVerifier
  ) throws(EpochFinalityError) -> VerifiedFinality {
    guard let first = headers.first else { throw .noHeader }
    var history = EpochHistory(genesis)
    for (place, link) in links.enumerated() {
      do throws(EpochLinkError) { try history.follow(link, by: verifier) } catch { throw .badLink(place + 1, error) }
    }
    let epoch = history.latest
    guard epoch.leads(to: first) else { throw .brokenChain(first.height) }
    if let height = first.brokenChain(through: headers.dropFirst()) { throw .brokenChain(height) }
    do throws(EpochCertificateError) {
      try epoch.check(certificate, finalises: headers.last, by: verifier)
    } catch {
      throw .notFinal(error.reason)
    }
    return VerifiedFinality(finality: self, history: history, signers: epoch.signers(of: certificate))
  }
}

extension BlockHeader {
  /// Whether that is the header of a child of this block within one epoch.
  func precedes(_ next: BlockHeader) -> Bool {
    next.parent == digest && next.parentView == view && height.next == next.height && next.epoch == epoch
      && next.view > view && next.timestamp > timestamp
  }

  /// The height of the first of the headers that is not the child of the one before it, this one standing before them;
  /// nil if all are.
  func brokenChain(through headers: some Sequence<BlockHeader>) -> Height? {
    var last = self
    for header in headers {
      guard last.precedes(header) else { return header.height }
      last = header
    }
    return nil
  }
}
