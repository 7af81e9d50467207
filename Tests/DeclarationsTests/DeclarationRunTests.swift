import CSV
import Declarations
import Foundation
import Tariff
import Testing
import Trade

private let header = "line,item,hs6,origin,declared_value,currency,net_kg,date,origin_certificate\n"

@Suite("Declaration files: what becomes of a line")
struct DeclarationRunTests {
  @Test("a line in order repeats what was declared byte by byte, and says everything that follows from it")
  func inOrder() throws {
    let outcome = try assess(
      header + "A-7,lithium/carbonate@1,283691,CHN,050000.0,GBP,1000.00,2026-02-15,\n", by: try Fixture().assessor())
    #expect(outcome.rejects.isEmpty)
    let line = try #require(outcome.duties.first)
    #expect(
      line.filter { $0.key != "explanation" } == [
        "line": "A-7", "file_line": "2", "item": "lithium/carbonate@1", "hs6": "283691", "origin": "CHN",
        "territory": "CHN", "origin_finding": "THIRD_COUNTRY", "origin_certificate": "", "date": "2026-02-15",
        "declared_value": "050000.0", "currency": "GBP", "net_kg": "1000.00", "moisture_ppm": "0",
        "grade_ppm": "995000", "freight_insurance": "", "other_duties": "", "contained_kg": "1000",
        "table_version": "1", "docket": "docket-1", "floor_usd_per_kg": "102.90", "mode": "EXACT", "rate": "0.76",
        "rate_month": "2026-01", "floor_value": "78204.00", "ordinary_duty": "0.00", "floor_duty": "28204.00",
        "applied": "28204.00", "uncovered": "0.00", "flags": "",
      ])
    let explanation = try #require(line["explanation"])
    for part in [
      "item lithium/carbonate@1, a \"title\", quoted; ", "set by docket docket-1 (SPECIAL_VOTE)",
      "2026-02-10T11:06:40Z",
      "floor 102.90 USD/kg on 1000 kg", "0.76 GBP per USD of 2026-01", "= 28204.00 GBP",
    ] { #expect(explanation.contains(part), "\(part)") }
  }

  @Test("columns may stand in any order, strange ones are passed over, optional ones may be missing")
  func columns() throws {
    let assessor = try Fixture().assessor()
    let outcome = try assess(
      "net_kg,comment,currency,,declared_value,origin,hs6,line,\n1000,\"a, b\",GBP,,50000,CHN,283691,7,\n", by: assessor
    )
    let line = try #require(outcome.duties.first)
    // Without a date the day of the assessment decides.
    #expect(line["date"] == "2026-03-20" && line["table_version"] == "2" && line["item"] == "lithium/carbonate@1")
    #expect(line["line"] == "7" && line["floor_value"] == "84700.00")
    let dated = try assess(
      "item,line,origin,declared_value,currency,net_kg,date\n"
        + "lithium/carbonate@1,1,CHN,50000,GBP,1000,\n", by: assessor)
    #expect(dated.duties.first?["date"] == "2026-03-20")
  }

  @Test("all optional columns count: moisture, grade, freight and insurance, other duties")
  func optionalColumns() throws {
    var fixture = try Fixture()
    (fixture.valuation, fixture.netting) = (.fob, [.ordinary, .declared])
    let columns =
      "line,item,origin,declared_value,currency,net_kg,moisture_ppm,grade_ppm,freight_insurance,other_duties,date\n"
    let outcome = try assess(
      columns + "1,cobalt/hydroxide@1,CHN,10000,GBP,1000,100000,300000,500.00,200.00,2026-03-10\n",
      by: try fixture.assessor())
    let line = try #require(outcome.duties.first)
    // 270 kg of content at 33.069339 USD and 0.77 GBP are 6875.12 GBP.
    #expect(line["contained_kg"] == "270" && line["moisture_ppm"] == "100000" && line["grade_ppm"] == "300000")
    #expect(line["floor_value"] == "6875.12" && line["floor_duty"] == "0.00")
    #expect(line["freight_insurance"] == "500.00" && line["other_duties"] == "200.00")
    let cheap = try assess(
      columns + "1,cobalt/hydroxide@1,CHN,1000,GBP,1000,100000,300000,500.00,200.00,2026-03-10\n",
      by: try fixture.assessor())
    #expect(cheap.duties.first?["floor_duty"] == "5175.12")
  }

