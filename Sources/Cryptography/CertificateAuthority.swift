import COpenSSL

/// A member's own certificate authority, as small as test networks need it: self-signed, on P-256, issuing the leaf of
/// one node.
///
/// A government uses the authority that it has; nothing in the protocol depends on who made a certificate.
package struct CertificateAuthority: Sendable {
  package let certificate: Certificate
  private let key: PrivateKey

  /// Makes a new authority with a key of its own. `name` becomes its common name, at most 64 bytes.
  package static func create(
    name: String, algorithm: SignatureAlgorithm = .es256, validForDays days: Int = 3650
  ) throws(KeyError) -> CertificateAuthority {
    let key = try PrivateKey.generate(algorithm)
    let draft = try CertificateDraft(name: name, key: key, validForDays: days)
    try draft.setIssuer(nil)
    try draft.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", issuer: nil)
    try draft.add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer: nil)
    try draft.add(NID_subject_key_identifier, "hash", issuer: nil)
    return CertificateAuthority(certificate: try draft.signed(by: key), key: key)
  }

  /// Takes an authority up again from its files.
  package static func read(certificateFile: String, keyFile: String) throws(KeyError) -> CertificateAuthority {
    let key = try KeyFile.read(keyFile)
    guard let certificate = try Certificate.read(certificateFile).first,
      X509_check_private_key(certificate.native, key.native) == 1
    else {
      ERR_clear_error()
      throw .mismatch(certificate: certificateFile, key: keyFile)
    }
    return CertificateAuthority(certificate: certificate, key: key)
  }

  /// Issues the certificate of a node: for `localhost`, 127.0.0.1 and the further names, for serving and for dialling.
  package func issue(
    name: String, key leaf: PrivateKey, names: [String] = [], validForDays days: Int = 3650
  ) throws(KeyError) -> Certificate {
    let draft = try CertificateDraft(name: name, key: leaf, validForDays: days)
    try draft.setIssuer(certificate)
    try draft.add(NID_basic_constraints, "critical,CA:FALSE", issuer: certificate)
    try draft.add(NID_key_usage, "critical,digitalSignature", issuer: certificate)
    try draft.add(NID_ext_key_usage, "serverAuth,clientAuth", issuer: certificate)
    try draft.add(NID_subject_key_identifier, "hash", issuer: certificate)
    try draft.add(NID_authority_key_identifier, "keyid", issuer: certificate)
    let alternatives = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"] + names.map { "DNS:\($0)" }
    try draft.add(NID_subject_alt_name, alternatives.joined(separator: ","), issuer: certificate)
    return try draft.signed(by: key)
  }

  /// Writes the authority's certificate and its private key; neither may exist yet.
  package func write(certificateFile: String, keyFile: String) throws(KeyError) {
    try KeyFile.create(key, at: keyFile)
    try KeyFile.createPublic(try certificate.pem(), at: certificateFile)
  }
}

/// A certificate before it is signed.
private struct CertificateDraft {
  private let certificate: Certificate

  /// X.509 version 3 is written as 2, with a random serial number and a validity that begins an hour ago, for clocks
  /// that disagree.
  init(name: String, key: PrivateKey, validForDays days: Int) throws(KeyError) {
    guard let native = X509_new() else { throw .library("out of memory") }
    certificate = Certificate(adopting: native)
    var serial = try SystemRandomness.bytes(16)
    serial[0] = serial[0] & 0x7F | 0x40
    let number = BN_bin2bn(serial, Int32(serial.count), nil)
    defer { BN_free(number) }
    let text = Array(name.utf8)
    guard
      X509_set_version(native, 2) == 1,
      BN_to_ASN1_INTEGER(number, X509_get_serialNumber(native)) != nil,
      X509_time_adj_ex(X509_getm_notBefore(native), 0, -3600, nil) != nil,
      X509_time_adj_ex(X509_getm_notAfter(native), Int32(clamping: days), 0, nil) != nil,
      X509_set_pubkey(native, key.native) == 1,
      X509_NAME_add_entry_by_txt(
        X509_get_subject_name(native), "CN", MBSTRING_UTF8, text, Int32(clamping: text.count), -1, 0) == 1
    else { throw .library(LibraryErrors.latest()) }
  }

  /// Names the issuer; nil stands for the certificate itself.
  func setIssuer(_ issuer: Certificate?) throws(KeyError) {
    let name = X509_get_subject_name((issuer ?? certificate).native)
    guard X509_set_issuer_name(certificate.native, name) == 1 else { throw .library(LibraryErrors.latest()) }
  }

  /// Adds an extension in OpenSSL's notation; a nil issuer stands for the certificate itself.
  func add(_ extensionNumber: Int32, _ value: String, issuer: Certificate?) throws(KeyError) {
    let issuer = issuer ?? certificate
    guard pf_add_extension(certificate.native, issuer.native, extensionNumber, value) == 1 else {
      throw .library(LibraryErrors.latest())
    }
  }

  func signed(by key: PrivateKey) throws(KeyError) -> Certificate {
    // Ed25519 hashes by itself and takes no digest here.
    let digest = key.publicKey.algorithm == .es256 ? EVP_sha256() : nil
    guard X509_sign(certificate.native, key.native, digest) > 0 else { throw .library(LibraryErrors.latest()) }
    return certificate
  }
}
