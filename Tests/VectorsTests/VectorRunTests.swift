import Foundation
import Testing
import Vectors

/// The shipped file of worked cases.
private func shipped() throws -> [UInt8] {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return Array(try Data(contentsOf: root.appending(path: "Protocol/Vectors/floors.json")))
}

private func report(_ text: String) throws -> VectorReport { try VectorRun.run(Array(text.utf8)) }

@Suite("Vector files")
struct VectorRunTests {
  @Test("every shipped case holds")
  func shippedCases() throws {
    let report = try VectorRun.run(try shipped())
    #expect(report.failures.isEmpty)
    #expect(report.passed == 462)
  }

  private func file(_ cases: String) -> String { #"{"format":"floor-vectors/1","cases":[\#(cases)]}"# }

  private let offtake =
    #""kind":"offtake","input":{"index":88400000,"alpha_ppm":950000,"low":90000000,"high":130000000}"#

  @Test("a case that holds is counted")
  func holds() throws {
    let report = try report(file(#"{"id":"a",\#(offtake),"expect":{"price":90000000}}"#))
    #expect(report.summary == "1 passed, 0 failed")
  }

  @Test("every difference is told: another value, a member too few, a member too many")
  func differences() throws {
    let report = try report(
      file(
        #"{"id":"a",\#(offtake),"expect":{"price":90000001}},"#
          + #"{"id":"b",\#(offtake),"expect":{"price":90000000,"extra":null}},"#
          + #"{"id":"c",\#(offtake),"expect":{}}"#))
    #expect(report.summary == "0 passed, 3 failed")
    #expect(
      report.failures.map(\.differences) == [
        ["price: expected 90000001, computed 90000000"], ["extra: expected null, computed nothing"],
        ["price: expected nothing, computed 90000000"],
      ])
  }

  @Test("an unknown kind, a missing field and a refused calculation are failures, not skips")
  func failures() throws {
    let report = try report(
      file(
        #"{"id":"a","kind":"divination","input":{},"expect":{}},"#
          + #"{"id":"b","kind":"offtake","input":{"index":1},"expect":{"price":1}},"#
          + #"{"id":"c","kind":"mirror_gap","input":{"exports":0,"imports":1},"expect":{"ppm":0}}"#))
    #expect(
      report.failures.map(\.differences) == [
        ["unknown kind divination"], ["the input's field alpha_ppm is missing or has another form"],
        ["DIVISOR_NOT_POSITIVE: a divisor must be greater than zero"],
      ])
  }

  @Test("votes that cannot be distributed are null")
  func impossible() throws {
    let report = try report(
      file(
        #"{"id":"a","kind":"distribute","input":{"shares":{"AAA":1},"total":1000,"cap":300,"minimum":1},"#
          + #""expect":{"votes":null}}"#))
    #expect(report.failures.isEmpty && report.passed == 1)
  }

  @Test(
    "what is no vector file is refused",
    arguments: [
      ("", "VECTORS_MALFORMED"), ("[]", "VECTORS_FORMAT"),
      (#"{"format":"floor-vectors/2","cases":[]}"#, "VECTORS_FORMAT"),
      (#"{"format":"floor-vectors/1"}"#, "VECTORS_FORMAT"),
      (#"{"format":"floor-vectors/1","cases":[{"id":"a"}]}"#, "VECTORS_CASE"),
      (#"{"format":"floor-vectors/1","cases":[{"id":"a","kind":"b","input":{},"expect":3}]}"#, "VECTORS_CASE"),
      (#"{"format":"floor-vectors/1","cases":[1.0]}"#, "VECTORS_MALFORMED"),
    ] as [(String, String)])
  func refused(text: String, code: String) {
    do throws(VectorFileError) {
      _ = try VectorRun.run(Array(text.utf8))
      Issue.record("accepted")
    } catch {
      #expect(error.code == code)
      #expect(!error.sentence.isEmpty)
    }
  }

  @Test("numbers at the ends of the range reach the arithmetic unchanged")
  func exact() throws {
    let report = try report(
      file(
        #"{"id":"a","kind":"offtake","input":{"index":9223372036854775807,"alpha_ppm":1000000,"low":1,"#
          + #""high":9223372036854775807},"expect":{"price":9223372036854775807}}"#))
    #expect(report.failures.isEmpty && report.passed == 1)
  }

  @Test("a file whose every number is the greatest or the least neither traps nor hangs", arguments: [Int64.max, .min])
  func extremes(number: Int64) throws {
    let text = String(decoding: try shipped(), as: UTF8.self)
    // Only numbers are replaced: digits inside names follow a letter or a dash.
    let extreme = text.replacing(/([:\[,])-?[0-9]+/) { "\($0.1)\(number)" }
    let report = try VectorRun.run(Array(extreme.utf8))
    #expect(report.passed + report.failed == 462)
  }
}
