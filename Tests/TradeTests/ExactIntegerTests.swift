import Testing
import Trade

/// Schoolbook arithmetic on decimal digits, least significant first: slow, and nothing like the code it judges.
private struct Schoolbook: Equatable {
  var isNegative: Bool
  var digits: [Int]

  init(_ value: Int64) {
    isNegative = value < 0
    digits = String(value.magnitude).reversed().compactMap(\.wholeNumberValue)
    trim()
  }

  private init(isNegative: Bool, digits: [Int]) {
    self.isNegative = isNegative
    self.digits = digits
    trim()
  }

  private mutating func trim() {
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { isNegative = false }
  }

  func times(_ other: Schoolbook) -> Schoolbook {
    var result = Array(repeating: 0, count: digits.count + other.digits.count + 1)
    for (i, a) in digits.enumerated() {
      for (j, b) in other.digits.enumerated() {
        result[i + j] += a * b
        result[i + j + 1] += result[i + j] / 10
        result[i + j] %= 10
      }
    }
    return Schoolbook(isNegative: isNegative != other.isNegative, digits: result)
  }

  func plus(_ other: Schoolbook) -> Schoolbook {
    if isNegative == other.isNegative {
      var (result, carry) = ([Int](), 0)
      for index in 0..<max(digits.count, other.digits.count) {
        let sum = digit(index) + other.digit(index) + carry
        result.append(sum % 10)
        carry = sum / 10
      }
      return Schoolbook(isNegative: isNegative, digits: result + [carry])
    }
    return isSmaller(than: other) ? other.less(self) : less(other)
  }

  /// Long division of the magnitude, one digit at a time; the divisor must be below 10^17.
  func dividedMagnitude(by divisor: Int) -> (quotient: Schoolbook, remainder: Int) {
    var (quotient, remainder) = (Array(repeating: 0, count: digits.count), 0)
    for index in digits.indices.reversed() {
      remainder = remainder * 10 + digits[index]
      quotient[index] = remainder / divisor
      remainder %= divisor
    }
    return (Schoolbook(isNegative: isNegative, digits: quotient), remainder)
  }

  private func less(_ other: Schoolbook) -> Schoolbook {
    var (result, borrow) = ([Int](), 0)
    for index in digits.indices {
      let difference = digits[index] - other.digit(index) - borrow
      result.append((difference + 10) % 10)
      borrow = difference < 0 ? 1 : 0
    }
    return Schoolbook(isNegative: isNegative, digits: result)
  }

  private func digit(_ index: Int) -> Int { index < digits.count ? digits[index] : 0 }

  private func isSmaller(than other: Schoolbook) -> Bool {
    guard digits.count == other.digits.count else { return digits.count < other.digits.count }
    return digits.reversed().lexicographicallyPrecedes(other.digits.reversed())
  }
}

/// The digits of an exact integer, found by comparing it with sums of powers of ten only.
private func schoolbook(_ value: ExactInteger) throws -> Schoolbook {
  var result = Schoolbook(0)
  var rest = value
  let ten = Schoolbook(10)
  var digits: [Int64] = []
  while rest.signum != 0 {
    let quotient = try rest.divided(by: Int64(10), .truncate)
    let digit = try rest.subtracting(quotient.multiplied(by: Int64(10))).int64()
    digits.append(digit)
    rest = quotient
  }
  for digit in digits.reversed() { result = result.times(ten).plus(Schoolbook(digit)) }
  return result
}

private let edges: [Int64] = [
  .min, .min + 1, -1_000_000_000_000, -7, -2, -1, 0, 1, 2, 3, 10, 1_000_000, 999_999_999_999, .max - 1, .max,
]

private func number(_ random: inout SplitMix64) -> Int64 {
  let bits = Int.random(in: 0...63, using: &random)
  let value = Int64(bitPattern: random.next()) >> Int64(63 - bits)
  return Int.random(in: 0..<8, using: &random) == 0 ? edges.randomElement(using: &random) ?? 0 : value
}

@Suite("256-bit integers")
struct ExactIntegerTests {
  @Test("products and sums agree with arithmetic on digits", arguments: 0..<64)
  func digits(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<8 {
      let factors = (0..<4).map { _ in number(&random) }
      let other = (0..<3).map { _ in number(&random) }
      let product = try factors.reduce(ExactInteger(Int64(1))) { try $0.multiplied(by: $1) }
      let addend = try other.reduce(ExactInteger(Int64(1))) { try $0.multiplied(by: $1) }
      let expected = factors.reduce(Schoolbook(1)) { $0.times(Schoolbook($1)) }
      let plus = other.reduce(Schoolbook(1)) { $0.times(Schoolbook($1)) }
      #expect(try schoolbook(product) == expected, "seed \(seed): \(factors)")
      #expect(try schoolbook(product.adding(addend)) == expected.plus(plus), "seed \(seed): \(factors) \(other)")
      #expect(try schoolbook(product.subtracting(addend)) == expected.plus(plus.times(Schoolbook(-1))))
      #expect(try product.adding(addend).subtracting(product) == addend)
      #expect((product < addend) == (try product.subtracting(addend).signum < 0))
    }
  }

