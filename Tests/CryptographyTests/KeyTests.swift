import Cryptography
import Testing

@Suite("Keys")
struct KeyTests {
  @Test("a signature verifies under its key alone", arguments: SignatureAlgorithm.allCases)
  func signatures(algorithm: SignatureAlgorithm) throws {
    let key = try PrivateKey.generate(algorithm)
    let other = try PrivateKey.generate(algorithm)
    let message = Array("floor".utf8)
    var signature = try key.signature(over: message)
    #expect(signature.count == 64)
    #expect(key.publicKey.isValid(signature: signature, of: message))
    #expect(!other.publicKey.isValid(signature: signature, of: message))
    #expect(!key.publicKey.isValid(signature: signature, of: message + [0]))
    signature[5] ^= 1
    #expect(!key.publicKey.isValid(signature: signature, of: message))
    #expect(key.publicKey.isAcceptable)
  }

  @Test("a key survives its PEM file", arguments: SignatureAlgorithm.allCases)
  func pem(algorithm: SignatureAlgorithm) throws {
    let key = try PrivateKey.generate(algorithm)
    let again = try PrivateKey.parse(pem: key.pem(), path: "memory")
    #expect(again.publicKey == key.publicKey)
    #expect(throws: KeyError.malformed(path: "memory")) { try PrivateKey.parse(pem: [1, 2, 3], path: "memory") }
  }

  @Test("RFC 8032, section 7.1, test 2")
  func knownAnswer() throws {
    let seed = try #require([UInt8](hexadecimal: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    let key = try PrivateKey.ed25519(seed: seed)
    #expect(key.publicKey.bytes.hexadecimal == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    #expect(
      try key.signature(over: [0x72]).hexadecimal
        == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
  }

  @Test("points of small order and non-canonical encodings never enter a roster")
  func refusedPoints() {
    let zeros = [UInt8](repeating: 0, count: 30)
    let refused: [[UInt8]] = [
      [0] + zeros + [0], [1] + zeros + [0], [1] + zeros + [0x80], [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
      [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F], [UInt8](repeating: 0xFF, count: 32),
      [2] + zeros + [0],
    ]
    for bytes in refused { #expect(PublicKey(algorithm: .eddsa, bytes: bytes)?.isAcceptable == false, "\(bytes)") }
  }

  @Test("a sealed file opens under its key and no other, and not after a change")
  func sealing() throws {
    let key = try PrivateKey.generate()
    let sealed = try key.sealingKey(purpose: "desk").seal([1, 2, 3])
    #expect(try key.sealingKey(purpose: "desk").open(sealed) == [1, 2, 3])
    #expect(throws: KeyError.notAuthentic) { try key.sealingKey(purpose: "other").open(sealed) }
    var changed = sealed
    changed[14] ^= 1
    #expect(throws: KeyError.notAuthentic) { try key.sealingKey(purpose: "desk").open(changed) }
  }

  @Test("SHA-256 of FIPS 180-2's example")
  func digest() {
    #expect(
      Digest.sha256(Array("abc".utf8)).hexadecimal
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
