import CBOR
import Testing
import Trade

private func code(_ text: String) throws -> CurrencyCode { try #require(CurrencyCode(text)) }

private func origin(_ text: String) throws -> OriginCode { try #require(OriginCode(text)) }

private func month(_ text: String) throws -> CalendarMonth { try #require(CalendarMonth(parsing: Array(text.utf8))) }

@Suite("Committed data")
struct CommittedDataTests {
  @Test("the 27 states of the Union are one territory, other origins their own")
  func territories() throws {
    let map = TerritoryMap.standard
    let union = map.entries.filter { $0.territory == TerritoryCode("EUN") && $0.origin != OriginCode("EUN") }
    #expect(union.count == 27)
    for text in ["DEU", "FRA", "IRL", "HRV", "CYP", "EUN"] {
      #expect(map.territory(of: try origin(text)) == TerritoryCode("EUN"))
    }
    for text in ["GBR", "USA", "CHN", "TWN", "XKX", "NOR", "ZWE", "ABW"] {
      #expect(map.territory(of: try origin(text)) == TerritoryCode(text))
    }
    for text in ["ZZZ", "AAA", "UNK", "EUR"] {
      #expect(map.territory(of: try origin(text)) == nil)
    }
    // 249 entries of ISO 3166-1, EUN and XKX.
    #expect(map.entries.count == 251)
    #expect(try TerritoryMap(decoding: map.encoded) == map)
    #expect(TerritoryMap.empty.entries.isEmpty)
  }

  @Test("codes have one form")
  func codes() throws {
    #expect(OriginCode("usa") == nil)
    #expect(OriginCode("US") == nil)
    #expect(CurrencyCode("GBP")?.text == "GBP")
    #expect(CurrencyCode("£££") == nil)
    #expect(TerritoryCode("A") == nil)
    #expect(TerritoryCode("ABCDEFGHIJKLMNOPQ") == nil)
    #expect(TerritoryCode("ABCDEFGHIJKLMNOP")?.text == "ABCDEFGHIJKLMNOP")
    #expect(TerritoryCode("A-B") == nil)
    #expect(CommodityCode("28369")?.text == nil)
    #expect(CommodityCode("028369")?.text == "028369")
    let sorted = ["AB", "ABC", "B0", "BA", "USA"].compactMap { TerritoryCode($0) }
    #expect(sorted == sorted.sorted())
  }

  @Test("a rate comes from its month, else from the last one published before")
  func exchangeRates() throws {
    let pound = try #require(CurrencyCode("GBP"))
    let yen = try #require(CurrencyCode("JPY"))
    let entries: [ExchangeRateTable.Entry] = [
      .init(currency: yen, month: try month("2025-01"), rate: ExchangeRate(nanoPerDollar: 157_000_000_000)),
      .init(currency: pound, month: try month("2025-03"), rate: ExchangeRate(nanoPerDollar: 774_000_000)),
      .init(currency: pound, month: try month("2025-01"), rate: ExchangeRate(nanoPerDollar: 810_000_000)),
    ]
    let table = try #require(ExchangeRateTable(entries))
    let january = try #require(table.quotation(of: pound, for: try month("2025-01")))
    #expect(january.rate.nanoPerDollar == 810_000_000 && !january.isStale)
    let february = try #require(table.quotation(of: pound, for: try month("2025-02")))
    #expect(february.rate.nanoPerDollar == 810_000_000 && february.isStale)
    #expect(february.month == (try month("2025-01")))
    #expect(table.quotation(of: pound, for: try month("2024-12")) == nil)
    #expect(table.quotation(of: try code("AUD"), for: try month("2025-03")) == nil)
    #expect(table.quotation(of: .usDollar, for: try month("1990-01"))?.rate == .one)
    #expect(try ExchangeRateTable(decoding: table.encoded) == table)
    let twice = [table.entries[0], table.entries[0]]
    #expect(ExchangeRateTable(twice) == nil)
    let zero = ExchangeRateTable.Entry(
      currency: pound, month: try month("2025-01"), rate: ExchangeRate(nanoPerDollar: 0))
    #expect(ExchangeRateTable([zero]) == nil)
  }

  @Test("rates by subheading")
  func rateSchedules() throws {
    let code = try #require(CommodityCode("283691"))
    let other = try #require(CommodityCode("750210"))
    let schedule = try #require(
      RateSchedule(general: nil, exceptions: [.init(code: code, rate: PPM(37_000))]))
    #expect(schedule.rate(of: code) == PPM(37_000))
    #expect(schedule.rate(of: other) == nil)
    #expect(RateSchedule.flat(.zero)?.rate(of: other) == .zero)
    #expect(RateSchedule.flat(PPM(-1)) == nil)
    #expect(RateSchedule.flat(PPM(10_000_001)) == nil)
    let twice = [RateSchedule.Exception(code: code, rate: .zero), RateSchedule.Exception(code: code, rate: .one)]
    #expect(RateSchedule(general: nil, exceptions: twice) == nil)
    #expect(try RateSchedule(decoding: schedule.encoded) == schedule)
  }

  @Test("profiles, rows and heads are read back from their bytes")
  func roundTrips() throws {
    let member = try #require(TerritoryCode("GBR"))
    let pound = try code("GBP")
    let (free, bound) = (try #require(RateSchedule(general: .zero)), try #require(RateSchedule(general: PPM(150_000))))
    let profile = CustomsProfile(
      member: member, territory: member, valuation: .cif,
      currency: try #require(Currency(code: pound, minorPerMajor: 100)),
      rounding: .halfUp, ordinary: free, bound: bound,
      netting: [.declared, .ordinary, .ordinary], bandedMaximum: Money(minorUnits: 5), rateRule: .monthBefore)
    #expect(profile.netting == [.ordinary, .declared])
    #expect(try CustomsProfile(decoding: profile.encoded) == profile)
    let row = FloorRow(
      item: try #require(ItemID("lithium/carbonate@1")), floor: Price(microUSDPerKilogram: 102_900_000), mode: .exact,
      effectiveAt: Instant(milliseconds: 1), basisDocket: "D-1", carried: 2, lapsesAt: Instant(milliseconds: 9),
      onLapse: .sunset, authority: .specialVote,
      dispersion: PriceDispersion(
        status: .stepLimited, members: 8, weight: 2_000, totalWeight: 2_000, screened: [member], screenedWeight: 90,
        lowerQuartile: Price(microUSDPerKilogram: 95_000_000), upperQuartile: Price(microUSDPerKilogram: 110_000_000),
        midmean: Price(microUSDPerKilogram: 104_536_649), result: Price(microUSDPerKilogram: 105_000_000),
        residual: Price(microUSDPerKilogram: 2_100_000), outsideEvidence: false, floorOutsideEvidence: true))
    #expect(try FloorRow(decoding: row.encoded) == row)
    let head = FloorTable(version: 3, effectiveAt: Instant(milliseconds: 7), rowCount: 14, docket: nil)
    #expect(try FloorTable(decoding: head.encoded) == head)
    #expect(Currency(code: .usDollar, minorPerMajor: 99) == nil)
  }

  @Test("a row with a floor of zero or below is no row", arguments: [0, -1, Int64.min])
  func zeroFloor(floor: Int64) throws {
    let dispersion = PriceDispersion(
      status: .ok, members: 0, weight: 0, totalWeight: 0, screened: [], screenedWeight: 0,
      lowerQuartile: Price(microUSDPerKilogram: 1), upperQuartile: Price(microUSDPerKilogram: 1),
      midmean: Price(microUSDPerKilogram: 1), result: Price(microUSDPerKilogram: 1),
      residual: Price(microUSDPerKilogram: 0), outsideEvidence: false, floorOutsideEvidence: false)
    let row = FloorRow(
      item: try #require(ItemID("lithium/carbonate@1")), floor: Price(microUSDPerKilogram: floor), mode: .exact,
      effectiveAt: .epoch, basisDocket: "D", carried: 0, lapsesAt: nil, onLapse: .keep, authority: .statusQuo,
      dispersion: dispersion)
    #expect(throws: CBORError.outOfRange) { try FloorRow(decoding: row.encoded) }
  }

  @Test("amounts add and subtract within 64 bits, or not at all")
  func money() throws {
    let most = Money(minorUnits: .max)
    #expect(try Money(minorUnits: 2).adding(Money(minorUnits: 3)) == Money(minorUnits: 5))
    #expect(throws: ArithmeticError.amountOverflow) { try most.adding(Money(minorUnits: 1)) }
    #expect(throws: ArithmeticError.amountOverflow) { try Money(minorUnits: .min).subtracting(Money(minorUnits: 1)) }
  }
}
