import CBOR
import Consensus
import Cryptography
import Ledger

/// What nodes say to each other to hand a whole state over: tags 8 to 11 of a peer message (`Protocol/replica.md`, M34 to M37).
enum StateMessage: Hashable, Sendable {
  /// Asks for a snapshot above a height.
  case want(above: Height)
  case offer(SnapshotOffer)
  /// Asks for one chunk of the snapshot of a header.
  case wantChunk(header: Digest, place: UInt64)
  case chunk(header: Digest, place: UInt64, [UInt8])

  /// Whether a frame says of itself that it is one.
  static func isOne(_ frame: [UInt8]) -> Bool { frame.count > 1 && frame[0] == 0x82 && (8...11).contains(frame[1]) }
}

extension StateMessage: CBORCodable {
  private enum Tag: UInt8, CBORCodable {
    case want = 8
    case offer = 9
    case wantChunk = 10
    case chunk = 11
  }

  func encode(to writer: inout CBORWriter) {
    writer.array(2)
    switch self {
    case .want(let height):
      writer.value(Tag.want)
      writer.value(height)
    case .offer(let offer):
      writer.value(Tag.offer)
      writer.value(offer)
    case .wantChunk(let header, let place):
      writer.value(Tag.wantChunk)
      writer.array(2)
      writer.value(header)
      writer.unsigned(place)
    case .chunk(let header, let place, let bytes):
      writer.value(Tag.chunk)
      writer.array(3)
      writer.value(header)
      writer.unsigned(place)
      writer.byteString(bytes)
    }
  }

  init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    switch try reader.value(Tag.self) {
    case .want: self = .want(above: try reader.value())
    case .offer: self = .offer(try reader.value())
    case .wantChunk:
      try reader.array(exactly: 2)
      self = .wantChunk(header: try reader.value(), place: try reader.unsigned())
      reader.leave()
    case .chunk:
      try reader.array(exactly: 3)
      self = .chunk(
        header: try reader.value(), place: try reader.unsigned(),
        try reader.byteString(max: SnapshotManifest.chunkBytes))
      reader.leave()
    }
    reader.leave()
  }
}
