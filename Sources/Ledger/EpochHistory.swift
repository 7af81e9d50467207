import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Negotiation
import Trade

/// All that someone who executes nothing knows of an epoch: the block that opened it and who votes in it.
package struct LightEpoch: Hashable, Sendable, VotingContext {
  package let network: NetworkID
  package let epoch: Epoch
  /// The closing block of the epoch before; the genesis block for epoch 0.
  package let opening: BlockHeader
  package let validators: ValidatorSet

  package var opener: Digest { opening.digest }

  init(network: NetworkID, epoch: Epoch, opening: BlockHeader, validators: ValidatorSet) {
    (self.network, self.epoch, self.opening, self.validators) = (network, epoch, opening, validators)
  }

  /// Whether a header can be of this epoch, by all that the opening block says of it. The opening block itself counts
  /// where it is the genesis block.
  func leads(to header: BlockHeader) -> Bool {
    if header == opening { return header.epoch == epoch }
    guard header.epoch == epoch, header.height > opening.height, header.view > opening.view,
      header.timestamp > opening.timestamp
    else { return false }
    return header.height != opening.height.next
      || (header.parent == opening.digest && header.parentView == opening.view)
  }

  /// The members whose signatures a certificate carries.
  func signers(of certificate: Certificate) -> [MemberID] {
    certificate.signatures.compactMap { entry in
      let place = Int(entry.index)
      return validators.members.indices.contains(place) ? validators.members[place].id : nil
    }
  }

  /// Verifies that a certificate of this epoch finalises that very block.
  func check(
    _ certificate: Certificate, finalises header: BlockHeader?, by verifier: some SignatureVerifier
  ) throws(EpochCertificateError) {
    guard let header, certificate.kind == .finalize, certificate.block == header.digest,
      certificate.view == header.view, header.epoch == epoch
    else { throw EpochCertificateError(reason: nil) }
    do throws(CertificateError) {
      _ = try certificate.verified(in: self, by: verifier)
    } catch {
      throw EpochCertificateError(reason: error)
    }
  }
}

/// A certificate does not finalise the block it came with; no reason: it is of another block or another kind.
struct EpochCertificateError: Error {
  let reason: CertificateError?
}

/// The epochs of a network from its genesis on, as far as they were proved by links.
package struct EpochHistory: Hashable, Sendable {
  package let network: NetworkID
  /// Ascending, from the epoch that the genesis block opened; never empty.
  package private(set) var epochs: [LightEpoch]
  /// The links by which they were proved: one fewer.
  package private(set) var links: [EpochLink] = []
  package private(set) var latest: LightEpoch
  /// The restarts among them.
  package private(set) var restarts: [VerifiedRestart] = []

  /// The epoch that the genesis block opens, and no other yet.
  package init(_ genesis: VerifiedGenesis) {
    network = genesis.network
    latest = LightEpoch(
      network: genesis.network, epoch: genesis.header.epoch, opening: genesis.header,
      validators: genesis.context.validators)
    epochs = [latest]
  }

  /// An epoch that was proved, or nil.
  package subscript(epoch: Epoch) -> LightEpoch? { epochs.place(of: epoch, by: \.epoch).map { epochs[$0] } }

  /// Verifies a link of the latest epoch, and takes up the epoch to which it leads.
  package mutating func follow(_ link: EpochLink, by verifier: some SignatureVerifier) throws(EpochLinkError) {
    let next: LightEpoch =
      switch link {
      case .succession(let succession): try latest.successor(by: succession, verifier)
      case .restart(let restart): try restarted(by: restart, verifier)
      }
    latest = next
    epochs.append(next)
    links.append(link)
  }

  /// The epoch that a restart opened; the restart is remembered, since whoever relies on it must hear of it.
  private mutating func restarted(
    by link: RestartLink, _ verifier: some SignatureVerifier
  ) throws(EpochLinkError) -> LightEpoch {
    let restart: VerifiedRestart
    do throws(RestartLinkError) {
      restart = try link.verified(
        network: network, epoch: latest.epoch, root: latest.opening.link, stateRoot: latest.opening.stateRoot,
        validators: latest.validators, by: verifier)
    } catch {
      throw .restart(error)
    }
    let content = restart.content
    guard content.newEpoch > latest.epoch else { throw .foreignBlock }
    restarts.append(restart)
    return LightEpoch(
      network: network, epoch: content.newEpoch, opening: content.startHeader ?? latest.opening,
      validators: content.newValidators)
  }
}

/// Why a link does not lead to another epoch.
package enum EpochLinkError: Error, Hashable, Sendable {
  /// There is no closing header, or it cannot be of the epoch before.
  case foreignBlock
  /// A header does not follow from the one before it.
  case brokenChain(Height)
  case notFinal(CertificateError?)
  case proof(StateProofError)
  /// The state of the block has no record of a next epoch, one that cannot be read, or one of another closing block.
  case noRecord
  case restart(RestartLinkError)

  package var sentence: String {
    switch self {
    case .foreignBlock: "the closing block is not of the epoch before"
    case .brokenChain(let height): "the header of height \(height) does not follow from the one before it"
    case .notFinal(let error): "the closing block is not final: \(CertificateError.words(error))"
    case .proof(let error): error.sentence
    case .noRecord: "the state of the block does not say that it closes the epoch, and who votes in the next one"
    case .restart(let error): "the restart is refused: \(error.sentence)"
    }
  }
}

extension CertificateError {
  /// What is wrong, for people; of another block where there is no error.
  static func words(_ error: CertificateError?) -> String {
    switch error {
    case nil: "the certificate is of another block"
    case .otherEpoch(let epoch): "the certificate is of epoch \(epoch), or of an epoch that another block opened"
    case .tooFewSignatures(let count): "\(count) signatures are no quorum"
    case .badIndex(let index): "the signer number \(index) is out of order or does not exist"
    case .badSignature(let member): "the signature of \(member) does not verify"
    }
  }
}
