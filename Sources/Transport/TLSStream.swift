import COpenSSL
import Cryptography
import NIOCore

/// One side of a TLS session, without a socket: ciphertext and plaintext go in and out as bytes.
///
/// Confined to one event loop. After a throw only ``takeOutput()`` is of use, for the alert.
package final class TLSStream {
  package enum Progress: Hashable, Sendable {
    case done
    /// Nothing more without further bytes from the peer.
    case needsInput
    /// The peer has closed its side.
    case closed
  }

  /// After how many writes the traffic key is changed: well below the 2^24.5 full records that RFC 8446 section 5.5
  /// allows AES-GCM (S6).
  private static let writesPerKey = 1 << 18
  /// A TLS record's largest plaintext.
  private static let recordSize = 16 * 1024
  /// What a record adds to its plaintext: header, content type and tag (RFC 8446, section 5.2).
  private static let recordOverhead = 22

  private let context: TLSContext
  private let buffers = BufferBIO()
  private let native: OpaquePointer
  private let writesPerKey: Int
  private var writes = 0

  /// Begins a session; nothing is sent before ``handshake()``.
  package convenience init(_ context: TLSContext, role: TLSRole) throws(SessionEnd) {
    try self.init(context, role: role, writesPerKey: Self.writesPerKey)
  }

  /// As above, with another number of writes between changes of the key.
  package init(_ context: TLSContext, role: TLSRole, writesPerKey: Int) throws(SessionEnd) {
    guard let native = SSL_new(context.native) else { throw .handshakeFailed(LibraryErrors.latest()) }
    guard let bio = buffers.makeNative() else {
      SSL_free(native)
      throw .handshakeFailed(LibraryErrors.latest())
    }
    // The same BIO for both directions: the session takes one reference, and frees it.
    SSL_set_bio(native, bio, bio)
    switch role {
    case .client: SSL_set_connect_state(native)
    case .server: SSL_set_accept_state(native)
    }
    (self.context, self.native, self.writesPerKey) = (context, native, writesPerKey)
  }

  deinit { SSL_free(native) }

  /// Takes ciphertext from the socket.
  package func receive(_ bytes: ByteBuffer) { buffers.receive(bytes) }

  /// The ciphertext to send, or nil where there is none.
  package func takeOutput() -> ByteBuffer? {
    guard buffers.outbound.readableBytes > 0 else { return nil }
    defer { buffers.outbound = ByteBuffer() }
    return buffers.outbound
  }

  /// Drives the handshake as far as the bytes that are there allow.
  package func handshake() throws(SessionEnd) -> Progress {
    ERR_clear_error()
    let result = SSL_do_handshake(native)
    guard result != 1 else { return .done }
    return try progress(afterResult: result)
  }

  /// Reads plaintext into the space; answers how much, which is zero unless there is progress to make.
  package func read(into space: UnsafeMutableRawBufferPointer) throws(SessionEnd) -> (count: Int, progress: Progress) {
    ERR_clear_error()
    var count = 0
    let result = SSL_read_ex(native, space.baseAddress, space.count, &count)
    guard result != 1 else { return (count, .done) }
    return (0, try progress(afterResult: result))
  }

  /// Encrypts plaintext; the ciphertext is ready for ``takeOutput()``. The BIO takes everything, so nothing is ever
  /// left over.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(SessionEnd) {
    // Writing nothing is an error to OpenSSL.
    guard bytes.count > 0 else { return }
    ERR_clear_error()
    writes += 1 + bytes.count / Self.recordSize
    if writes >= writesPerKey {
      writes = 0
      guard SSL_key_update(native, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 else {
        throw .connectionLost(LibraryErrors.latest())
      }
    }
    buffers.reserve(bytes.count + Self.recordOverhead * (1 + bytes.count / Self.recordSize))
    var written = 0
    guard SSL_write_ex(native, bytes.baseAddress, bytes.count, &written) == 1, written == bytes.count else {
      throw .connectionLost(LibraryErrors.latest())
    }
  }

  /// Says that nothing more comes from this side.
  package func close() {
    ERR_clear_error()
    _ = SSL_shutdown(native)
    ERR_clear_error()
  }

  /// Whether both sides agreed on TLS 1.3 and this protocol.
  package var speaksProtocol: Bool {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(native, &name, &length)
    let selected = UnsafeBufferPointer(start: name, count: Int(length))
    return SSL_version(native) == TLS1_3_VERSION && selected.elementsEqual(TransportProtocol.name.utf8)
  }

  /// The pins that the peer's verified chain answers to, leaf first. Empty where no chain was verified.
  package var verifiedPins: [Digest] {
    guard SSL_get_verify_result(native) == Int(X509_V_OK), let chain = SSL_get0_verified_chain(native) else {
      return []
    }
    return Certificate.subjectPublicKeyDigests(ofChain: chain)
  }

  /// The value of RFC 9266 that both sides of this session share and no other session has.
  package var channelBinding: Digest? {
    var value = [UInt8](repeating: 0, count: Digest.size)
    let label = TransportProtocol.channelBindingLabel
    guard SSL_export_keying_material(native, &value, value.count, label, label.utf8.count, nil, 0, 0) == 1 else {
      ERR_clear_error()
      return nil
    }
    return Digest(value)
  }

  private func progress(afterResult result: Int32) throws(SessionEnd) -> Progress {
    switch SSL_get_error(native, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
      ERR_clear_error()
      return .needsInput
    case SSL_ERROR_ZERO_RETURN:
      ERR_clear_error()
      return .closed
    default:
      let verification = SSL_get_verify_result(native)
      let reason = LibraryErrors.latest()
      guard verification != Int(X509_V_OK) else { throw .handshakeFailed(reason) }
      throw .handshakeFailed("\(reason) (\(String(cString: X509_verify_cert_error_string(verification))))")
    }
  }
}