  @Test("preference needs a member's origin and a certificate; what is not proved is charged and flagged")
  func origins() throws {
    let cases = [
      ("USA", "C-1", "USA", "PREFERENTIAL", "0.00", ""),
      ("USA", "", "USA", "NOT_PROVED", "28204.00", "ORIGIN_NOT_PROVED"),
      ("DEU", "C-2", "EUN", "PREFERENTIAL", "0.00", ""),
      ("FRA", "", "EUN", "NOT_PROVED", "28204.00", "ORIGIN_NOT_PROVED"),
      ("CHN", "C-3", "CHN", "THIRD_COUNTRY", "28204.00", ""), ("", "", "", "UNKNOWN", "28204.00", "ORIGIN_NOT_PROVED"),
      ("ZZZ", "C-4", "", "UNKNOWN", "28204.00", "ORIGIN_NOT_PROVED"),
      ("china", "", "", "UNKNOWN", "28204.00", "ORIGIN_NOT_PROVED"),
    ]
    let text = cases.enumerated().map { index, line in
      "\(index),lithium/carbonate@1,,\(line.0),50000,GBP,1000,2026-02-15,\(line.1)\n"
    }
    let outcome = try assess(header + text.joined(), by: try Fixture().assessor())
    #expect(outcome.rejects.isEmpty)
    for (line, expected) in zip(outcome.duties, cases) {
      #expect(line["origin"] == expected.0 && line["origin_certificate"] == expected.1)
      #expect(line["territory"] == expected.2 && line["origin_finding"] == expected.3)
      #expect(line["applied"] == expected.4 && line["flags"] == expected.5, "\(expected)")
      #expect(line["explanation"]?.contains("refundable upon proof") == !expected.5.isEmpty)
    }
    let assessed = outcome.summary.assessed
    #expect(assessed.lines == 8 && assessed.applied == 6 * 2_820_400 && assessed.refundable == 2 * 2_820_400)
    let groups = outcome.summary.groups.keys.sorted().map { $0.origin?.text ?? "none" }
    #expect(groups == ["CHN", "EUN", "USA", "none"])
  }

  @Test("a hypothetical version says so on every line, in flags and explanation; the exchange rate follows the date")
  func hypothetical() throws {
    var fixture = try Fixture()
    fixture.hypothetical = 2
    let lines = ["2026-01-05", "2026-02-20", "2026-04-01"].map { "1,lithium/carbonate@1,,CHN,50000,GBP,1000,\($0),\n" }
    let outcome = try assess(header + lines.joined(), by: try fixture.assessor())
    #expect(outcome.duties.map { $0["rate_month"] } == ["2025-12", "2026-01", "2026-02"])
    #expect(outcome.duties.map { $0["flags"] } == ["HYPOTHETICAL", "HYPOTHETICAL", "RATE_STALE HYPOTHETICAL"])
    for line in outcome.duties {
      #expect(line["table_version"] == "2" && line["explanation"]?.contains("HYPOTHETICAL") == true)
    }
  }

  @Test("without explanations the figures are the same")
  func brief() throws {
    let text = Array((header + "1,lithium/carbonate@1,,CHN,50000,GBP,1000,2026-02-15,\n").utf8)
    let assessor = try Fixture().assessor()
    let full = try assess(text, by: assessor)
    let brief = try assess(text, by: assessor, isExplained: false)
    #expect(brief.duties.first?["explanation"] == "")
    #expect(
      brief.duties.map { $0.filter { $0.key != "explanation" } }
        == full.duties.map { $0.filter { $0.key != "explanation" } })
    #expect(brief.summary == full.summary)
  }
}

