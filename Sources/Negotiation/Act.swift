import CBOR
import Cryptography
import Membership
import Trade

/// Asks that a docket be opened: at once if the chair signs, with three members' identical content otherwise.
package struct DocketOpening: Hashable, Sendable, CBORCodable {
  package static let maximumItems = 1_024
  package static let longestNote = 1_024

  package let docket: DocketID
  /// The number of a ``DocketKind``, read as a number so that a kind this version lacks is refused by its own code.
  package let kind: UInt8
  /// Strictly ascending.
  package let items: [ItemID]
  /// The parameters' windows for the kind where absent.
  package let windows: DocketWindows?
  /// For people, UTF-8.
  package let note: String

  package init(docket: DocketID, kind: UInt8, items: [ItemID], windows: DocketWindows?, note: String) {
    (self.docket, self.kind, self.items, self.windows, self.note) = (docket, kind, items, windows, note)
  }

  /// What members who open together must agree on to the byte.
  package var digest: Digest { Digest.of(.docket, encoded) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(docket)
    writer.unsigned(UInt64(kind))
    writer.list(items)
    writer.optional(windows) { writer, windows in writer.value(windows) }
    writer.text(note)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    docket = try reader.value()
    kind = try reader.narrow()
    items = try reader.list(max: Self.maximumItems)
    windows = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.value(DocketWindows.self)
    }
    note = try reader.prose(max: Self.longestNote)
    reader.leave()
  }
}

/// Takes a docket back, by whoever opened it, before the first commit window opens.
package struct DocketWithdrawal: Hashable, Sendable, CBORCodable {
  package static let longestReason = 1_024

  package let docket: DocketID
  package let reason: String

  package init(docket: DocketID, reason: String) { (self.docket, self.reason) = (docket, reason) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(docket)
    writer.text(reason)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    docket = try reader.value()
    reason = try reader.prose(max: Self.longestReason)
    reader.leave()
  }
}

/// Seals a sheet: only its digest is known until the reveal.
package struct Commitment: Hashable, Sendable, CBORCodable {
  package let place: LotRound
  package let digest: Digest
  /// The commitment of this member in this round that this one replaces.
  package let replaces: Digest?

  package init(place: LotRound, digest: Digest, replaces: Digest? = nil) {
    (self.place, self.digest, self.replaces) = (place, digest, replaces)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(place)
    writer.value(digest)
    writer.optional(replaces) { writer, digest in writer.value(digest) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    place = try reader.value()
    digest = try reader.value()
    replaces = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Digest.self) }
    reader.leave()
  }
}

/// Opens a sealed sheet.
package struct Reveal: Hashable, Sendable, CBORCodable {
  package let place: LotRound
  /// 32 random bytes, never derived from the sheet.
  package let salt: [UInt8]
  package let sheet: Sheet

  package init(place: LotRound, salt: [UInt8], sheet: Sheet) {
    (self.place, self.salt, self.sheet) = (place, salt, sheet)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(place)
    writer.byteString(salt)
    writer.value(sheet)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    place = try reader.value()
    salt = try reader.byteString(exactly: SealingContext.saltSize)
    sheet = try reader.value()
    reader.leave()
  }
}

/// A member's vote on a lot's floors: whole, never split.
package struct Ballot: Hashable, Sendable, CBORCodable {
  package static let longestReason = 1_024

  package let place: LotRound
  /// 1 to 3: how often the vote was called.
  package let call: UInt8
  package let choice: BallotChoice
  /// For people, UTF-8.
  package let reason: String

  package init(place: LotRound, call: UInt8, choice: BallotChoice, reason: String) {
    (self.place, self.call, self.choice, self.reason) = (place, call, choice, reason)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(place)
    writer.unsigned(UInt64(call))
    writer.value(choice)
    writer.text(reason)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    place = try reader.value()
    call = try reader.narrow()
    choice = try reader.value()
    reason = try reader.prose(max: Self.longestReason)
    reader.leave()
  }
}

/// What a member can do in a negotiation. Each is the body of a transaction whose statement type says which it is.
package enum Act: Hashable, Sendable, CBOREncodable {
  case docketOpen(DocketOpening)
  case docketWithdraw(DocketWithdrawal)
  case commitment(Commitment)
  case reveal(Reveal)
  case ballot(Ballot)

  /// The type under which the act is signed.
  package var statementType: StatementType {
    switch self {
    case .docketOpen: .docketOpen
    case .docketWithdraw: .docketWithdraw
    case .commitment: .commitment
    case .reveal: .reveal
    case .ballot: .ballot
    }
  }

  /// The docket that the act is about.
  package var docket: DocketID {
    switch self {
    case .docketOpen(let opening): opening.docket
    case .docketWithdraw(let withdrawal): withdrawal.docket
    case .commitment(let commitment): commitment.place.docket
    case .reveal(let reveal): reveal.place.docket
    case .ballot(let ballot): ballot.place.docket
    }
  }

  /// Writes the act as one item; the type stands in the statement, not here.
  package func encode(to writer: inout CBORWriter) {
    switch self {
    case .docketOpen(let opening): writer.value(opening)
    case .docketWithdraw(let withdrawal): writer.value(withdrawal)
    case .commitment(let commitment): writer.value(commitment)
    case .reveal(let reveal): writer.value(reveal)
    case .ballot(let ballot): writer.value(ballot)
    }
  }

  /// Reads the act of a statement type; nil for a type that is no act, with nothing read.
  package init?(_ type: StatementType, from reader: inout CBORReader) throws(CBORError) {
    switch type {
    case .docketOpen: self = .docketOpen(try reader.value())
    case .docketWithdraw: self = .docketWithdraw(try reader.value())
    case .commitment: self = .commitment(try reader.value())
    case .reveal: self = .reveal(try reader.value())
    case .ballot: self = .ballot(try reader.value())
    case .genesis, .restartApproval, .rootApproval, .possession, .hello, .notarize, .nullify, .finalize, .status,
      .freeze, .snapshotManifest, .ready, .evidence, .restart, .memorandum, .motion, .motionBallot, .deskSheet,
      .deskApproval:
      return nil
    }
  }
}
