import Accession
import CBOR
import Cryptography
import Membership
import Negotiation
import Trade

/// What a transaction does.
package enum TransactionBody: Hashable, Sendable {
  /// Opaque bytes that are recorded and have no effect: notices among authorities.
  case memorandum([UInt8])
  case act(Act)
  /// Motions and ballots on them, readiness, evidence.
  case accession(AccessionAct)
  /// The document that opens an epoch after the loss of too many validators.
  case restart(RestartDocument)

  package var statementType: StatementType {
    switch self {
    case .memorandum: .memorandum
    case .act(let act): act.statementType
    case .accession(let act): act.statementType
    case .restart: .restart
    }
  }
}

/// What a member's authority signs to have it recorded.
///
/// The payload is [signer, last instant, type, body]. The type stands in it, as in the signature's external data, so
/// that a payload can be read without its surroundings.
package struct Transaction: Statement {
  package let signer: MemberID
  /// The last block time at which the transaction may be included.
  package let notAfter: Instant
  package let body: TransactionBody

  package init(signer: MemberID, notAfter: Instant, body: TransactionBody) {
    (self.signer, self.notAfter, self.body) = (signer, notAfter, body)
  }

  package var statementType: StatementType { body.statementType }

  /// Whether statements of this type are transactions.
  package static func accepts(_ type: StatementType) -> Bool {
    switch type {
    case .memorandum, .docketOpen, .docketWithdraw, .commitment, .reveal, .ballot: true
    case .ready, .evidence, .restart, .motion, .motionBallot: true
    case .genesis, .restartApproval, .rootApproval, .possession, .hello, .notarize, .nullify, .finalize, .status,
      .freeze, .snapshotManifest, .deskSheet, .deskApproval:
      false
    }
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(signer)
    writer.value(notAfter)
    writer.value(statementType)
    switch body {
    case .memorandum(let content): writer.byteString(content)
    case .act(let act): writer.value(act)
    case .accession(let act): writer.value(act)
    case .restart(let document): writer.value(document)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    signer = try reader.value()
    notAfter = try reader.value()
    let type = try reader.value(StatementType.self)
    if let act = try Act(type, from: &reader) {
      body = .act(act)
    } else if let act = try AccessionAct(type, from: &reader) {
      body = .accession(act)
    } else if type == .restart {
      body = .restart(try reader.value())
    } else if type == .memorandum {
      body = .memorandum(try reader.byteString(max: Int(LedgerLimits.memorandumBytes)))
    } else {
      throw .unknownValue
    }
    reader.leave()
  }
}

/// A transaction as it is sent and kept: [type, COSE_Sign1]. Its signature is not looked at yet.
package struct SignedTransaction: Hashable, Sendable, CBORCodable {
  private let form: Signed<Transaction>
  /// The digest of [type, signer, payload]: the signature is no part of it, so nobody can give a transaction a second
  /// identity.
  package let identity: Digest

  /// Decodes a signed statement of the given type.
  package init(_ statement: SignedStatement, as type: StatementType) throws(AttestationError) {
    form = try Signed<Transaction>(statement, as: type)
    identity = Self.identity(of: statement.payload, type: type, signer: form.content.signer)
  }

  package var statement: SignedStatement { form.statement }
  package var content: Transaction { form.content }

  /// The content's identity, also before it is signed.
  package static func identity(of content: Transaction) -> Digest {
    identity(of: content.encoded, type: content.statementType, signer: content.signer)
  }

  package var type: StatementType { content.statementType }

  /// Verifies the signature by the signer's key in the roster, of the role that signs statements of this type, and every
  /// signature inside the content by the key that stands beside it.
  package func verified(
    on roster: Roster, network: NetworkID, by verifier: some SignatureVerifier
  ) throws(AttestationError) -> VerifiedTransaction {
    // A restart has its own rules, and comes with the first block of its epoch alone.
    guard type != .restart else { throw .wrongType }
    _ = try form.attested(on: roster, network: network, by: verifier)
    if case .accession(let act) = content.body { try act.verifySignatures(network: network, by: verifier) }
    return VerifiedTransaction(self, key: roster.key(of: content.signer, type.role))
  }

  /// Verifies a restart that leaves the given epoch: the document, and the envelope by the node key of one of the new
  /// validators.
  package func verified(
    restarting basis: RestartBasis, by verifier: some SignatureVerifier
  ) throws(RestartProblem) -> (transaction: VerifiedTransaction, restart: VerifiedRestart) {
    guard case .restart(let document) = content.body else { throw .malformed("no restart") }
    let restart = try document.verified(on: basis, by: verifier)
    let validators = document.content.newValidators
    do throws(AttestationError) {
      _ = try form.attested(on: validators, network: basis.network, by: verifier)
    } catch { throw .envelope(error) }
    return (VerifiedTransaction(self, key: validators.key(of: content.signer, .node)), restart)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(type)
    writer.value(statement)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    let type = try reader.value(StatementType.self)
    let statement = try reader.value(SignedStatement.self)
    reader.leave()
    do {
      try self.init(statement, as: type)
    } catch {
      guard case .malformed(let fault) = error else { throw .unknownValue }
      throw fault
    }
  }

  private static func identity(of payload: [UInt8], type: StatementType, signer: MemberID) -> Digest {
    var writer = CBORWriter(reservingCapacity: payload.count + 48)
    writer.array(3)
    writer.value(type)
    writer.value(signer)
    writer.byteString(payload)
    return Digest.of(.transaction, writer.bytes)
  }
}

/// A transaction whose signature was verified, with its size. Only these are executed.
package struct VerifiedTransaction: Hashable, Sendable {
  package let signed: SignedTransaction
  /// The size of the signed transaction in bytes as it is sent.
  package let byteCount: Int

  /// The key under which it was verified: whether it is the signer's own when a block takes the transaction, the state says.
  /// Nil for what comes from the member's own journal.
  package let key: PublicKey?

  fileprivate init(_ signed: SignedTransaction, key: PublicKey?) {
    (self.signed, self.key) = (signed, key)
    byteCount = signed.encoded.count
  }

  /// Takes back a transaction from the member's own journal, into which only verified ones are written.
  ///
  /// That is enough for those of final blocks. One that still waits for a block is verified again under the roster of the epoch.
  package init(fromJournal bytes: [UInt8]) throws(CBORError) {
    self.init(try SignedTransaction(decoding: bytes), key: nil)
  }

  package var identity: Digest { signed.identity }
  package var content: Transaction { signed.content }
  package var signer: MemberID { signed.content.signer }

  // The identity stands for the content: two signatures of one content are one transaction.
  package static func == (left: VerifiedTransaction, right: VerifiedTransaction) -> Bool {
    left.identity == right.identity
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}
