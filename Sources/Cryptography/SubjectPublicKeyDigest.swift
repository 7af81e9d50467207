import COpenSSL

extension Certificate {
  /// The SHA-256 of the certificate's DER SubjectPublicKeyInfo: what a roster pins (as RFC 7469, section 2.4, has it).
  /// A certificate may be renewed under the same key without a change of the pin.
  package var subjectPublicKeyDigest: Digest { Self.subjectPublicKeyDigest(of: native) }

  /// The pin of every certificate of a stack that OpenSSL owns, such as the verified chain of a connection, leaf first.
  package static func subjectPublicKeyDigests(ofChain chain: OpaquePointer) -> [Digest] {
    (0..<max(0, pf_certificate_count(chain))).compactMap { index in
      pf_certificate_at(chain, index).map { subjectPublicKeyDigest(of: $0) }
    }
  }

  private static func subjectPublicKeyDigest(of certificate: OpaquePointer) -> Digest {
    let key = X509_get_X509_PUBKEY(certificate)
    let size = i2d_X509_PUBKEY(key, nil)
    var encoded = [UInt8](repeating: 0, count: Int(max(0, size)))
    encoded.withUnsafeMutableBufferPointer { buffer in
      var cursor = buffer.baseAddress
      _ = i2d_X509_PUBKEY(key, &cursor)
    }
    return .sha256(encoded)
  }
}
