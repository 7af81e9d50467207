import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// How a network goes on after it lost more than f validators for good (`Protocol/recovery.md`, V4).
package struct RestartContent: Hashable, Sendable, CBORCodable {
  /// The epoch that is left, the block that opened it, and its validators.
  package let epoch: Epoch
  package let root: BlockLink
  package let validators: ValidatorSet
  /// The epoch that is opened: a number that was never used.
  package let newEpoch: Epoch
  /// Everyone who validates in it, ascending.
  package let newValidators: ValidatorSet
  /// All freezes that could be had, ascending by member.
  package let freezes: [SignedStatement]
  /// The finalisation of the highest view among the freezes; nil while only the opening block was final.
  package let finalisation: Certificate?
  /// The notarisation of the highest view among the freezes, if that is above the finalisation.
  package let notarisation: Certificate?
  /// The headers from the finalisation's block (from the opening block's child, without one) to the highest notarised
  /// block, ascending.
  package let headers: [BlockHeader]
  /// How many of the headers, from the end, are tail blocks above a closing block: they are left behind.
  package let tail: UInt16
  /// Where the start block closed the epoch: those who would validate in the one after.
  package let successor: ValidatorSet?
  /// Why, for people.
  package let reason: String
  /// The digest of the legal instrument by which the members decided it; zero if there is none.
  package let instrument: Digest

  package init(
    basis: RestartBasis, newEpoch: Epoch, newValidators: ValidatorSet, freezes: [SignedStatement],
    path: RestartPath, successor: ValidatorSet?, reason: String, instrument: Digest
  ) {
    (epoch, root, validators) = (basis.epoch, basis.root, basis.validators)
    (self.newEpoch, self.newValidators, self.freezes) = (newEpoch, newValidators, freezes)
    (finalisation, notarisation, headers, tail) = (path.finalisation, path.notarisation, path.headers, path.tail)
    (self.successor, self.reason, self.instrument) = (successor, reason, instrument)
  }

  /// What the root keys approve, and what the state records.
  package var digest: Digest { Digest.of(.restart, encoded) }

  /// The header of the block from which the new epoch goes on; nil if that is the opening block of the old one.
  package var startHeader: BlockHeader? {
    let index = headers.count - 1 - Int(tail)
    return headers.indices.contains(index) ? headers[index] : nil
  }

  /// The block from which the new epoch goes on.
  package var start: BlockLink { startHeader?.link ?? root }

  /// The highest notarised block.
  package var highest: VotedBlock? { (notarisation ?? finalisation).flatMap(VotedBlock.init) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(13)
    writer.value(epoch)
    writer.value(root)
    writer.value(validators)
    writer.value(newEpoch)
    writer.value(newValidators)
    writer.list(freezes)
    writer.optional(finalisation) { $0.value($1) }
    writer.optional(notarisation) { $0.value($1) }
    writer.list(headers)
    writer.unsigned(UInt64(tail))
    writer.optional(successor) { $0.value($1) }
    writer.text(reason)
    writer.value(instrument)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 13)
    epoch = try reader.value()
    root = try reader.value()
    validators = try reader.value()
    newEpoch = try reader.value()
    newValidators = try reader.value()
    freezes = try reader.list(max: Quorum.maximumMembers)
    finalisation = try reader.optional { (item) throws(CBORError) in try item.value(Certificate.self) }
    notarisation = try reader.optional { (item) throws(CBORError) in try item.value(Certificate.self) }
    headers = try reader.list(max: RestartLimits.headers)
    tail = try reader.narrow()
    successor = try reader.optional { (item) throws(CBORError) in try item.value(ValidatorSet.self) }
    reason = try reader.prose(max: RestartLimits.reason)
    instrument = try reader.value()
    reader.leave()
  }
}

/// How the start block follows from what is final: certificates and the headers between them.
package struct RestartPath: Hashable, Sendable {
  package let finalisation: Certificate?
  package let notarisation: Certificate?
  package let headers: [BlockHeader]
  package let tail: UInt16

  package init(finalisation: Certificate?, notarisation: Certificate?, headers: [BlockHeader], tail: UInt16) {
    (self.finalisation, self.notarisation) = (finalisation, notarisation)
    (self.headers, self.tail) = (headers, tail)
  }
}

/// A member's consent to a restart, by its root key: [member, epoch that is opened, digest of the content].
///
/// A root key approves one restart of an epoch and no second: two approvals of different contents that leave the same
/// epoch are for the public to see.
package struct RestartApproval: Statement {
  package let member: MemberID
  package let newEpoch: Epoch
  package let content: Digest

  package init(member: MemberID, of content: RestartContent) {
    (self.member, newEpoch, self.content) = (member, content.newEpoch, content.digest)
  }

  package var statementType: StatementType { .restartApproval }
  package var signer: MemberID { member }

  package static func accepts(_ type: StatementType) -> Bool { type == .restartApproval }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(member)
    writer.value(newEpoch)
    writer.value(content)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    member = try reader.value()
    newEpoch = try reader.value()
    content = try reader.value()
    reader.leave()
  }
}

/// A restart with the approvals that it has: [content, [approval, …]].
package struct RestartDocument: Hashable, Sendable, CBORCodable {
  package let content: RestartContent
  /// Signed ``RestartApproval`` statements, ascending by member.
  package let approvals: [SignedStatement]

  package init(content: RestartContent, approvals: [SignedStatement] = []) {
    (self.content, self.approvals) = (content, approvals)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(content)
    writer.list(approvals)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    content = try reader.value()
    approvals = try reader.list(max: Quorum.maximumMembers)
    reader.leave()
  }
}
