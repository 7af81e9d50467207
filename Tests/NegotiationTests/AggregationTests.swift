import CBOR
import Membership
import Negotiation
import Testing
import Trade

/// Votes of eight members, illustrative: producer and consumer chamber, 1,000 each.
private let bloc: [(id: String, producer: Int64, consumer: Int64)] = [
  ("AUS", 300, 40), ("USA", 300, 240), ("JPN", 10, 300), ("EUN", 10, 280),
  ("KOR", 10, 100), ("IND", 170, 20), ("THA", 120, 10), ("COD", 80, 10),
]

/// Prices in USD/kg times 100.
private let spread: [String: Int64] = [
  "AUS": 11_500, "USA": 11_000, "JPN": 9_250, "EUN": 9_500, "KOR": 9_400, "IND": 10_500, "THA": 10_400, "COD": 18_000,
]

private func usd(_ hundredths: Int64) -> Price { Price(microUSDPerKilogram: hundredths * 10_000) }

private func entries(_ prices: [String: Int64]) throws -> [AggregationEntry] {
  try bloc.map { member in
    AggregationEntry(
      member: try #require(MemberID(member.id)), producerVotes: member.producer, consumerVotes: member.consumer,
      price: prices[member.id].map(usd))
  }
}

private func parameters(capPPM: Int64 = 300_000, up: Int64 = 50_000) throws -> AggregationParameters {
  try AggregationParameters(
    weightCap: PPM(capPPM), fewestMembers: 5, presence: .init(2, 3), deviations: .init(3, 1), tolerance: PPM(50_000),
    stepUp: PPM(up), stepDown: PPM(50_000))
}

private func rules(
  _ low: Int64 = 2_000, _ high: Int64 = 40_000, corridor: (Int64, Int64)? = (8_800, 11_200)
) -> PriceRules {
  PriceRules(
    tick: usd(10), hardLow: usd(low), hardHigh: usd(high),
    corridor: corridor.map { Corridor(low: usd($0.0), high: usd($0.1), source: "illustrative") })
}

private func uniform(_ hundredths: Int64) -> [String: Int64] {
  Dictionary(uniqueKeysWithValues: bloc.map { ($0.id, hundredths) })
}

@Suite("Aggregation: worked examples")
struct AggregationTests {
  @Test("vA1: one outlier is screened, the step limit binds, the residual is recorded")
  func screenedAndLimited() throws {
    let result = try Aggregation.of(
      try entries(spread), previous: usd(9_800), rules: rules(), parameters: try parameters())
    #expect(result.status == .stepLimited)
    #expect(result.floor == usd(10_290))
    #expect(result.nextBand == PriceBand(low: usd(9_500), high: usd(11_000)))
    guard case .agreed(let screening, let agreement) = result.outcome else {
      Issue.record("no agreement")
      return
    }
    #expect(screening.centre == usd(10_500))
    #expect(screening.deviation == usd(1_000))
    #expect(screening.threshold == usd(3_000))
    #expect(screening.screened.map(\.member.text) == ["COD"])
    #expect(screening.screened.map(\.distance) == [usd(7_500)])
    #expect(screening.screenedWeight == 90)
    #expect(agreement.step == PriceBand(low: usd(9_310), high: usd(10_290)))
    #expect(agreement.residual == usd(210))
    #expect(agreement.midmean == Price(microUSDPerKilogram: 104_536_649))
    #expect(!agreement.outsideEvidence && !agreement.floorOutsideEvidence)
    let dispersion = try #require(result.dispersion)
    #expect(dispersion.members == 8 && dispersion.weight == 2_000 && dispersion.totalWeight == 2_000)
    #expect(dispersion.screened == [TerritoryCode("COD")])
  }

