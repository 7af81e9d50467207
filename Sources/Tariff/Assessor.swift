import Trade

/// Assesses declaration lines on one basis.
///
/// The basis is checked and indexed once; after that every line is a pure function of the line and the basis, so lines
/// may be assessed in any order and on any number of threads with equal results.
package struct Assessor: Sendable {
  /// What is needed of an item, found by position.
  struct Entry: Sendable {
    let id: ItemID
    let title: String
    let codes: [CommodityCode]
    let grades: GradeWindow
    let requiresGrade: Bool
    let retiredAt: Instant?
    /// The rates where all subheadings of the item have the same.
    let rates: RateFinding

    init(_ item: Item, _ profile: CustomsProfile) {
      (id, title, codes, grades) = (item.id, item.title, item.codes, item.grades)
      (requiresGrade, retiredAt) = (item.requiresGrade, item.retiredAt)
      rates = RateFinding(of: item.codes, profile)
    }
  }

  /// The rates of an item's subheadings.
  enum RateFinding: Sendable {
    case uniform(ordinary: PPM?, bound: PPM?)
    case different

    init(of codes: [CommodityCode], _ profile: CustomsProfile) {
      let pairs = codes.map { Pair(ordinary: profile.ordinary.rate(of: $0), bound: profile.bound?.rate(of: $0)) }
      guard let first = pairs.first, pairs.allSatisfy({ $0 == first }) else {
        self = .different
        return
      }
      self = .uniform(ordinary: first.ordinary, bound: first.bound)
    }
  }

  /// What is needed of a row: little enough to be copied for each line.
  struct Row: Sendable {
    let floor: Price
    let mode: DutyMode
    let docket: String
    let effectiveAt: Instant
    let authority: AuthorityCode

    init(_ row: FloorRow) {
      (floor, mode, docket) = (row.floor, row.mode, row.basisDocket)
      (effectiveAt, authority) = (row.effectiveAt, row.authority)
    }
  }

  struct Version: Sendable {
    let head: FloorTable
    /// One place an item, in the order of the entries.
    let rows: [Row?]
    let firstDay: CalendarDate?
  }

  package let basis: AssessmentBasis
  let entries: [Entry]
  private let byItem: [ItemID: Int]
  private let byCode: [CommodityCode: [Int]]
  /// Ascending by version, and so by time.
  let versions: [Version]
  private let chosen: Int?

  package init(_ basis: AssessmentBasis) throws(AssessmentBasisError) {
    self.basis = basis
    let items = basis.items.sorted { $0.id < $1.id }
    var byItem: [ItemID: Int] = [:]
    var byCode: [CommodityCode: [Int]] = [:]
    for (index, item) in items.enumerated() {
      guard byItem.updateValue(index, forKey: item.id) == nil else { throw .duplicateItem(item.id) }
      for code in item.codes { byCode[code, default: []].append(index) }
    }
    entries = items.map { Entry($0, basis.profile) }
    versions = try Self.versions(basis.tables, byItem)
    self.byItem = byItem
    self.byCode = byCode
    chosen = try basis.hypotheticalVersion.map { [versions] (wanted) throws(AssessmentBasisError) in
      guard let index = versions.firstIndex(where: { $0.head.version == wanted }) else { throw .unknownVersion(wanted) }
      return index
    }
  }

  private static func versions(
    _ tables: [TableVersion], _ byItem: [ItemID: Int]
  ) throws(AssessmentBasisError) -> [Version] {
    let sorted = tables.sorted { $0.head.version < $1.head.version }
    guard !sorted.isEmpty else { throw .noTable }
    for (table, next) in zip(sorted, sorted.dropFirst()) {
      guard table.head.version < next.head.version, table.head.effectiveAt <= next.head.effectiveAt else {
        throw .versionOrder(next.head.version)
      }
    }
    return try sorted.map { (table) throws(AssessmentBasisError) in
      var rows: [Row?] = Array(repeating: nil, count: byItem.count)
      for row in table.rows {
        guard let index = byItem[row.item], rows[index] == nil else {
          throw .strayRow(row.item, version: table.head.version)
        }
        rows[index] = Row(row)
      }
      return Version(head: table.head, rows: rows, firstDay: table.head.effectiveAt.date)
    }
  }

  private struct Pair: Hashable {
    let ordinary: PPM?
    let bound: PPM?
  }

  // MARK: Finding

  /// The place of the version that applies on a day: the last one whose effective instant lies on that day or before it.
  func version(on date: CalendarDate) throws(AssessmentRejection) -> Int {
    if let chosen { return chosen }
    guard let index = versions.indices.last(where: { versions[$0].firstDay.map { $0 <= date } ?? false }) else {
      throw .beforeFirstTable(date, firstEffective: versions.first?.head.effectiveAt ?? .epoch)
    }
    return index
  }

  /// The position of the item that a line is about.
  func item(of line: DeclarationLine, at instant: Instant) throws(AssessmentRejection) -> Int {
    if let item = line.item {
      guard let index = byItem[item] else { throw .unknownItem(item) }
      if let code = line.code, !entries[index].codes.contains(code) { throw .codeMismatch(item, code) }
      return index
    }
    guard let code = line.code else { throw .noGoods }
    let all = byCode[code] ?? []
    let candidates = all.count == 1 ? all : all.filter { isCurrent(entries[$0].retiredAt, at: instant) }
    guard let first = candidates.first else { throw .unknownCode(code) }
    guard candidates.count == 1 else {
      throw .ambiguousItem(code, entries[first].id, entries[candidates[1]].id)
    }
    return first
  }

  private func isCurrent(_ retirement: Instant?, at instant: Instant) -> Bool {
    retirement.map { instant < $0 } ?? true
  }

  /// The ordinary and the bound rate of a line.
  func rates(_ line: DeclarationLine, _ index: Int) throws(AssessmentRejection) -> (ordinary: PPM, bound: PPM?) {
    let found: Pair
    if let code = line.code {
      found = Pair(ordinary: basis.profile.ordinary.rate(of: code), bound: basis.profile.bound?.rate(of: code))
    } else {
      switch entries[index].rates {
      case .uniform(let ordinary, let bound): found = Pair(ordinary: ordinary, bound: bound)
      case .different: throw .rateAmbiguous(entries[index].id)
      }
    }
    guard let ordinary = found.ordinary else { throw .ordinaryRateMissing(entries[index].id) }
    return (ordinary, found.bound)
  }

  /// What the stated origin comes to at the deciding instant.
  func origin(_ line: DeclarationLine, at instant: Instant) -> OriginFinding {
    guard case .code(let code) = line.origin else { return .missing }
    guard let territory = basis.territories.territory(of: code) else { return .unknown(code) }
    guard basis.members.contains(where: { $0.territory == territory && $0.contains(instant) }) else {
      return .thirdCountry(territory)
    }
    return line.hasOriginCertificate ? .preferential(territory) : .memberNotProved(territory)
  }
}
