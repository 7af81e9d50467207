import Tariff
import Testing
import Trade

private func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits) }

private func territory(_ text: String) throws -> TerritoryCode { try #require(TerritoryCode(text)) }

private func code(_ text: String) throws -> CommodityCode { try #require(CommodityCode(text)) }

private func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(parsing: Array(text.utf8))) }

private func id(_ text: String) throws -> ItemID { try #require(ItemID(text)) }

/// What the assessment tests share: two items, two table versions, the customs of the United Kingdom.
private struct Fixture {
  var items: [Item] = []
  var tables: [TableVersion] = []
  var valuation = Valuation.cif
  var ordinary: RateSchedule?
  var bound: RateSchedule?
  var netting: [NettedDuty] = [.ordinary]
  var asOf: CalendarDate
  var hypothetical: UInt64?
  var provenUntil: CalendarDate?
  var members: [MemberSpan] = []
  var rates: [ExchangeRateTable.Entry] = []
  let pound: CurrencyCode

  init() throws {
    asOf = try day("2026-03-20")
    pound = try #require(CurrencyCode("GBP"))
    items = [
      try Self.item("lithium/carbonate@1", ["283691"], .productWeight),
      try Self.item("cobalt/hydroxide@1", ["282200", "282201"], .containedContent),
    ]
    tables = [
      try Self.table(1, "2026-02-10", [("lithium/carbonate@1", 102_900_000, .exact)]),
      try Self.table(
        2, "2026-03-01", [("lithium/carbonate@1", 110_000_000, .exact), ("cobalt/hydroxide@1", 33_069_339, .exact)]),
    ]
    for (member, since) in [("USA", "2026-01-01"), ("EUN", "2026-01-01"), ("JPN", "2026-03-05")] {
      members.append(MemberSpan(territory: try territory(member), since: try day(since).start))
    }
    for (month, rate) in [("2025-12", 750_000_000), ("2026-01", 760_000_000), ("2026-02", 770_000_000)] {
      rates.append(try Self.rate(pound, month, Int64(rate)))
    }
  }

  static func rate(_ currency: CurrencyCode, _ month: String, _ nano: Int64) throws -> ExchangeRateTable.Entry {
    ExchangeRateTable.Entry(
      currency: currency, month: try #require(CalendarMonth(parsing: Array(month.utf8))),
      rate: ExchangeRate(nanoPerDollar: nano))
  }

  static func item(
    _ name: String, _ codes: [String], _ basis: ContentBasis, retired: String? = nil
  ) throws -> Item {
    let reference = basis == .productWeight ? PPM(995_000) : .one
    return try Item(
      id: try id(name), stage: .refinedCompound, title: name, basis: basis, basisStatement: "kg as traded",
      grades: GradeWindow(low: PPM(200_000), high: .one, reference: reference), moisture: .asTraded,
      delivery: Delivery(incoterm: .fob, point: "any port"), codes: try codes.map(code),
      pricing: PriceRules(
        tick: Price(microUSDPerKilogram: 1), hardLow: Price(microUSDPerKilogram: 1_000),
        hardHigh: Price(microUSDPerKilogram: 1_000_000_000), corridor: nil),
      retiredAt: try retired.map { try day($0).start })
  }

  static func table(
    _ version: UInt64, _ from: String, _ floors: [(String, Int64, DutyMode)]
  ) throws -> TableVersion {
    let effective = Instant(milliseconds: try day(from).start.milliseconds + 40_000_000)
    let rows = try floors.map { name, floor, mode in
      let price = Price(microUSDPerKilogram: floor)
      return FloorRow(
        item: try id(name), floor: price, mode: mode, effectiveAt: effective, basisDocket: "docket-\(version)",
        carried: 0, lapsesAt: nil, onLapse: .sunset, authority: .specialVote,
        dispersion: PriceDispersion(
          status: .first, members: 8, weight: 2_000, totalWeight: 2_000, screened: [], screenedWeight: 0,
          lowerQuartile: price, upperQuartile: price, midmean: price, result: price,
          residual: Price(microUSDPerKilogram: 0), outsideEvidence: false, floorOutsideEvidence: false))
    }
    let head = FloorTable(
      version: version, effectiveAt: effective, rowCount: UInt32(rows.count), docket: "docket-\(version)")
    return TableVersion(head: head, rows: rows)
  }

  func assessor() throws -> Assessor {
    let home = try territory("GBR")
    let free = try #require(RateSchedule(general: .zero))
    let currency = try #require(Currency(code: pound, minorPerMajor: 100))
    let rates = try #require(ExchangeRateTable(self.rates))
    let profile = CustomsProfile(
      member: home, territory: home, valuation: valuation, currency: currency, rounding: .halfUp,
      ordinary: ordinary ?? free, bound: bound, netting: netting, bandedMaximum: .zero, rateRule: .monthBefore)
    var basis = AssessmentBasis(
      items: items, tables: tables, profile: profile, territories: .standard, members: members, rates: rates,
      asOf: asOf, hypotheticalVersion: hypothetical)
    basis.provenUntil = provenUntil
    return try Assessor(basis)
  }

  /// A line that is in order: 1 t of lithium carbonate from China on 2026-02-15.
  func line() throws -> DeclarationLine {
    DeclarationLine(
      item: try id("lithium/carbonate@1"), code: nil, origin: .code(try #require(OriginCode("CHN"))),
      declaredValue: money(5_000_000), currency: pound, netMass: Mass(grams: 1_000_000), date: try day("2026-02-15"))
  }
}

private func origin(_ text: String) throws -> DeclaredOrigin { .code(try #require(OriginCode(text))) }

@Suite("Assessing declaration lines")
struct AssessorTests {
  @Test("a line in order: version by date, rate of the month before, reference grade")
  func inOrder() throws {
    let fixture = try Fixture()
    let result = try fixture.assessor().assess(try fixture.line())
    #expect(result.tableVersion == 1 && !result.isHypothetical && result.docket == "docket-1")
    #expect(result.rate.rate.nanoPerDollar == 760_000_000 && !result.rate.isStale)
    #expect(result.contained.grams == 1_000_000)
    // 1,000 kg at 102.90 USD and 0.76 GBP per USD.
    #expect(result.levy.floorValue == money(7_820_400))
    #expect(result.levy.applied == money(2_820_400))
    #expect(result.flags.isEmpty && result.gap == nil)
    #expect(result.origin == .thirdCountry(try territory("CHN")))
  }

  @Test("a floor applies to the whole day on which it takes effect, the floor before up to the day before")
  func versions() throws {
    let fixture = try Fixture()
    let assessor = try fixture.assessor()
    var line = try fixture.line()
    for (date, version) in [("2026-02-10", 1), ("2026-02-28", 1), ("2026-03-01", 2), ("2030-01-01", 2)] {
      line.date = try day(date)
      #expect(try assessor.assess(line).tableVersion == UInt64(version))
    }
    line.date = try day("2026-02-09")
    #expect(throws: AssessmentRejection.self) { try assessor.assess(line) }
    #expect(rejection(assessor, line)?.code == "BEFORE_FIRST_TABLE")
  }

  @Test("a line without a date is decided by the day of the assessment")
  func undated() throws {
    let fixture = try Fixture()
    var line = try fixture.line()
    line.date = nil
    let result = try fixture.assessor().assess(line)
    #expect(result.tableVersion == 2)
    #expect(result.date == fixture.asOf)
    #expect(result.rate.rate.nanoPerDollar == 770_000_000)
  }

  @Test("a hypothetical version applies whatever the date, says so, and leaves the exchange rate to the date")
  func hypothetical() throws {
    var fixture = try Fixture()
    fixture.hypothetical = 2
    let assessor = try fixture.assessor()
    var line = try fixture.line()
    line.date = try day("2026-01-05")
    let (result, steps) = try assessor.explain(line)
    #expect(result.tableVersion == 2 && result.isHypothetical)
    #expect(result.rate.rate.nanoPerDollar == 750_000_000)
    #expect(result.flags == [.hypothetical])
    let currency = assessor.basis.profile.currency
    #expect(steps.contains { $0.sentence(in: currency).contains("HYPOTHETICAL") })
    fixture.hypothetical = 3
    #expect(throws: AssessmentBasisError.unknownVersion(3)) { try fixture.assessor() }
  }

  @Test("a day after that of the tables' proof is flagged, its own day and a chosen version are not")
  func afterProof() throws {
    var fixture = try Fixture()
    fixture.provenUntil = try day("2026-03-10")
    let assessor = try fixture.assessor()
    var line = try fixture.line()
    for (date, isFlagged) in [("2026-03-09", false), ("2026-03-10", false), ("2026-03-11", true)] {
      line.date = try day(date)
      let (result, steps) = try assessor.explain(line)
      #expect(result.isAfterProof == isFlagged && result.flags.contains(.afterProof) == isFlagged, "\(date)")
      let sentences = steps.map { $0.sentence(in: assessor.basis.profile.currency) }
      #expect(sentences.contains { $0.contains("AFTER_PROOF: the tables are proved up to 2026-03-10") } == isFlagged)
    }
    fixture.hypothetical = 2
    #expect(try !fixture.assessor().assess(line).flags.contains(.afterProof))
  }

  @Test("only a member's origin with a certificate is preferred; what is not proved is charged and flagged")
  func origins() throws {
    let fixture = try Fixture()
    let assessor = try fixture.assessor()
    var line = try fixture.line()
    let full = try assessor.assess(line).levy.applied
    let cases: [(DeclaredOrigin, Bool, Bool, Bool)] = [
      (try origin("USA"), true, false, false), (try origin("USA"), false, true, true),
      (try origin("DEU"), true, false, false), (try origin("DEU"), false, true, true),
      (try origin("CHN"), true, true, false), (try origin("CHN"), false, true, false),
      (try origin("ZZZ"), true, true, true), (.missing, true, true, true), (.unreadable, false, true, true),
      // Japan joins later than the line's date.
      (try origin("JPN"), true, true, false),
    ]
    for (declared, hasCertificate, isCharged, isRefundable) in cases {
      line.origin = declared
      line.hasOriginCertificate = hasCertificate
      let result = try assessor.assess(line)
      #expect(result.levy.applied == (isCharged ? full : .zero), "\(declared)")
      #expect(result.flags.contains(.originNotProved) == isRefundable, "\(declared)")
      let words = (isCharged ? ["NOT_PROVED", "THIRD_COUNTRY", "UNKNOWN"] : ["PREFERENTIAL"])
      #expect(words.contains(result.origin.name))
      #expect((result.origin.name == "THIRD_COUNTRY") == (isCharged && !isRefundable))
    }
  }

  @Test("membership is decided by the day, from its beginning to before its end")
  func membership() throws {
    var fixture = try Fixture()
    let japan = try territory("JPN")
    fixture.members = [
      MemberSpan(territory: japan, since: try day("2026-02-12").start, until: try day("2026-02-20").start)
    ]
    let assessor = try fixture.assessor()
    var line = try fixture.line()
    line.origin = try origin("JPN")
    line.hasOriginCertificate = true
    for (date, isMember) in [("2026-02-11", false), ("2026-02-12", true), ("2026-02-19", true), ("2026-02-20", false)] {
      line.date = try day(date)
      #expect(try assessor.assess(line).origin.isMember == isMember, "\(date)")
    }
  }

  private func rejection(_ assessor: Assessor, _ line: DeclarationLine) -> AssessmentRejection? {
    do throws(AssessmentRejection) {
      _ = try assessor.assess(line)
      return nil
    } catch {
      return error
    }
  }

  @Test("every reason has its code")
  func rejections() throws {
    let fixture = try Fixture()
    let assessor = try fixture.assessor()
    func code(_ change: (inout DeclarationLine) throws -> Void) throws -> String? {
      var line = try fixture.line()
      try change(&line)
      let rejection = rejection(assessor, line)
      #expect(rejection?.sentence.isEmpty != true)
      return rejection?.code
    }
    #expect(try code { $0.item = nil } == "MISSING_ITEM")
    #expect(try code { $0.item = try id("lithium/carbonate@2") } == "UNKNOWN_ITEM")
    #expect(try code { ($0.item, $0.code) = (nil, CommodityCode("750210")) } == "UNKNOWN_ITEM")
    #expect(try code { $0.code = CommodityCode("750210") } == "HS6_MISMATCH")
    #expect(try code { $0.item = try id("cobalt/hydroxide@1") } == "NO_ROW")
    #expect(try code { $0.currency = .usDollar } == "CURRENCY")
    #expect(try code { $0.declaredValue = money(-1) } == "VALUE_RANGE")
    #expect(try code { $0.netMass = Mass(grams: 0) } == "MASS_RANGE")
    #expect(try code { $0.netMass = Mass(grams: .max) } == "MASS_RANGE")
    #expect(try code { $0.moisture = PPM(1_000_001) } == "MOISTURE_RANGE")
    #expect(try code { $0.grade = PPM(199_999) } == "GRADE_OUTSIDE_WINDOW")
    #expect(try code { $0.grade = PPM(1_000_001) } == "GRADE_OUTSIDE_WINDOW")
    #expect(try code { $0.freightInsurance = money(-1) } == "FREIGHT_RANGE")
    #expect(try code { $0.declaredDuty = money(-1) } == "OTHER_DUTY_RANGE")
    #expect(try code { ($0.date, $0.item) = (try day("2026-03-02"), try id("cobalt/hydroxide@1")) } == "GRADE_MISSING")
  }

  @Test("a subheading finds its one item; several items are named, retired ones do not count")
  func subheadings() throws {
    var fixture = try Fixture()
    var line = try fixture.line()
    (line.item, line.code) = (nil, try code("283691"))
    #expect(try fixture.assessor().assess(line).item == (try id("lithium/carbonate@1")))
    fixture.items.append(try Fixture.item("lithium/carbonate@2", ["283691"], .productWeight))
    #expect(rejection(try fixture.assessor(), line)?.code == "AMBIGUOUS_ITEM")
    fixture.items[2] = try Fixture.item("lithium/carbonate@2", ["283691"], .productWeight, retired: "2026-02-01")
    #expect(try fixture.assessor().assess(line).item == (try id("lithium/carbonate@1")))
  }

  @Test("under FOB valuation freight and insurance are needed, and count for the comparison only")
  func freight() throws {
    var fixture = try Fixture()
    fixture.valuation = .fob
    let assessor = try fixture.assessor()
    var line = try fixture.line()
    #expect(rejection(assessor, line)?.code == "FREIGHT_MISSING")
    line.freightInsurance = money(100_000)
    #expect(try assessor.assess(line).levy.applied == money(2_720_400))
  }

  @Test("rates by subheading: one for all, or the subheading must be named")
  func ratesBySubheading() throws {
    var fixture = try Fixture()
    fixture.ordinary = RateSchedule(
      general: PPM(10_000), exceptions: [RateSchedule.Exception(code: try code("282201"), rate: PPM(50_000))])
    let assessor = try fixture.assessor()
    var line = try fixture.line()
    #expect(try assessor.assess(line).levy.ordinaryDuty == money(50_000))
    (line.item, line.date, line.grade) = (try id("cobalt/hydroxide@1"), try day("2026-03-02"), PPM(300_000))
    #expect(rejection(assessor, line)?.code == "RATE_AMBIGUOUS")
    line.code = try code("282201")
    #expect(try assessor.assess(line).levy.ordinaryDuty == money(250_000))
    fixture.ordinary = RateSchedule(general: nil)
    #expect(rejection(try fixture.assessor(), try fixture.line())?.code == "ORDINARY_RATE_MISSING")
  }

  @Test("a bound rate opens a gap; an unbound line has none")
  func gaps() throws {
    var fixture = try Fixture()
    fixture.bound = RateSchedule(general: PPM(100_000))
    let result = try fixture.assessor().assess(try fixture.line())
    #expect(result.levy.applied == money(500_000))
    let gap = try #require(result.gap)
    #expect(gap.item == (try id("lithium/carbonate@1")))
    #expect(gap.uncovered == money(2_320_400) && gap.bound == PPM(100_000))
    fixture.tables[0] = try Fixture.table(1, "2026-02-10", [("lithium/carbonate@1", 102_900_000, .indicative)])
    let indicative = try fixture.assessor().assess(try fixture.line())
    #expect(indicative.gap == nil && indicative.levy.applied == .zero)
    #expect(indicative.flags == [.indicative])
  }

  @Test("other duties count only where the member nets them")
  func otherDuties() throws {
    var fixture = try Fixture()
    var line = try fixture.line()
    line.declaredDuty = money(20_400)
    #expect(try fixture.assessor().assess(line).levy.applied == money(2_820_400))
    fixture.netting = [.ordinary, .declared]
    #expect(try fixture.assessor().assess(line).levy.applied == money(2_800_000))
  }

  @Test("without a rate for the month the last one published serves, flagged; without any the line is rejected")
  func exchangeRates() throws {
    var fixture = try Fixture()
    var line = try fixture.line()
    line.date = try day("2026-05-01")
    let stale = try fixture.assessor().assess(line)
    #expect(stale.rate.rate.nanoPerDollar == 770_000_000)
    #expect(stale.flags == [.rateStale])
    fixture.rates = [try Fixture.rate(fixture.pound, "2026-06", 1)]
    #expect(rejection(try fixture.assessor(), line)?.code == "RATE_MISSING")
  }

  @Test("an explanation names docket, version, rate, origin and every step of the duty")
  func explanation() throws {
    let fixture = try Fixture()
    let assessor = try fixture.assessor()
    let (result, steps) = try assessor.explain(try fixture.line())
    #expect(result == (try assessor.assess(try fixture.line())))
    #expect(
      steps.map { $0.sentence(in: assessor.basis.profile.currency) } == [
        "item lithium/carbonate@1, lithium/carbonate@1",
        "decided by the day 2026-02-15",
        "floor table version 1, in effect since 2026-02-10T11:06:40Z",
        "floor 102.90 USD/kg, mode EXACT, set by docket docket-1 (SPECIAL_VOTE), in effect since 2026-02-10T11:06:40Z",
        "origin CHN: not a member's, charged",
        "grade 99.5 %, the item's reference grade: the line states none",
        "exchange rate 0.76 GBP per USD of 2026-01, the month before the line's date",
        "content: 1000 kg net, less 0 % moisture, at 99.5 % over the reference grade of 99.5 % = 1000 kg,"
          + " rounded down to the gram",
        "floor 102.90 USD/kg on 1000 kg",
        "floor value at 0.76 GBP per USD = 78204.00 GBP (HALF_UP)",
        "ordinary duty 0 % of 50000.00 GBP = 0.00 GBP (HALF_UP)",
        "value to compare: the declared 50000.00 GBP, freight and insurance included (CIF)",
        "floor duty: 78204.00 GBP - 50000.00 GBP - duties netted 0.00 GBP, not below zero = 28204.00 GBP",
      ])
  }

  @Test("a basis that contradicts itself is refused")
  func basis() throws {
    var fixture = try Fixture()
    fixture.tables = []
    #expect(throws: AssessmentBasisError.noTable) { try fixture.assessor() }
    fixture.tables = [
      try Fixture.table(1, "2026-03-01", []), try Fixture.table(2, "2026-02-10", []),
    ]
    #expect(throws: AssessmentBasisError.versionOrder(2)) { try fixture.assessor() }
    fixture.tables = [try Fixture.table(1, "2026-03-01", [("zinc/metal@1", 1, .exact)])]
    #expect(throws: AssessmentBasisError.strayRow(try id("zinc/metal@1"), version: 1)) { try fixture.assessor() }
    fixture.tables = [try Fixture.table(1, "2026-03-01", [])]
    fixture.items.append(fixture.items[0])
    #expect(throws: AssessmentBasisError.duplicateItem(fixture.items[0].id)) { try fixture.assessor() }
  }

  @Test("amounts beyond 64 bits are rejected by code, never trapped")
  func overflow() throws {
    var fixture = try Fixture()
    fixture.ordinary = RateSchedule(general: RateSchedule.greatest)
    var line = try fixture.line()
    line.declaredValue = money(.max)
    #expect(rejection(try fixture.assessor(), line)?.code == "AMOUNT_OVERFLOW")
  }
}