  @Test("vA1 explained: each step in its place, and the one that bound")
  func explained() throws {
    let result = try Aggregation.of(
      try entries(spread), previous: usd(9_800), rules: rules(), parameters: try parameters())
    #expect(
      result.steps.map(\.sentence) == [
        "8 members with 2000 of 2000 votes proposed; needed are 5 members and 2/3 of the votes",
        "consumer chamber: 1000 of 1000 votes proposed, at least half",
        "producer chamber: 1000 of 1000 votes proposed, at least half",
        "no member has more votes than the cap of 600",
        "centre 105.00: 1030 of 2000 votes lie at or below it, the first price with half",
        "median distance from the centre 10.00",
        "near is up to 30.00: 30.00 by deviations, 5.25 by tolerance; the deviations hold",
        "COD: 180.00 is 75.00 from the centre and is screened",
        "7 members with 1910 of 2000 capped votes remain",
        "result 105.00: 1030 of 1910 remaining votes lie at or below it",
        "quartiles 95.00 to 110.00, the band of a next round",
        "mean of the central half 104.536649, for information",
        "from 98.00 one step reaches 93.10 to 102.90",
        "the step limit holds 105.00 at 102.90",
        "evidence 88.00 to 112.00: the result lies inside, the floor inside",
        "floor 102.90, held back 2.10",
      ])
  }

  @Test("vA1b: a cap of 15 % moves the median")
  func capped() throws {
    let result = try Aggregation.of(
      try entries(spread), previous: usd(9_800), rules: rules(), parameters: try parameters(capPPM: 150_000))
    guard case .agreed(_, let agreement) = result.outcome else {
      Issue.record("no agreement")
      return
    }
    #expect(agreement.result == usd(10_400))
  }

  @Test("vA2: too few members, too little weight and a thin chamber leave the floor as it was")
  func insufficient() throws {
    let present = spread.filter { ["JPN", "EUN", "KOR", "THA"].contains($0.key) }
    let result = try Aggregation.of(
      try entries(present), previous: usd(9_800), rules: rules(), parameters: try parameters())
    #expect(result.status == .insufficient)
    #expect(result.members == 4 && result.weight == 840)
    #expect(result.thinChambers == [.producer])
    #expect(result.floor == usd(9_800))
    #expect(result.nextBand == nil && result.dispersion == nil)
    #expect(result.steps.last == .insufficient)
  }

  @Test("vA3: two camps have no honest number, and the next band spans both")
  func divergent() throws {
    var camps = uniform(9_000)
    for member in ["AUS", "USA", "IND"] { camps[member] = 15_000 }
    let result = try Aggregation.of(
      try entries(camps), previous: usd(9_800), rules: rules(), parameters: try parameters())
    #expect(result.status == .divergent)
    #expect(result.floor == usd(9_800))
    #expect(result.nextBand == PriceBand(low: usd(9_000), high: usd(15_000)))
  }

  @Test("vA4: where all but one agree, half a percent off is no outlier")
  func toleranceHolds() throws {
    var prices = uniform(10_000)
    prices["COD"] = 10_050
    let result = try Aggregation.of(
      try entries(prices), previous: usd(9_800), rules: rules(), parameters: try parameters())
    guard case .agreed(let screening, _) = result.outcome else {
      Issue.record("no agreement")
      return
    }
    #expect(screening.deviation == usd(0))
    #expect(screening.screened.isEmpty)
  }

  @Test("vA5: a decimal slip is refused at the hard bound, and the bound appears nowhere as a price")
  func refused() throws {
    var prices = uniform(10_000)
    prices["COD"] = 1_000
    let result = try Aggregation.of(
      try entries(prices), previous: usd(9_800), rules: rules(), parameters: try parameters())
    #expect(result.rejected.map(\.text) == ["COD"])
    #expect(result.floor == usd(10_000))
    #expect(result.dispersion?.lowerQuartile == usd(10_000))
  }

  @Test("vA6: a tiny floor still moves by one tick")
  func oneTick() throws {
    let one = Price(microUSDPerKilogram: 1)
    let members = try entries(uniform(0)).map {
      AggregationEntry(
        member: $0.member, producerVotes: $0.producerVotes, consumerVotes: $0.consumerVotes,
        price: Price(microUSDPerKilogram: 12))
    }
    let bounds = PriceRules(tick: one, hardLow: one, hardHigh: Price(microUSDPerKilogram: 1_000), corridor: nil)
    let result = try Aggregation.of(
      members, previous: Price(microUSDPerKilogram: 10), rules: bounds, parameters: try parameters())
    #expect(result.floor == Price(microUSDPerKilogram: 11))
  }

  @Test("vA7: of five equal votes the third decides, and 28 outvote 27")
  func majorities() throws {
    let one = Price(microUSDPerKilogram: 1)
    let bounds = PriceRules(tick: one, hardLow: one, hardHigh: Price(microUSDPerKilogram: 1_000), corridor: nil)
    let loose = try AggregationParameters(
      weightCap: .one, fewestMembers: 5, presence: .init(2, 3), deviations: .init(3, 1), tolerance: .one,
      stepUp: .zero, stepDown: .zero)
    func members(_ prices: [Int64]) throws -> [AggregationEntry] {
      try prices.enumerated().map { index, price in
        AggregationEntry(
          member: try #require(MemberID("M\(100 + index)")), producerVotes: 1, consumerVotes: 0,
          price: Price(microUSDPerKilogram: price))
      }
    }
    let five = try Aggregation.of(
      try members([100, 101, 102, 103, 104]), previous: nil, rules: bounds, parameters: loose)
    #expect(five.floor == Price(microUSDPerKilogram: 102))
    let camps = try Aggregation.of(
      try members((0..<55).map { $0 < 27 ? 100 : 200 }), previous: nil, rules: bounds, parameters: loose)
    #expect(camps.floor == Price(microUSDPerKilogram: 200))
  }

  @Test("vA8: a first floor has no step limit")
  func first() throws {
    let result = try Aggregation.of(try entries(spread), previous: nil, rules: rules(), parameters: try parameters())
    #expect(result.status == .first)
    #expect(result.floor == usd(10_500))
  }

  @Test("vA9: a step limit that holds the floor far above the evidence is flagged")
  func floorOutsideEvidence() throws {
    let result = try Aggregation.of(
      try entries(uniform(10_000)), previous: usd(20_000), rules: rules(corridor: (9_000, 11_000)),
      parameters: try parameters())
    #expect(result.floor == usd(19_000))
    #expect(result.dispersion?.outsideEvidence == false)
    #expect(result.dispersion?.floorOutsideEvidence == true)
  }

  @Test("vA10: a voted step of zero means no rise")
  func noStep() throws {
    let result = try Aggregation.of(
      try entries(uniform(12_000)), previous: usd(9_800), rules: rules(corridor: nil),
      parameters: try parameters(up: 0))
    #expect(result.floor == usd(9_800))
  }

  @Test("the next band never widens")
  func bands() {
    let band = PriceBand(low: usd(95), high: usd(110))
    #expect(band.intersection(PriceBand(low: usd(90), high: usd(100))) == PriceBand(low: usd(95), high: usd(100)))
    #expect(band.intersection(PriceBand(low: usd(120), high: usd(130))) == nil)
    #expect(band.contains(usd(95)) && band.contains(usd(110)) && !band.contains(usd(111)))
  }

  @Test("parameters outside their range are refused, in the constructor and from bytes")
  func parameterRanges() throws {
    let good = AggregationParameters.customary
    #expect(try AggregationParameters(decoding: good.encoded) == good)
    #expect(throws: AggregationError.parameters) { try parameters(capPPM: 0) }
    #expect(throws: AggregationError.parameters) { try parameters(capPPM: 1_000_001) }
    #expect(throws: AggregationError.parameters) { try parameters(up: -1) }
    var writer = CBORWriter()
    writer.array(7)
    writer.value(PPM(300_000))
    writer.integer(0)
    writer.value(AggregationParameters.Fraction(2, 3))
    writer.value(AggregationParameters.Fraction(3, 1))
    for _ in 0..<3 { writer.value(PPM.zero) }
    #expect(throws: CBORError.outOfRange) { try AggregationParameters(decoding: writer.bytes) }
  }
}
