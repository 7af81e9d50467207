import CBOR
import CBOR
import Cryptography
import Membership
import Trade

/// One version of the floor table with all its rows.
package struct TableVersion: Hashable, Sendable {
  package var table: FloorTable
  /// Ascending by item.
  package var rows: [FloorRow]

  package init(table: FloorTable, rows: [FloorRow]) { (self.table, self.rows) = (table, rows) }
}

/// A docket with all that belongs to it.
struct DocketFile: Hashable, Sendable {
  var record: DocketRecord
  /// By number.
  var lots: [LotRecord]
  var sheets: [EntryKey: SheetRecord] = [:]
  var ballots: [EntryKey: BallotRecord] = [:]
  var results: [EntryKey: ItemResult] = [:]
  /// Every digest that was ever committed here: none is accepted from anyone a second time.
  var committed: Set<Digest> = []
}

/// All negotiations of a network, past and present, and the floors they led to: a value that acts and block times move.
///
/// Law: equal acts at equal times lead to equal entries, whatever else happens. A refused act changes nothing. The value is cheap to
/// copy: what a copy does not touch it shares.
package struct NegotiationState: Hashable, Sendable {
  package let genesis: NegotiationGenesis
  /// Who negotiates with which votes, by version; the last one is that of dockets opened from now on.
  var electorates: [Electorate]
  /// PROPOSED dockets by the digest of their content.
  var proposed: [Digest: OpeningRecord] = [:]
  var files: [DocketID: DocketFile] = [:]
  /// The dockets that have not ended, ascending.
  var live: [DocketID] = []
  /// Adopted rows that are not in force yet, ascending by item.
  var pendingRows: [FloorRow] = []
  /// All versions of the table, from version 1.
  var versions: [TableVersion] = []
  /// The keys of the entries that changed since they were last taken.
  var touched: Set<EntryKey> = []

  /// No docket, no table.
  package init(_ genesis: NegotiationGenesis) {
    self.genesis = genesis
    let electorate = Electorate(genesis)
    electorates = [electorate]
    touched.insert(.electorate(0))
    for votes in electorate.votes { touched.insert(.votes(votes.item, electorate: 0)) }
  }

  /// Carries out a member's act in a block of that time. `advance(to:)` comes first, once a block. The identity is that of the
  /// transaction, kept with what it brought about.
  package mutating func apply(
    _ act: Act, by member: MemberID, identity: Digest, at time: Instant
  ) throws(Refusal) {
    guard electorate.isMember(member) else { throw .notAMember }
    let by = Signing(member: member, transaction: identity, at: time)
    switch act {
    case .docketOpen(let opening): try open(opening, by)
    case .docketWithdraw(let withdrawal): try withdraw(withdrawal, by)
    case .commitment(let commitment): try commit(commitment, by)
    case .reveal(let reveal): try self.reveal(reveal, by)
    case .ballot(let ballot): try cast(ballot, by)
    }
  }

  /// The keys of the entries that changed since the last call, ascending.
  package mutating func takeChanges() -> [EntryKey] {
    defer { touched = [] }
    return touched.sorted()
  }
}

// MARK: Reading

extension NegotiationState {
  /// The dockets, ascending by name.
  package var dockets: [DocketRecord] { files.keys.sorted().compactMap { files[$0]?.record } }

  package func docket(_ id: DocketID) -> DocketRecord? { files[id]?.record }

  /// The lots of a docket by number; none for an unknown docket.
  package func lots(of docket: DocketID) -> [LotRecord] { files[docket]?.lots ?? [] }

  /// The lots that have not ended, by docket and number.
  package var liveLots: [LotRecord] { live.flatMap { lots(of: $0) }.filter { !$0.phase.isEnd } }

  package func sheet(_ place: LotRound, _ member: MemberID) -> SheetRecord? {
    files[place.docket]?.sheets[.sheet(place, member)]
  }

  /// The sheets of a round, ascending by member.
  package func sheets(_ place: LotRound) -> [SheetRecord] {
    electorate(of: place.docket)?.members.compactMap { sheet(place, $0) } ?? []
  }

  package func ballot(_ place: LotRound, call: UInt8, _ member: MemberID) -> BallotRecord? {
    files[place.docket]?.ballots[.ballot(place, call: call, member)]
  }

  /// The ballots of a call, ascending by member.
  package func ballots(_ place: LotRound, call: UInt8) -> [BallotRecord] {
    electorate(of: place.docket)?.members.compactMap { ballot(place, call: call, $0) } ?? []
  }

  /// The rounds of an item in a docket so far, in order.
  package func results(_ docket: DocketID, _ item: ItemID) -> [ItemResult] {
    guard let file = files[docket] else { return [] }
    return (1...UInt8(clamping: max(1, genesis.parameters.maximumRounds))).compactMap {
      file.results[.result(docket, item, round: $0)]
    }
  }

  /// Openings that want more signatures, by docket name, then by content.
  package var proposedOpenings: [OpeningRecord] {
    proposed.keys.sorted().compactMap { proposed[$0] }.sorted { $0.opening.docket < $1.opening.docket }
  }

  /// The versions of the table, oldest first.
  package var tables: [FloorTable] { versions.map(\.table) }

  /// The table in force, or nil before the first.
  package var currentTable: FloorTable? { versions.last?.table }

