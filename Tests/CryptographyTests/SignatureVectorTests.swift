import Cryptography
import Foundation
import Testing

/// The cases of `Protocol/Vectors/signatures.json`, which was not made by this program.
private struct SignatureVectors: Decodable {
  struct Signature: Decodable, CustomTestStringConvertible {
    let algorithm, comment, key, message, signature, result: String
    var testDescription: String { "\(algorithm): \(comment)" }
  }

  struct Key: Decodable, CustomTestStringConvertible {
    let algorithm, comment, key, result: String
    var testDescription: String { "\(algorithm): \(comment)" }
  }

  let signatures: [Signature]
  let keys: [Key]

  static func load() throws -> SignatureVectors {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Protocol/Vectors/signatures.json")
    return try JSONDecoder().decode(SignatureVectors.self, from: Data(contentsOf: file))
  }

  static func algorithm(_ name: String) throws -> SignatureAlgorithm {
    switch name {
    case "EdDSA": .eddsa
    case "ES256": .es256
    default: try #require(nil, "unknown algorithm \(name)")
    }
  }
}

@Suite("Golden signatures")
struct SignatureVectorTests {
  @Test("each case is accepted or refused as the vectors say", arguments: try SignatureVectors.load().signatures)
  private func signature(vector: SignatureVectors.Signature) throws {
    let bytes = try #require([UInt8](hexadecimal: vector.key))
    let key = try #require(PublicKey(algorithm: SignatureVectors.algorithm(vector.algorithm), bytes: bytes))
    let signature = try #require([UInt8](hexadecimal: vector.signature))
    let message = try #require([UInt8](hexadecimal: vector.message))
    try #require(["valid", "invalid"].contains(vector.result))
    #expect(key.isValid(signature: signature, of: message) == (vector.result == "valid"))
  }

  @Test("each key may enter a roster or not, as the vectors say", arguments: try SignatureVectors.load().keys)
  private func key(vector: SignatureVectors.Key) throws {
    let bytes = try #require([UInt8](hexadecimal: vector.key))
    let key = PublicKey(algorithm: try SignatureVectors.algorithm(vector.algorithm), bytes: bytes)
    try #require(["acceptable", "refused"].contains(vector.result))
    #expect((key?.isAcceptable ?? false) == (vector.result == "acceptable"))
  }

  @Test("the file holds accepted and refused cases of both algorithms")
  func coverage() throws {
    let vectors = try SignatureVectors.load()
    let kinds =
      vectors.signatures.map { "\($0.algorithm) \($0.result)" } + vectors.keys.map { "\($0.algorithm) \($0.result)" }
    #expect(Set(kinds).count == 8)
    #expect(vectors.signatures.count >= 45 && vectors.keys.count >= 30)
  }
}
