import Tariff
import Testing
import Trade

/// 10 t of lithium carbonate of 99.5 % at 0.4 % moisture, floor 102.90 USD/kg, 760,000.00 USD FOB; rates are
/// illustrative.
func workedTerms() -> DutyTerms {
  DutyTerms(
    netMass: Mass(grams: 10_000_000), moisture: PPM(4_000), rate: .one, minorPerMajor: 100, rounding: .halfUp,
    declaredValue: Money(minorUnits: 76_000_000), freightInsurance: Money(minorUnits: 950_000), valuation: .fob,
    ordinaryRate: PPM(37_000), netsOrdinary: true, otherNetted: [], isPreferential: false, mode: .exact, bound: nil,
    bandedMaximum: .zero)
}

let workedComponent = DutyComponent(
  floor: Price(microUSDPerKilogram: 102_900_000), grade: PPM(995_000), payable: .one, reference: .one)

private func levy(_ terms: DutyTerms, _ components: [DutyComponent] = [workedComponent]) throws -> Levy {
  var none: [DutyStep]?
  return try Duty.assess(components, terms, &none).levy
}

private func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits) }

@Suite("Duty: worked examples")
struct DutyTests {
  @Test("vT1: under FOB valuation the landed cost is the floor to the cent")
  func unitedStates() throws {
    let terms = workedTerms()
    var none: [DutyStep]?
    let (contained, levy) = try Duty.assess(workedComponent, terms, &none)
    #expect(contained.grams == 9_910_200)
    #expect(levy.floorValue == money(101_975_958))
    #expect(levy.ordinaryDuty == money(2_812_000))
    #expect(levy.floorDuty == money(22_213_958) && levy.applied == levy.floorDuty)
    let landed = 76_000_000 + 950_000 + 2_812_000 + levy.applied.minorUnits
    #expect(landed == levy.floorValue.minorUnits)
  }

  @Test("vT1 stacked: an ordinary duty that is not netted leaves the floor duty whole")
  func stacked() throws {
    var terms = workedTerms()
    terms.netsOrdinary = false
    #expect(try levy(terms).applied == money(25_025_958))
  }

  @Test("vT1 bound: what a bound rate does not let through is recorded as uncovered")
  func bound() throws {
    var terms = workedTerms()
    terms.mode = .capped
    terms.bound = PPM(150_000)
    #expect(try levy(terms).applied == money(8_588_000))
    #expect(try levy(terms).uncovered == money(13_625_958))
    terms.bound = terms.ordinaryRate
    #expect(try levy(terms).applied == .zero)
    #expect(try levy(terms).uncovered == money(22_213_958))
  }

  @Test("a bound rate holds in every charging mode, not only in the capped one")
  func boundEverywhere() throws {
    var terms = workedTerms()
    terms.bound = PPM(150_000)
    #expect(try levy(terms).applied == money(8_588_000))
    terms.mode = .banded
    terms.bandedMaximum = money(50_000_000)
    #expect(try levy(terms).applied == money(8_588_000))
    #expect(try levy(terms).uncovered == money(41_412_000))
  }

  @Test("a proved member origin waives the floor duty alone")
  func preferential() throws {
    var terms = workedTerms()
    terms.isPreferential = true
    let result = try levy(terms)
    #expect(result.applied == .zero && result.uncovered == .zero)
    #expect(result.ordinaryDuty == money(2_812_000))
  }

  @Test("an indicative row records and charges nothing, even where a rate is bound")
  func indicative() throws {
    var terms = workedTerms()
    terms.mode = .indicative
    terms.bound = PPM(150_000)
    let result = try levy(terms)
    #expect(result.floorDuty == money(22_213_958))
    #expect(result.applied == .zero && result.uncovered == result.floorDuty)
  }

  @Test("vT2: under CIF valuation in euro the same goods reach the same floor")
  func europeanUnion() throws {
    var terms = workedTerms()
    terms.rate = ExchangeRate(nanoPerDollar: 918_273_645)
    terms.declaredValue = money(70_661_157)
    terms.valuation = .cif
    terms.ordinaryRate = PPM(32_000)
    let result = try levy(terms)
    #expect(result.floorValue == money(93_641_835))
    #expect(result.ordinaryDuty == money(2_261_157))
    #expect(result.applied == money(20_719_521))
  }

