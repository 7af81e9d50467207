import COpenSSL

/// AES-256-GCM for a member's own files: the salts and leaves of sealed sheets.
package struct SealingKey: Sendable {
  private static let nonceSize = 12
  private static let tagSize = 16
  private let key: [UInt8]

  init(_ key: [UInt8]) { self.key = key }

  /// Encrypts; the answer is nonce ‖ ciphertext ‖ tag.
  package func seal(_ plaintext: [UInt8]) throws(KeyError) -> [UInt8] {
    let nonce = try SystemRandomness.bytes(Self.nonceSize)
    guard let context = EVP_CIPHER_CTX_new() else { throw .library("out of memory") }
    defer { EVP_CIPHER_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: plaintext.count)
    var tag = [UInt8](repeating: 0, count: Self.tagSize)
    var length: Int32 = 0
    guard
      EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      EVP_EncryptUpdate(context, &output, &length, plaintext, Int32(clamping: plaintext.count)) == 1,
      EVP_EncryptFinal_ex(context, &tag, &length) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(Self.tagSize), &tag) == 1
    else { throw .library(LibraryErrors.latest()) }
    return nonce + output + tag
  }

  /// Decrypts what ``seal(_:)`` made; anything changed since is refused whole.
  package func open(_ sealed: [UInt8]) throws(KeyError) -> [UInt8] {
    guard sealed.count >= Self.nonceSize + Self.tagSize else { throw .notAuthentic }
    let nonce = Array(sealed.prefix(Self.nonceSize))
    var tag = Array(sealed.suffix(Self.tagSize))
    let ciphertext = Array(sealed.dropFirst(Self.nonceSize).dropLast(Self.tagSize))
    guard let context = EVP_CIPHER_CTX_new() else { throw .library("out of memory") }
    defer {
      EVP_CIPHER_CTX_free(context)
      ERR_clear_error()
    }
    var output = [UInt8](repeating: 0, count: ciphertext.count)
    var (length, rest): (Int32, [UInt8]) = (0, [UInt8](repeating: 0, count: 16))
    guard
      EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      EVP_DecryptUpdate(context, &output, &length, ciphertext, Int32(clamping: ciphertext.count)) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(Self.tagSize), &tag) == 1,
      EVP_DecryptFinal_ex(context, &rest, &length) == 1
    else { throw .notAuthentic }
    return output
  }
}

/// Randomness for secrets and salts.
package enum SystemRandomness {
  /// `count` bytes from OpenSSL's generator, which the system seeds.
  package static func bytes(_ count: Int) throws(KeyError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&output, Int32(clamping: count)) == 1 else { throw .library(LibraryErrors.latest()) }
    return output
  }
}
