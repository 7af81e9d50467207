import Accession
import CBOR
import Cryptography
import Membership
import Negotiation
import Trade

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
  /// An entry exists that the bundle claims to be absent.
  case present(EntryKey)
  /// The second item of a range comes before the first.
  case rangeOutOfOrder
}

extension BundleContents {
  init(_ proven: ProvenEntries, _ subject: BundleSubject) throws(BundleContentError) {
    let reader = EntryReader(proven)
    var parts = Parts()
    switch subject {
    case .table: try parts.readTable(reader)
    case .item(let item): try parts.read(item, reader)
    case .row(let item):
      try parts.readHead(reader)
      parts.rows = [try reader.value(.row(parts.version, item))]
    case .absence(let item): try parts.readAbsence(of: item, reader)
    case .range(let first, let last):
      guard !(last < first) else { throw .rangeOutOfOrder }
      try parts.readHead(reader)
      parts.rows = try reader.rows(parts.version, from: first, through: last)
    case .docket(let docket): try parts.read(docket, reader)
    case .roster: try parts.readRoster(reader)
    }
    (terms, roster, items, votes) = (parts.terms, parts.roster, parts.items, parts.votes)
    (table, rows, versions, pending) = (parts.table, parts.rows, parts.versions, parts.pending)
    (dockets, epochs, latestEpoch) = (parts.dockets, proven.count(of: .epochs), parts.latestEpoch)
  }

  /// The parts, while they are read.
  private struct Parts {
    var terms: BundleTerms?
    var roster: Roster?
    var items: [Item] = []
    var votes: [ItemVotes] = []
    var table: FloorTable?
    var rows: [FloorRow] = []
    var versions: [TableVersion] = []
    var pending: [FloorRow] = []
    var dockets: [BundleDocket] = []
    var latestEpoch: EpochValidators?

    var version: UInt64 { table?.version ?? 0 }

    mutating func readHead(_ reader: EntryReader) throws(BundleContentError) { table = try reader.table() }

    mutating func readTerms(_ reader: EntryReader) throws(BundleContentError) {
      (terms, roster) = (try reader.terms(), try reader.roster())
      try readHead(reader)
    }

    mutating func readRoster(_ reader: EntryReader) throws(BundleContentError) {
      roster = try reader.roster()
      _ = try reader.entries(.parameters, prefix: [])
      _ = try reader.standings()
      latestEpoch = try reader.latestEpoch()
    }

    mutating func readTable(_ reader: EntryReader) throws(BundleContentError) {
      try readTerms(reader)
      items = try reader.all(.items)
      votes = try reader.all(.votes)
      pending = try reader.all(.pending)
      versions = try reader.versions()
      rows = versions.last?.rows ?? []
      try readInputs(reader)
    }

    mutating func read(_ item: ItemID, _ reader: EntryReader) throws(BundleContentError) {
      try readTerms(reader)
      items = [try reader.value(.item(item))]
      votes = [try reader.value(.votes(item))]
      pending = try reader.optional(.pending(item)).map { [$0] } ?? []
      rows = try reader.optional(.row(version, item)).map { [$0] } ?? []
      try readInputs(reader)
    }

    mutating func readAbsence(of item: ItemID, _ reader: EntryReader) throws(BundleContentError) {
      try readHead(reader)
      guard try reader.bytes(.row(version, item)) == nil else { throw .present(.row(version, item)) }
      items = try reader.optional(.item(item)).map { [$0] } ?? []
      pending = try reader.optional(.pending(item)).map { [$0] } ?? []
    }

    mutating func read(_ docket: DocketID, _ reader: EntryReader) throws(BundleContentError) {
      try readTerms(reader)
      let record: DocketRecord = try reader.value(.docket(docket))
      for item in record.items {
        items.append(try reader.value(.item(item)))
        votes.append(try reader.value(.votes(item)))
        if let row: FloorRow = try reader.optional(.pending(item)) { pending.append(row) }
      }
      dockets = [try reader.docket(docket, items: items)]
      try readRowsRead(reader)
    }

    /// The dockets behind the rows, and what explaining the items in them reads.
    private mutating func readInputs(_ reader: EntryReader) throws(BundleContentError) {
      for docket in BundleContents.dockets(of: rows, table) { dockets.append(try reader.docket(docket, items: items)) }
      try readRowsRead(reader)
    }

