/// Reads a file in blocks of whole lines: constant memory, whatever its size.
///
/// A record is a line: quoted fields hold commas and doubled quotation marks, but no line feed. So one stray quotation mark spoils one
/// line and not the rest of the file, and each block can be split on a thread of its own.
package struct CSVFile: Sendable {
  /// Whole lines, and the number of the first of them; the header is line 1.
  package struct Block: Sendable {
    package let bytes: [UInt8]
    package let firstLine: Int
    /// How many bytes of the file end with this block.
    package let end: Int

    /// Lines from memory; `end` counts from their own beginning.
    package init(bytes: [UInt8], firstLine: Int) { self.init(bytes: bytes, firstLine: firstLine, end: bytes.count) }

    fileprivate init(bytes: [UInt8], firstLine: Int, end: Int) {
      (self.bytes, self.firstLine, self.end) = (bytes, firstLine, end)
    }
  }

  package let header: CSVHeader
  /// The file's size in bytes, nil where it has none, as a pipe.
  package let size: Int?

  private var input: ByteInput
  private let blockSize: Int
  /// What was read and not handed out: the beginning of a line. Of a line beyond the limit no more than shows that it is.
  private var rest: [UInt8]
  private var nextLine = 2

  /// Opens a file and reads its header; `-` is standard input.
  package init(path: String, requiring required: [String] = [], blockSize: Int = 1 << 18) throws(CSVError) {
    input = try ByteInput(path: path)
    size = input.size
    self.blockSize = max(1, blockSize)
    var bytes: [UInt8] = []
    while LineFeed.first(in: bytes) == nil, !input.isAtEnd {
      guard bytes.count <= CSVLimits.line else { throw .lineTooLong(line: 1) }
      bytes = try input.read(self.blockSize, after: bytes)
    }
    guard !bytes.isEmpty else { throw .empty }
    let end = LineFeed.first(in: bytes) ?? bytes.count
    guard end <= CSVLimits.line else { throw .lineTooLong(line: 1) }
    header = try CSVHeader(line: bytes[..<end], requiring: required)
    rest = Array(bytes.dropFirst(end + 1))
  }

  /// The next block of lines, or nil at the end.
  package mutating func next() throws(CSVError) -> Block? {
    while !input.isAtEnd {
      var bytes = try input.read(blockSize, after: rest)
      if let last = LineFeed.last(in: bytes, from: rest.count) {
        rest = Array(bytes[(last + 1)...])
        bytes.removeLast(rest.count)
        return block(bytes, leaving: rest.count)
      }
      rest = bytes.count > CSVLimits.line ? Array(bytes[...CSVLimits.line]) : bytes
    }
    guard !rest.isEmpty else { return nil }
    defer { rest = [] }
    return block(rest, leaving: 0)
  }

  private mutating func block(_ bytes: [UInt8], leaving count: Int) -> Block {
    defer { nextLine += LineFeed.count(in: bytes) }
    return Block(bytes: bytes, firstLine: nextLine, end: input.bytesRead - count)
  }
}

/// One line of a block: its fields, or why it has none.
package enum CSVLine {
  case fields(CSVRecord)
  case refused(CSVError)
}

extension CSVFile.Block {
  /// Splits the block's lines in order. `body` takes the line's number, its bytes and what became of them. Blank lines are passed over.
  package func forEachLine(_ body: (Int, UnsafeRawBufferPointer, CSVLine) -> Void) {
    var record = CSVRecord()
    bytes.withUnsafeBytes { buffer in
      var (start, line) = (0, firstLine)
      while start < buffer.count {
        let end = LineFeed.next(in: buffer, from: start)
        let text = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
        if !(text.isEmpty || text.count == 1 && text[0] == UInt8(ascii: "\r")) {
          body(line, text, Self.split(text, number: line, into: &record))
        }
        start = end + 1
        line += 1
      }
    }
  }

  private static func split(_ text: UnsafeRawBufferPointer, number: Int, into record: inout CSVRecord) -> CSVLine {
    guard text.count <= CSVLimits.line else { return .refused(.lineTooLong(line: number)) }
    guard isUTF8(text) else { return .refused(.encoding(line: number)) }
    guard record.split(text) else { return .refused(.quotation(line: number)) }
    return .fields(record)
  }

  /// A NUL byte is valid UTF-8, but in a text file it means UTF-16.
  private static func isUTF8(_ text: UnsafeRawBufferPointer) -> Bool {
    var (seen, hasZero): (UInt8, Bool) = (0, false)
    for byte in text {
      seen |= byte
      hasZero = hasZero || byte == 0
    }
    guard !hasZero else { return false }
    return seen < 0x80 || String(validating: text, as: UTF8.self) != nil
  }
}
