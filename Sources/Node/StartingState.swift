import CBOR
import Consensus
import Foundation
import Ledger
import Membership

/// A final state that a node begins with instead of executing all blocks, verified from the genesis on.
struct StartingState: Sendable {
  let snapshot: Snapshot
  /// How the epochs led to that of the snapshot, each under the epoch that it ended.
  let links: [(epoch: Epoch, link: EpochLink)]

  /// Verifies the manifest's header, that the bytes are those of the manifest, and that their entries give the header's state root.
  static func read(
    _ files: NodeConfiguration.SnapshotFiles, _ material: NodeMaterial
  ) throws(NodeFailure) -> StartingState {
    let manifest = try bytes(files.manifest)
    let offer: VerifiedSnapshotOffer
    do throws(SnapshotOfferError) {
      offer = try SnapshotOffer.verified(decoding: manifest, genesis: material.genesis, by: material.verifier)
    } catch {
      throw .snapshot(path: files.manifest, reason: error.sentence)
    }
    return try verified(try bytes(files.path), offer, material.genesis, material.verifier, from: files.path)
  }

  /// Verifies that bytes are those of a verified manifest, and that their entries give the state root of its header.
  static func verified(
    _ content: [UInt8], _ offer: VerifiedSnapshotOffer, _ genesis: VerifiedGenesis, _ verifier: some SignatureVerifier,
    from path: String
  ) throws(NodeFailure) -> StartingState {
    if let chunk = offer.manifest.difference(from: content) {
      throw .snapshot(path: path, reason: "chunk \(chunk + 1) is not that of the manifest")
    }
    let history = offer.finality.history
    let snapshot: Snapshot
    do throws(CBORError) { snapshot = try Snapshot(decoding: content) } catch {
      throw .snapshot(path: path, reason: "it is no snapshot (\(error))")
    }
    let state: LedgerState
    do throws(SnapshotError) {
      state = try snapshot.state(on: genesis, in: history.latest, by: verifier)
    } catch {
      throw .snapshot(path: path, reason: error.sentence)
    }
    guard snapshot.header == offer.header, state.epoch == snapshot.header.epoch else {
      throw .snapshot(path: path, reason: "it is of another block, or of one that ends an epoch: export it anew")
    }
    return StartingState(
      snapshot: snapshot, links: zip(history.epochs, history.links).map { (epoch: $0.epoch, link: $1) })
  }

  private static func bytes(_ path: String) throws(NodeFailure) -> [UInt8] {
    do { return [UInt8](try Data(contentsOf: URL(filePath: path))) } catch {
      throw .file(path: path, reason: FileProblem.describe(error))
    }
  }
}
