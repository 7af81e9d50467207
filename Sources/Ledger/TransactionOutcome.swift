import Accession
import CBOR
import Cryptography
import Membership
import Negotiation

/// Why the ledger refuses a genuine transaction before anyone looks at what it asks for.
package enum LedgerRefusal: UInt16, Hashable, Sendable, CaseIterable {
  /// Its last instant lies before the block's time.
  case stale = 1
  /// Its last instant lies further ahead of the block's time than the parameters allow.
  case tooFarAhead = 2
  /// It was included before.
  case replayed = 3
  /// Its signer is not a member.
  case stranger = 4
  /// Its memorandum is larger than the parameters allow.
  case memorandumTooLong = 5
  /// Its signer is suspended.
  case suspended = 6
  /// It was signed with a key that another has replaced.
  case keyReplaced = 7

  package var code: String {
    switch self {
    case .stale: "STALE"
    case .tooFarAhead: "TOO_FAR_AHEAD"
    case .replayed: "REPLAYED"
    case .stranger: "STRANGER"
    case .memorandumTooLong: "MEMORANDUM_TOO_LONG"
    case .suspended: "SUSPENDED"
    case .keyReplaced: "KEY_REPLACED"
    }
  }

  package var sentence: String {
    switch self {
    case .stale: "the transaction's last instant had passed; sign it again with a later one"
    case .tooFarAhead:
      "the transaction's last instant lies further ahead than the parameters allow; sign it with an earlier one"
    case .replayed: "the same transaction was included before; it had its effect then"
    case .stranger: "the signer is not a member of the network"
    case .memorandumTooLong: "the memorandum is larger than the parameters allow"
    case .suspended: "the signer is suspended; nothing that it sends counts until a ballot reinstates it"
    case .keyReplaced: "the signer's key was replaced by another; sign it again with that one"
    }
  }
}

/// What became of a transaction in a block (`Protocol/ledger.md`, L7).
package enum TransactionResult: Hashable, Sendable {
  case accepted
  case refused(LedgerRefusal)
  /// The ledger let it pass, and the negotiation refused what it asks for.
  case refusedAct(Refusal)
  /// The ledger let it pass, and the rules of belonging to the bloc refuse what it asks for.
  case refusedAccession(AccessionRefusal)

  /// The number in the block's results: 0 for accepted, below 100 for the ledger's refusals, from 100 on for the
  /// negotiation's, from 300 on for those of accession.
  package var number: UInt16 {
    switch self {
    case .accepted: 0
    case .refused(let refusal): refusal.rawValue
    case .refusedAct(let refusal): Self.firstActNumber + refusal.rawValue
    case .refusedAccession(let refusal): Self.firstAccessionNumber + refusal.rawValue
    }
  }

  /// Nil for a number that nothing has.
  package init?(number: UInt16) {
    if number == 0 {
      self = .accepted
    } else if let refusal = LedgerRefusal(rawValue: number) {
      self = .refused(refusal)
    } else if number >= Self.firstAccessionNumber {
      guard let refusal = AccessionRefusal(rawValue: number - Self.firstAccessionNumber) else { return nil }
      self = .refusedAccession(refusal)
    } else if number >= Self.firstActNumber, let refusal = Refusal(rawValue: number - Self.firstActNumber) {
      self = .refusedAct(refusal)
    } else {
      return nil
    }
  }

  package var isAccepted: Bool { self == .accepted }

  package var code: String {
    switch self {
    case .accepted: "ACCEPTED"
    case .refused(let refusal): refusal.code
    case .refusedAct(let refusal): refusal.code
    case .refusedAccession(let refusal): refusal.code
    }
  }

  package var sentence: String {
    switch self {
    case .accepted: "recorded"
    case .refused(let refusal): refusal.sentence
    case .refusedAct(let refusal): refusal.sentence
    case .refusedAccession(let refusal): refusal.sentence
    }
  }

  private static let firstActNumber: UInt16 = 100
  private static let firstAccessionNumber: UInt16 = 300
}

/// One line of a block's results: which transaction, and what became of it.
package struct TransactionOutcome: Hashable, Sendable, CBORCodable {
  package let identity: Digest
  package let result: TransactionResult

  package init(identity: Digest, result: TransactionResult) { (self.identity, self.result) = (identity, result) }

  /// The root over outcomes: each leaf is the encoding [identity, number].
  package static func root(of outcomes: [TransactionOutcome]) -> Digest {
    MerkleHash.root(of: outcomes.lazy.map(\.encoded))
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(identity)
    writer.unsigned(UInt64(result.number))
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    identity = try reader.value()
    guard let result = TransactionResult(number: try reader.narrow()) else { throw .unknownValue }
    self.result = result
    reader.leave()
  }
}

/// The codes under which a submitted statement is turned away before it could become a transaction.
extension AttestationError {
  package var code: String {
    switch self {
    case .malformed: "MALFORMED"
    case .stranger: "STRANGER"
    case .wrongAlgorithm: "WRONG_ALGORITHM"
    case .badSignature: "BAD_SIGNATURE"
    case .wrongType: "WRONG_TYPE"
    }
  }

  package var sentence: String {
    switch self {
    case .malformed(let fault): "the statement is not in the deterministic form of its type (\(fault))"
    case .stranger(let member): "\(member) is not a member of the network"
    case .wrongAlgorithm(let member): "the signature's algorithm is not that of \(member)'s key"
    case .badSignature(let member): "the signature does not verify under \(member)'s key for this network and type"
    case .wrongType: "the statement's content does not belong to the type under which it came"
    }
  }
}
