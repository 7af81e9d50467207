import Testing
import Trade

@Suite("Largest remainder")
struct LargestRemainderTests {
  @Test("shares add up and are within one of the exact share", arguments: 0..<64)
  func laws(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let weights = (0..<Int.random(in: 1...20, using: &random)).map { _ in Int64.random(in: 0...1_000, using: &random) }
    guard weights.contains(where: { $0 > 0 }) else { return }
    let whole = Int64.random(in: 0...100_000, using: &random)
    let sum = weights.reduce(0, +)
    let shares = try LargestRemainder.shares(of: whole, over: weights)
    #expect(shares.reduce(0, +) == whole)
    for (share, weight) in zip(shares, weights) {
      #expect(share * sum > whole * weight - sum && share * sum < whole * weight + sum, "seed \(seed)")
    }
  }

  @Test("the earlier of equal remainders wins")
  func ties() throws {
    #expect(try LargestRemainder.shares(of: 2, over: [1, 1, 1]) == [1, 1, 0])
    #expect(try LargestRemainder.shares(of: 4, over: [1, 1, 1]) == [2, 1, 1])
  }

  @Test("extremes neither trap nor wrap")
  func extremes() throws {
    #expect(try LargestRemainder.shares(of: .max, over: [.max, .max, 1]).reduce(0, +) == .max)
    #expect(throws: ArithmeticError.negativeOperand) { try LargestRemainder.shares(of: -1, over: [1]) }
    #expect(throws: ArithmeticError.negativeOperand) { try LargestRemainder.shares(of: 1, over: [.min]) }
    #expect(throws: ArithmeticError.divisorNotPositive) { try LargestRemainder.shares(of: 1, over: []) }
    #expect(throws: ArithmeticError.divisorNotPositive) { try LargestRemainder.shares(of: 1, over: [0, 0]) }
  }
}
