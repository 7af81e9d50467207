/// `POST /v1/transactions`: what became of a submission.
package struct SubmissionReport: Codable, Hashable, Sendable {
  /// The transaction's identity: 64 hexadecimal digits.
  package let identity: String
  /// `PENDING` (accepted into the pool) or `COMMITTED` (in a finalised block).
  package let state: SubmissionState
  /// The block's height; nil while pending.
  package let height: UInt64?
  /// `OK`, or the code of the coded refusal that the ledger recorded; nil while pending.
  package let result: String?
  /// The refusal in words.
  package let sentence: String?

  package init(identity: String, state: SubmissionState, height: UInt64?, result: String?, sentence: String?) {
    (self.identity, self.state, self.height) = (identity, state, height)
    (self.result, self.sentence) = (result, sentence)
  }
}

package enum SubmissionState: String, Codable, Sendable {
  case pending = "PENDING"
  case committed = "COMMITTED"
}

/// `GET /v1/blocks/{height}`: one finalised block.
package struct BlockReport: Codable, Hashable, Sendable {
  package let height: UInt64
  package let digest: String
  package let epoch: UInt64
  package let view: UInt64
  package let parent: String
  package let time: InstantValue
  package let proposer: String
  package let stateRoot: String
  package let transactionsRoot: String
  package let resultsRoot: String
  package let rulesVersion: UInt64
  /// The members whose signatures are in the finalisation certificate that covers the block, and its own height.
  package let signers: [String]
  package let certifiedAt: UInt64
  package let transactions: [TransactionReport]

  package init(
    height: UInt64, digest: String, epoch: UInt64, view: UInt64, parent: String, time: InstantValue, proposer: String,
    stateRoot: String, transactionsRoot: String, resultsRoot: String, rulesVersion: UInt64, signers: [String],
    certifiedAt: UInt64, transactions: [TransactionReport]
  ) {
    (self.height, self.digest, self.epoch, self.view) = (height, digest, epoch, view)
    (self.parent, self.time, self.proposer) = (parent, time, proposer)
    (self.stateRoot, self.transactionsRoot, self.resultsRoot) = (stateRoot, transactionsRoot, resultsRoot)
    (self.rulesVersion, self.signers, self.certifiedAt) = (rulesVersion, signers, certifiedAt)
    self.transactions = transactions
  }
}

/// One transaction of a block.
package struct TransactionReport: Codable, Hashable, Sendable {
  package let identity: String
  package let type: String
  package let signer: String
  package let notAfter: InstantValue
  /// `OK` or the refusal's code.
  package let result: String
  /// The signed statement (COSE_Sign1), base64.
  package let statement: String

  package init(
    identity: String, type: String, signer: String, notAfter: InstantValue, result: String, statement: String
  ) {
    (self.identity, self.type, self.signer) = (identity, type, signer)
    (self.notAfter, self.result, self.statement) = (notAfter, result, statement)
  }
}

/// `GET /v1/evidence`: proofs that members contradicted themselves.
package struct EvidenceList: Codable, Hashable, Sendable {
  package let evidence: [EvidenceReport]

  package init(evidence: [EvidenceReport]) { self.evidence = evidence }
}

/// Two contradictory votes of one member.
package struct EvidenceReport: Codable, Hashable, Sendable {
  package let member: String
  package let epoch: UInt64
  package let view: UInt64
  /// The two votes in words.
  package let votes: [String]
  /// The evidence as CBOR, base64.
  package let bytes: String

  package init(member: String, epoch: UInt64, view: UInt64, votes: [String], bytes: String) {
    (self.member, self.epoch, self.view, self.votes, self.bytes) = (member, epoch, view, votes, bytes)
  }
}