    private func readRowsRead(_ reader: EntryReader) throws(BundleContentError) {
      let names = Set(items.map(\.id))
      for result in dockets.flatMap(\.results) where names.contains(result.item) {
        for row in BundleContents.rowsRead(by: result) { _ = try reader.bytes(row) }
      }
    }
  }
}

/// Reads proved entries as values.
struct EntryReader {
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
    try values(section, try entries(section, prefix: prefix))
  }

  func entries(_ section: StateSection, prefix: [UInt8]) throws(BundleContentError) -> [SectionTree.Entry] {
    do throws(StateProofError) { return try proven.entries(section, prefix: prefix) } catch { throw .proof(error) }
  }

  private func values<Value: CBORDecodable>(
    _ section: StateSection, _ entries: [SectionTree.Entry]
  ) throws(BundleContentError) -> [Value] {
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

  func terms() throws(BundleContentError) -> BundleTerms {
    guard let rates = ExchangeRateTable(try all(.rates)) else { throw .unreadable(EntryKey(.rates, [])) }
    guard let territories = TerritoryMap(try all(.territories)) else {
      throw .unreadable(EntryKey(.territories, []))
    }
    // The proof must show the section whole: a parameter that is not read here may matter to someone else.
    _ = try entries(.parameters, prefix: [])
    return BundleTerms(
      name: try prose(.parameters, "name"), chair: try value(EntryKey(.parameters, Array("chair".utf8))),
      ledger: try value(EntryKey(.parameters, Array("ledger".utf8))), negotiation: try value(.negotiationParameters),
      profiles: try all(.profiles), rates: rates, territories: territories, standings: try standings())
  }

  func standings() throws(BundleContentError) -> [BundleTerms.Standing] {
    let entries = try entries(.standings, prefix: [])
    let values: [MemberStanding] = try values(.standings, entries)
    return try zip(entries, values).map { (entry, standing) throws(BundleContentError) in
      guard let member = MemberID(String(decoding: entry.key, as: UTF8.self)) else {
        throw .unreadable(EntryKey(.standings, entry.key))
      }
      return BundleTerms.Standing(member: member, standing: standing)
    }
  }

  func rows(
    _ version: UInt64, from first: ItemID, through last: ItemID
  ) throws(BundleContentError) -> [FloorRow] {
    let (low, high) = (EntryKey.row(version, first), EntryKey.row(version, last))
    let entries: [SectionTree.Entry]
    do throws(StateProofError) {
      entries = try proven.entries(.rows, from: low.key, through: high.key)
    } catch {
      throw .proof(error)
    }
    return try values(.rows, entries)
  }

  /// The last epoch that the state knows.
  func latestEpoch() throws(BundleContentError) -> EpochValidators? {
    let last: SectionTree.Entry?
    do throws(StateProofError) { last = try proven.last(of: .epochs) } catch { throw .proof(error) }
    guard let last else { return nil }
    guard let entry = try? EpochRecord(decoding: last.value) else { throw .unreadable(EntryKey(.epochs, last.key)) }
    return EpochValidators(epoch: entry.epoch, validators: entry.validators)
  }

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

  /// The table of the highest version: the last entry of its section, which the proof of the next version's absence
  /// shows.
  func table() throws(BundleContentError) -> FloorTable? {
    let count = UInt64(proven.count(of: .tables))
    guard count > 0 else { return nil }
    let table: FloorTable = try value(.table(count))
    if try bytes(.table(count + 1)) != nil { throw .laterTable(count + 1) }
    return table
  }

  /// A docket, with the votes on those of its items that are among these.
  func docket(_ id: DocketID, items: [Item]) throws(BundleContentError) -> BundleDocket {
    let prefix = id.bytes + [0]
    let record: DocketRecord = try value(.docket(id))
    var votes: [ItemVotes] = []
    for item in record.items where items.place(of: item, by: \.id) != nil {
      votes.append(try value(.votes(item, electorate: record.electorate)))
    }
    return BundleDocket(
      record: record, electorate: try value(.electorate(record.electorate)), votes: votes,
      lots: try all(.lots, prefix: prefix), sheets: try all(.sheets, prefix: prefix),
      ballots: try all(.ballots, prefix: prefix), results: try all(.results, prefix: prefix))
  }
}
