import Tariff
import Trade

/// A basis of committed data in the size of a real one: 14 items, three versions of the table, a year of exchange rates.
enum BenchmarkBasis {
  static let items = [
    ("lithium/carbonate", "283691"), ("nickel/unwrought", "750210"), ("copper/refined", "740311"),
    ("magnesium/unwrought", "810411"), ("antimony/unwrought", "811010"), ("titanium/unwrought", "810820"),
    ("silicon/metal", "280469"), ("tantalum/unwrought", "810320"), ("graphite/natural", "250490"),
    ("fluorspar/acid-grade", "252922"), ("beryllium/unwrought", "811212"), ("vanadium/ferro-vanadium", "720292"),
    ("manganese/ore", "260200"), ("cobalt/oxide", "282200"),
  ]
  static let members = ["USA", "EUN", "JPN", "KOR", "AUS", "GBR", "IND", "MEX"]

  /// Everything here is a constant, so nil means a mistake in this file.
  static func assessor() throws -> Assessor? {
    guard let home = TerritoryCode("GBR"), let pounds = CurrencyCode("GBP"), let free = RateSchedule(general: .zero),
      let bound = RateSchedule(general: PPM(65_000)), let currency = Currency(code: pounds, minorPerMajor: 100),
      let first = Instant(milliseconds: 1_735_689_600_000).date
    else { return nil }
    let months = (0..<14).compactMap { CalendarMonth(year: 2024 + (11 + $0) / 12, month: (11 + $0) % 12 + 1) }
    let rates = months.enumerated().map { index, month in
      ExchangeRateTable.Entry(
        currency: pounds, month: month, rate: ExchangeRate(nanoPerDollar: 760_000_000 + Int64(index) * 1_234_567))
    }
    guard let table = ExchangeRateTable(rates) else { return nil }
    return try Assessor(
      AssessmentBasis(
        items: try items.map(item),
        tables: [0, 120, 240].enumerated().map { index, day in
          version(UInt64(index + 1), first.start.milliseconds + Int64(day) * Instant.millisecondsPerDay)
        },
        profile: CustomsProfile(
          member: home, territory: home, valuation: .cif, currency: currency, rounding: .halfUp, ordinary: free,
          bound: bound, netting: [.ordinary], bandedMaximum: .zero, rateRule: .monthBefore),
        territories: .standard,
        members: members.compactMap { TerritoryCode($0) }.map { MemberSpan(territory: $0, since: .epoch) },
        rates: table, asOf: first))
  }

  private static func item(_ name: String, _ code: String) throws -> Item {
    try Item(
      id: id(name), stage: .refinedMetal, title: name, basis: .productWeight, basisStatement: "kg as traded",
      grades: GradeWindow(low: PPM(100_000), high: .one, reference: PPM(995_000)), moisture: .asTraded,
      delivery: Delivery(incoterm: .fob, point: "any port"), codes: [CommodityCode(code)].compactMap(\.self),
      pricing: PriceRules(
        tick: Price(microUSDPerKilogram: 1), hardLow: Price(microUSDPerKilogram: 1_000),
        hardHigh: Price(microUSDPerKilogram: 1_000_000_000), corridor: nil),
      retiredAt: nil)
  }

  private static func id(_ name: String) throws -> ItemID {
    guard let id = ItemID("\(name)@1") else { throw BenchmarkFailure("\(name) is no item") }
    return id
  }

  private static func version(_ number: UInt64, _ effective: Int64) -> TableVersion {
    let docket = "docket-2025-\(number)"
    let rows = items.enumerated().compactMap { index, item -> FloorRow? in
      guard let id = ItemID("\(item.0)@1") else { return nil }
      let price = Price(microUSDPerKilogram: Int64(index + 3) * 1_735_211 * Int64(number))
      return FloorRow(
        item: id, floor: price, mode: .exact, effectiveAt: Instant(milliseconds: effective), basisDocket: docket,
        carried: 0, lapsesAt: nil, onLapse: .sunset, authority: .specialVote,
        dispersion: PriceDispersion(
          status: .ok, members: 8, weight: 2_000, totalWeight: 2_000, screened: [], screenedWeight: 0,
          lowerQuartile: price, upperQuartile: price, midmean: price, result: price,
          residual: Price(microUSDPerKilogram: 0), outsideEvidence: false, floorOutsideEvidence: false))
    }
    return TableVersion(
      head: FloorTable(
        version: number, effectiveAt: Instant(milliseconds: effective), rowCount: UInt32(rows.count), docket: docket),
      rows: rows)
  }
}
