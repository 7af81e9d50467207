import CSV
import Foundation
import Glibc
import Testing

@Suite("CSV")
struct CSVTests {
  private func lines(of text: [UInt8], blockSize: Int = 1 << 20, requiring: [String] = ["a"]) throws -> [String] {
    let path = NSTemporaryDirectory() + "csv-\(UUID().uuidString)"
    try Data(text).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var file = try CSVFile(path: path, requiring: requiring, blockSize: blockSize)
    var seen: [String] = []
    while let block = try file.next() {
      block.forEachLine { number, bytes, line in
        switch line {
        case .fields(let record):
          let fields = (0..<record.count).map { String(decoding: record.unquoted($0, of: bytes), as: UTF8.self) }
          seen.append("\(number): " + fields.joined(separator: "|"))
        case .refused(let error): seen.append("\(number): \(error.code)")
        }
      }
    }
    return seen
  }

  @Test(
    "quoted fields, carriage returns, a byte order mark, blank lines and a missing last line feed",
    arguments: [1, 7, 4096])
  func forms(blockSize: Int) throws {
    let text = "\u{FEFF}a,b\r\n1,\"x, \"\"y\"\"\"\r\n\r\n2,\n,\n3"
    #expect(try lines(of: Array(text.utf8), blockSize: blockSize) == ["2: 1|x, \"y\"", "4: 2|", "5: |", "6: 3"])
  }

  @Test("one bad line spoils no other")
  func badLines() throws {
    var text = Array("a,b\n1,5\" pipe\n2,\"open\n3,\"x\"y\n4,ok\n".utf8)
    text += [0x35, 0x2C, 0xE9, 0x0A] + Array("6,ok\n".utf8) + [0x37, 0x00, 0x0A]
    #expect(
      try lines(of: text)
        == ["2: QUOTATION", "3: QUOTATION", "4: QUOTATION", "5: 4|ok", "6: ENCODING", "7: 6|ok", "8: ENCODING"])
  }

  @Test("a line of 10 MB is refused by its number, and the next line is read")
  func longLine() throws {
    let text = Array("a\n1\n".utf8) + [UInt8](repeating: 0x39, count: 10 << 20) + Array("\n2\n".utf8)
    #expect(try lines(of: text) == ["2: 1", "3: LINE_TOO_LONG", "4: 2"])
    #expect(try lines(of: text, blockSize: 4096) == ["2: 1", "3: LINE_TOO_LONG", "4: 2"])
    #expect(throws: CSVError.lineTooLong(line: 1)) { try lines(of: [UInt8](repeating: 0x39, count: 10 << 20)) }
  }

  @Test("a line at the limit is read, one byte more is not")
  func limit() throws {
    let longest = [UInt8](repeating: 0x39, count: CSVLimits.line)
    #expect(try lines(of: Array("a\n".utf8) + longest).first?.count == CSVLimits.line + 3)
    #expect(try lines(of: Array("a\n".utf8) + longest + [0x39]) == ["2: LINE_TOO_LONG"])
  }

  @Test("headers that cannot serve say why")
  func headers() throws {
    #expect(throws: CSVError.empty) { try lines(of: []) }
    #expect(throws: CSVError.missingColumns(["a", "d"])) {
      try lines(of: Array("b,c\n".utf8), requiring: ["a", "b", "d"])
    }
    #expect(throws: CSVError.duplicateColumn("a")) { try lines(of: Array("a,a\n".utf8)) }
    #expect(throws: CSVError.encoding(line: 1)) { try lines(of: [0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00]) }
    #expect(throws: CSVError.quotation(line: 1)) { try lines(of: Array("\"a\n".utf8)) }
    #expect(throws: CSVError.self) { try CSVFile(path: "/nonexistent") }
  }

  @Test("columns without a name may be many, and a name may be quoted")
  func unnamedColumns() throws {
    let header = try CSVHeader(line: Array("a,,\"b, c\",,\r".utf8), requiring: ["a", "b, c"])
    #expect(header.names == ["a", "", "b, c", "", ""])
    #expect(header.index(of: "b, c") == 2 && header.index(of: "d") == nil)
  }

  @Test("blocks follow one another through the file, by lines and by bytes", arguments: [1, 3, 10, 1_000])
  func blocks(size: Int) throws {
    let text = Array("a\n1\n\n22\n333\n4".utf8)
    let path = NSTemporaryDirectory() + "csv-\(UUID().uuidString)"
    try Data(text).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var file = try CSVFile(path: path, blockSize: size)
    #expect(file.size == text.count)
    var (bytes, lines) = (Array(text[..<2]), 2)
    while let block = try file.next() {
      #expect(block.firstLine == lines)
      bytes += block.bytes
      lines += block.bytes.count { $0 == 0x0A }
      #expect(block.end == bytes.count)
    }
    #expect(bytes == text)
    #expect(try file.next() == nil)
  }

  @Test("a pipe has no size, and is read to its end however it comes")
  func pipe() throws {
    let path = NSTemporaryDirectory() + "csv-\(UUID().uuidString)"
    try #require(mkfifo(path, 0o600) == 0)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = Thread {
      let descriptor = open(path, O_WRONLY)
      for piece in ["a,", "b\n1", ",2\n3", ",4\n", "5,6"] {
        _ = Array(piece.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      }
      close(descriptor)
    }
    writer.start()
    var file = try CSVFile(path: path, blockSize: 4)
    #expect(file.size == nil && file.header.names == ["a", "b"])
    var bytes: [UInt8] = []
    while let block = try file.next() { bytes += block.bytes }
    #expect(bytes == Array("1,2\n3,4\n5,6".utf8))
  }
}
