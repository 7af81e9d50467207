import CBOR
import Cryptography
import Membership
import Trade

/// What became of one revealed quote.
package enum QuoteVerdict: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// A price that counts.
  case counted = 0
  /// A typed answer without a price: not a miss, and no price.
  case answered = 1
  /// A price outside the item's hard bounds: refused, never moved to the bound.
  case outOfBounds = 2
  /// A price outside this round's band: refused, never moved to the band.
  case outOfBand = 3

  /// The stable code.
  package var code: String {
    switch self {
    case .counted: "COUNTED"
    case .answered: "ANSWERED"
    case .outOfBounds: "OUT_OF_BOUNDS"
    case .outOfBand: "OUT_OF_BAND"
    }
  }
}

/// One member's sheet in one round of one lot: sealed, then revealed or withheld.
package struct SheetRecord: Hashable, Sendable, CBORCodable {
  /// How many commitments a member can make in a round, replacements included.
  package static let maximumCommitments = 16

  package let place: LotRound
  package let member: MemberID
  /// All of them, oldest first; the last is the one that counts.
  package var commitments: [Sealed]
  package var revealed: Revealed?
  /// The reveal window has closed on a commitment that was not revealed.
  package var isWithheld: Bool

  /// One commitment.
  package struct Sealed: Hashable, Sendable, CBORCodable {
    package let digest: Digest
    package let by: Signing

    package init(digest: Digest, by: Signing) { (self.digest, self.by) = (digest, by) }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.value(digest)
      writer.value(by)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      digest = try reader.value()
      by = try reader.value()
      reader.leave()
    }
  }

  /// The opened sheet, with a verdict for each quote in the order of the quotes.
  package struct Revealed: Hashable, Sendable, CBORCodable {
    package let by: Signing
    package let salt: [UInt8]
    package let sheet: Sheet
    package let verdicts: [QuoteVerdict]

    package init(by: Signing, salt: [UInt8], sheet: Sheet, verdicts: [QuoteVerdict]) {
      (self.by, self.salt, self.sheet, self.verdicts) = (by, salt, sheet, verdicts)
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(4)
      writer.value(by)
      writer.byteString(salt)
      writer.value(sheet)
      writer.list(verdicts)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 4)
      by = try reader.value()
      salt = try reader.byteString(exactly: SealingContext.saltSize)
      sheet = try reader.value()
      verdicts = try reader.list(max: Sheet.maximumQuotes)
      reader.leave()
      guard verdicts.count == sheet.quotes.count else { throw .wrongCount }
    }
  }

  package init(place: LotRound, member: MemberID, commitments: [Sealed], revealed: Revealed? = nil) {
    (self.place, self.member, self.commitments, self.revealed) = (place, member, commitments, revealed)
    isWithheld = false
  }

  /// The revealed quote on an item and what became of it.
  package func quote(on item: ItemID) -> (quote: Quote, verdict: QuoteVerdict)? {
    guard let revealed, let index = revealed.sheet.quotes.place(of: item, by: \.item),
      index < revealed.verdicts.count
    else { return nil }
    return (revealed.sheet.quotes[index], revealed.verdicts[index])
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(place)
    writer.value(member)
    writer.list(commitments)
    writer.optional(revealed) { writer, revealed in writer.value(revealed) }
    writer.bool(isWithheld)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    place = try reader.value()
    member = try reader.value()
    commitments = try reader.list(max: Self.maximumCommitments)
    revealed = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Revealed.self) }
    isWithheld = try reader.bool()
    reader.leave()
  }
}

/// One member's ballot in one call.
package struct BallotRecord: Hashable, Sendable, CBORCodable {
  package let ballot: Ballot
  package let by: Signing

  package init(ballot: Ballot, by: Signing) { (self.ballot, self.by) = (ballot, by) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(ballot)
    writer.value(by)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    ballot = try reader.value()
    by = try reader.value()
    reader.leave()
  }
}
