import COpenSSL

/// The signature algorithms of the roster, by their COSE numbers (RFC 9053).
package enum SignatureAlgorithm: Int8, Hashable, Sendable, CaseIterable {
  /// ECDSA with P-256 and SHA-256.
  case es256 = -7
  /// EdDSA with Ed25519.
  case eddsa = -8

  /// The length of a raw signature in bytes.
  package var signatureSize: Int { 64 }

  /// The length of a raw public key in bytes: an Ed25519 encoding, or an uncompressed SEC 1 point.
  package var publicKeySize: Int {
    switch self {
    case .es256: 65
    case .eddsa: 32
    }
  }
}

/// A public key as it stands in a roster: the algorithm and the raw bytes. Holding one proves nothing about its
/// quality; see ``isAcceptable``.
package struct PublicKey: Hashable, Sendable {
  package let algorithm: SignatureAlgorithm
  package let bytes: [UInt8]

  /// Answers nil where the bytes have the wrong length for the algorithm.
  package init?(algorithm: SignatureAlgorithm, bytes: [UInt8]) {
    guard bytes.count == algorithm.publicKeySize else { return nil }
    self.algorithm = algorithm
    self.bytes = bytes
  }

  /// What people compare: the SHA-256 of the algorithm's number and the key, in groups of four digits.
  package var fingerprint: String {
    let text = Digest.sha256([UInt8(bitPattern: algorithm.rawValue)], bytes).hexadecimal
    return stride(from: 0, to: 32, by: 4).map { start in
      String(text.dropFirst(start).prefix(4))
    }.joined(separator: " ")
  }

  /// Whether the key may enter a roster: a point on its curve, canonically encoded, and for Ed25519 not of small order.
  package var isAcceptable: Bool {
    switch algorithm {
    case .es256: bytes.first == 4 && NativeKey(self) != nil
    case .eddsa: SmallOrderPoints.isCanonical(bytes) && !SmallOrderPoints.contains(bytes) && Ed25519Curve.decodes(bytes)
    }
  }

  /// Verifies a raw signature over a message.
  ///
  /// Ed25519 demands S < L and the cofactorless equation, byte for byte, as OpenSSL checks it. ES256 takes r ‖ s, both
  /// in 1…n−1, with either s. Anything malformed is simply not valid.
  package func isValid(signature: [UInt8], of message: [UInt8]) -> Bool {
    guard signature.count == algorithm.signatureSize, let key = NativeKey(self) else { return false }
    switch algorithm {
    case .eddsa: return key.verify(signature, of: message, digest: nil)
    case .es256:
      guard let encoded = ECDSASignature.derEncoding(ofRaw: signature) else { return false }
      return key.verify(encoded, of: message, digest: "SHA256")
    }
  }
}

/// An `EVP_PKEY` for the length of one use.
struct NativeKey: ~Copyable {
  let pointer: OpaquePointer

  init?(_ key: PublicKey) {
    let parsed: OpaquePointer?
    switch key.algorithm {
    case .eddsa: parsed = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, key.bytes, key.bytes.count)
    case .es256: parsed = Self.parseSubjectPublicKeyInfo(Self.p256Prefix + key.bytes)
    }
    guard let parsed else {
      ERR_clear_error()
      return nil
    }
    pointer = parsed
  }

  init(adopting pointer: OpaquePointer) { self.pointer = pointer }

  deinit { EVP_PKEY_free(pointer) }

  borrowing func verify(_ signature: [UInt8], of message: [UInt8], digest: String?) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    guard EVP_DigestVerifyInit_ex(context, nil, digest, nil, nil, pointer, nil) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  // SubjectPublicKeyInfo of an uncompressed P-256 point up to the point itself (RFC 5480): id-ecPublicKey, prime256v1,
  // BIT STRING.
  private static let p256Prefix: [UInt8] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE,
    0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
  ]

  private static func parseSubjectPublicKeyInfo(_ bytes: [UInt8]) -> OpaquePointer? {
    bytes.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return d2i_PUBKEY(nil, &cursor, buffer.count)
    }
  }
}

/// The two encodings of an ECDSA signature: raw r ‖ s of fixed width (RFC 9053) and DER, which OpenSSL speaks.
enum ECDSASignature {
  static func derEncoding(ofRaw raw: [UInt8]) -> [UInt8]? {
    guard raw.count == 64, let signature = ECDSA_SIG_new() else { return nil }
    defer { ECDSA_SIG_free(signature) }
    let r = raw.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress, 32, nil) }
    let s = raw.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress.map { $0 + 32 }, 32, nil) }
    guard ECDSA_SIG_set0(signature, r, s) == 1 else {
      BN_free(r)
      BN_free(s)
      return nil
    }
    var encoded = [UInt8](repeating: 0, count: 80)
    let length = encoded.withUnsafeMutableBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return i2d_ECDSA_SIG(signature, &cursor)
    }
    guard length > 0 else { return nil }
    return Array(encoded.prefix(Int(length)))
  }

  static func rawEncoding(ofDER encoded: [UInt8]) -> [UInt8]? {
    let parsed = encoded.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return d2i_ECDSA_SIG(nil, &cursor, buffer.count)
    }
    guard let parsed else { return nil }
    defer { ECDSA_SIG_free(parsed) }
    var raw = [UInt8](repeating: 0, count: 64)
    let written = raw.withUnsafeMutableBufferPointer { buffer -> Bool in
      guard let start = buffer.baseAddress else { return false }
      return BN_bn2binpad(ECDSA_SIG_get0_r(parsed), start, 32) == 32
        && BN_bn2binpad(ECDSA_SIG_get0_s(parsed), start + 32, 32) == 32
    }
    return written ? raw : nil
  }
}