@Suite("Declaration files: what is rejected, and why")
struct RejectionTests {
  private static let good = "1,lithium/carbonate@1,,CHN,50000,GBP,1000,2026-02-15,"

  @Test(
    "each reason has its code, its sentence, and the line's number in the file",
    arguments: [
      ("1,lithium/carbonate@1,,CHN,50000,GBP,1000,2026-02-15", "COLUMN_COUNT", "8 fields, the header names 9"),
      ("1,lithium/carbonate@1,,CHN,50,000.00,GBP,1000,2026-02-15,", "COLUMN_COUNT", "10 fields"),
      (",lithium/carbonate@1,,CHN,50000,GBP,1000,2026-02-15,", "MISSING_FIELD", "line is empty"),
      ("1,lithium/carbonate@1,,CHN,,GBP,1000,2026-02-15,", "MISSING_FIELD", "declared_value is empty"),
      ("1,lithium/carbonate@1,,CHN,50000,,1000,2026-02-15,", "MISSING_FIELD", "currency is empty"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,,2026-02-15,", "MISSING_FIELD", "net_kg is empty"),
      ("1,Lithium,,CHN,50000,GBP,1000,2026-02-15,", "BAD_FIELD", "item is 'Lithium'"),
      ("1,,28369100,CHN,50000,GBP,1000,2026-02-15,", "BAD_FIELD", "hs6 is '28369100', not six digits"),
      ("1,lithium/carbonate@1,,CHN,5e4,GBP,1000,2026-02-15,", "BAD_FIELD", "declared_value is '5e4'"),
      ("1,lithium/carbonate@1,,CHN,1.005,GBP,1000,2026-02-15,", "BAD_FIELD", "at most 2 decimals"),
      ("1,lithium/carbonate@1,,CHN,\"50,000\",GBP,1000,2026-02-15,", "BAD_FIELD", "'50,000'"),
      ("1,lithium/carbonate@1,,CHN,99999999999999999999,GBP,1000,2026-02-15,", "BAD_FIELD", "within 64 bits"),
      ("1,lithium/carbonate@1,,CHN,50000,pounds,1000,2026-02-15,", "BAD_FIELD", "three capital letters"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,1000.0001,2026-02-15,", "BAD_FIELD", "at most 3 decimals"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,1000,2026-02-30,", "BAD_FIELD", "date is '2026-02-30'"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,1000,15.02.2026,", "BAD_FIELD", "a day as 2026-01-31"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,1000,2026-02-15,\"open", "QUOTATION", "not closed"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,10\"00,2026-02-15,", "QUOTATION", "quotation mark"),
      ("1,,,CHN,50000,GBP,1000,2026-02-15,", "MISSING_ITEM", "neither an item nor a subheading"),
      ("1,lithium/carbonate@2,,CHN,50000,GBP,1000,2026-02-15,", "UNKNOWN_ITEM", "lithium/carbonate@2"),
      ("1,,999999,CHN,50000,GBP,1000,2026-02-15,", "UNKNOWN_ITEM", "999999"),
      ("1,,750210,CHN,50000,GBP,1000,2026-03-15,", "AMBIGUOUS_ITEM", "name the item"),
      ("1,lithium/carbonate@1,750210,CHN,50000,GBP,1000,2026-02-15,", "HS6_MISMATCH", "750210"),
      ("1,nickel/cathodes@1,,CHN,50000,GBP,1000,2026-03-15,", "NO_ROW", "no floor for nickel/cathodes@1"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,1000,2026-02-09,", "BEFORE_FIRST_TABLE", "2026-02-10T11:06:40Z"),
      ("1,lithium/carbonate@1,,CHN,50000,USD,1000,2026-02-15,", "CURRENCY", "in USD, not in GBP"),
      ("1,cobalt/hydroxide@1,282200,CHN,50000,GBP,1000,2026-03-15,", "GRADE_MISSING", "must state its grade"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,0,2026-02-15,", "MASS_RANGE", "0 kg"),
      ("1,lithium/carbonate@1,,CHN,50000,GBP,-1,2026-02-15,", "MASS_RANGE", "-1 kg"),
      ("1,lithium/carbonate@1,,CHN,-1,GBP,1000,2026-02-15,", "VALUE_RANGE", "negative"),
    ])
  func codes(line: String, code: String, part: String) throws {
    let outcome = try assess(header + "\n" + line + "\r\n" + Self.good + "\n", by: try Fixture().assessor())
    #expect(outcome.codes == [code] && outcome.duties.count == 1)
    let reject = try #require(outcome.rejects.first)
    #expect(reject["file_line"] == "3" && reject["record"] == line)
    #expect(reject["sentence"]?.contains(part) == true, "\(reject["sentence"] ?? "")")
    #expect(outcome.summary.rejects == [code: 1] && outcome.summary.rejected == 1)
  }

  @Test(
    "reasons in columns that not every file has",
    arguments: [
      ("grade_ppm", "199999", "GRADE_OUTSIDE_WINDOW"), ("moisture_ppm", "1000001", "MOISTURE_RANGE"),
      ("freight_insurance", "-1", "FREIGHT_RANGE"), ("freight_insurance", "", "FREIGHT_MISSING"),
      ("other_duties", "-1", "OTHER_DUTY_RANGE"), ("other_duties", "x", "BAD_FIELD"),
      ("moisture_ppm", "0.5", "BAD_FIELD"), ("grade_ppm", "99.5 %", "BAD_FIELD"),
    ])
  func optionalColumns(column: String, value: String, code: String) throws {
    var fixture = try Fixture()
    fixture.valuation = .fob
    let freight = column == "freight_insurance" ? "" : ",freight_insurance"
    let outcome = try assess(
      "line,item,origin,declared_value,currency,net_kg,date,\(column)\(freight)\n"
        + "9,lithium/carbonate@1,CHN,50000,GBP,1000,2026-02-15,\(value)" + (freight.isEmpty ? "\n" : ",1\n"),
      by: try fixture.assessor())
    #expect(outcome.codes == [code] && outcome.duties.isEmpty)
    #expect(outcome.rejects.first?["line"] == "9")
  }

  @Test("reasons in the committed data")
  func committedData() throws {
    var fixture = try Fixture()
    let text = header + Self.good + "\n"
    fixture.rates = [("2026-06", 700_000_000)]
    #expect(try assess(text, by: try fixture.assessor()).codes == ["RATE_MISSING"])
    fixture = try Fixture()
    fixture.ordinary = try #require(RateSchedule(general: nil))
    #expect(try assess(text, by: try fixture.assessor()).codes == ["ORDINARY_RATE_MISSING"])
    fixture.ordinary = try #require(
      RateSchedule(general: .zero, exceptions: [RateSchedule.Exception(code: try code("282201"), rate: PPM(50_000))]))
    let cobalt =
      "line,item,origin,declared_value,currency,net_kg,grade_ppm,date\n"
      + "1,cobalt/hydroxide@1,CHN,50000,GBP,1000,300000,2026-03-15\n"
    #expect(try assess(cobalt, by: try fixture.assessor()).codes == ["RATE_AMBIGUOUS"])
    fixture.ordinary = try #require(RateSchedule(general: RateSchedule.greatest))
    let great = header + "1,lithium/carbonate@1,,CHN,92233720368547758.07,GBP,1000,2026-02-15,\n"
    #expect(try assess(great, by: try fixture.assessor()).codes == ["AMOUNT_OVERFLOW"])
  }

  @Test("lines of other encodings and of 10 MB are rejected by their number, and spoil no other")
  func bytes() throws {
    var text = Array((header + Self.good + "\n").utf8)
    text += Array("2,Café".utf8.dropLast(2)) + [0xE9] + Array(",,,,,,,\n".utf8)
    text += Array("3,".utf8) + [UInt8](repeating: 0x39, count: 10 << 20) + Array(",,,,,,,\n".utf8)
    text += [0x34, 0x00, 0x2C, 0x00, 0x0A] + Array((Self.good + "\n").utf8)
    for blockSize in [4_096, 1 << 17] {
      let outcome = try assess(text, by: try Fixture().assessor(), blockSize: blockSize)
      #expect(outcome.codes == ["ENCODING", "LINE_TOO_LONG", "ENCODING"])
      #expect(outcome.rejects.map { $0["file_line"] } == ["3", "4", "5"])
      #expect(outcome.duties.map { $0["file_line"] } == ["2", "6"])
      #expect(outcome.rejects[0]["record"] == "2,Caf\u{FFFD},,,,,,,")
      #expect(outcome.rejects[1]["record"]?.utf8.count == 2_003, "an excerpt and an ellipsis")
    }
  }

  @Test("quotation marks, commas and blanks in a rejected line and in a label survive")
  func quoting() throws {
    let outcome = try assess(
      header + "\"a \"\"b\"\", c\",lithium/carbonate@1,,CHN,50000,GBP,1000,2026-02-15,\"=1+1, \"\"x\"\"\"\n"
        + "\"d \"\"e\"\", f\",nothing,,CHN,50000,GBP,1000,2026-02-15,\n", by: try Fixture().assessor())
    #expect(outcome.duties.first?["line"] == "a \"b\", c")
    #expect(outcome.duties.first?["origin_certificate"] == "=1+1, \"x\"")
    #expect(outcome.rejects.first?["line"] == "d \"e\", f")
    #expect(outcome.rejects.first?["record"] == "\"d \"\"e\"\", f\",nothing,,CHN,50000,GBP,1000,2026-02-15,")
  }

  @Test(
    "a header that cannot serve refuses the file",
    arguments: [
      ("", CSVError.empty), ("\n", .empty),
      ("line,origin,declared_value\n", .missingColumns(["currency", "net_kg", "item or hs6"])),
      ("line,item,item,origin,declared_value,currency,net_kg\n", .duplicateColumn("item")),
      (
        "line;item;origin;declared_value;currency;net_kg\n",
        .missingColumns(["line", "origin", "declared_value", "currency", "net_kg", "item or hs6"])
      ),
      ("\"line\n", .quotation(line: 1)),
    ])
  func headers(text: String, error: CSVError) throws {
    let folder = try Folder()
    let input = try folder.write(Array(text.utf8), "in.csv")
    let run = DeclarationRun(assessor: try Fixture().assessor(), isExplained: true, workers: 2)
    #expect(throws: DeclarationRunError.csv(error)) {
      try run.run(declarations: input, duties: folder.file("d"), rejects: folder.file("r")) { _, _ in }
    }
    #expect(try folder.names == ["in.csv"])
    #expect(!error.sentence.isEmpty && !error.code.isEmpty)
  }

  @Test("a header of 10 MB is refused after its first part")
  func longHeader() throws {
    let folder = try Folder()
    let input = try folder.write([UInt8](repeating: 0x78, count: 10 << 20), "in.csv")
    let run = DeclarationRun(assessor: try Fixture().assessor(), isExplained: true, workers: 1)
    #expect(throws: DeclarationRunError.csv(.lineTooLong(line: 1))) {
      try run.run(declarations: input, duties: folder.file("d"), rejects: folder.file("r")) { _, _ in }
    }
  }

  @Test("UTF-16 is told apart from a file without columns")
  func utf16() throws {
    let folder = try Folder()
    let text = header.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    let input = try folder.write([0xFF, 0xFE] + text, "in.csv")
    let run = DeclarationRun(assessor: try Fixture().assessor(), isExplained: true, workers: 1)
    #expect(throws: DeclarationRunError.csv(.encoding(line: 1))) {
      try run.run(declarations: input, duties: folder.file("d"), rejects: folder.file("r")) { _, _ in }
    }
  }
}
