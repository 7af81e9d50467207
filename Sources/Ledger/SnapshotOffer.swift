import CBOR
import Consensus
import Cryptography
import Membership
import Trade

/// A signed manifest with its header's way to finality, for anyone offline: a map of format, network, the statement, and
/// the finality, whose first header is the snapshot's.
package struct SnapshotOffer: Hashable, Sendable, CBORCodable {
  package static let format: UInt64 = 1
  /// The largest offer in bytes that a verifier reads.
  package static let mostBytes = 64 * 1024 * 1024

  package let network: Digest
  /// A statement of type `snapshot-manifest`.
  package let statement: SignedStatement
  package let finality: EpochFinality

  package init(network: Digest, statement: SignedStatement, finality: EpochFinality) {
    (self.network, self.statement, self.finality) = (network, statement, finality)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.map(4)
    writer.unsigned(0)
    writer.unsigned(Self.format)
    writer.unsigned(1)
    writer.value(network)
    writer.unsigned(2)
    writer.value(statement)
    writer.unsigned(3)
    writer.value(finality)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.map(max: 4) == 4 else { throw .wrongCount }
    try reader.key(0)
    guard try reader.unsigned() == Self.format else { throw .unknownValue }
    try reader.key(1)
    network = try reader.value()
    try reader.key(2)
    statement = try reader.value()
    try reader.key(3)
    finality = try reader.value()
    reader.leave()
  }
}

/// A manifest whose header is final. There is none without verification.
package struct VerifiedSnapshotOffer: Hashable, Sendable {
  package let manifest: SnapshotManifest
  package let header: BlockHeader
  package let finality: VerifiedFinality
  /// Whether the signer's key was known and its signature verified; the snapshot's trust does not depend on it.
  package let isSignerKnown: Bool

  fileprivate init(manifest: SnapshotManifest, finality: VerifiedFinality, header: BlockHeader, isSignerKnown: Bool) {
    (self.manifest, self.finality, self.header, self.isSignerKnown) = (manifest, finality, header, isSignerKnown)
  }

  package var sentences: [String] {
    let names = finality.signers.map(\.text).joined(separator: ", ")
    let signature =
      isSignerKnown
      ? "\(manifest.signer) signed the manifest: that says who made it, and nothing about whether it is right."
      : "The manifest names \(manifest.signer), which is no validator of epoch \(finality.epoch.epoch): its signature was "
        + "not checked, and nothing rests on it."
    return [
      "Block \(header.height), \(header.digest.short)…, of \(header.timestamp.text) is final by \(finality.signers.count) "
        + "signatures: \(names).",
      "A snapshot of \(manifest.bytes) bytes in \(manifest.chunks.count) chunks is offered for its state root "
        + "\(header.stateRoot).",
      signature, "Trust it for the state root of that final header alone: whoever takes it computes the root anew.",
    ] + finality.history.restarts.flatMap(\.sentences)
  }
}

/// Why a manifest offers nothing that could be trusted.
package enum SnapshotOfferError: Error, Hashable, Sendable {
  case malformed(CBORError)
  case otherNetwork(found: Digest, wanted: Digest)
  case finality(EpochFinalityError)
  /// The manifest is of another header than the one that is final.
  case otherHeader
  case manifest(AttestationError)

  package var code: String {
    switch self {
    case .malformed: "SNAPSHOT_MALFORMED"
    case .otherNetwork: "SNAPSHOT_OTHER_NETWORK"
    case .finality(.noHeader): "SNAPSHOT_NO_HEADER"
    case .finality(.brokenChain): "SNAPSHOT_BROKEN_CHAIN"
    case .finality(.notFinal): "SNAPSHOT_NOT_FINAL"
    case .finality(.badLink): "SNAPSHOT_BAD_LINK"
    case .otherHeader: "SNAPSHOT_OTHER_HEADER"
    case .manifest: "SNAPSHOT_MANIFEST_REFUSED"
    }
  }

  package var sentence: String {
    switch self {
    case .malformed(let error): "the file is no manifest in its deterministic form (\(error))"
    case .otherNetwork(let found, let wanted): "the manifest is of the network \(found), not of \(wanted)"
    case .finality(let error): error.sentence
    case .otherHeader: "the manifest is of another header or state root than the one that is final"
    case .manifest(let error): "the manifest is refused: \(error.sentence)"
    }
  }
}

extension SnapshotOffer {
  /// Reads an offer and verifies it.
  package static func verified(
    decoding bytes: [UInt8], genesis: VerifiedGenesis, by verifier: some SignatureVerifier
  ) throws(SnapshotOfferError) -> VerifiedSnapshotOffer {
    let offer: SnapshotOffer
    do throws(CBORError) { offer = try SnapshotOffer(decoding: bytes) } catch { throw .malformed(error) }
    return try offer.verified(genesis: genesis, by: verifier)
  }

  /// Verifies that the header is final, that the manifest is of this header, and who signed it.
  package func verified(
    genesis: VerifiedGenesis, by verifier: some SignatureVerifier
  ) throws(SnapshotOfferError) -> VerifiedSnapshotOffer {
    guard let wanted = genesis.network.digest, network == wanted else {
      throw .otherNetwork(found: network, wanted: genesis.network.digest ?? .zero)
    }
    let finality: VerifiedFinality
    do throws(EpochFinalityError) {
      finality = try self.finality.verified(genesis: genesis, by: verifier)
    } catch {
      throw .finality(error)
    }
    guard let header = finality.finality.headers.first else { throw .finality(.noHeader) }
    let (manifest, isKnown) = try signedManifest(in: finality.epoch, by: verifier)
    guard manifest.header == header.digest, manifest.height == header.height, manifest.stateRoot == header.stateRoot
    else { throw .otherHeader }
    return VerifiedSnapshotOffer(manifest: manifest, finality: finality, header: header, isSignerKnown: isKnown)
  }

  /// The manifest, and whether its signer's key is known; a signature by a known key must verify.
  private func signedManifest(
    in epoch: LightEpoch, by verifier: some SignatureVerifier
  ) throws(SnapshotOfferError) -> (SnapshotManifest, isKnown: Bool) {
    do throws(AttestationError) {
      let signed = try Signed<SnapshotManifest>(statement, as: .snapshotManifest)
      guard epoch.validators[signed.content.signer] != nil else { return (signed.content, false) }
      _ = try signed.attested(on: epoch.validators, network: epoch.network, by: verifier)
      return (signed.content, true)
    } catch {
      throw .manifest(error)
    }
  }
}
