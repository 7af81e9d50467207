import Cryptography
import Foundation
import Testing

/// A folder that is gone when the test is over.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "pricefloor-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}

@Suite("Key files")
struct KeyFileTests {
  @Test("a key is read back from a file that only its owner can read", arguments: SignatureAlgorithm.allCases)
  func roundTrip(algorithm: SignatureAlgorithm) throws {
    let folder = try TemporaryFolder()
    let (key, path) = (try PrivateKey.generate(algorithm), folder.file("node.pem"))
    // Whatever the process's mask is.
    let mask = umask(0)
    defer { umask(mask) }
    try KeyFile.create(key, at: path)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try KeyFile.read(path).publicKey == key.publicKey)
  }

  @Test("an existing file is never overwritten, a link never followed")
  func exists() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("node.pem")
    let key = try PrivateKey.generate()
    try KeyFile.create(key, at: path)
    #expect(throws: KeyError.exists(path: path)) { try KeyFile.create(PrivateKey.generate(), at: path) }
    #expect(try KeyFile.read(path).publicKey == key.publicKey)
    let link = folder.file("link.pem")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.file("elsewhere.pem"))
    #expect(throws: KeyError.exists(path: link)) { try KeyFile.create(key, at: link) }
  }

  @Test("a file that others can read or write is refused", arguments: [0o640, 0o604, 0o620, 0o601])
  func permissions(mode: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("node.pem")
    try KeyFile.create(PrivateKey.generate(), at: path)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    #expect(throws: KeyError.permissions(path: path)) { try KeyFile.read(path) }
  }

  @Test("a missing, damaged, huge or foreign file is named with its reason")
  func unusable() throws {
    let folder = try TemporaryFolder()
    let missing = folder.file("missing.pem")
    #expect(throws: KeyError.file(path: missing, reason: "No such file or directory")) { try KeyFile.read(missing) }
    #expect(throws: KeyError.file(path: folder.path, reason: "is not a regular file")) { try KeyFile.read(folder.path) }
    let damaged = folder.file("damaged.pem")
    var pem = try PrivateKey.generate().pem()
    pem[40] = UInt8(ascii: "?")
    for (name, bytes) in [("damaged.pem", pem), ("empty.pem", [])] {
      #expect(
        FileManager.default.createFile(
          atPath: folder.file(name), contents: Data(bytes), attributes: [.posixPermissions: 0o600]))
    }
    #expect(throws: KeyError.malformed(path: damaged)) { try KeyFile.read(damaged) }
    #expect(throws: KeyError.malformed(path: folder.file("empty.pem"))) { try KeyFile.read(folder.file("empty.pem")) }
    let huge = folder.file("huge.pem")
    try KeyFile.createPublic([UInt8](repeating: 0x41, count: KeyFile.maximumSize + 1), at: huge)
    #expect(throws: KeyError.file(path: huge, reason: "is larger than 1048576 bytes")) { try KeyFile.readPublic(huge) }
  }

  @Test("a sealing key is HKDF-SHA256 of the secret, so it is the same on every machine")
  func derivation() throws {
    // AES-256-GCM under the key that RFC 5869 gives for this seed, computed with another library: nonce, ciphertext,
    // tag.
    let sealed = try #require([UInt8](hexadecimal: Self.sealedElsewhere))
    let key = try PrivateKey.ed25519(seed: Array(0..<32))
    #expect(try key.sealingKey(purpose: "desk").open(sealed) == Array("sealed sheet".utf8))
  }

  private static let sealedElsewhere =
    "000102030405060708090a0b37be2a94029d384cf4f28a5b440838dd5b89f76f"
    + "f1c55e3aa8894244"
}

@Suite("Certificates")
struct CertificateTests {
  @Test(
    "an authority and what it issues, on either algorithm, read back from their files",
    arguments: SignatureAlgorithm.allCases)
  func files(algorithm: SignatureAlgorithm) throws {
    let folder = try TemporaryFolder()
    let authority = try CertificateAuthority.create(name: "AUS test authority", algorithm: algorithm)
    try authority.write(certificateFile: folder.file("ca.pem"), keyFile: folder.file("ca-key.pem"))
    let again = try CertificateAuthority.read(
      certificateFile: folder.file("ca.pem"), keyFile: folder.file("ca-key.pem"))
    #expect(again.certificate.subjectPublicKeyDigest == authority.certificate.subjectPublicKeyDigest)
    #expect(again.certificate.subject == "CN = AUS test authority")

    let key = try PrivateKey.generate(.es256)
    let leaf = try again.issue(name: "AUS node", key: key, names: ["node.example"])
    try KeyFile.createPublic(try leaf.pem() + again.certificate.pem(), at: folder.file("chain.pem"))
    let chain = try Certificate.read(folder.file("chain.pem"))
    #expect(chain.map(\.subject) == ["CN = AUS node", "CN = AUS test authority"])
    #expect(chain[0].subjectPublicKeyDigest == leaf.subjectPublicKeyDigest)
    #expect(chain[0].subjectPublicKeyDigest != chain[1].subjectPublicKeyDigest)
  }

  @Test("a renewed certificate keeps its pin, since the pin is of the key")
  func renewal() throws {
    let (key, authority) = (try PrivateKey.generate(.es256), try CertificateAuthority.create(name: "CA"))
    let (first, second) = (try authority.issue(name: "one", key: key), try authority.issue(name: "two", key: key))
    #expect(first.subjectPublicKeyDigest == second.subjectPublicKeyDigest)
    #expect(try first.pem() != second.pem())
    // SHA-256 of the DER SubjectPublicKeyInfo: the fixed prefix of RFC 5480 and the point.
    let prefix = try #require([UInt8](hexadecimal: "3059301306072a8648ce3d020106082a8648ce3d030107034200"))
    #expect(first.subjectPublicKeyDigest == .sha256(prefix, key.publicKey.bytes))
  }

  @Test("an authority is refused with another's key, a file without certificates by name")
  func mismatch() throws {
    let folder = try TemporaryFolder()
    let paths = (folder.file("a.pem"), folder.file("a-key.pem"), folder.file("b.pem"), folder.file("b-key.pem"))
    try CertificateAuthority.create(name: "A").write(certificateFile: paths.0, keyFile: paths.1)
    try CertificateAuthority.create(name: "B").write(certificateFile: paths.2, keyFile: paths.3)
    #expect(throws: KeyError.mismatch(certificate: paths.0, key: paths.3)) {
      try CertificateAuthority.read(certificateFile: paths.0, keyFile: paths.3)
    }
    #expect(throws: KeyError.notACertificate(path: paths.1)) { try Certificate.read(paths.1) }
    var pem = try Certificate.parse(pem: KeyFile.readPublic(paths.0), path: "a")[0].pem()
    pem += pem.prefix(100)
    #expect(throws: KeyError.notACertificate(path: "a")) { try Certificate.parse(pem: pem, path: "a") }
    #expect(throws: KeyError.notACertificate(path: "a")) { try Certificate.parse(pem: [], path: "a") }
  }
}
