import COpenSSL
import NIOCore

/// What OpenSSL reads its ciphertext from and writes it to: two buffers in memory, without a copy beyond the record
/// layer's own.
///
/// Confined to the event loop of its session, as the `SSL` that it belongs to.
final class BufferBIO {
  /// Received and not yet read by OpenSSL.
  var inbound = ByteBuffer()
  /// Written by OpenSSL and not yet sent.
  var outbound = ByteBuffer()

  /// Makes the BIO. Whoever holds the answer owns it; this object must outlive it.
  func makeNative() -> OpaquePointer? {
    guard let method = Self.method.pointer, let bio = BIO_new(method) else { return nil }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  func receive(_ bytes: ByteBuffer) {
    if inbound.readableBytes == 0 {
      inbound = bytes
    } else {
      inbound.discardReadBytes()
      inbound.writeImmutableBuffer(bytes)
    }
  }

  /// Makes room for ciphertext that is about to be written, so that it is allocated once.
  func reserve(_ bytes: Int) { outbound.reserveCapacity(minimumWritableBytes: bytes) }

  fileprivate func read(_ space: UnsafeMutableRawBufferPointer) -> Int32 {
    let count = min(space.count, inbound.readableBytes)
    guard count > 0 else { return 0 }
    inbound.readWithUnsafeReadableBytes { bytes in
      space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
      return count
    }
    return Int32(truncatingIfNeeded: count)
  }

  fileprivate func write(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    Int32(truncatingIfNeeded: outbound.writeBytes(bytes))
  }

  fileprivate static func of(_ bio: OpaquePointer?) -> BufferBIO? {
    BIO_get_data(bio).map { Unmanaged<BufferBIO>.fromOpaque($0).takeUnretainedValue() }
  }

  private static let method = BufferMethod()
}

/// The table of functions that makes a BIO of this kind, for the life of the process.
///
/// Unchecked because it is written here once and only read afterwards.
private final class BufferMethod: @unchecked Sendable {
  let pointer: OpaquePointer?

  init() {
    pointer = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "buffer")
    BIO_meth_set_read(pointer) { bio, space, count in
      pf_ask_for_nothing(bio)
      guard let buffer = BufferBIO.of(bio), let space, count > 0 else { return -1 }
      let read = buffer.read(UnsafeMutableRawBufferPointer(start: space, count: Int(count)))
      if read > 0 { return read }
      // Nothing there is no end of the stream: more may come.
      pf_ask_for_another_read(bio)
      return -1
    }
    BIO_meth_set_write(pointer) { bio, bytes, count in
      pf_ask_for_nothing(bio)
      guard let buffer = BufferBIO.of(bio), let bytes, count > 0 else { return -1 }
      return buffer.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }
    BIO_meth_set_ctrl(pointer) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
  }
}
