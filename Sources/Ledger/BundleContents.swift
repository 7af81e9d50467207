import CBOR
import Cryptography
import Membership
import Negotiation
import Trade

/// What a bundle proves, read from its entries.
package struct BundleContents: Hashable, Sendable {
  package let name: String
  package let chair: MemberID
  package let ledger: LedgerParameters
  package let negotiation: NegotiationParameters
  package let roster: Roster
  /// All items of the registry, or the one that the bundle is about.
  package let items: [Item]
  /// The votes on these items.
  package let votes: [ItemVotes]
  package let profiles: [CustomsProfile]
  package let rates: ExchangeRateTable
  package let territories: TerritoryMap
  /// The table in force, or nil before the first.
  package let table: FloorTable?
  /// All rows of the table, or the one of the item, if it has one.
  package let rows: [FloorRow]
  /// Every version of the table with all its rows, oldest first; empty for a bundle about one item.
  package let versions: [TableVersion]
  /// Rows that were adopted and are not in force yet.
  package let pending: [FloorRow]
  /// The dockets by which the rows came about.
  package let dockets: [BundleDocket]

  /// The dockets that belong to rows: those of the votes behind them, and the one that made the table.
  static func dockets(of rows: [FloorRow], _ table: FloorTable?) -> [DocketID] {
    let names = Set(rows.map(\.basisDocket) + [table?.docket].compactMap(\.self))
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { DocketID($0) }
  }

  /// The rows that explaining a result reads: the floor before, and what the docket made of it.
  static func rowsRead(by result: ItemResult) -> [EntryKey] {
    let made: UInt64? =
      switch result.outcome {
      case .inForce(let version), .statusQuo(_, let version): version
      case .voting, .adopted, .conciliation, .noFloor: nil
      }
    return [result.tableVersion, made ?? 0].filter { $0 > 0 }.map { .row($0, result.item) }
  }

  /// All entries of a docket.
  static func queries(_ docket: DocketID) -> [StateQuery] {
    [.entry(.docket(docket))]
      + [StateSection.lots, .sheets, .ballots, .results].map { .prefix($0, docket.bytes + [0]) }
  }
}

/// A docket with all its records.
package struct BundleDocket: Hashable, Sendable {
  package let record: DocketRecord
  /// By number.
  package let lots: [LotRecord]
  /// By lot, round and member.
  package let sheets: [SheetRecord]
  /// By lot, round, call and member.
  package let ballots: [BallotRecord]
  /// By item and round.
  package let results: [ItemResult]
}

/// Why the entries of a proof are not what a bundle must contain.
package enum BundleContentError: Error, Hashable, Sendable {
  case proof(StateProofError)
  /// An entry that must exist does not.
  case absent(EntryKey)
  /// An entry cannot be read.
  case unreadable(EntryKey)
  /// The table does not have as many rows as its head says.
  case rowCount(found: Int, wanted: Int)
  /// A later version of the table exists than the one shown.
  case laterTable(UInt64)
}

extension BundleContents {
  init(_ proven: ProvenEntries, _ subject: BundleSubject) throws(BundleContentError) {
    let reader = EntryReader(proven)
    name = try reader.prose(.parameters, "name")
    chair = try reader.value(EntryKey(.parameters, Array("chair".utf8)))
    ledger = try reader.value(EntryKey(.parameters, Array("ledger".utf8)))
    negotiation = try reader.value(EntryKey(.parameters, Array("negotiation".utf8)))
    roster = try reader.roster()
    profiles = try reader.all(.profiles)
    guard let rates = ExchangeRateTable(try reader.all(.rates)) else { throw .unreadable(EntryKey(.rates, [])) }
    guard let territories = TerritoryMap(try reader.all(.territories)) else {
      throw .unreadable(EntryKey(.territories, []))
    }
    (self.rates, self.territories) = (rates, territories)
    let table = try reader.table()
    self.table = table
    let version = table?.version ?? 0
    switch subject {
    case .table:
      items = try reader.all(.items)
      votes = try reader.all(.votes)
      pending = try reader.all(.pending)
      versions = try reader.versions()
      rows = versions.last?.rows ?? []
    case .item(let item):
      items = [try reader.value(.item(item))]
      votes = [try reader.value(.votes(item))]
      pending = try reader.optional(.pending(item)).map { [$0] } ?? []
      rows = try reader.optional(.row(version, item)).map { [$0] } ?? []
      versions = []
    }
    var dockets: [BundleDocket] = []
    for docket in Self.dockets(of: rows, table) { dockets.append(try reader.docket(docket)) }
    self.dockets = dockets
    for result in dockets.flatMap(\.results) where items.contains(where: { $0.id == result.item }) {
      for row in Self.rowsRead(by: result) { _ = try reader.bytes(row) }
    }
  }
}

