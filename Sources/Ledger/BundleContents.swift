import Accession
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// What a bundle proves, read from its entries. What its subject does not ask for is empty or nil.
package struct BundleContents: Hashable, Sendable {
  /// What floors and duties rest on; nil for a bundle of rows alone.
  package let terms: BundleTerms?
  /// Everyone who belongs to the network, in bundles that show it: those of the roster and those with terms.
  package let roster: Roster?
  /// The items shown: all of the registry, the one that the bundle is about, or those of the docket.
  package let items: [Item]
  /// The votes in force on these items; a docket has those of its own opening.
  package let votes: [ItemVotes]
  /// The table in force, or nil before the first.
  package let table: FloorTable?
  /// All rows of the table, or those that the bundle is about.
  package let rows: [FloorRow]
  /// Every version of the table with all its rows, oldest first; only for the whole table.
  package let versions: [TableVersion]
  /// Rows that were adopted and are not in force yet.
  package let pending: [FloorRow]
  /// The dockets by which the rows came about, or the one that the bundle is about.
  package let dockets: [BundleDocket]
  /// How many epochs the state knows, the one that its block opened included.
  package let epochs: Int
  /// The latest of them with its validators; only for the roster.
  package let latestEpoch: EpochValidators?

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

  /// The roster, and the last of so many epochs with its validators.
  static func rosterQueries(epochs count: Int) -> [StateQuery] {
    let last =
      count > 0
      ? [StateQuery.range(.epochs, from: BigEndian.bytes(UInt64.max), through: BigEndian.bytes(UInt64.max))] : []
    return [.prefix(.parameters, []), .prefix(.roster, []), .prefix(.standings, [])] + last
  }

  /// All entries of a docket.
  static func queries(_ docket: DocketID) -> [StateQuery] {
    [.entry(.docket(docket))]
      + [StateSection.lots, .sheets, .ballots, .results].map { .prefix($0, docket.bytes + [0]) }
  }

  /// What floors and duties rest on.
  static let terms: [StateQuery] = [
    StateSection.parameters, .roster, .profiles, .rates, .territories, .standings,
  ].map { .prefix($0, []) }

  /// The rows of a version from one item to another.
  static func range(_ version: UInt64, _ first: ItemID, _ last: ItemID) -> StateQuery {
    .range(.rows, from: EntryKey.row(version, first).key, through: EntryKey.row(version, last).key)
  }
}

/// What floors and duties rest on besides the table: agreed on by all members.
package struct BundleTerms: Hashable, Sendable {
  package let name: String
  package let chair: MemberID
  package let ledger: LedgerParameters
  package let negotiation: NegotiationParameters
  package let profiles: [CustomsProfile]
  package let rates: ExchangeRateTable
  package let territories: TerritoryMap
  /// Where everyone stands that ever was a member, ascending.
  package let standings: [Standing]

  /// Where one member stands.
  package struct Standing: Hashable, Sendable {
    package let member: MemberID
    package let standing: MemberStanding
  }
}

/// An epoch and who votes in it.
package struct EpochValidators: Hashable, Sendable {
  package let epoch: Epoch
  package let validators: ValidatorSet
}

/// A docket with all its records.
package struct BundleDocket: Hashable, Sendable {
  package let record: DocketRecord
  /// Who negotiated it.
  package let electorate: ElectorateRecord
  /// The votes that it was negotiated with, on its items that the bundle shows.
  package let votes: [ItemVotes]
  /// By number.
  package let lots: [LotRecord]
  /// By lot, round and member.
  package let sheets: [SheetRecord]
  /// By lot, round, call and member.
  package let ballots: [BallotRecord]
  /// By item and round.
  package let results: [ItemResult]
}
