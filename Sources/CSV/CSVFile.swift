import Glibc

/// Reads a file in blocks of whole lines: constant memory, whatever its size.
///
/// A record is a line: quoted fields hold commas and doubled quotation marks, but no line feed. So one stray quotation mark spoils one
/// line and not the rest of the file, and each block can be split on a thread of its own.
package struct CSVFile {
  /// Whole lines, and the number of the first of them; the header is line 1.
  package struct Block: Sendable {
    package let bytes: [UInt8]
    package let firstLine: Int
  }

  package private(set) var header = CSVHeader.none
  /// The file's size in bytes, nil where it has none, as a pipe.
  package let size: Int?
  /// How many bytes were read so far.
  package private(set) var bytesRead = 0

  private let descriptor: Descriptor
  private let path: String
  private let blockSize: Int
  private var pending: [UInt8] = []
  private var nextLine = 2
  private var isAtEnd = false

  /// Opens a file and reads its header; `-` is standard input.
  package init(path: String, requiring required: [String] = [], blockSize: Int = 1 << 20) throws(CSVError) {
    let number = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
    descriptor = Descriptor(number: number)
    (self.path, self.blockSize) = (path, blockSize)
    var status = stat()
    let isRegular = fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    size = isRegular ? Int(status.st_size) : nil
    try readHeader(requiring: required)
  }

  /// The next block of lines, or nil at the end.
  package mutating func next() throws(CSVError) -> Block? {
    while !isAtEnd, pending.count < blockSize || lastLineFeed() == nil {
      if lastLineFeed() == nil, pending.count > CSVLimits.line { pending.removeSubrange((CSVLimits.line + 1)...) }
      try fill()
    }
    guard !pending.isEmpty else { return nil }
    let end = isAtEnd ? pending.count : (lastLineFeed() ?? pending.count - 1) + 1
    let block = Block(bytes: Array(pending[..<end]), firstLine: nextLine)
    pending.removeSubrange(..<end)
    nextLine += block.bytes.count { $0 == UInt8(ascii: "\n") }
    return block
  }

  private mutating func readHeader(requiring required: [String]) throws(CSVError) {
    while pending.firstIndex(of: UInt8(ascii: "\n")) == nil, !isAtEnd {
      guard pending.count <= CSVLimits.line else { throw .lineTooLong(line: 1) }
      try fill()
    }
    guard !pending.isEmpty else { throw .empty }
    let end = pending.firstIndex(of: UInt8(ascii: "\n")) ?? pending.count
    guard end <= CSVLimits.line else { throw .lineTooLong(line: 1) }
    header = try CSVHeader(line: pending[..<end], requiring: required)
    pending.removeSubrange(..<min(end + 1, pending.count))
  }

  private func lastLineFeed() -> Int? { pending.lastIndex(of: UInt8(ascii: "\n")) }

  /// Reads more; false at the end of the file.
  @discardableResult
  private mutating func fill() throws(CSVError) -> Bool {
    let (descriptor, wanted) = (descriptor.number, blockSize)
    var failure: Int32 = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      var got = read(descriptor, buffer.baseAddress, wanted)
      while got < 0, errno == EINTR { got = read(descriptor, buffer.baseAddress, wanted) }
      if got < 0 { failure = errno }
      count = max(0, got)
    }
    guard failure == 0 else { throw .file(path: path, reason: String(cString: strerror(failure))) }
    pending += chunk
    bytesRead += chunk.count
    isAtEnd = chunk.isEmpty
    return !isAtEnd
  }
}

/// Closes the file with the last reference to it.
private final class Descriptor: Sendable {
  let number: Int32

  init(number: Int32) { self.number = number }

  deinit { close(number) }
}

extension CSVHeader {
  /// Stands in while a file is being opened.
  fileprivate static let none = CSVHeader(names: [])

  private init(names: [String]) { self.names = names }
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
        var end = start
        while end < buffer.count, buffer[end] != UInt8(ascii: "\n") { end += 1 }
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