/// Reads proved entries as values.
private struct EntryReader {
  let proven: ProvenEntries

  init(_ proven: ProvenEntries) { self.proven = proven }

  func bytes(_ key: EntryKey) throws(BundleContentError) -> [UInt8]? {
    do throws(StateProofError) { return try proven.value(key) } catch { throw .proof(error) }
  }

  func optional<Value: CBORDecodable>(
    _ key: EntryKey, as _: Value.Type = Value.self
  ) throws(BundleContentError) -> Value? {
    guard let bytes = try bytes(key) else { return nil }
    do throws(CBORError) { return try Value(decoding: bytes) } catch { throw .unreadable(key) }
  }

  func value<Value: CBORDecodable>(_ key: EntryKey, as _: Value.Type = Value.self) throws(BundleContentError) -> Value {
    guard let value: Value = try optional(key) else { throw .absent(key) }
    return value
  }

  func all<Value: CBORDecodable>(
    _ section: StateSection, prefix: [UInt8] = [], of _: Value.Type = Value.self
  ) throws(BundleContentError) -> [Value] {
    let entries: [SectionTree.Entry]
    do throws(StateProofError) { entries = try proven.entries(section, prefix: prefix) } catch { throw .proof(error) }
    var values: [Value] = []
    for entry in entries {
      do throws(CBORError) {
        values.append(try Value(decoding: entry.value))
      } catch {
        throw .unreadable(EntryKey(section, entry.key))
      }
    }
    return values
  }

  func prose(_ section: StateSection, _ name: String) throws(BundleContentError) -> String {
    let key = EntryKey(section, Array(name.utf8))
    guard let bytes = try bytes(key) else { throw .absent(key) }
    var reader = CBORReader(bytes)
    do throws(CBORError) {
      let text = try reader.prose(max: GenesisContent.longestName)
      try reader.finish()
      return text
    } catch {
      throw .unreadable(key)
    }
  }

  func roster() throws(BundleContentError) -> Roster {
    let members: [Member] = try all(.roster)
    do throws(RosterError) {
      return try Roster(members)
    } catch {
      throw .unreadable(EntryKey(.roster, []))
    }
  }

  /// The table of the highest version: the last entry of its section, which the proof of the next version's absence
  /// shows.
  /// All versions of the table; each has as many rows as its head says.
  func versions() throws(BundleContentError) -> [TableVersion] {
    var versions: [TableVersion] = []
    for table in try all(.tables, of: FloorTable.self) {
      let rows = try all(.rows, prefix: BigEndian.bytes(table.version), of: FloorRow.self)
      let wanted = Int(table.rowCount)
      guard rows.count == wanted else { throw .rowCount(found: rows.count, wanted: wanted) }
      versions.append(TableVersion(table: table, rows: rows))
    }
    return versions
  }

  func table() throws(BundleContentError) -> FloorTable? {
    let count = UInt64(proven.count(of: .tables))
    guard count > 0 else { return nil }
    let table: FloorTable = try value(.table(count))
    if try bytes(.table(count + 1)) != nil { throw .laterTable(count + 1) }
    return table
  }

  func docket(_ id: DocketID) throws(BundleContentError) -> BundleDocket {
    let prefix = id.bytes + [0]
    return BundleDocket(
      record: try value(.docket(id)), lots: try all(.lots, prefix: prefix), sheets: try all(.sheets, prefix: prefix),
      ballots: try all(.ballots, prefix: prefix), results: try all(.results, prefix: prefix))
  }
}
