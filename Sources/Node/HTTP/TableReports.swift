import API
import Ledger
import Membership
import Negotiation
import Trade

/// Answers about the floor table, out of one committed state.
struct TableReports: Sendable {
  let committed: CommittedView
  private var reader: StateReader { StateReader(state: committed.state) }

  /// A version (the one in force, without a number), of all items or of those that `item` names.
  func table(version: UInt64?, item: String?) throws(APIRefusal) -> TableReport {
    let found = version.map { reader.table($0) } ?? reader.table
    guard let table = found else {
      if let version { throw .notFound("there is no table version \(version)") }
      return report(table: nil, pending: false, rows: [])
    }
    return report(table: table, pending: false, rows: select(reader.rows(of: table.version), item))
  }

  /// What is adopted and not in force yet.
  func pending(item: String?) -> TableReport {
    report(table: nil, pending: true, rows: select(reader.values(of: FloorRow.self, .pending), item))
  }

  /// Every version's row of one item, oldest first.
  func history(item: String) throws(APIRefusal) -> HistoryReport {
    let items = reader.values(of: Item.self, .items).map(\.id).filter { Self.matches($0, item) }
    guard !items.isEmpty else { throw .notFound("there is no item \(item)") }
    var (versions, before): ([HistoryEntry], FloorRow?) = ([], nil)
    for table in reader.values(of: FloorTable.self, .tables) {
      for id in items {
        guard let row = reader.value(FloorRow.self, .row(table.version, id)) else { continue }
        let cause = row == before ? "UNCHANGED" : row.authority.name
        versions.append(
          HistoryEntry(version: table.version, cause: cause, row: report(row)))
        before = row
      }
    }
    return HistoryReport(item: item, versions: versions)
  }

  private func report(table: FloorTable?, pending: Bool, rows: [FloorRow]) -> TableReport {
    TableReport(
      version: table?.version, effectiveAt: table.map { InstantValue($0.effectiveAt) }, docket: table?.docket,
      pending: pending, rows: rows.map(report),
      head: HeadReport(committed.header), signers: committed.signers.map(\.text))
  }

  /// A row with the reckoning behind it: the newest round of its item in the docket that it rests on.
  private func report(_ row: FloorRow) -> RowReport {
    let results = DocketID(row.basisDocket).map { reader.results(of: $0) } ?? []
    let basis = results.filter { $0.item == row.item }.max { $0.round < $1.round }
    return RowReport(row, stage: reader.stage(of: row.item), basis: basis)
  }

  private func select(_ rows: [FloorRow], _ item: String?) -> [FloorRow] {
    guard let item else { return rows }
    return rows.filter { Self.matches($0.item, item) }
  }

  /// A name without a version means every version.
  private static func matches(_ id: ItemID, _ name: String) -> Bool { id.text == name || id.name == name }
}
