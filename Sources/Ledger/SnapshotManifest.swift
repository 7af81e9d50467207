import CBOR
import Consensus
import Cryptography
import Membership

/// What a node says of a snapshot that it hands out: whose state it is, how long it is, and the digests of its pieces.
///
/// It is a statement of type `snapshot-manifest` by the node key: [signer, header, height, state root, bytes, chunks].
/// The signature says only who made it, so that a bad piece can be laid at someone's door. A snapshot is trusted for the
/// state root of a final header, never for a signature (`Protocol/ledger.md`, L16).
package struct SnapshotManifest: Statement {
  /// The length of every chunk but the last, in bytes.
  package static let chunkBytes = 1 << 20
  package static let mostChunks = 4_096

  package let signer: MemberID
  /// The digest of the header whose state it is.
  package let header: Digest
  package let height: Height
  package let stateRoot: Digest
  /// The length of the encoded snapshot.
  package let bytes: UInt64
  /// The digest of each chunk, in order.
  package let chunks: [Digest]

  /// The manifest of an encoded snapshot; nil where it is empty or has more chunks than a manifest takes.
  package init?(of snapshot: [UInt8], header: BlockHeader, by signer: MemberID) {
    let pieces = Self.chunks(of: snapshot)
    guard !pieces.isEmpty, pieces.count <= Self.mostChunks else { return nil }
    (self.signer, self.header, height, stateRoot) = (signer, header.digest, header.height, header.stateRoot)
    bytes = UInt64(snapshot.count)
    chunks = pieces.map(Self.digest)
  }

  /// An encoded snapshot in the pieces in which it travels.
  package static func chunks(of snapshot: [UInt8]) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: snapshot.count, by: chunkBytes).map { start in
      snapshot[start..<min(start + chunkBytes, snapshot.count)]
    }
  }

  private static func digest(_ chunk: ArraySlice<UInt8>) -> Digest { Digest.of(.snapshotChunk, Array(chunk)) }

  /// Whether these are the bytes of the chunk of that place.
  package func accepts(_ chunk: [UInt8], at place: Int) -> Bool {
    chunks.indices.contains(place) && chunk.count == length(of: place)
      && Digest.of(.snapshotChunk, chunk) == chunks[place]
  }

  /// The length of the chunk of that place; the places are 0 to the number of chunks.
  private func length(of place: Int) -> Int {
    place + 1 < chunks.count ? Self.chunkBytes : Int(clamping: bytes) - (chunks.count - 1) * Self.chunkBytes
  }

  /// The first place at which the bytes are not those of the manifest, or nil if all of them are. Beyond the last chunk:
  /// the length differs.
  package func difference(from snapshot: [UInt8]) -> Int? {
    let pieces = Self.chunks(of: snapshot)
    for (place, piece) in pieces.enumerated() where !accepts(Array(piece), at: place) { return place }
    return pieces.count == chunks.count ? nil : pieces.count
  }

  // MARK: Statement

  package var statementType: StatementType { .snapshotManifest }

  package static func accepts(_ type: StatementType) -> Bool { type == .snapshotManifest }

  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    writer.value(signer)
    writer.value(header)
    writer.value(height)
    writer.value(stateRoot)
    writer.unsigned(bytes)
    writer.list(chunks)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    signer = try reader.value()
    header = try reader.value()
    height = try reader.value()
    stateRoot = try reader.value()
    bytes = try reader.unsigned()
    chunks = try reader.list(max: Self.mostChunks)
    reader.leave()
    let most = UInt64(chunks.count) * UInt64(Self.chunkBytes)
    guard !chunks.isEmpty, bytes <= most, bytes > most - UInt64(Self.chunkBytes) else { throw .unknownValue }
  }
}
