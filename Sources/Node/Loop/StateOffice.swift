import CBOR
import Consensus
import Cryptography
import Dispatch
import Ledger
import Membership
import Storage
import Synchronization

/// The work on snapshots that the loop's thread does not do: making an offer of the journal's own, and verifying those of others.
final class StateOffice: Sendable {
  private struct Offered {
    let height: UInt64
    let offer: SnapshotOffer
    let bytes: [UInt8]
  }

  private let genesis: VerifiedGenesis
  private let history: CommittedHistory
  private let signer: NodeSigner
  private let member: MemberID
  private let verifier: CachingVerifier
  private let queue = DispatchQueue(label: "state.transfer")
  /// The newest snapshot that was asked for: the chunks are cut from it.
  private let offered = Mutex<Offered?>(nil)

  init(
    genesis: VerifiedGenesis, history: CommittedHistory, signer: NodeSigner, member: MemberID, verifier: CachingVerifier
  ) {
    (self.genesis, self.history, self.signer) = (genesis, history, signer)
    (self.member, self.verifier) = (member, verifier)
  }

  /// Answers a question of another member; nothing where there is nothing to answer with. `answer` is called on the office's thread.
  func serve(_ message: StateMessage, answer: @escaping @Sendable (StateMessage) -> Void) {
    queue.async { [self] in
      switch message {
      case .want(let height): if let offer = newest(above: height) { answer(.offer(offer)) }
      case .wantChunk(let header, let place):
        if let bytes = chunk(header, place) { answer(.chunk(header: header, place: place, bytes)) }
      case .offer, .chunk: break
      }
    }
  }

  /// Verifies an offer from the genesis on; nil where it is none.
  func verify(_ offer: SnapshotOffer, answer: @escaping @Sendable (VerifiedSnapshotOffer?) -> Void) {
    queue.async { [self] in answer(try? offer.verified(genesis: genesis, by: verifier)) }
  }

  /// Makes a state to begin with of all chunks, verifying everything; the reason where it is none.
  func assemble(
    _ bytes: [UInt8], _ offer: VerifiedSnapshotOffer,
    answer: @escaping @Sendable (Result<StartingState, NodeFailure>) -> Void
  ) {
    queue.async { [self] in
      do throws(NodeFailure) {
        answer(.success(try StartingState.verified(bytes, offer, genesis, verifier, from: "the chunks")))
      } catch { answer(.failure(error)) }
    }
  }

  private func chunk(_ header: Digest, _ place: UInt64) -> [UInt8]? {
    offered.withLock { offered -> [UInt8]? in
      guard let offered, offered.offer.finality.headers.first?.digest == header else { return nil }
      let pieces = SnapshotManifest.chunks(of: offered.bytes)
      return place < UInt64(pieces.count) ? Array(pieces[Int(place)]) : nil
    }
  }

  private func newest(above height: Height) -> SnapshotOffer? {
    guard let newest = try? history.snapshotHeight(), newest > height.number else { return nil }
    if let held = offered.withLock({ $0.flatMap { $0.height == newest ? $0.offer : nil } }) { return held }
    guard let network = genesis.network.digest, let snapshot = try? history.snapshot(), let links = try? history.links()
    else { return nil }
    let bytes = snapshot.encoded
    guard let manifest = SnapshotManifest(of: bytes, header: snapshot.header, by: member),
      let statement = try? signer.sign(SigningRequest(manifest))
    else { return nil }
    let before = links.filter { $0.epoch.map { $0 < snapshot.header.epoch } ?? false }
    let offer = SnapshotOffer(
      network: network, statement: statement,
      finality: EpochFinality(headers: [snapshot.header], certificate: snapshot.finalisation, links: before))
    offered.withLock { $0 = Offered(height: snapshot.header.height.number, offer: offer, bytes: bytes) }
    return offer
  }
}
