import COpenSSL
import Cryptography

/// The settings that all sessions of a node share: TLS 1.3 alone, both sides authenticated, nothing resumed (S1 to S4).
///
/// Unchecked because an `SSL_CTX` is not changed after its making here, and OpenSSL lets several threads make sessions
/// from one.
package final class TLSContext: @unchecked Sendable {
  /// The most bytes of certificates that a peer may present.
  private static let largestChain = 32 * 1024

  package let native: OpaquePointer

  /// Takes a context over as it is.
  package init(adopting native: OpaquePointer) { self.native = native }

  package init(_ identity: TransportIdentity) throws(TransportError) {
    guard let native = SSL_CTX_new(TLS_method()) else { throw .identity(LibraryErrors.latest()) }
    self.native = native
    guard let leaf = identity.chain.first else { throw .identity("the certificate file is empty") }
    guard pf_restrict(native, Self.largestChain) == 1, pf_allow_partial_chain(native) == 1,
      SSL_CTX_use_certificate(native, leaf.native) == 1
    else { throw .identity(LibraryErrors.latest()) }
    guard identity.key.install(inTLSContext: native), SSL_CTX_check_private_key(native) == 1 else {
      _ = LibraryErrors.latest()
      throw .identity("the private key is not that of the certificate \(leaf.subject)")
    }
    for certificate in identity.chain.dropFirst() where pf_add_chain_certificate(native, certificate.native) != 1 {
      throw .identity(LibraryErrors.latest())
    }
    for anchor in identity.trustAnchors where pf_trust(native, anchor.native) != 1 {
      throw .identity(LibraryErrors.latest())
    }
    guard Self.offerProtocol(native) else { throw .identity(LibraryErrors.latest()) }
  }

  deinit { SSL_CTX_free(native) }

  /// Offers and selects the application protocol. OpenSSL answers 0 when `SSL_CTX_set_alpn_protos` succeeds.
  private static func offerProtocol(_ native: OpaquePointer) -> Bool {
    let name = Array(TransportProtocol.name.utf8)
    let offered = [UInt8(truncatingIfNeeded: name.count)] + name
    SSL_CTX_set_alpn_select_cb(
      native,
      { _, out, outLength, list, length, _ in
        guard let list, let out, let outLength else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        let offers = UnsafeBufferPointer(start: list, count: Int(length))
        guard let range = ProtocolOffers.find(TransportProtocol.name, in: offers) else {
          return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        out.pointee = list + range.lowerBound
        outLength.pointee = UInt8(truncatingIfNeeded: range.count)
        return SSL_TLSEXT_ERR_OK
      }, nil)
    return SSL_CTX_set_alpn_protos(native, offered, UInt32(truncatingIfNeeded: offered.count)) == 0
  }
}

/// The list of application protocols in a ClientHello (RFC 7301): names, each after one byte of length.
package enum ProtocolOffers {
  /// Where in the list the name stands, without its length.
  package static func find(_ name: String, in offers: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var position = 0
    while position < offers.count {
      let start = position + 1
      let end = start + Int(offers[position])
      guard end <= offers.count else { return nil }
      if offers[start..<end].elementsEqual(name.utf8) { return start..<end }
      position = end
    }
    return nil
  }
}