  @Test("rounded quotients agree with arithmetic on digits", arguments: 0..<64)
  func quotients(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<8 {
      let factors = (0..<4).map { _ in number(&random) }
      let divisor = max(1, abs(number(&random) % 100_000_000_000_000_000))
      let value = try factors.reduce(ExactInteger(Int64(1))) { try $0.multiplied(by: $1) }
      let digits = factors.reduce(Schoolbook(1)) { $0.times(Schoolbook($1)) }
      let (quotient, remainder) = digits.dividedMagnitude(by: Int(divisor))
      #expect(try schoolbook(value.divided(by: divisor, .truncate)) == quotient, "seed \(seed)")
      for mode in Rounding.allCases {
        let expected = rounded(quotient, remainder, Int(divisor), isNegative: digits.isNegative, mode)
        #expect(try schoolbook(value.divided(by: divisor, mode)) == expected, "seed \(seed): \(mode)")
      }
    }
  }

  /// The definition of each rounding, on a quotient cut towards zero.
  private func rounded(
    _ quotient: Schoolbook, _ remainder: Int, _ divisor: Int, isNegative: Bool, _ mode: Rounding
  ) -> Schoolbook {
    let isOdd = (quotient.digits.first ?? 0) % 2 == 1
    let away =
      switch mode {
      case .floor: isNegative && remainder > 0
      case .ceiling: !isNegative && remainder > 0
      case .truncate: false
      case .halfUp: 2 * remainder >= divisor
      case .halfEven: 2 * remainder > divisor || (2 * remainder == divisor && isOdd)
      }
    guard away else { return quotient }
    return quotient.plus(Schoolbook(isNegative ? -1 : 1))
  }

  @Test(
    "a wide divisor leaves a remainder below itself",
    arguments: [UInt128(1) << 64 + 1, UInt128(1) << 100 + 12_345, .max, .max - 1, UInt128(1) << 127])
  func wideDivisors(divisor: UInt128) throws {
    var random = SplitMix64(seed: 7)
    for _ in 0..<200 {
      let value = try ExactInteger(number(&random).magnitude.asWide).multiplied(by: ExactInteger(divisor))
      let extra = ExactInteger(UInt128(random.next()) % divisor)
      let sum = try value.adding(extra)
      let quotient = try sum.divided(by: divisor, .floor)
      let rest = try sum.subtracting(quotient.multiplied(by: ExactInteger(divisor)))
      #expect(rest == extra)
      #expect(rest < ExactInteger(divisor))
    }
  }

  @Test(
    "halves go where each rounding says",
    arguments: [
      (5, Rounding.floor, 2), (5, .ceiling, 3), (5, .truncate, 2), (5, .halfUp, 3), (5, .halfEven, 2),
      (7, .halfEven, 4), (-5, .floor, -3), (-5, .ceiling, -2), (-5, .truncate, -2), (-5, .halfUp, -3),
      (-5, .halfEven, -2), (-7, .halfEven, -4), (4, .halfUp, 2), (0, .ceiling, 0), (-1, .halfUp, -1),
    ] as [(Int64, Rounding, Int64)])
  func halves(value: Int64, rounding: Rounding, expected: Int64) throws {
    #expect(try ExactInteger(value).divided(by: Int64(2), rounding).int64() == expected)
  }

  @Test("what does not fit is refused")
  func overflow() throws {
    let big = try ExactInteger(Int64.max).multiplied(by: Int64.max).multiplied(by: Int64.max).multiplied(by: Int64.max)
    #expect(throws: ArithmeticError.amountOverflow) { try big.multiplied(by: Int64.max) }
    #expect(throws: ArithmeticError.amountOverflow) { try big.multiplied(by: big) }
    #expect(throws: ArithmeticError.amountOverflow) { try big.int64() }
    let top = try ExactInteger(UInt128.max).multiplied(by: ExactInteger(UInt128.max))
      .adding(ExactInteger(UInt128.max)).adding(ExactInteger(UInt128.max))
    #expect(throws: ArithmeticError.amountOverflow) { try top.adding(ExactInteger(Int64(1))) }
    #expect(throws: ArithmeticError.amountOverflow) { try top.negated.subtracting(ExactInteger(Int64(1))) }
    #expect(try top.subtracting(top) == .zero)
    #expect(try ExactInteger(Int64.min).int64() == .min)
    #expect(throws: ArithmeticError.amountOverflow) { try ExactInteger(Int64.min).negated.int64() }
    #expect(throws: ArithmeticError.divisorNotPositive) { try big.divided(by: Int64(0), .floor) }
    #expect(throws: ArithmeticError.divisorNotPositive) { try big.divided(by: Int64(-3), .floor) }
  }

  @Test("there is one zero")
  func zero() throws {
    #expect(try ExactInteger(Int64(-1)).multiplied(by: Int64(0)) == .zero)
    #expect(ExactInteger.zero.negated == .zero)
    #expect(ExactInteger.zero.signum == 0)
    #expect(try ExactInteger(Int64(-1)).divided(by: Int64(2), .truncate) == .zero)
  }
}

extension UInt64 {
  fileprivate var asWide: UInt128 { UInt128(self) }
}
