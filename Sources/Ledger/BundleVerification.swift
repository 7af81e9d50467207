import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// A block that the members publish: whoever has it from them cannot be deceived with keys that were retired later.
package struct Checkpoint: Hashable, Sendable {
  package let height: Height
  package let digest: Digest

  package init(height: Height, digest: Digest) { (self.height, self.digest) = (height, digest) }
}

/// What a verifier wants besides the signatures.
package struct BundleDemands: Hashable, Sendable {
  /// The verifier's clock; nil where it has none.
  package var now: Instant?
  /// The greatest age of the header in milliseconds; needs a clock.
  package var maximumAge: Int64?
  package var checkpoint: Checkpoint?

  package init(now: Instant? = nil, maximumAge: Int64? = nil, checkpoint: Checkpoint? = nil) {
    (self.now, self.maximumAge, self.checkpoint) = (now, maximumAge, checkpoint)
  }
}

extension Bundle {
  /// Reads and verifies a bundle.
  package static func verified(
    decoding bytes: [UInt8], genesis: VerifiedGenesis, demands: BundleDemands, by verifier: some SignatureVerifier
  ) throws(BundleError) -> BundleReport {
    let bundle: Bundle
    do throws(CBORError) { bundle = try Bundle(decoding: bytes) } catch { throw .malformed(error) }
    return try bundle.verified(genesis: genesis, demands: demands, by: verifier)
  }

  /// Verifies everything that the bundle claims, from the genesis document alone (L17, L18).
  package func verified(
    genesis: VerifiedGenesis, demands: BundleDemands, by verifier: some SignatureVerifier
  ) throws(BundleError) -> BundleReport {
    guard let wanted = genesis.network.digest, network == wanted else {
      throw .otherNetwork(found: network, wanted: genesis.network.digest ?? .zero)
    }
    let finality: VerifiedFinality
    do throws(EpochFinalityError) {
      finality = try self.finality.verified(genesis: genesis, by: verifier)
    } catch {
      throw .finality(error)
    }
    guard headers.indices.contains(proved) else { throw .noHeader }
    let header = headers[proved]
    let proven = try provedEntries(header)
    let contents = try provedContents(proven)
    let trail = BundleTrail(finality, proved: proved, closes: contents.closes(finality.history))
    try checkCheckpoint(demands.checkpoint, trail)
    try checkStatements(of: contents, signedBy: BundleKeys(contents.roster, proven), genesis.network, verifier)
    let age = demands.now.flatMap { try? $0.milliseconds(since: header.timestamp) }
    if let maximum = demands.maximumAge, let age, age > maximum { throw .tooOld(milliseconds: age) }
    return BundleReport(
      bundle: self, network: genesis.content.name, header: header, contents: contents, finality: finality, trail: trail,
      age: age, checkpoint: demands.checkpoint)
  }

  private func checkCheckpoint(_ point: Checkpoint?, _ trail: BundleTrail) throws(BundleError) {
    guard let point else { return }
    guard let block = trail.block(at: point.height) else {
      throw .checkpointNotCovered(first: trail.first, last: trail.last)
    }
    guard block.digest == point.digest else { throw .contradictsCheckpoint(point) }
  }

  private func provedEntries(_ header: BlockHeader) throws(BundleError) -> ProvenEntries {
    do throws(StateProofError) { return try ProvenEntries(proof, stateRoot: header.stateRoot) } catch {
      throw .proof(error)
    }
  }

  private func provedContents(_ proven: ProvenEntries) throws(BundleError) -> BundleContents {
    do throws(BundleContentError) {
      return try BundleContents(proven, subject)
    } catch {
      if case .proof(let inner) = error { throw .proof(inner) }
      throw .content(error)
    }
  }

  // MARK: Signed acts

  private func checkStatements(
    of contents: BundleContents, signedBy keys: BundleKeys, _ network: NetworkID, _ verifier: some SignatureVerifier
  ) throws(BundleError) {
    let isWhole = if case .docket = subject { true } else { false }
    let claims = contents.dockets.flatMap { $0.claims(isWhole: isWhole) }.sorted {
      $0.by.transaction < $1.by.transaction
    }
    let wanted = claims.map(\.by.transaction)
    for (identity, next) in zip(statements, statements.dropFirst()) where !(identity.identity < next.identity) {
      throw .statementUnasked(next.identity)
    }
    var rest = statements[...]
    for claim in claims {
      guard let statement = rest.first, statement.identity == claim.by.transaction else {
        throw Self.mismatch(rest.first?.identity, claim.by.transaction, wanted)
      }
      do throws(AttestationError) {
        try keys.check(statement, of: network, by: verifier)
      } catch {
        throw .statementRefused(statement.identity, error)
      }
      guard claim.isMade(by: statement) else { throw .statementContradictsState(statement.identity) }
      rest = rest.dropFirst()
    }
    if let surplus = rest.first { throw .statementUnasked(surplus.identity) }
  }

  private static func mismatch(_ found: Digest?, _ wanted: Digest, _ all: [Digest]) -> BundleError {
    if let found, !all.contains(found) { return .statementUnasked(found) }
    return .statementMissing(wanted)
  }
}
