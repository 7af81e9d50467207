import CBOR
import Cryptography

extension Digest: CBORCodable {
  package func encode(to writer: inout CBORWriter) { writer.byteString(bytes) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let digest = Digest(try reader.byteString(exactly: Digest.size)) else { throw .wrongCount }
    self = digest
  }
}

extension PublicKey: CBORCodable {
  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.integer(Int64(algorithm.rawValue))
    writer.byteString(bytes)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    guard let number = Int8(exactly: try reader.integer()), let algorithm = SignatureAlgorithm(rawValue: number) else {
      throw .unknownValue
    }
    let bytes = try reader.byteString(exactly: algorithm.publicKeySize)
    reader.leave()
    guard let key = PublicKey(algorithm: algorithm, bytes: bytes) else { throw .wrongCount }
    self = key
  }
}
