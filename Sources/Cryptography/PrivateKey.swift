import COpenSSL

/// What can go wrong with keys, certificates and their files.
package enum KeyError: Error, Hashable, Sendable {
  /// The file is not there or cannot be read or written; the text is the system's.
  case file(path: String, reason: String)
  /// The file exists and would be overwritten.
  case exists(path: String)
  /// Others than the owner may read the file of a secret.
  case permissions(path: String)
  /// Not a PEM private key of a known algorithm.
  case malformed(path: String)
  /// Not a PEM file of certificates.
  case notACertificate(path: String)
  /// The private key is not the one that the certificate is for.
  case mismatch(certificate: String, key: String)
  /// OpenSSL refused; the text is its own.
  case library(String)
  /// Sealed bytes that do not open under this key.
  case notAuthentic

  /// A sentence for the operator that says what to do.
  package var sentence: String {
    switch self {
    case .file(let path, let reason): "\(path): \(reason)"
    case .exists(let path): "\(path) exists already and is left as it is; choose another place or move it away"
    case .permissions(let path): "\(path) can be read by others; make it private with: chmod 600 \(path)"
    case .malformed(let path): "\(path) is not a PEM private key of Ed25519 or P-256"
    case .notACertificate(let path): "\(path) is not a PEM file of X.509 certificates"
    case .mismatch(let certificate, let key):
      "the private key in \(key) is not that of the certificate in \(certificate)"
    case .library(let text): "OpenSSL: \(text)"
    case .notAuthentic: "the sealed bytes were made under another key or were changed"
    }
  }
}