  /// The rows in force, ascending by item.
  package var currentRows: [FloorRow] { versions.last?.rows ?? [] }

  package func currentRow(_ item: ItemID) -> FloorRow? {
    versions.last.flatMap { version in version.rows.place(of: item, by: \.item).map { version.rows[$0] } }
  }

  /// A version of the table; nil for a number that is not there.
  package func version(_ number: UInt64) -> TableVersion? {
    guard number >= 1, let index = Int(exactly: number - 1), index < versions.count else { return nil }
    return versions[index]
  }

  /// The adopted rows that are not in force yet, ascending by item.
  package var pending: [FloorRow] { pendingRows }

  /// What a member's commitment to a sheet on this lot must bind now; nil for an unknown lot.
  package func sealingContext(_ docket: DocketID, lot: UInt16, _ member: MemberID) -> SealingContext? {
    guard let lots = files[docket]?.lots, Int(lot) < lots.count else { return nil }
    return sealingContext(lots[Int(lot)], member)
  }

  func sealingContext(_ lot: LotRecord, _ member: MemberID) -> SealingContext {
    SealingContext(
      network: genesis.network, place: lot.place, member: member, items: lot.items.map(\.item),
      parameters: genesis.parametersDigest)
  }
}

// MARK: Entries

extension NegotiationState {
  /// The encoded value of an entry, or nil where there is none. Knows the entries that negotiation keeps, and of the genesis the
  /// parameters and the items; of the electorate in force the chair and the votes.
  package func entry(_ key: EntryKey) -> [UInt8]? {
    switch key.section {
    case .items: ItemID(key.key).flatMap { genesis.item($0) }?.encoded
    case .votes: ItemID(key.key).flatMap { electorate.votes(on: $0) }?.encoded
    case .openings: Digest(key.key).flatMap { proposed[$0] }?.encoded
    case .dockets: file(of: key)?.record.encoded
    case .lots: lotEntry(key)
    case .sheets: file(of: key)?.sheets[key]?.encoded
    case .ballots: file(of: key)?.ballots[key]?.encoded
    case .results: file(of: key)?.results[key]?.encoded
    case .pending: pendingEntry(key)
    case .tables: key.key.count == 8 ? version(Self.number(key.key[...]))?.table.encoded : nil
    case .rows: rowEntry(key)
    case .parameters: parameterEntry(key)
    case .electorates: electorateEntry(key)
    case .roster, .profiles, .rates, .territories, .seen, .standings, .motions, .keys, .epochs, .faults, .restarts,
      .recent:
      nil
    }
  }

  private func parameterEntry(_ key: EntryKey) -> [UInt8]? {
    if key == .negotiationParameters { return genesis.parameters.encoded }
    return key == .chair ? electorate.chair.encoded : nil
  }

  private func electorateEntry(_ key: EntryKey) -> [UInt8]? {
    guard key.key.count >= 8, let electorate = electorate(Self.number(key.key.prefix(8))) else { return nil }
    if key.key.count == 8 { return electorate.record.encoded }
    return ItemID(Array(key.key.dropFirst(8))).flatMap { electorate.votes(on: $0) }?.encoded
  }

  private func file(of key: EntryKey) -> DocketFile? {
    let name = String(decoding: key.key.prefix { $0 != 0 }, as: UTF8.self)
    return DocketID(name).flatMap { files[$0] }
  }

  private func lotEntry(_ key: EntryKey) -> [UInt8]? {
    guard let lots = file(of: key)?.lots else { return nil }
    let index = Int(clamping: Self.number(key.key.suffix(2)))
    guard index < lots.count, EntryKey.lot(lots[index].docket, lots[index].number) == key else { return nil }
    return lots[index].encoded
  }

  private func pendingEntry(_ key: EntryKey) -> [UInt8]? {
    guard let item = ItemID(key.key), let index = pendingRows.place(of: item, by: \.item) else { return nil }
    return pendingRows[index].encoded
  }

  private func rowEntry(_ key: EntryKey) -> [UInt8]? {
    guard key.key.count > 8, let item = ItemID(Array(key.key.dropFirst(8))),
      let rows = version(Self.number(key.key.prefix(8)))?.rows, let index = rows.place(of: item, by: \.item)
    else { return nil }
    return rows[index].encoded
  }

  /// At most eight bytes as a big-endian number.
  static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  /// The keys of all entries that negotiation keeps, ascending: what a snapshot of it consists of.
  package var keys: [EntryKey] {
    var keys = proposed.keys.map { EntryKey(.openings, $0.bytes) }
    for (id, file) in files {
      keys.append(.docket(id))
      keys += file.lots.map { .lot(id, $0.number) }
      keys += Array(file.sheets.keys) + Array(file.ballots.keys) + Array(file.results.keys)
    }
    for electorate in electorates {
      keys.append(.electorate(electorate.version))
      keys += electorate.votes.map { .votes($0.item, electorate: electorate.version) }
    }
    keys += pendingRows.map { .pending($0.item) }
    for version in versions {
      keys.append(.table(version.table.version))
      keys += version.rows.map { .row(version.table.version, $0.item) }
    }
    // Collected from dictionaries in no order; sorted before anyone sees them.
    return keys.sorted()
  }
}
