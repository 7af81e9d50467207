import Testing
import Vectors

private func parse(_ text: String) throws(JSONError) -> JSON { try JSON(parsing: Array(text.utf8)) }

@Suite("JSON of integers")
struct JSONTests {
  @Test("values and their text")
  func values() throws {
    let text = #" {"a":[1,-2,0],"b":null,"c":{"d":true,"e":false},"f":"\u00e9\ud83d\ude00\n\"\\\/"} "#
    let value = try parse(text)
    #expect(value["a"] == .array([.integer(1), .integer(-2), .integer(0)]))
    #expect(value["b"] == .null)
    #expect(value["c"]?["d"] == .bool(true))
    #expect(value["f"] == .string("é😀\n\"\\/"))
    #expect(value["z"] == nil)
    #expect(try parse(value.text) == value)
    #expect(try parse(#"{"b":1,"a":{"d":2,"c":3}}"#).sorted.text == #"{"a":{"c":3,"d":2},"b":1}"#)
  }

  @Test(
    "integers are exact to the last unit", arguments: [Int64.min, .min + 1, 0, .max - 1, .max, 9_007_199_254_740_993])
  func integers(value: Int64) throws {
    #expect(try parse("\(value)") == .integer(value))
  }

  @Test(
    "numbers that are no integers of 64 bits are refused",
    arguments: ["1.0", "1e3", "1E3", "01", "-0", "+1", "-", "9223372036854775808", "-9223372036854775809", "0x1"])
  func notIntegers(text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test(
    "malformed texts are refused with a place",
    arguments: [
      ("", .truncated, 0), ("{", .truncated, 1), ("[1", .truncated, 2), ("[1,]", .unexpected, 3),
      ("{\"a\"}", .unexpected, 4),
      ("{\"a\":1,}", .unexpected, 7), ("{\"a\":1,\"a\":2}", .duplicateName, 10), ("1 2", .trailing, 2),
      ("\"\u{1}\"", .badString, 2), ("\"\\x\"", .badString, 3), ("\"\\ud800\"", .badString, 7), ("tru", .truncated, 0),
      ("trux", .unexpected, 0), ("nulls", .trailing, 4), ("'a'", .unexpected, 0), ("[1.5]", .notAnInteger, 1),
    ] as [(String, JSONError.Reason, Int)])
  func malformed(text: String, reason: JSONError.Reason, offset: Int) {
    #expect(throws: JSONError(reason: reason, offset: offset)) { try parse(text) }
  }

  @Test("strings must be UTF-8")
  func encoding() {
    #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xC3, 0x28, 0x22]) }
  }

  @Test("nesting has a limit")
  func depth() throws {
    let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(throws: Never.self) { try parse(deep) }
    #expect(throws: JSONError.self) { try parse("[" + deep + "]") }
    #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
  }
}
