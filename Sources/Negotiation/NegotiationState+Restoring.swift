import CBOR
import Cryptography
import Membership
import Trade

/// Why entries are not those of a negotiation.
package enum RestorationError: Error, Hashable, Sendable {
  /// The value does not decode.
  case malformed(EntryKey, CBORError)
  /// The value belongs under another key.
  case misplaced(EntryKey)
  /// A lot, a row or a table version is missing, or is there without what it belongs to.
  case incomplete(EntryKey)

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .malformed(let key, let error): "the entry \(key.name) does not decode: \(error)"
    case .misplaced(let key): "the entry under \(key.name) belongs under another key"
    case .incomplete(let key): "the entries do not fit together at \(key.name)"
    }
  }
}

extension EntryKey {
  /// Section and key for people: `lots/7265…`.
  package var name: String { "\(section)/\(key.hexadecimal)" }
}

extension NegotiationState {
  /// Makes the state again from the entries that ``keys`` names, in any order; entries of other sections are passed over.
  ///
  /// Law: a state whose changes were taken equals what is restored from its entries.
  package init(_ genesis: NegotiationGenesis, entries: [(key: EntryKey, value: [UInt8])]) throws(RestorationError) {
    self.init(genesis)
    let sorted = entries.sorted { $0.key < $1.key }
    (touched, electorates) = ([], try Self.electorates(sorted.filter { $0.key.section == .electorates }, genesis))
    for (key, value) in sorted { try restore(key, value) }
    for id in files.keys.sorted() {
      guard let file = files[id] else { continue }
      guard file.lots.count == Int(file.record.lotCount) else { throw .incomplete(.docket(id)) }
      if file.record.isLive { live.append(id) }
    }
    for version in versions where version.rows.count != Int(version.table.rowCount) {
      throw .incomplete(.table(version.table.version))
    }
  }

  private mutating func restore(_ key: EntryKey, _ value: [UInt8]) throws(RestorationError) {
    switch key.section {
    case .openings:
      let record: OpeningRecord = try Self.decode(value, key)
      guard EntryKey(.openings, record.opening.digest.bytes) == key else { throw .misplaced(key) }
      proposed[record.opening.digest] = record
    case .dockets:
      let record: DocketRecord = try Self.decode(value, key)
      guard EntryKey.docket(record.id) == key else { throw .misplaced(key) }
      files[record.id] = DocketFile(record: record, lots: [])
    case .lots: try restoreLot(key, value)
    case .sheets: try restoreSheet(key, value)
    case .ballots: try restoreBallot(key, value)
    case .results: try restoreResult(key, value)
    case .pending:
      let row: FloorRow = try Self.decode(value, key)
      guard EntryKey.pending(row.item) == key else { throw .misplaced(key) }
      pendingRows.append(row)
    case .tables: try restoreTable(key, value)
    case .rows: try restoreRow(key, value)
    case .parameters, .roster, .items, .votes, .profiles, .rates, .territories, .seen, .standings, .motions, .keys,
      .epochs, .faults, .electorates, .restarts, .recent:
      break
    }
  }

  /// The electorates from their entries, ascending by key: each record is followed by the votes on every item.
  private static func electorates(
    _ entries: [(key: EntryKey, value: [UInt8])], _ genesis: NegotiationGenesis
  ) throws(RestorationError) -> [Electorate] {
    var found: [Electorate] = []
    var rest = entries[...]
    while let (key, value) = rest.popFirst() {
      let record: ElectorateRecord = try decode(value, key)
      guard EntryKey.electorate(record.version) == key else { throw .misplaced(key) }
      guard record.version == UInt64(found.count), !record.members.isEmpty else { throw .incomplete(key) }
      var votes: [ItemVotes] = []
      for item in genesis.items {
        guard let (key, value) = rest.popFirst() else { throw .incomplete(key) }
        votes.append(try decode(value, key))
        guard EntryKey.votes(item.id, electorate: record.version) == key, votes.last?.item == item.id else {
          throw .misplaced(key)
        }
      }
      found.append(Electorate(record: record, votes: votes))
    }
    guard !found.isEmpty else { throw .incomplete(.electorate(0)) }
    return found
  }

  private mutating func restoreLot(_ key: EntryKey, _ value: [UInt8]) throws(RestorationError) {
    let lot: LotRecord = try Self.decode(value, key)
    guard EntryKey.lot(lot.docket, lot.number) == key else { throw .misplaced(key) }
    guard files[lot.docket]?.lots.count == Int(lot.number) else { throw .incomplete(key) }
    files[lot.docket]?.lots.append(lot)
  }

  private mutating func restoreSheet(_ key: EntryKey, _ value: [UInt8]) throws(RestorationError) {
    let sheet: SheetRecord = try Self.decode(value, key)
    guard EntryKey.sheet(sheet.place, sheet.member) == key else { throw .misplaced(key) }
    guard files[sheet.place.docket] != nil else { throw .incomplete(key) }
    files[sheet.place.docket]?.sheets[key] = sheet
    for sealed in sheet.commitments { files[sheet.place.docket]?.committed.insert(sealed.digest) }
  }

  private mutating func restoreBallot(_ key: EntryKey, _ value: [UInt8]) throws(RestorationError) {
    let record: BallotRecord = try Self.decode(value, key)
    let (ballot, docket) = (record.ballot, record.ballot.place.docket)
    guard EntryKey.ballot(ballot.place, call: ballot.call, record.by.member) == key else { throw .misplaced(key) }
    guard files[docket] != nil else { throw .incomplete(key) }
    files[docket]?.ballots[key] = record
  }

  private mutating func restoreResult(_ key: EntryKey, _ value: [UInt8]) throws(RestorationError) {
    let result: ItemResult = try Self.decode(value, key)
    guard EntryKey.result(result.docket, result.item, round: result.round) == key else { throw .misplaced(key) }
    guard files[result.docket] != nil else { throw .incomplete(key) }
    files[result.docket]?.results[key] = result
  }

  private mutating func restoreTable(_ key: EntryKey, _ value: [UInt8]) throws(RestorationError) {
    let table: FloorTable = try Self.decode(value, key)
    guard EntryKey.table(table.version) == key else { throw .misplaced(key) }
    guard table.version == UInt64(versions.count) + 1 else { throw .incomplete(key) }
    versions.append(TableVersion(table: table, rows: []))
  }

  private mutating func restoreRow(_ key: EntryKey, _ value: [UInt8]) throws(RestorationError) {
    let row: FloorRow = try Self.decode(value, key)
    let number = Self.number(key.key.prefix(8))
    guard EntryKey.row(number, row.item) == key else { throw .misplaced(key) }
    guard version(number) != nil, let index = Int(exactly: number - 1) else { throw .incomplete(key) }
    versions[index].rows.append(row)
  }

  private static func decode<Value: CBORDecodable>(
    _ value: [UInt8], _ key: EntryKey
  ) throws(RestorationError) -> Value {
    do throws(CBORError) { return try Value(decoding: value) } catch { throw .malformed(key, error) }
  }
}
