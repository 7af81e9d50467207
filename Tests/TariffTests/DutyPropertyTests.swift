import Tariff
import Testing
import Trade

private func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits) }

private func terms(_ random: inout SplitMix64) -> DutyTerms {
  let value = Int64.random(in: 0...1_000_000_000_000, using: &random)
  return DutyTerms(
    netMass: Mass(grams: Int64.random(in: 0...1_000_000_000, using: &random)),
    moisture: PPM(Int64.random(in: 0...200_000, using: &random)),
    rate: ExchangeRate(nanoPerDollar: Int64.random(in: 1...200_000_000_000, using: &random)),
    minorPerMajor: [1, 100, 1_000].randomElement(using: &random) ?? 1,
    rounding: Rounding.allCases.randomElement(using: &random) ?? .floor, declaredValue: money(value),
    freightInsurance: money(Int64.random(in: 0...value / 10 + 1, using: &random)),
    valuation: Bool.random(using: &random) ? .fob : .cif,
    ordinaryRate: PPM(Int64.random(in: 0...100_000, using: &random)), netsOrdinary: Bool.random(using: &random),
    otherNetted: [money(Int64.random(in: 0...value / 20 + 1, using: &random))],
    isPreferential: false, mode: .exact, bound: nil, bandedMaximum: money(77))
}

private func component(_ random: inout SplitMix64) -> DutyComponent {
  DutyComponent(
    floor: Price(microUSDPerKilogram: Int64.random(in: 1...1_000_000_000, using: &random)),
    grade: PPM(Int64.random(in: 1...1_000_000, using: &random)),
    payable: PPM(Int64.random(in: 1...1_000_000, using: &random)),
    reference: PPM(Int64.random(in: 1...1_000_000, using: &random)))
}

private func assess(_ components: [DutyComponent], _ terms: DutyTerms) throws(DutyError) -> Levy {
  var none: [DutyStep]?
  return try Duty.assess(components, terms, &none).levy
}

@Suite("Duty: properties")
struct DutyPropertyTests {
  @Test("value and duties together are the floor value exactly, or nothing is due", arguments: 0..<300)
  func exactTopUp(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let terms = terms(&random)
    let levy = try assess([component(&random)], terms)
    let landed =
      terms.declaredValue.minorUnits + (terms.valuation == .fob ? terms.freightInsurance.minorUnits : 0)
      + (terms.netsOrdinary ? levy.ordinaryDuty.minorUnits : 0)
      + terms.otherNetted.reduce(0) { $0 + $1.minorUnits }
    if landed < levy.floorValue.minorUnits {
      #expect(landed + levy.floorDuty.minorUnits == levy.floorValue.minorUnits, "seed \(seed)")
    } else {
      #expect(levy.floorDuty == .zero, "seed \(seed)")
    }
    #expect(levy.applied == levy.floorDuty && levy.uncovered == .zero)
  }

  @Test("applied and uncovered add up to the floor duty, and no bound is exceeded", arguments: 0..<300)
  func bound(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var terms = terms(&random)
    terms.mode = DutyMode.allCases.randomElement(using: &random) ?? .exact
    let bound = Int64.random(in: 0...500_000, using: &random)
    terms.bound = PPM(bound)
    let levy = try assess([component(&random)], terms)
    #expect(levy.applied.minorUnits + levy.uncovered.minorUnits == levy.floorDuty.minorUnits)
    #expect(levy.applied >= .zero && levy.uncovered >= .zero)
    let charged = Int128(levy.ordinaryDuty.minorUnits + levy.applied.minorUnits) * 1_000_000
    #expect(levy.applied == .zero || charged <= Int128(terms.declaredValue.minorUnits) * Int128(bound), "seed \(seed)")
    #expect(terms.mode != .indicative || levy.applied == .zero)
  }

  @Test("a consignment of one component is the same by either way in", arguments: 0..<100)
  func oneComponent(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let (terms, component) = (terms(&random), component(&random))
    var (first, second): ([DutyStep]?, [DutyStep]?) = ([], [])
    let single = try Duty.assess(component, terms, &first)
    let list = try Duty.assess([component], terms, &second)
    #expect([single.contained] == list.contained)
    #expect(single.levy == list.levy)
    #expect(first == second)
  }

