import CBOR
import Trade

/// The name of a docket: 1 to 32 printable ASCII characters without blanks, unique for ever.
package struct DocketID: Hashable, Comparable, Sendable, CBORCodable, CustomStringConvertible {
  package static let maximumLength = 32

  package let text: String

  package init?(_ text: String) {
    guard (1...Self.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    self.text = text
  }

  package var bytes: [UInt8] { Array(text.utf8) }

  package var description: String { text }

  package static func < (left: DocketID, right: DocketID) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func encode(to writer: inout CBORWriter) { writer.text(text) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let id = DocketID(try reader.text(max: Self.maximumLength)) else { throw .unknownValue }
    self = id
  }
}

/// What a docket is about. The numbers between are kept for kinds that this version does not have; a docket of such a kind is
/// refused with ``Refusal/kindNotSupported``.
package enum DocketKind: UInt8, Hashable, Sendable, CaseIterable {
  /// Revises floors in force, within the step limit.
  case routine = 0
  /// Sets the first floor of items that have none: special vote, no step limit.
  case first = 1

  package var name: String {
    switch self {
    case .routine: "ROUTINE"
    case .first: "FIRST"
    }
  }

  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// How long each phase of a docket lasts, in milliseconds of block time.
package struct DocketWindows: Hashable, Sendable, CBORCodable {
  package let notice: Int64
  package let evidence: Int64
  package let commit: Int64
  package let reveal: Int64
  package let ballot: Int64
  /// From adoption to entry into force.
  package let vacatio: Int64

  /// The longest window, ten years of 365 days.
  package static let longest: Int64 = 3_650 * Instant.millisecondsPerDay

  package init(notice: Int64, evidence: Int64, commit: Int64, reveal: Int64, ballot: Int64, vacatio: Int64) {
    (self.notice, self.evidence, self.commit) = (notice, evidence, commit)
    (self.reveal, self.ballot, self.vacatio) = (reveal, ballot, vacatio)
  }

  package var all: [Int64] { [notice, evidence, commit, reveal, ballot, vacatio] }

  /// Whether no window is shorter than the minimum or longer than ``longest``.
  package func areLawful(minimum: Int64) -> Bool { all.allSatisfy { $0 >= minimum && $0 <= Self.longest } }

  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    for window in all { writer.integer(window) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    notice = try reader.integer()
    evidence = try reader.integer()
    commit = try reader.integer()
    reveal = try reader.integer()
    ballot = try reader.integer()
    vacatio = try reader.integer()
    reader.leave()
  }
}

/// One round of one lot: what commitments, reveals and ballots are addressed to.
package struct LotRound: Hashable, Sendable, CBORCodable {
  package let docket: DocketID
  /// Counted from 0 within the docket.
  package let lot: UInt16
  /// Counted from 1.
  package let round: UInt8

  package init(docket: DocketID, lot: UInt16, round: UInt8) {
    (self.docket, self.lot, self.round) = (docket, lot, round)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(docket)
    writer.unsigned(UInt64(lot))
    writer.unsigned(UInt64(round))
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    docket = try reader.value()
    lot = try reader.narrow()
    round = try reader.narrow()
    reader.leave()
  }
}

extension PriceBand {
  /// The band of the next round: a band never widens. The prices of a round lie within its own band, so the intersection is
  /// never empty; were it so, the band before would stay, since a band that admits no price could never be answered.
  package func narrowed(by other: PriceBand) -> PriceBand { intersection(other) ?? self }
}

extension PriceBand: CBORCodable {
  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(low)
    writer.value(high)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    self.init(low: try reader.value(), high: try reader.value())
    reader.leave()
  }
}
