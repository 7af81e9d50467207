import COpenSSL

/// An X.509 certificate.
///
/// Unchecked because an `X509` is not changed after its making here, and OpenSSL counts its references atomically.
package final class Certificate: @unchecked Sendable {
  package let native: OpaquePointer

  init(adopting native: OpaquePointer) { self.native = native }

  deinit { X509_free(native) }

  /// Reads all certificates of a PEM text, in their order. `path` is only for the error.
  package static func parse(pem: [UInt8], path: String) throws(KeyError) -> [Certificate] {
    guard let bio = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { throw .library("out of memory") }
    defer {
      BIO_free(bio)
      ERR_clear_error()
    }
    var certificates: [Certificate] = []
    while let parsed = PEM_read_bio_X509(bio, nil, nil, nil) { certificates.append(Certificate(adopting: parsed)) }
    // The queue holds "no start line" after the last certificate, and any other reason where one is damaged.
    let isAtEnd = pf_error_reason(ERR_peek_last_error()) == PEM_R_NO_START_LINE
    guard !certificates.isEmpty, isAtEnd else { throw .notACertificate(path: path) }
    return certificates
  }

  /// Reads a PEM file of one or more certificates.
  package static func read(_ path: String) throws(KeyError) -> [Certificate] {
    try parse(pem: try KeyFile.readPublic(path), path: path)
  }

  /// The certificate as PEM.
  package func pem() throws(KeyError) -> [UInt8] {
    let native = native
    return try MemoryBIO.write { PEM_write_bio_X509($0, native) == 1 }
  }

  /// The subject in one line, for people.
  package var subject: String {
    let name = X509_get_subject_name(native)
    let text = try? MemoryBIO.write { pf_print_name($0, name) >= 0 }
    return String(decoding: text ?? [], as: UTF8.self)
  }
}

extension PrivateKey {
  /// Gives the key to a TLS context, which holds a reference of its own. The secret does not leave OpenSSL.
  package func install(inTLSContext context: OpaquePointer) -> Bool { SSL_CTX_use_PrivateKey(context, native) == 1 }
}
