import CSV
import Declarations
import Testing
import Trade

@Suite("Import records as declarations")
struct ImportRecordsTests {
  private func convert(_ text: String, _ fixture: Fixture) throws -> String {
    let folder = try Folder()
    let input = try folder.write(Array(text.utf8), "records.csv")
    let records = ImportRecords(currency: fixture.currency, rates: try fixture.rateTable)
    let count = try records.convert(records: input, to: folder.file("out.csv"))
    let output = String(decoding: try folder.read("out.csv"), as: UTF8.self)
    #expect(output.split(separator: "\n").count == count + 1)
    #expect(try folder.names == ["out.csv", "records.csv"])
    return output
  }

  private static let header = "period,origin,hs6,value_usd,net_weight_kg\n"

  @Test(
    "values are converted by the record's own month, an exact half away from zero",
    arguments: [
      // 58291.42 · 0.76 = 44301.4792
      ("GBP", 100, 760_000_000, "58291.42", "44301.48"),
      // 0.01 · 0.5 = 0.005, an exact half
      ("GBP", 100, 500_000_000, "0.01", "0.01"),
      ("GBP", 100, 499_999_999, "0.01", "0.00"),
      ("GBP", 100, 1_000_000_000, "0.004999", "0.00"),
      ("GBP", 100, 1_000_000_000, "0.005", "0.01"),
      // Yen have no decimals: 1020.5 · 151.2375 = 154337.86875
      ("JPY", 1, 151_237_500_000, "1020.5", "154338"),
      // 2 · 0.25 = 0.5
      ("JPY", 1, 250_000_000, "2", "1"),
      ("JPY", 1, 250_000_000, "1.999999", "0"),
      // Kuwaiti dinars have three: 1 · 0.3075 = 0.3075
      ("KWD", 1_000, 307_500_000, "1", "0.308"),
      ("GBP", 100, 750_000_000, "0", "0.00"),
    ])
  func conversion(currency: String, minor: Int64, nano: Int64, usd: String, expected: String) throws {
    var fixture = try Fixture()
    fixture.currency = try money(currency, minor)
    fixture.rates = [("2026-01", 999_000_000), ("2026-02", nano), ("2026-03", 998_000_000)]
    let output = try convert(Self.header + "2026-02,AUT,250490,\(usd),60379.050\n", fixture)
    #expect(
      output == "line,hs6,origin,declared_value,currency,net_kg,date,origin_certificate\n"
        + "2,250490,AUT,\(expected),\(currency),60379.05,2026-02-01,\n")
  }

  @Test("what comes out goes in: converted records are assessed, numbered as in their own file")
  func assessed() throws {
    var fixture = try Fixture()
    fixture.hypothetical = 1
    let output = try convert(
      "hs6,origin,note,period,value_usd,net_weight_kg\n283691,CHN,\"x, y\",2026-02,1000,100\n\n283691,USA,,2026-02,99,1\n",
      fixture)
    let outcome = try assess(output, by: try fixture.assessor())
    #expect(outcome.duties.map { $0["line"] } == ["2", "4"] && outcome.rejects.isEmpty)
    #expect(outcome.duties.map { $0["declared_value"] } == ["770.00", "76.23"])
  }

  @Test(
    "the first record that cannot be read ends the conversion, and says which",
    arguments: [
      ("2026-13,CHN,283691,1,1", DeclarationRunError.record(line: 3, column: "period")),
      ("2026-02,CHN,28369,1,1", .record(line: 3, column: "hs6")),
      ("2026-02,CHN,283691,x,1", .record(line: 3, column: "value_usd")),
      ("2026-02,CHN,283691,-1,1", .record(line: 3, column: "value_usd")),
      ("2026-02,CHN,283691,1.0000001,1", .record(line: 3, column: "value_usd")),
      ("2026-02,CHN,283691,1,", .record(line: 3, column: "net_weight_kg")),
      ("2026-02,CHN,283691,1", .fieldCount(line: 3)),
      ("2026-02,\"CHN,283691,1,1", .csv(.quotation(line: 3))),
      ("2026-02,CHN,283691,99999999999999,1", .record(line: 3, column: "value_usd")),
    ])
  func faults(line: String, error: DeclarationRunError) throws {
    let folder = try Folder()
    let input = try folder.write(Array((Self.header + "2026-02,CHN,283691,1,1\n\(line)\n").utf8), "records.csv")
    let fixture = try Fixture()
    let records = ImportRecords(currency: fixture.currency, rates: try fixture.rateTable)
    #expect(throws: error) { try records.convert(records: input, to: folder.file("out.csv")) }
    #expect(error.sentence.contains("3"))
    #expect(try folder.names == ["records.csv"])
  }

  @Test("a month without a rate of its own is refused, not converted by another month's")
  func staleRate() throws {
    let fixture = try Fixture()
    let month = try #require(CalendarMonth(year: 2026, month: 3))
    #expect(throws: DeclarationRunError.noRate(fixture.currency.code, month, line: 2)) {
      try convert(Self.header + "2026-03,CHN,283691,1,1\n", fixture)
    }
  }

  @Test("the records cannot be their own output")
  func sameFile() throws {
    let folder = try Folder()
    let input = try folder.write(Array((Self.header + "2026-02,CHN,283691,1,1\n").utf8), "records.csv")
    let fixture = try Fixture()
    let records = ImportRecords(currency: fixture.currency, rates: try fixture.rateTable)
    #expect(throws: DeclarationRunError.sameFile(input)) { try records.convert(records: input, to: input) }
  }
}