  @Test("a trace does not change the answer", arguments: 0..<100)
  func traced(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let terms = terms(&random)
    let components = [component(&random), component(&random)]
    var steps: [DutyStep]? = []
    #expect(try Duty.assess(components, terms, &steps).levy == (try assess(components, terms)))
    #expect(steps?.isEmpty == false)
  }

  @Test("a dearer floor never lowers the duty", arguments: 0..<100)
  func monotone(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let (terms, low) = (terms(&random), component(&random))
    let high = DutyComponent(
      floor: Price(microUSDPerKilogram: low.floor.microUSDPerKilogram * 2), grade: low.grade, payable: low.payable,
      reference: low.reference)
    #expect(try assess([low], terms).applied <= (try assess([high], terms).applied), "seed \(seed)")
  }

  @Test("what does not fit 64 bits is AMOUNT_OVERFLOW")
  func overflow() throws {
    var terms = workedTerms()
    terms.netMass = Mass(grams: .max)
    let dear = DutyComponent(floor: Price(microUSDPerKilogram: .max), grade: .one, payable: .one, reference: .one)
    #expect(throws: DutyError.arithmetic(.amountOverflow)) { try assess([dear], terms) }
    terms.netMass = Mass(grams: 1)
    terms.declaredValue = Money(minorUnits: .max)
    terms.ordinaryRate = PPM(1_000_001)
    #expect(throws: DutyError.arithmetic(.amountOverflow)) { try assess([workedComponent], terms) }
    #expect(DutyError.arithmetic(.amountOverflow).code == "AMOUNT_OVERFLOW")
  }

  @Test("sums beyond 64 bits on the way do not hurt a result that fits")
  func wideSums() throws {
    var terms = workedTerms()
    terms.declaredValue = Money(minorUnits: .max)
    terms.freightInsurance = Money(minorUnits: .max)
    terms.otherNetted = [Money(minorUnits: .max), Money(minorUnits: .max)]
    terms.ordinaryRate = .one
    let levy = try assess([workedComponent], terms)
    #expect(levy.ordinaryDuty == Money(minorUnits: .max))
    #expect(levy.applied == .zero)
  }

  @Test("operands at the ends of their range are answered or refused, never trapped", arguments: 0..<600)
  func extremes(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let edges: [Int64] = [.min, .min + 1, -1, 0, 1, 2, 100, 1_000_000, 1_000_001, .max / 2, .max - 1, .max]
    func edge() -> Int64 { edges.randomElement(using: &random) ?? 0 }
    func fraction() -> PPM { PPM(Bool.random(using: &random) ? 500_000 : edge()) }
    let terms = DutyTerms(
      netMass: Mass(grams: edge()), moisture: fraction(), rate: ExchangeRate(nanoPerDollar: edge()),
      minorPerMajor: edge(), rounding: Rounding.allCases.randomElement(using: &random) ?? .floor,
      declaredValue: money(edge()), freightInsurance: money(edge()),
      valuation: Bool.random(using: &random) ? .fob : .cif,
      ordinaryRate: fraction(), netsOrdinary: Bool.random(using: &random), otherNetted: [money(edge())],
      isPreferential: Bool.random(using: &random), mode: DutyMode.allCases.randomElement(using: &random) ?? .exact,
      bound: Bool.random(using: &random) ? fraction() : nil, bandedMaximum: money(edge()))
    let components = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      DutyComponent(
        floor: Price(microUSDPerKilogram: edge()), grade: fraction(), payable: fraction(), reference: fraction())
    }
    do throws(DutyError) {
      let levy = try assess(components, terms)
      #expect(levy.floorDuty >= .zero && levy.applied >= .zero && levy.uncovered >= .zero, "seed \(seed)")
    } catch {
      #expect(!error.code.isEmpty && !error.sentence.isEmpty)
    }
  }
}
