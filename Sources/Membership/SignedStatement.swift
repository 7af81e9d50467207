import CBOR
import Cryptography

/// A COSE_Sign1 (RFC 9052) as it came, untagged: [protected, {}, payload, signature]. It proves nothing yet.
///
/// The protected header is exactly {1: alg}, the unprotected one empty. The statement's type and the network are not in it: they enter
/// the signature as external data, `["pricefloor", network, type]`.
package struct SignedStatement: Hashable, Sendable, CBORCodable {
  /// The largest payload in bytes: a transaction of 256 KiB.
  package static let maximumPayload = 256 * 1024

  package let algorithm: SignatureAlgorithm
  package let payload: [UInt8]
  package let signature: [UInt8]

  package init(algorithm: SignatureAlgorithm, payload: [UInt8], signature: [UInt8]) {
    (self.algorithm, self.payload, self.signature) = (algorithm, payload, signature)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.byteString(Self.protectedHeader(algorithm))
    writer.map(0)
    writer.byteString(payload)
    writer.byteString(signature)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    let header = try reader.byteString(max: 8)
    guard let algorithm = SignatureAlgorithm.allCases.first(where: { Self.protectedHeader($0) == header }) else {
      throw .unknownValue
    }
    self.algorithm = algorithm
    guard try reader.map(max: 0) == 0 else { throw .wrongCount }
    reader.leave()
    payload = try reader.byteString(max: Self.maximumPayload)
    signature = try reader.byteString(exactly: algorithm.signatureSize)
    reader.leave()
  }

  /// The bytes that are signed: COSE's `Sig_structure` with the external data of this network and type.
  package static func signedBytes(
    payload: [UInt8], type: StatementType, algorithm: SignatureAlgorithm, network: NetworkID
  ) -> [UInt8] {
    var external = CBORWriter()
    external.array(3)
    external.text("pricefloor")
    external.byteString(network.bytes)
    external.value(type)
    var writer = CBORWriter(reservingCapacity: payload.count + 96)
    writer.array(4)
    writer.text("Signature1")
    writer.byteString(protectedHeader(algorithm))
    writer.byteString(external.bytes)
    writer.byteString(payload)
    return writer.bytes
  }

  private static func protectedHeader(_ algorithm: SignatureAlgorithm) -> [UInt8] {
    var writer = CBORWriter()
    writer.map(1)
    writer.unsigned(1)
    writer.integer(Int64(algorithm.rawValue))
    return writer.bytes
  }
}

/// Checks raw signatures. The program uses ``SystemVerifier``; a simulated world may use a cheaper scheme of its own.
package protocol SignatureVerifier: Sendable {
  func isValid(signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool
}

/// Verification by OpenSSL.
package struct SystemVerifier: SignatureVerifier {
  package init() {}

  package func isValid(signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool {
    key.isValid(signature: signature, of: message)
  }
}

/// Why a signed statement was not accepted: a peer's fault, never this program's.
package enum AttestationError: Error, Hashable, Sendable {
  case malformed(CBORError)
  case stranger(MemberID)
  /// The protected header's algorithm is not that of the signer's roster entry.
  case wrongAlgorithm(MemberID)
  case badSignature(MemberID)
  /// The statement does not belong to the type it came as.
  case wrongType
}

/// A statement as it came, decoded, its signature not yet looked at.
package struct Signed<Content: Statement>: Hashable, Sendable {
  package let statement: SignedStatement
  package let content: Content

  /// Decodes the payload, and refuses content that does not belong to the type it came as.
  package init(_ statement: SignedStatement, as type: StatementType) throws(AttestationError) {
    guard Content.accepts(type) else { throw .wrongType }
    do { content = try Content(decoding: statement.payload) } catch { throw .malformed(error) }
    guard content.statementType == type else { throw .wrongType }
    self.statement = statement
  }

  /// Verifies the signature by the signer's key in the directory.
  package func attested(
    on directory: some KeyDirectory, network: NetworkID, by verifier: some SignatureVerifier
  ) throws(AttestationError) -> Attested<Content> {
    guard let key = directory.key(of: content.signer, content.statementType.role) else {
      throw .stranger(content.signer)
    }
    guard key.algorithm == statement.algorithm else { throw .wrongAlgorithm(content.signer) }
    let message = SignedStatement.signedBytes(
      payload: statement.payload, type: content.statementType, algorithm: statement.algorithm, network: network)
    guard verifier.isValid(signature: statement.signature, of: message, by: key) else {
      throw .badSignature(content.signer)
    }
    return Attested(statement: statement, content: content)
  }
}

/// A statement whose signature was verified: there is no other way to make one than ``Signed/attested(on:network:by:)``.
package struct Attested<Content: Statement>: Hashable, Sendable {
  package let statement: SignedStatement
  package let content: Content

  fileprivate init(statement: SignedStatement, content: Content) {
    (self.statement, self.content) = (statement, content)
  }

  package var signer: MemberID { content.signer }
}

/// A request for a signature: the deterministic modules ask, whoever holds the key answers.
package struct SigningRequest: Hashable, Sendable {
  package let type: StatementType
  package let payload: [UInt8]

  package init(_ content: some Statement) { (type, payload) = (content.statementType, content.encoded) }

  /// The bytes to sign under a key of this algorithm.
  package func signedBytes(algorithm: SignatureAlgorithm, network: NetworkID) -> [UInt8] {
    SignedStatement.signedBytes(payload: payload, type: type, algorithm: algorithm, network: network)
  }

  /// Completes the statement with a signature that `sign` makes over the bytes it is given; the secret stays with the caller.
  package func signed<Failure: Error>(
    algorithm: SignatureAlgorithm, network: NetworkID, by sign: ([UInt8]) throws(Failure) -> [UInt8]
  ) throws(Failure) -> SignedStatement {
    let signature = try sign(signedBytes(algorithm: algorithm, network: network))
    return SignedStatement(algorithm: algorithm, payload: payload, signature: signature)
  }
}
