import CBOR
import GRDB
import Ledger
import Membership
import Negotiation
import Trade

/// Repeats committed state in columns. An entry of a section that has no table here changes nothing.
struct ReadableModel {
  let writer: JournalWriter

  func apply(_ change: StateChange) throws {
    switch change.key.section {
    case .tables: if let table = decode(FloorTable.self, change) { try put(table) }
    case .rows: if let row = decode(FloorRow.self, change) { try put(row, version: version(of: change.key.key)) }
    case .pending: try applyPending(change)
    case .dockets: if let docket = decode(DocketRecord.self, change) { try put(docket) }
    case .lots: if let lot = decode(LotRecord.self, change) { try put(lot) }
    case .ballots: if let ballot = decode(BallotRecord.self, change) { try put(ballot) }
    case .results: if let result = decode(ItemResult.self, change) { try put(result) }
    case .parameters, .roster, .items, .votes, .profiles, .rates, .territories, .openings, .sheets, .seen, .standings,
      .motions, .keys, .epochs, .faults, .electorates, .restarts, .recent:
      break
    }
  }

  /// The ledger wrote these bytes itself; what cannot be read is left out of the readable tables, never of the journal.
  private func decode<Value: CBORDecodable>(_: Value.Type, _ change: StateChange) -> Value? {
    change.value.flatMap { try? Value(decoding: $0) }
  }

  private func version(of key: [UInt8]) -> UInt64 { key.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

  private func put(_ table: FloorTable) throws {
    try writer.run(
      "INSERT OR REPLACE INTO floor_tables VALUES (?, ?, ?, ?)",
      [
        writer.number(table.version), text(table.effectiveAt), Int64(table.rowCount).databaseValue,
        table.docket?.databaseValue ?? .null,
      ])
  }

  private func put(_ row: FloorRow, version: UInt64) throws {
    let spread = row.dispersion
    try writer.run(
      "INSERT OR REPLACE INTO floor_rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [
        writer.number(version), writer.text(row.item.text), text(row.floor),
        row.floor.microUSDPerKilogram.databaseValue, writer.text(row.mode.name), text(row.effectiveAt),
        writer.text(row.basisDocket), Int64(row.carried).databaseValue, row.lapsesAt.map(text) ?? .null,
        writer.text(row.onLapse.name), writer.text(row.authority.name), writer.text(spread.status.name),
        Int64(spread.members).databaseValue, spread.weight.databaseValue, spread.totalWeight.databaseValue,
        writer.text(spread.screened.map(\.text).joined(separator: " ")), text(spread.result), text(spread.residual),
      ])
  }

  private func applyPending(_ change: StateChange) throws {
    guard let row = decode(FloorRow.self, change) else {
      return try writer.run(
        "DELETE FROM pending_rows WHERE item = ?", [writer.text(String(decoding: change.key.key, as: UTF8.self))])
    }
    try writer.run(
      "INSERT OR REPLACE INTO pending_rows VALUES (?, ?, ?, ?, ?, ?)",
      [
        writer.text(row.item.text), text(row.floor), row.floor.microUSDPerKilogram.databaseValue,
        writer.text(row.mode.name), text(row.effectiveAt), writer.text(row.basisDocket),
      ])
  }

  private func put(_ docket: DocketRecord) throws {
    let state = docket.withdrawal != nil ? "WITHDRAWN" : docket.isLive ? "OPEN" : "ENDED"
    try writer.run(
      "INSERT OR REPLACE INTO dockets VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        writer.text(docket.id.text), writer.text(docket.kind.name), text(docket.openedAt),
        writer.text(docket.openers.map(\.member.text).joined(separator: " ")), writer.text(docket.note),
        writer.text(state), writer.text(docket.items.map(\.text).joined(separator: " ")),
      ])
  }

  private func put(_ lot: LotRecord) throws {
    try writer.run(
      "INSERT OR REPLACE INTO lots VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        writer.text(lot.docket.text), Int64(lot.number).databaseValue,
        writer.text(lot.items.map(\.item.text).joined(separator: " ")), writer.text(lot.phase.name),
        Int64(lot.round).databaseValue, Int64(lot.call).databaseValue, lot.closes.map(text) ?? .null,
      ])
  }

  private func put(_ record: BallotRecord) throws {
    let (ballot, place) = (record.ballot, record.ballot.place)
    try writer.run(
      "INSERT OR REPLACE INTO ballots VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        writer.text(place.docket.text), Int64(place.lot).databaseValue, Int64(place.round).databaseValue,
        Int64(ballot.call).databaseValue, writer.text(record.by.member.text), writer.text(ballot.choice.name),
        writer.text(ballot.reason),
      ])
  }

  private func put(_ result: ItemResult) throws {
    var (median, floor): (Price?, Price?) = (nil, nil)
    if case .agreed(_, let agreement) = result.aggregation.outcome {
      (median, floor) = (agreement.result, agreement.floor)
    }
    try writer.run(
      "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      [
        writer.text(result.docket.text), writer.text(result.item.text), Int64(result.round).databaseValue,
        writer.text(result.aggregation.status.name), median.map(text) ?? .null, floor.map(text) ?? .null,
        writer.text(result.outcome.name), result.outcome.setback.map { writer.text($0.name) } ?? .null,
      ])
  }

  private func text(_ price: Price) -> DatabaseValue { writer.text(price.text) }

  private func text(_ instant: Instant) -> DatabaseValue { writer.text(instant.text) }
}
