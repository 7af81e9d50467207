import Trade

/// One version of the floor table with its rows.
package struct TableVersion: Hashable, Sendable {
  package let head: FloorTable
  package let rows: [FloorRow]

  package init(head: FloorTable, rows: [FloorRow]) {
    self.head = head
    self.rows = rows
  }
}

/// From when until when a territory is a member's: preference follows the membership on the deciding day.
package struct MemberSpan: Hashable, Sendable {
  package let territory: TerritoryCode
  package let since: Instant
  /// The end is not included; nil while the membership lasts.
  package let until: Instant?

  package init(territory: TerritoryCode, since: Instant, until: Instant? = nil) {
    self.territory = territory
    self.since = since
    self.until = until
  }

  func contains(_ instant: Instant) -> Bool { since <= instant && until.map { instant < $0 } ?? true }
}

/// Everything besides the declaration itself that decides a duty. All of it is committed state.
package struct AssessmentBasis: Hashable, Sendable {
  package var items: [Item]
  /// Every version that may be needed, in any order.
  package var tables: [TableVersion]
  package var profile: CustomsProfile
  package var territories: TerritoryMap
  package var members: [MemberSpan]
  package var rates: ExchangeRateTable
  /// The day of lines without a date.
  package var asOf: CalendarDate
  /// One version for every line, whatever its date; every result says so.
  package var hypotheticalVersion: UInt64?
  /// The day up to which the tables are proved; nil where that is not known. Of later days every result says so.
  package var provenUntil: CalendarDate?

  package init(
    items: [Item], tables: [TableVersion], profile: CustomsProfile, territories: TerritoryMap, members: [MemberSpan],
    rates: ExchangeRateTable, asOf: CalendarDate, hypotheticalVersion: UInt64? = nil
  ) {
    self.items = items
    self.tables = tables
    self.profile = profile
    self.territories = territories
    self.members = members
    self.rates = rates
    self.asOf = asOf
    self.hypotheticalVersion = hypotheticalVersion
  }
}

/// Why a basis cannot serve.
package enum AssessmentBasisError: Error, Hashable, Sendable {
  /// No table version was given.
  case noTable
  /// The version asked for is not among those given.
  case unknownVersion(UInt64)
  /// A version is given twice, or takes effect before an earlier one.
  case versionOrder(UInt64)
  /// An item is given twice.
  case duplicateItem(ItemID)
  /// A row names an item that was not given, or an item has two rows in one version.
  case strayRow(ItemID, version: UInt64)

  /// The stable code of this refusal.
  package var code: String {
    switch self {
    case .noTable: "NO_TABLE"
    case .unknownVersion: "UNKNOWN_VERSION"
    case .versionOrder: "VERSION_ORDER"
    case .duplicateItem: "DUPLICATE_ITEM"
    case .strayRow: "STRAY_ROW"
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .noTable: "no version of the floor table is in force yet"
    case .unknownVersion(let version): "there is no version \(version) of the floor table"
    case .versionOrder(let version): "version \(version) of the floor table is given twice or out of its time"
    case .duplicateItem(let item): "the item \(item) is given twice"
    case .strayRow(let item, let version):
      "version \(version) has a row of \(item) that belongs to no item or is its second"
    }
  }
}
