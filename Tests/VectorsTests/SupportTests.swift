import Support
import Testing
import Trade

private func price(_ microUSD: Int64) -> Price { Price(microUSDPerKilogram: microUSD) }

@Suite("Instruments and monitoring")
struct SupportTests {
  @Test(
    "vS1 to vS3: a contract for difference pays below the strike and is paid above it",
    arguments: [
      (88_400_000, 1_000_000, 324_000_000), (131_000_000, 300_000, -94_500_000), (131_000_000, 1_000_000, -315_000_000),
    ]
      as [(Int64, Int64, Int64)])
  func contractForDifference(reference: Int64, upside: Int64, payment: Int64) throws {
    let paid = try Instrument.contractForDifference(
      strike: price(110_000_000), reference: price(reference), kilograms: 150_000, minorPerMajor: 100,
      upside: PPM(upside))
    #expect(paid == Money(minorUnits: payment))
  }

  @Test("vS4: claims beyond the budget are paid in proportion, to the last unit of it")
  func proRata() throws {
    let paid = try Instrument.proRata(claims: [324_000_000, 100_000_000, 76_000_000], budget: 400_000_000)
    #expect(paid == [259_200_000, 80_000_000, 60_800_000])
    #expect(try Instrument.proRata(claims: [3, 4], budget: 7) == [3, 4])
    #expect(try Instrument.proRata(claims: [3, 4], budget: 100) == [3, 4])
    #expect(try Instrument.proRata(claims: [1, 1, 1], budget: 2) == [1, 1, 0])
    #expect(try Instrument.proRata(claims: [], budget: 0) == [])
    #expect(throws: ArithmeticError.negativeOperand) { try Instrument.proRata(claims: [1], budget: -1) }
  }

  @Test("vS5: an offtake price stays between its bounds")
  func offtake() throws {
    let (low, high) = (price(90_000_000), price(130_000_000))
    #expect(try Instrument.offtake(index: price(88_400_000), share: PPM(950_000), low: low, high: high) == low)
    #expect(
      try Instrument.offtake(index: price(100_000_000), share: PPM(950_000), low: low, high: high) == price(95_000_000))
    #expect(try Instrument.offtake(index: price(.max), share: .one, low: low, high: high) == high)
  }

  @Test("vC1: the floor of a product covers its feedstock, rounded up")
  func inversion() throws {
    let floor = try Monitor.inversion(
      upstream: price(102_900_000), content: PPM(1_166_400), recovery: PPM(950_000), cost: price(0))
    #expect(floor == price(126_339_537))
    #expect(throws: ArithmeticError.divisorNotPositive) {
      try Monitor.inversion(upstream: price(1), content: .one, recovery: .zero, cost: price(0))
    }
  }

  @Test("vL1 to vL3: capacity, mirror gap and bunching")
  func monitoring() throws {
    let excess = try Monitor.capacityExcess(production: 1_200, imports: 150, stockDraw: 0, exports: 1_900)
    #expect(excess.quantity == 550 && excess.ratio == PPM(289_474))
    #expect(try Monitor.capacityExcess(production: 1, imports: 0, stockDraw: 0, exports: 0).quantity == 0)
    #expect(try Monitor.mirrorGap(exports: 1_420_000, imports: 980_000) == PPM(309_859))
    #expect(try Monitor.bunching(atFloor: 46, neighbours: [9, 11, 8, 12]) == PPM(4_600_000))
    #expect(try Monitor.bunching(atFloor: 14, neighbours: [15]) == nil)
    #expect(try Monitor.bunching(atFloor: 15, neighbours: [15]) == .one)
    #expect(try Monitor.bunching(atFloor: 40, neighbours: [0, 0]) == nil)
  }

  @Test("operands at the ends of their range are answered or refused, never trapped")
  func extremes() {
    let edges: [Int64] = [.min, -1, 0, 1, 1_000_000, .max]
    var refused = 0
    func attempt(_ work: () throws(ArithmeticError) -> Void) {
      do throws(ArithmeticError) { try work() } catch { refused += 1 }
    }
    for a in edges {
      for b in edges {
        for c in edges {
          attempt { () throws(ArithmeticError) in
            _ = try Instrument.contractForDifference(
              strike: price(a), reference: price(b), kilograms: c, minorPerMajor: c, upside: PPM(b))
          }
          attempt { () throws(ArithmeticError) in _ = try Instrument.proRata(claims: [a, b], budget: c) }
          attempt { () throws(ArithmeticError) in
            _ = try Instrument.offtake(index: price(a), share: PPM(b), low: price(c), high: price(a))
          }
          attempt { () throws(ArithmeticError) in
            _ = try Monitor.inversion(upstream: price(a), content: PPM(b), recovery: PPM(c), cost: price(a))
          }
          attempt { () throws(ArithmeticError) in _ = try Monitor.mirrorGap(exports: a, imports: b) }
          attempt { () throws(ArithmeticError) in
            _ = try Monitor.capacityExcess(production: a, imports: b, stockDraw: c, exports: a)
          }
          attempt { () throws(ArithmeticError) in _ = try Monitor.bunching(atFloor: a, neighbours: [b, c]) }
        }
      }
    }
    #expect(refused > 0)
  }
}
