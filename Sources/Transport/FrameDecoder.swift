import NIOCore

/// Cuts a stream of bytes into frames: four bytes of big-endian length, then as many bytes (S13, S14).
///
/// What a peer announces is never allocated: the buffer grows with what arrived.
package struct FrameDecoder {
  /// The size of the length that precedes each frame.
  package static let headerSize = 4
  /// A buffer that grew beyond this for a large frame is given back afterwards.
  private static let keptCapacity = 256 * 1024

  private var buffer = ByteBuffer()

  package init() {}

  /// How many bytes wait for the rest of their frame.
  package var buffered: Int { buffer.readableBytes }

  /// How much memory the buffer holds.
  package var capacity: Int { buffer.capacity }

  package mutating func append(_ bytes: [UInt8]) { buffer.writeBytes(bytes) }

  /// Lets `body` write up to `room` bytes to the end; it answers how many it wrote.
  mutating func append(room: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
    _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
      body(UnsafeMutableRawBufferPointer(rebasing: space.prefix(room)))
    }
  }

  /// The next whole frame, or nil where more bytes are needed. An announced length outside 1…`limit` is refused at
  /// once.
  package mutating func next(limit: Int) throws(SessionEnd) -> [UInt8]? {
    guard let announced = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else {
      trim()
      return nil
    }
    let length = Int(announced)
    guard length > 0 else { throw .emptyFrame }
    guard length <= limit else { throw .frameTooLarge(length) }
    guard buffer.readableBytes >= Self.headerSize + length else {
      trim()
      return nil
    }
    buffer.moveReaderIndex(forwardBy: Self.headerSize)
    return buffer.readBytes(length: length)
  }

  /// Gives the space of what was handed out back, once for each run of frames.
  private mutating func trim() {
    guard buffer.readerIndex > 0 else { return }
    if buffer.readableBytes == 0, buffer.capacity > Self.keptCapacity {
      buffer = ByteBuffer()
    } else {
      buffer.discardReadBytes()
    }
  }
}