/// A secret key. It lives only here: it has no description, no encoding but its key file, and never leaves the process.
///
/// Unchecked because an `EVP_PKEY` is not changed after its making, and OpenSSL allows signing with one from several
/// threads.
package final class PrivateKey: @unchecked Sendable {
  package let publicKey: PublicKey
  let native: OpaquePointer

  private init(adopting native: OpaquePointer) throws(KeyError) {
    guard let publicKey = Self.publicKey(of: native) else {
      EVP_PKEY_free(native)
      throw .library("a key of an algorithm that has no place here")
    }
    self.native = native
    self.publicKey = publicKey
  }

  deinit { EVP_PKEY_free(native) }

  /// Makes a new key from the system's randomness.
  package static func generate(_ algorithm: SignatureAlgorithm = .eddsa) throws(KeyError) -> PrivateKey {
    let made =
      switch algorithm {
      case .eddsa: pf_generate_ed25519()
      case .es256: pf_generate_p256()
      }
    guard let made else { throw .library(LibraryErrors.latest()) }
    return try PrivateKey(adopting: made)
  }

  /// Makes the Ed25519 key of a 32-byte seed (RFC 8032). For golden files and simulations: a real key comes from
  /// ``generate(_:)``.
  package static func ed25519(seed: [UInt8]) throws(KeyError) -> PrivateKey {
    guard seed.count == 32, let made = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
      throw .library(LibraryErrors.latest())
    }
    return try PrivateKey(adopting: made)
  }

  /// Signs a message; the answer is raw, 64 bytes with either algorithm.
  package func signature(over message: [UInt8]) throws(KeyError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .library("out of memory") }
    defer { EVP_MD_CTX_free(context) }
    let digest: String? = publicKey.algorithm == .es256 ? "SHA256" : nil
    guard EVP_DigestSignInit_ex(context, nil, digest, nil, nil, native, nil) == 1 else {
      throw .library(LibraryErrors.latest())
    }
    var (length, signature) = (80, [UInt8](repeating: 0, count: 80))
    guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
      throw .library(LibraryErrors.latest())
    }
    signature.removeLast(signature.count - length)
    guard publicKey.algorithm == .es256 else { return signature }
    guard let raw = ECDSASignature.rawEncoding(ofDER: signature) else { throw .library(LibraryErrors.latest()) }
    return raw
  }

  /// The key as PEM (PKCS #8, not encrypted).
  package func pem() throws(KeyError) -> [UInt8] {
    let native = native
    return try MemoryBIO.write { PEM_write_bio_PrivateKey($0, native, nil, nil, 0, nil, nil) == 1 }
  }

  /// Reads a PEM private key. `path` is only for the error.
  package static func parse(pem: [UInt8], path: String) throws(KeyError) -> PrivateKey {
    guard let bio = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { throw .library("out of memory") }
    defer {
      BIO_free(bio)
      ERR_clear_error()
    }
    guard let native = PEM_read_bio_PrivateKey(bio, nil, nil, nil) else { throw .malformed(path: path) }
    do { return try PrivateKey(adopting: native) } catch { throw .malformed(path: path) }
  }

  /// A key for sealing this member's own files, derived from the secret by HKDF with SHA-256 (RFC 5869), the purpose as
  /// its info; the same secret gives the same key.
  package func sealingKey(purpose: String) throws(KeyError) -> SealingKey {
    let secret: [UInt8]
    switch publicKey.algorithm {
    case .eddsa: secret = try rawSecret()
    case .es256: secret = try scalar()
    }
    let info = Array("pricefloor/sealing/1/\(purpose)".utf8)
    var derived = [UInt8](repeating: 0, count: 32)
    guard pf_hkdf_sha256(secret, secret.count, info, info.count, &derived, derived.count) == 1 else {
      throw .library(LibraryErrors.latest())
    }
    return SealingKey(derived)
  }

  private func rawSecret() throws(KeyError) -> [UInt8] {
    var (length, secret) = (32, [UInt8](repeating: 0, count: 32))
    guard EVP_PKEY_get_raw_private_key(native, &secret, &length) == 1 else { throw .library(LibraryErrors.latest()) }
    return secret
  }

  private func scalar() throws(KeyError) -> [UInt8] {
    var number: OpaquePointer?
    guard EVP_PKEY_get_bn_param(native, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 else {
      throw .library(LibraryErrors.latest())
    }
    defer { BN_clear_free(number) }
    var secret = [UInt8](repeating: 0, count: 32)
    guard BN_bn2binpad(number, &secret, 32) == 32 else { throw .library(LibraryErrors.latest()) }
    return secret
  }

  private static func publicKey(of native: OpaquePointer) -> PublicKey? {
    if EVP_PKEY_is_a(native, "ED25519") == 1 {
      var (length, bytes) = (32, [UInt8](repeating: 0, count: 32))
      guard EVP_PKEY_get_raw_public_key(native, &bytes, &length) == 1 else { return nil }
      return PublicKey(algorithm: .eddsa, bytes: bytes)
    }
    guard EVP_PKEY_is_a(native, "EC") == 1 else { return nil }
    var (length, bytes) = (0, [UInt8](repeating: 0, count: 80))
    guard
      EVP_PKEY_get_octet_string_param(native, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, &bytes, bytes.count, &length) == 1
    else { return nil }
    return PublicKey(algorithm: .es256, bytes: Array(bytes.prefix(length)))
  }
}

/// OpenSSL's per-thread error queue, read at once after a failing call.
package enum LibraryErrors {
  /// The newest error as text; the queue is empty afterwards.
  package static func latest() -> String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0 else { return "failed without a reason" }
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// An OpenSSL memory BIO that something is written to.
enum MemoryBIO {
  static func write(_ body: (OpaquePointer) -> Bool) throws(KeyError) -> [UInt8] {
    guard let bio = BIO_new(BIO_s_mem()) else { throw .library("out of memory") }
    defer { BIO_free(bio) }
    guard body(bio) else { throw .library(LibraryErrors.latest()) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = BIO_read(bio, &chunk, Int32(chunk.count))
      guard count > 0 else { return output }
      output += chunk.prefix(Int(count))
    }
  }
}
