import CBOR
import Ledger
import Membership
import Negotiation
import Trade

/// Typed reads of the entries of one state. An entry that cannot be decoded is left out: the ledger wrote it, so there is none.
struct StateReader: Sendable {
  let state: LedgerState

  func value<Value: CBORDecodable>(_: Value.Type = Value.self, _ key: EntryKey) -> Value? {
    state[key].flatMap { try? Value(decoding: $0) }
  }

  func values<Value: CBORDecodable>(
    of _: Value.Type = Value.self, _ section: StateSection, prefix: [UInt8] = []
  ) -> [Value] {
    entries(section, prefix: prefix).compactMap { try? Value(decoding: $0.value) }
  }

  func entries(_ section: StateSection, prefix: [UInt8] = []) -> ArraySlice<SectionTree.Entry> {
    let tree = state.tree[section]
    return tree.entries[tree.places(prefix: prefix)]
  }

  func item(_ id: ItemID) -> Item? { value(Item.self, .item(id)) }

  /// The table version in force.
  var table: FloorTable? {
    state.tree[.tables].entries.last.flatMap { try? FloorTable(decoding: $0.value) }
  }

  func table(_ version: UInt64) -> FloorTable? { value(FloorTable.self, .table(version)) }

  /// The rows of a version, ascending by item.
  func rows(of version: UInt64) -> [FloorRow] {
    values(of: FloorRow.self, .rows, prefix: BigEndian.bytes(version))
  }

  var profiles: [CustomsProfile] { values(of: CustomsProfile.self, .profiles) }

  func stage(of id: ItemID) -> String { item(id)?.stage.name ?? "unknown" }

  func docket(_ id: DocketID) -> DocketRecord? { value(DocketRecord.self, .docket(id)) }

  func lots(of id: DocketID) -> [LotRecord] { values(of: LotRecord.self, .lots, prefix: id.bytes + [0]) }

  func sheets(of id: DocketID) -> [SheetRecord] { values(of: SheetRecord.self, .sheets, prefix: id.bytes + [0]) }

  func ballots(of id: DocketID) -> [BallotRecord] { values(of: BallotRecord.self, .ballots, prefix: id.bytes + [0]) }

  func results(of id: DocketID) -> [ItemResult] { values(of: ItemResult.self, .results, prefix: id.bytes + [0]) }
}
