import Declarations
import Tariff
import Testing

/// Random files: lines in order, lines with every kind of fault, blank lines, other encodings, lines beyond the limit.
private struct RandomFile {
  private(set) var bytes: [UInt8] = []
  /// The numbers of the lines that must come out, ascending.
  private(set) var lines: [Int] = []

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let isCRLF = Bool.random(using: &random)
    let ending: [UInt8] = isCRLF ? [0x0D, 0x0A] : [0x0A]
    if Bool.random(using: &random) { bytes += [0xEF, 0xBB, 0xBF] }
    bytes += Array("line,item,hs6,origin,declared_value,currency,net_kg,date,origin_certificate".utf8) + ending
    let count = Int.random(in: 0...60, using: &random)
    for number in 2..<(2 + count) {
      let line = Self.line(number, &random)
      if !line.isEmpty { lines.append(number) }
      let isLast = number == 1 + count
      bytes += line + (isLast && Bool.random(using: &random) ? [] : ending)
    }
  }

  private static func line(_ number: Int, _ random: inout SplitMix64) -> [UInt8] {
    func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
    switch Int.random(in: 0..<20, using: &random) {
    case 0: return []
    case 1:
      return (0..<Int.random(in: 1...60, using: &random)).map { _ in UInt8.random(in: 0x0E...0xFF, using: &random) }
    case 2 where Int.random(in: 0..<8, using: &random) == 0: return [UInt8](repeating: 0x2C, count: 70_000)
    default:
      let item = pick([
        "lithium/carbonate@1,", "lithium/carbonate@1,283691", ",283691", ",750210", "nickel/briquettes@1,", "x,", ",",
      ])
      let value = pick(["50000", "0", "1234.56", "999999999.99", "-1", "1e5", ""])
      let mass = pick(["1000", "0.001", "25000.5", "0", "x"])
      let date = pick(["2026-02-15", "2026-03-15", "2026-12-31", "2026-01-31", "2026-13-01", ""])
      let origin = pick(["CHN", "USA", "DEU", "ZZZ", "", "us"])
      let label = pick(["\(number)", "\"\(number), \"\"x\"\"\"", "L\(number)"])
      return Array(
        "\(label),\(item),\(origin),\(value),\(pick(["GBP", "GBP", "GBP", "USD"])),\(mass),\(date),\(pick(["", "C-1"]))"
          .utf8)
    }
  }
}

@Suite("Declaration files: whatever they hold")
struct DeclarationPropertyTests {
  private func number(_ text: String?) throws -> Int { try #require(text.flatMap { Int($0) }) }

  /// Minor units of an amount with two decimals.
  private func pence(_ text: String?) throws -> Int128 {
    try #require(text.flatMap { Int128($0.split(separator: ".").joined()) })
  }

  @Test(
    "every line comes out once and in order, in one output or the other; totals are the sums of the lines",
    arguments: 0..<16)
  func conservation(seed: UInt64) throws {
    let file = RandomFile(seed: seed)
    let outcome = try assess(file.bytes, by: try Fixture().assessor())
    let assessed = try outcome.duties.map { try number($0["file_line"]) }
    let rejected = try outcome.rejects.map { try number($0["file_line"]) }
    #expect(assessed == assessed.sorted() && rejected == rejected.sorted(), "seed \(seed)")
    #expect((assessed + rejected).sorted() == file.lines, "seed \(seed)")

    let totals = outcome.summary.assessed
    #expect(totals.lines == assessed.count && outcome.summary.rejected == rejected.count)
    #expect(totals.applied == (try outcome.duties.map { try pence($0["applied"]) }.reduce(0, +)), "seed \(seed)")
    #expect(totals.uncovered == (try outcome.duties.map { try pence($0["uncovered"]) }.reduce(0, +)), "seed \(seed)")
    let refundable = outcome.duties.filter { $0["origin_finding"] == "NOT_PROVED" }
    #expect(totals.refundable == (try refundable.map { try pence($0["applied"]) }.reduce(0, +)), "seed \(seed)")
    for (code, count) in outcome.summary.rejects {
      #expect(outcome.codes.count { $0 == code } == count, "seed \(seed)")
    }
  }

  @Test("block size and number of threads change nothing, not even a byte", arguments: 0..<8)
  func independence(seed: UInt64) throws {
    let file = RandomFile(seed: 1_000 + seed)
    let assessor = try Fixture().assessor()
    let reference = try assess(file.bytes, by: assessor, workers: 1)
    // Reading byte by byte takes its time.
    let sizes = [file.bytes.count < 4_000 ? 1 : 64, 7, 1_000, 4_096, 1 << 20]
    for (blockSize, workers) in zip(sizes, [2, 3, 4, 1, 2]) {
      let outcome = try assess(file.bytes, by: assessor, workers: workers, blockSize: blockSize)
      #expect(outcome.bytes == reference.bytes, "seed \(seed), \(workers) threads, blocks of \(blockSize)")
      #expect(outcome.summary == reference.summary)
    }
  }
}
