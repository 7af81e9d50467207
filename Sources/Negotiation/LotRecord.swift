import CBOR
import Membership
import Trade

/// Where a lot stands. The numbers are part of the protocol.
package enum Phase: UInt8, Hashable, Comparable, Sendable, CaseIterable, CBORCodable {
  /// Announced; lasts the notice window.
  case open = 0
  /// Evidence is gathered.
  case evidence = 1
  /// Sealed sheets are accepted.
  case commit = 2
  /// Sealed sheets are opened.
  case reveal = 3
  /// The floors are known and voted on.
  case ratify = 4
  /// Adopted; lasts until entry into force.
  case notice = 5
  /// Ended: the rows are in the table.
  case inForce = 6
  /// Ended: the floors before stay.
  case statusQuo = 7
  /// Ended: the items have no floor.
  case noFloor = 8
  /// Ended: taken back by whoever opened the docket.
  case withdrawn = 9

  package var name: String {
    switch self {
    case .open: "OPEN"
    case .evidence: "EVIDENCE"
    case .commit: "COMMIT"
    case .reveal: "REVEAL"
    case .ratify: "RATIFY"
    case .notice: "NOTICE"
    case .inForce: "IN_FORCE"
    case .statusQuo: "STATUS_QUO"
    case .noFloor: "NO_FLOOR"
    case .withdrawn: "WITHDRAWN"
    }
  }

  /// Whether nothing more can happen.
  package var isEnd: Bool { self >= .inForce }

  package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
}

/// Why a round of an item did not end in adoption.
package enum Setback: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  case insufficient = 0
  case divergent = 1
  /// No quorum in any call.
  case noQuorum = 2
  case notRatified = 3

  package var name: String {
    switch self {
    case .insufficient: "INSUFFICIENT"
    case .divergent: "DIVERGENT"
    case .noQuorum: "NO_QUORUM"
    case .notRatified: "NOT_RATIFIED"
    }
  }
}

/// An item on its way through a docket.
package struct LotItem: Hashable, Sendable, CBORCodable {
  package let item: ItemID
  /// Where this round's prices must lie; nil in the first round.
  package var band: PriceBand?
  /// Why the round before failed, or why the item ended without adoption.
  package var setback: Setback?

  package init(item: ItemID, band: PriceBand? = nil, setback: Setback? = nil) {
    (self.item, self.band, self.setback) = (item, band, setback)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(item)
    writer.optional(band) { writer, band in writer.value(band) }
    writer.optional(setback) { writer, setback in writer.value(setback) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    item = try reader.value()
    band = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(PriceBand.self) }
    setback = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Setback.self) }
    reader.leave()
  }
}

/// The items of a docket that move together: one phase, one round, one deadline.
package struct LotRecord: Hashable, Sendable, CBORCodable {
  package let docket: DocketID
  package let number: UInt16
  /// The lot that this one split off, or nil for a lot of the opening.
  package let parent: UInt16?
  package var phase: Phase
  /// Counted from 1.
  package var round: UInt8
  /// 0 before the first ballot of the round, then 1 to 3.
  package var call: UInt8
  /// When the phase began: the time of the block that began it.
  package var opens: Instant
  /// When it ends: what counts is a block time before this. Nil once ended.
  package var closes: Instant?
  /// Ascending.
  package var items: [LotItem]

  package init(
    docket: DocketID, number: UInt16, parent: UInt16?, phase: Phase, round: UInt8, call: UInt8, opens: Instant,
    closes: Instant?, items: [LotItem]
  ) {
    (self.docket, self.number, self.parent, self.phase) = (docket, number, parent, phase)
    (self.round, self.call, self.opens, self.closes, self.items) = (round, call, opens, closes, items)
  }

  package var place: LotRound { LotRound(docket: docket, lot: number, round: round) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(9)
    writer.value(docket)
    writer.unsigned(UInt64(number))
    writer.optional(parent) { writer, number in writer.unsigned(UInt64(number)) }
    writer.value(phase)
    writer.unsigned(UInt64(round))
    writer.unsigned(UInt64(call))
    writer.value(opens)
    writer.optional(closes) { writer, instant in writer.value(instant) }
    writer.list(items)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 9)
    docket = try reader.value()
    number = try reader.narrow()
    parent = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.narrow(UInt16.self) }
    phase = try reader.value()
    round = try reader.narrow()
    call = try reader.narrow()
    opens = try reader.value()
    closes = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Instant.self) }
    items = try reader.list(max: Sheet.maximumQuotes)
    reader.leave()
  }
}