  @Test(
    "vT3: bands of 2 % down to 8 % below the floor value, then the fixed maximum",
    arguments: [
      (10_000, 0), (9_999, 200), (9_900, 200), (9_801, 200), (9_799, 400), (9_750, 400), (9_500, 600), (9_200, 800),
      (9_199, 2_980), (0, 2_980),
    ] as [(Int64, Int64)])
  func bands(value: Int64, duty: Int64) throws {
    var terms = workedTerms()
    terms.netMass = Mass(grams: 1_000_000)
    terms.moisture = .zero
    terms.valuation = .cif
    terms.ordinaryRate = .zero
    terms.mode = .banded
    terms.bandedMaximum = money(2_980)
    terms.declaredValue = money(value)
    let component = DutyComponent(
      floor: Price(microUSDPerKilogram: 100_000), grade: .one, payable: .one, reference: .one)
    #expect(try levy(terms, [component]).applied == money(duty))
  }

  @Test("vT4: a currency without decimals")
  func yen() throws {
    var terms = workedTerms()
    terms.rate = ExchangeRate(nanoPerDollar: 151_237_500_000)
    terms.minorPerMajor = 1
    terms.valuation = .cif
    terms.declaredValue = money(115_000_000)
    terms.ordinaryRate = .zero
    #expect(try levy(terms).floorValue == money(154_225_889))
    #expect(try levy(terms).applied == money(39_225_889))
  }

  /// Terms under which the floor value itself is the floor duty.
  private func bare(grams: Int64, moisture: Int64) -> DutyTerms {
    var terms = workedTerms()
    terms.netMass = Mass(grams: grams)
    terms.moisture = PPM(moisture)
    terms.valuation = .cif
    terms.declaredValue = .zero
    terms.ordinaryRate = .zero
    return terms
  }

  @Test("vT5: 1,000 t of spodumene of 5.8 % on a quote for 6 %")
  func spodumene() throws {
    let component = DutyComponent(
      floor: Price(microUSDPerKilogram: 950_000), grade: PPM(58_000), payable: .one, reference: PPM(60_000))
    #expect(try levy(bare(grams: 1_000_000_000, moisture: 0), [component]).floorValue == money(91_833_333))
  }

  @Test("vT6: 50 t of cobalt hydroxide, 30 % cobalt, 62 % payable")
  func cobalt() throws {
    let component = DutyComponent(
      floor: Price(microUSDPerKilogram: 33_069_339), grade: PPM(300_000), payable: PPM(620_000), reference: .one)
    #expect(try levy(bare(grams: 50_000_000, moisture: 0), [component]).floorValue == money(30_754_485))
  }

  @Test("vT7: a mixed rare-earth concentrate, two floored components, one rounding")
  func rareEarths() throws {
    let components = [
      DutyComponent(
        floor: Price(microUSDPerKilogram: 102_900_000), grade: PPM(132_000), payable: PPM(700_000), reference: .one),
      DutyComponent(
        floor: Price(microUSDPerKilogram: 480_000_000), grade: PPM(1_800), payable: PPM(700_000), reference: .one),
    ]
    #expect(try levy(bare(grams: 100_000_000, moisture: 50_000), components).floorValue == money(96_071_220))
  }

  @Test("vT1 explained: each step in its place")
  func explained() throws {
    var terms = workedTerms()
    terms.bound = PPM(150_000)
    let dollar = try #require(Currency(code: .usDollar, minorPerMajor: 100))
    var steps: [DutyStep]? = []
    _ = try Duty.assess(workedComponent, terms, &steps)
    #expect(
      steps?.map { $0.sentence(in: dollar) } == [
        "content: 10000 kg net, less 0.4 % moisture, at 99.5 % = 9910.2 kg, rounded down to the gram",
        "floor 102.90 USD/kg on 9910.2 kg",
        "floor value at 1 USD per USD = 1019759.58 USD (HALF_UP)",
        "ordinary duty 3.7 % of 760000.00 USD = 28120.00 USD (HALF_UP)",
        "value to compare: the declared 760000.00 USD (FOB) plus freight and insurance 9500.00 USD = 769500.00 USD;"
          + " the declared value itself stays",
        "floor duty: 1019759.58 USD - 769500.00 USD - duties netted 28120.00 USD, not below zero = 222139.58 USD",
        "bound rate 15 % of 760000.00 USD = 114000.00 USD, less the ordinary duty 28120.00 USD:"
          + " 85880.00 USD may be charged",
      ])
  }
}
