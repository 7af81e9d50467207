import CBOR
import Cryptography
import Membership

/// What a vote says. The same three kinds make the three certificates: notarisation, nullification, finalisation.
package enum VoteKind: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// This block is a valid proposal of its view.
  case notarize = 0
  /// The view may be passed over without a block of its own.
  case nullify = 1
  /// I saw this block notarised, and have not nullified its view.
  case finalize = 2

  package var statementType: StatementType {
    switch self {
    case .notarize: .notarize
    case .nullify: .nullify
    case .finalize: .finalize
    }
  }
}

/// What votes and certificates are about: a kind, an epoch with the block that opened it, a view, and a block unless it nullifies.
package struct VoteSubject: Hashable, Sendable {
  package let kind: VoteKind
  package let epoch: Epoch
  package let opener: Digest
  package let view: View
  /// Nil exactly for `nullify`.
  package let block: Digest?

  package static func notarize(_ block: Digest, in view: View, of context: EpochContext) -> VoteSubject {
    VoteSubject(kind: .notarize, epoch: context.epoch, opener: context.opener, view: view, block: block)
  }

  package static func nullify(_ view: View, of context: EpochContext) -> VoteSubject {
    VoteSubject(kind: .nullify, epoch: context.epoch, opener: context.opener, view: view, block: nil)
  }

  package static func finalize(_ block: Digest, in view: View, of context: EpochContext) -> VoteSubject {
    VoteSubject(kind: .finalize, epoch: context.epoch, opener: context.opener, view: view, block: block)
  }

  /// R30: whether it belongs to the epoch and to the very block that opened it.
  package func belongs(to context: some VotingContext) -> Bool { epoch == context.epoch && opener == context.opener }

  /// Whether one member cannot have signed both honestly (R16): exactly two different `notarize`, two different `finalize`,
  /// `notarize` and `finalize` of different blocks, or `nullify` and `finalize`, in one epoch and view.
  package func contradicts(_ other: VoteSubject) -> Bool {
    guard epoch == other.epoch, opener == other.opener, view == other.view else { return false }
    switch (kind, other.kind) {
    case (.notarize, .notarize), (.finalize, .finalize), (.notarize, .finalize), (.finalize, .notarize):
      return block != other.block
    case (.nullify, .finalize), (.finalize, .nullify):
      return true
    case (.nullify, .nullify), (.nullify, .notarize), (.notarize, .nullify):
      return false
    }
  }

  /// Writes the five fields; the caller has opened the array.
  func encodeFields(to writer: inout CBORWriter) {
    writer.value(kind)
    writer.value(epoch)
    writer.value(opener)
    writer.value(view)
    writer.optional(block) { $0.value($1) }
  }

  init(fieldsFrom reader: inout CBORReader) throws(CBORError) {
    kind = try reader.value()
    epoch = try reader.value()
    opener = try reader.value()
    view = try reader.value()
    block = try reader.optional { (item) throws(CBORError) in try item.value(Digest.self) }
    guard (block == nil) == (kind == .nullify) else { throw .unknownValue }
  }

  private init(kind: VoteKind, epoch: Epoch, opener: Digest, view: View, block: Digest?) {
    (self.kind, self.epoch, self.opener, self.view, self.block) = (kind, epoch, opener, view, block)
  }
}

/// One member's vote: [kind, epoch, opener, view, block or null, member], signed by the node key.
package struct Vote: Statement {
  package let subject: VoteSubject
  package let member: MemberID

  package init(_ subject: VoteSubject, by member: MemberID) { (self.subject, self.member) = (subject, member) }

  package var kind: VoteKind { subject.kind }
  package var epoch: Epoch { subject.epoch }
  package var opener: Digest { subject.opener }
  package var view: View { subject.view }
  package var block: Digest? { subject.block }
  package var statementType: StatementType { subject.kind.statementType }
  package var signer: MemberID { member }

  package static func accepts(_ type: StatementType) -> Bool {
    VoteKind.allCases.contains { $0.statementType == type }
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    subject.encodeFields(to: &writer)
    writer.value(member)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    subject = try VoteSubject(fieldsFrom: &reader)
    member = try reader.value()
    reader.leave()
  }
}

/// A vote as it came or as it stands in a certificate: its kind, which is the statement's type, and the statement.
package struct SignedVote: Hashable, Sendable, CBORCodable {
  package let kind: VoteKind
  package let statement: SignedStatement

  package init(kind: VoteKind, statement: SignedStatement) { (self.kind, self.statement) = (kind, statement) }

  package init(_ vote: Attested<Vote>) { self.init(kind: vote.content.kind, statement: vote.statement) }

  /// Decodes the content; the signature is not looked at.
  package func decoded() throws(AttestationError) -> Signed<Vote> {
    try Signed<Vote>(statement, as: kind.statementType)
  }

  /// Verifies the signature by the voter's node key in the epoch's roster.
  package func attested(
    in context: some VotingContext, by verifier: some SignatureVerifier
  ) throws(AttestationError) -> Attested<Vote> {
    try decoded().attested(on: context.validators, network: context.network, by: verifier)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(kind)
    writer.value(statement)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    kind = try reader.value()
    statement = try reader.value()
    reader.leave()
  }
}
