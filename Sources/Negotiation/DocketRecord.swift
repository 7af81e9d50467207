import CBOR
import Cryptography
import Membership
import Trade

/// A member's signature under something: who, in which transaction, in the block of what time.
package struct Signing: Hashable, Sendable, CBORCodable {
  package let member: MemberID
  /// The identity of the transaction.
  package let transaction: Digest
  package let at: Instant

  package init(member: MemberID, transaction: Digest, at: Instant) {
    (self.member, self.transaction, self.at) = (member, transaction, at)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(member)
    writer.value(transaction)
    writer.value(at)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    member = try reader.value()
    transaction = try reader.value()
    at = try reader.value()
    reader.leave()
  }
}

/// An opening that fewer than three members have signed: PROPOSED.
package struct OpeningRecord: Hashable, Sendable, CBORCodable {
  /// How many members open a docket without the chair.
  package static let signersNeeded = 3
  /// How many proposed openings one member may support at a time.
  package static let perMember = 8

  package let opening: DocketOpening
  /// In the order of their signatures.
  package var signers: [Signing]
  /// When it falls, unless opened by then.
  package let lapsesAt: Instant

  package init(opening: DocketOpening, signers: [Signing], lapsesAt: Instant) {
    (self.opening, self.signers, self.lapsesAt) = (opening, signers, lapsesAt)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(opening)
    writer.list(signers)
    writer.value(lapsesAt)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    opening = try reader.value()
    signers = try reader.list(max: Self.signersNeeded)
    lapsesAt = try reader.value()
    reader.leave()
  }
}

/// A docket that was opened. Its lots have records of their own.
package struct DocketRecord: Hashable, Sendable, CBORCodable {
  package let id: DocketID
  package let kind: DocketKind
  /// The chair, or the three members that opened it.
  package let openers: [Signing]
  /// Ascending.
  package let items: [ItemID]
  package let windows: DocketWindows
  package let note: String
  package let openedAt: Instant
  /// The version of the electorate of its opening, whose votes it keeps.
  package let electorate: UInt64
  /// How many lots there are so far.
  package var lotCount: UInt16
  /// When the last lot ended, or nil while one lives.
  package var endedAt: Instant?
  /// Who took it back and why, if that is how it ended.
  package var withdrawal: Withdrawal?

  /// A docket's end by its openers.
  package struct Withdrawal: Hashable, Sendable, CBORCodable {
    package let by: Signing
    package let reason: String

    package init(by: Signing, reason: String) { (self.by, self.reason) = (by, reason) }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.value(by)
      writer.text(reason)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      by = try reader.value()
      reason = try reader.prose(max: DocketWithdrawal.longestReason)
      reader.leave()
    }
  }

  package init(
    id: DocketID, kind: DocketKind, openers: [Signing], items: [ItemID], windows: DocketWindows, note: String,
    openedAt: Instant, electorate: UInt64, lotCount: UInt16
  ) {
    (self.id, self.kind, self.openers, self.items) = (id, kind, openers, items)
    (self.windows, self.note, self.openedAt, self.lotCount) = (windows, note, openedAt, lotCount)
    self.electorate = electorate
  }

  package var isLive: Bool { endedAt == nil }

  package func encode(to writer: inout CBORWriter) {
    writer.array(11)
    writer.value(id)
    writer.unsigned(UInt64(kind.rawValue))
    writer.list(openers)
    writer.list(items)
    writer.value(windows)
    writer.text(note)
    writer.value(openedAt)
    writer.unsigned(electorate)
    writer.unsigned(UInt64(lotCount))
    writer.optional(endedAt) { writer, instant in writer.value(instant) }
    writer.optional(withdrawal) { writer, withdrawal in writer.value(withdrawal) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 11)
    id = try reader.value()
    let number: UInt8 = try reader.narrow()
    guard let kind = DocketKind(rawValue: number) else { throw .unknownValue }
    self.kind = kind
    openers = try reader.list(max: OpeningRecord.signersNeeded)
    items = try reader.list(max: DocketOpening.maximumItems)
    windows = try reader.value()
    note = try reader.prose(max: DocketOpening.longestNote)
    openedAt = try reader.value()
    electorate = try reader.unsigned()
    lotCount = try reader.narrow()
    endedAt = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Instant.self) }
    withdrawal = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.value(Withdrawal.self)
    }
    reader.leave()
  }
}
