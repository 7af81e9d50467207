import COpenSSL

/// SHA-256 over bytes that arrive in pieces.
package struct SHA256Stream: ~Copyable {
  private let context: OpaquePointer

  package init() {
    // Out of memory is the only way for these calls to fail, and there is nothing to go on with then.
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, Self.algorithm.pointer, nil) == 1 else {
      fatalError("OpenSSL cannot start a SHA-256 computation: out of memory")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 0 else { return }
    guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
      fatalError("OpenSSL's SHA-256 failed")
    }
  }

  /// Ends the computation; the stream is consumed.
  package consuming func finish() -> Digest {
    var output = [UInt8](repeating: 0, count: Digest.size)
    guard EVP_DigestFinal_ex(context, &output, nil) == 1, let digest = Digest(output) else {
      fatalError("OpenSSL's SHA-256 failed")
    }
    return digest
  }

  /// The algorithm, fetched once: an implicit fetch at each use costs more than a short hash.
  private static let algorithm = FetchedAlgorithm()
}

/// Holds the fetched SHA-256 for the life of the process.
///
/// Unchecked because `EVP_MD` is immutable after fetching and OpenSSL documents it as shareable between threads.
private final class FetchedAlgorithm: @unchecked Sendable {
  let pointer: OpaquePointer

  init() {
    guard let fetched = EVP_MD_fetch(nil, "SHA256", nil) else {
      fatalError("OpenSSL on this machine offers no SHA-256")
    }
    pointer = fetched
  }
}
