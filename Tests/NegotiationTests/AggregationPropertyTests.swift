import Membership
import Negotiation
import Testing
import Trade

/// The seeded generator of these tests: the same seed, the same cases.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

private func price(_ microUSD: Int64) -> Price { Price(microUSDPerKilogram: microUSD) }

private func member(_ index: Int) throws -> MemberID { try #require(MemberID("M\(100 + index)")) }

/// No cap, no screen worth the name, no step: what remains is the weighted median.
private func bare() throws -> AggregationParameters {
  try AggregationParameters(
    weightCap: .one, fewestMembers: 1, presence: .init(0, 1), deviations: .init(.max, 1), tolerance: PPM(.max),
    stepUp: .zero, stepDown: .zero)
}

private let wide = PriceRules(tick: price(1), hardLow: price(1), hardHigh: price(.max), corridor: nil)

private func cases(_ random: inout SplitMix64, upTo greatest: Int64 = 1_000) throws -> [AggregationEntry] {
  try (0..<Int.random(in: 1...12, using: &random)).map { index in
    AggregationEntry(
      member: try member(index), producerVotes: Int64.random(in: 1...300, using: &random), consumerVotes: 0,
      price: price(Int64.random(in: 1...greatest, using: &random)))
  }
}

/// The lower median read off a list with one element a vote: the definition, as slow as it is plain.
private func medianOfVotes(_ entries: [AggregationEntry], skipping trimmed: Int = 0) -> Price? {
  let votes = entries.flatMap { Array(repeating: $0.price ?? price(0), count: Int($0.producerVotes)) }.sorted()
  let rest = votes.dropFirst(trimmed).dropLast(trimmed)
  return rest.isEmpty ? nil : rest[rest.startIndex + (rest.count - 1) / 2]
}

@Suite("Aggregation: properties")
struct AggregationPropertyTests {
  @Test("the centre is the middle of the votes laid out one by one", arguments: 0..<200)
  func median(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let entries = try cases(&random)
    let result = try Aggregation.of(entries, previous: nil, rules: wide, parameters: try bare())
    #expect(result.floor == medianOfVotes(entries), "seed \(seed)")
  }

  @Test("trimming both ends alike never moves the median", arguments: 0..<200)
  func trimming(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let entries = try cases(&random)
    let votes = entries.reduce(Int64(0)) { $0 + $1.producerVotes }
    let trimmed = Int.random(in: 0...Int((votes - 1) / 2), using: &random)
    let result = try Aggregation.of(entries, previous: nil, rules: wide, parameters: try bare())
    #expect(result.floor == medianOfVotes(entries, skipping: trimmed), "seed \(seed): \(trimmed) of \(votes)")
  }

  @Test("the order of the members does not matter", arguments: 0..<100)
  func order(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    // Few distinct prices, so that equal ones meet in every order.
    let entries = try cases(&random, upTo: 6)
    let parameters = try AggregationParameters(
      weightCap: PPM(300_000), fewestMembers: 2, presence: .init(1, 2), deviations: .init(2, 1), tolerance: .zero,
      stepUp: PPM(50_000), stepDown: PPM(50_000))
    let first = try Aggregation.of(entries, previous: price(3), rules: wide, parameters: parameters)
    for _ in 0..<4 {
      let shuffled = entries.shuffled(using: &random)
      #expect(try Aggregation.of(shuffled, previous: price(3), rules: wide, parameters: parameters) == first)
    }
  }

  @Test("with less than half of the weight nobody moves the centre out of the others' range", arguments: 0..<200)
  func influence(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let honest = try cases(&random)
    let weight = honest.reduce(Int64(0)) { $0 + $1.producerVotes }
    guard weight > 1 else { return }
    let attacker = AggregationEntry(
      member: try #require(MemberID("ZZZ")), producerVotes: Int64.random(in: 1..<weight, using: &random),
      consumerVotes: 0, price: price(Bool.random(using: &random) ? 1 : 1_000_000_000))
    let result = try Aggregation.of(honest + [attacker], previous: nil, rules: wide, parameters: try bare())
    let prices = honest.compactMap(\.price).sorted()
    let floor = try #require(result.floor)
    let (lowest, highest) = (try #require(prices.first), try #require(prices.last))
    #expect(floor >= lowest && floor <= highest, "seed \(seed)")
  }

  @Test("a floor is a multiple of the tick and within the step limits", arguments: 0..<300)
  func tickAndStep(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let tick = Int64.random(in: 1...7, using: &random)
    let previous = tick * Int64.random(in: 1...400, using: &random)
    let rules = PriceRules(tick: price(tick), hardLow: price(tick), hardHigh: price(5_000), corridor: nil)
    let (up, down) = (Int64.random(in: 0...90_000, using: &random), Int64.random(in: 0...90_000, using: &random))
    let parameters = try AggregationParameters(
      weightCap: .one, fewestMembers: 1, presence: .init(0, 1), deviations: .init(3, 1), tolerance: .one,
      stepUp: PPM(up), stepDown: PPM(down))
    let entries = try cases(&random, upTo: 4_000).filter { $0.price.map(rules.admits) ?? false }
    guard !entries.isEmpty else { return }
    let result = try Aggregation.of(entries, previous: price(previous), rules: rules, parameters: parameters)
    guard case .agreed(_, let agreement) = result.outcome else { return }
    let floor = agreement.floor.microUSDPerKilogram
    #expect(floor > 0 && floor % tick == 0, "seed \(seed)")
    let rise = (floor - previous) * 1_000_000
    #expect(rise <= max(previous * up, up > 0 ? tick * 1_000_000 : 0), "seed \(seed)")
    #expect(-rise <= max(previous * down, down > 0 ? tick * 1_000_000 : 0), "seed \(seed)")
    #expect(agreement.residual.microUSDPerKilogram == agreement.result.microUSDPerKilogram - floor)
  }

  @Test("screened members are further than the threshold, all others are not", arguments: 0..<100)
  func screen(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let entries = try cases(&random)
    let parameters = try AggregationParameters(
      weightCap: .one, fewestMembers: 1, presence: .init(0, 1), deviations: .init(3, 2), tolerance: PPM(20_000),
      stepUp: .zero, stepDown: .zero)
    let result = try Aggregation.of(entries, previous: nil, rules: wide, parameters: parameters)
    let screening: Aggregation.Screening
    switch result.outcome {
    case .insufficient: return
    case .divergent(let found, _): screening = found
    case .agreed(let found, _): screening = found
    }
    let (centre, mad) = (screening.centre.microUSDPerKilogram, screening.deviation.microUSDPerKilogram)
    for entry in entries {
      let distance = abs((entry.price?.microUSDPerKilogram ?? 0) - centre)
      let isFar = distance * 2 > 3 * mad && distance * 1_000_000 > centre * 20_000
      #expect(screening.screened.contains { $0.member == entry.member } == isFar, "seed \(seed)")
    }
  }

  @Test("inputs at the ends of their range are answered or refused, never trapped", arguments: 0..<400)
  func extremes(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let edges: [Int64] = [.min, .min + 1, -1, 0, 1, 2, 1_000_000, .max / 2, .max - 1, .max]
    func edge() -> Int64 { edges.randomElement(using: &random) ?? 0 }
    let entries = try (0..<Int.random(in: 0...4, using: &random)).map { index in
      AggregationEntry(
        member: try member(Int.random(in: 0...9, using: &random) == 0 ? 0 : index), producerVotes: edge(),
        consumerVotes: edge(), price: Bool.random(using: &random) ? price(edge()) : nil)
    }
    let rules = PriceRules(
      tick: price(edge()), hardLow: price(edge()), hardHigh: price(edge()),
      corridor: Corridor(low: price(edge()), high: price(edge()), source: ""))
    let previous = Bool.random(using: &random) ? price(edge()) : nil
    do throws(AggregationError) {
      let parameters = try AggregationParameters(
        weightCap: PPM(edge()), fewestMembers: edge(), presence: .init(edge(), edge()),
        deviations: .init(edge(), edge()), tolerance: PPM(edge()), stepUp: PPM(edge()), stepDown: PPM(edge()))
      let result = try Aggregation.of(entries, previous: previous, rules: rules, parameters: parameters)
      #expect(result.steps.allSatisfy { !$0.sentence.isEmpty })
    } catch {
      #expect(!error.code.isEmpty && !error.sentence.isEmpty)
    }
  }

  @Test("well-formed parameters with prices and votes at the ends of their range", arguments: 0..<400)
  func extremeEntries(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let edges: [Int64] = [1, 2, 999_999, 1_000_000, .max / 4, .max / 2, .max - 1, .max]
    func edge() -> Int64 { edges.randomElement(using: &random) ?? 1 }
    let entries = try (0..<Int.random(in: 1...6, using: &random)).map { index in
      AggregationEntry(
        member: try member(index), producerVotes: edge() / 8, consumerVotes: edge() / 16, price: price(edge()))
    }
    let parameters = try AggregationParameters(
      weightCap: PPM(Int64.random(in: 1...1_000_000, using: &random)), fewestMembers: 1, presence: .init(1, 2),
      deviations: .init(edge(), edge()), tolerance: PPM(edge()), stepUp: PPM(edge()), stepDown: PPM(edge() % 1_000_001))
    do throws(AggregationError) {
      let result = try Aggregation.of(
        entries, previous: Bool.random(using: &random) ? price(edge()) : nil, rules: wide, parameters: parameters)
      #expect(result.floor.map { $0 > price(0) } ?? true, "seed \(seed)")
    } catch {
      #expect(error == .arithmetic(.amountOverflow) || error == .noWeight, "seed \(seed): \(error)")
    }
  }

  @Test("a member twice, negative votes and an odd floor are named")
  func malformed() throws {
    let entry = AggregationEntry(member: try member(1), producerVotes: 1, consumerVotes: 1, price: price(5))
    let negative = AggregationEntry(member: try member(2), producerVotes: -1, consumerVotes: 1, price: nil)
    let five = PriceRules(tick: price(5), hardLow: price(5), hardHigh: price(50), corridor: nil)
    #expect(throws: AggregationError.duplicateMember(try member(1))) {
      try Aggregation.of([entry, entry], previous: nil, rules: wide, parameters: try bare())
    }
    #expect(throws: AggregationError.negativeVotes(try member(2))) {
      try Aggregation.of([entry, negative], previous: nil, rules: wide, parameters: try bare())
    }
    #expect(throws: AggregationError.previousFloor) {
      try Aggregation.of([entry], previous: price(7), rules: five, parameters: try bare())
    }
    #expect(throws: AggregationError.previousFloor) {
      try Aggregation.of([entry], previous: price(0), rules: five, parameters: try bare())
    }
    let odd = PriceRules(tick: price(5), hardLow: price(7), hardHigh: price(50), corridor: nil)
    #expect(throws: AggregationError.priceRules) {
      try Aggregation.of([entry], previous: nil, rules: odd, parameters: try bare())
    }
  }
}
