import Foundation

/// A declaration file that is the same on every machine: SplitMix64 from a fixed seed.
struct GeneratedDeclarations {
  static let header =
    "line,item,hs6,origin,declared_value,currency,net_kg,moisture_ppm,grade_ppm,date,origin_certificate\n"

  private static let origins = [
    "CHN", "DEU", "USA", "ZAF", "CHL", "AUS", "JPN", "COD", "BRA", "KAZ", "IND", "RUS", "MEX", "NOR", "FRA", "ZZZ",
  ]

  private var state: UInt64 = 20_251_121

  /// Writes a file of so many lines, one in a hundred of which has to be rejected, and answers its size in bytes.
  static func write(_ lines: Int, to path: String) throws -> Int {
    var generator = GeneratedDeclarations()
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? file.close() }
    var (text, size) = (Data(header.utf8), 0)
    for number in 1...max(1, lines) {
      text.append(contentsOf: generator.line(number).utf8)
      guard text.count > 1 << 18 || number == lines else { continue }
      try file.write(contentsOf: text)
      size += text.count
      text.removeAll(keepingCapacity: true)
    }
    return size
  }

  private mutating func line(_ number: Int) -> String {
    let item = BenchmarkBasis.items[below(BenchmarkBasis.items.count)]
    let names = below(3) == 0 ? ",\(item.1)" : "\(item.0)@1,"
    let kilograms = below(40_000) + 1
    let cents = kilograms * (below(4_000) + 100)
    let currency = below(100) == 0 ? "USD" : "GBP"
    let moisture = below(4) == 0 ? String(below(30_000)) : ""
    let grade = below(2) == 0 ? String(900_000 + below(100_000)) : ""
    let certificate = below(3) == 0 ? "C-\(below(1_000_000))" : ""
    return "\(number),\(names),\(Self.origins[below(Self.origins.count)]),\(cents / 100).\(padded(cents % 100)),"
      + "\(currency),\(kilograms).\(below(10)),\(moisture),\(grade),2025-\(padded(below(12) + 1))-"
      + "\(padded(below(28) + 1)),\(certificate)\n"
  }

  private func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }

  private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
