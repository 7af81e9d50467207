import CBOR
import Membership
import Trade

/// The sections of the ledger's state, in the order in which their roots enter the state root.
///
/// The numbers are part of the protocol: a section is appended, never moved.
package enum StateSection: UInt8, Hashable, Comparable, Sendable, CaseIterable, CBORCodable {
  case parameters = 0
  case roster = 1
  case items = 2
  case votes = 3
  case profiles = 4
  case rates = 5
  case territories = 6
  /// Openings that fewer than three members have signed yet: key = digest of the content.
  case openings = 7
  /// ``DocketRecord``: key = docket id.
  case dockets = 8
  /// ``LotRecord``: key = docket id, 0, lot.
  case lots = 9
  /// ``SheetRecord``: key = docket id, 0, lot, round, member.
  case sheets = 10
  /// ``BallotRecord``: key = docket id, 0, lot, round, call, member.
  case ballots = 11
  /// ``ItemResult``: key = docket id, 0, item id, 0, round.
  case results = 12
  /// Adopted rows that are not in force yet: key = item id.
  case pending = 13
  /// `FloorTable`: key = version.
  case tables = 14
  /// `FloorRow`: key = version, item id.
  case rows = 15
  /// Identities of transactions that have not expired.
  case seen = 16
  /// `MemberStanding`: key = member. Kept for members that left, too.
  case standings = 17
  /// `MotionRecord`: key = identity of the transaction that filed it.
  case motions = 18
  /// `KeyRecord`: key = digest of the public key. Every key that ever stood on the roster.
  case keys = 19
  /// `EpochRecord`: key = epoch.
  case epochs = 20
  /// `FaultRecord`: key = member, 0, epoch, view.
  case faults = 21
  /// Who negotiates with which votes: key = version for an ``ElectorateRecord``, version, item id for ``ItemVotes``.
  case electorates = 22
  /// `RestartRecord`: key = epoch.
  case restarts = 23
  /// Digests of recent blocks: key = height.
  case recent = 24

  package static func < (left: StateSection, right: StateSection) -> Bool { left.rawValue < right.rawValue }
}

/// Where an entry of the state lies: its section and its key there, compared as bytes.
package struct EntryKey: Hashable, Comparable, Sendable, CBORCodable {
  package let section: StateSection
  package let key: [UInt8]

  /// The longest key in bytes: docket id, item id, separators and round.
  package static let maximumLength = 128

  package init(_ section: StateSection, _ key: [UInt8]) { (self.section, self.key) = (section, key) }

  package static func < (left: EntryKey, right: EntryKey) -> Bool {
    left.section == right.section ? left.key.lexicographicallyPrecedes(right.key) : left.section < right.section
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(section)
    writer.byteString(key)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    section = try reader.value()
    key = try reader.byteString(max: Self.maximumLength)
    reader.leave()
  }
}

/// The keys of what negotiation keeps. Numbers are big-endian, so that their order is the order of the bytes; text parts inside a
/// key end with a zero byte, which no identifier contains.
extension EntryKey {
  /// ``NegotiationParameters``.
  package static let negotiationParameters = EntryKey(.parameters, Array("negotiation".utf8))

  package static func item(_ id: ItemID) -> EntryKey { EntryKey(.items, Array(id.text.utf8)) }

  package static func votes(_ item: ItemID) -> EntryKey { EntryKey(.votes, Array(item.text.utf8)) }

  package static func docket(_ id: DocketID) -> EntryKey { EntryKey(.dockets, id.bytes) }

  package static func lot(_ docket: DocketID, _ lot: UInt16) -> EntryKey {
    EntryKey(.lots, docket.bytes + [0] + bigEndian(lot))
  }

  package static func sheet(_ place: LotRound, _ member: MemberID) -> EntryKey {
    EntryKey(.sheets, prefix(place) + Array(member.text.utf8))
  }

  package static func ballot(_ place: LotRound, call: UInt8, _ member: MemberID) -> EntryKey {
    EntryKey(.ballots, prefix(place) + [call] + Array(member.text.utf8))
  }

  package static func result(_ docket: DocketID, _ item: ItemID, round: UInt8) -> EntryKey {
    EntryKey(.results, docket.bytes + [0] + Array(item.text.utf8) + [0, round])
  }

  package static func pending(_ item: ItemID) -> EntryKey { EntryKey(.pending, Array(item.text.utf8)) }

  package static func table(_ version: UInt64) -> EntryKey { EntryKey(.tables, bigEndian(version)) }

  package static func row(_ version: UInt64, _ item: ItemID) -> EntryKey {
    EntryKey(.rows, bigEndian(version) + Array(item.text.utf8))
  }

  /// The member that opens dockets alone.
  package static let chair = EntryKey(.parameters, Array("chair".utf8))

  package static func electorate(_ version: UInt64) -> EntryKey { EntryKey(.electorates, bigEndian(version)) }

  package static func votes(_ item: ItemID, electorate version: UInt64) -> EntryKey {
    EntryKey(.electorates, bigEndian(version) + Array(item.text.utf8))
  }

  private static func prefix(_ place: LotRound) -> [UInt8] {
    place.docket.bytes + [0] + bigEndian(place.lot) + [place.round]
  }

  /// A number's bytes, the highest first: as bytes they have the order of the numbers.
  package static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
  }
}
