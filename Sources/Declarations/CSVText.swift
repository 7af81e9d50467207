import Trade

/// CSV being written: fields one after the other, each followed by its comma, until the line ends.
///
/// Everything goes straight into one buffer of bytes; the common fields allocate nothing.
struct CSVText: Sendable {
  private(set) var bytes: [UInt8] = []

  /// How much of a line the rejects repeat, in bytes.
  static let longestExcerpt = 2_000

  mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  /// A header line.
  mutating func header(_ names: [String]) {
    for name in names { plain(name) }
    endLine()
  }

  /// A field as it stands in a line that was read: quotation marks inside are doubled already.
  mutating func verbatim(_ field: UnsafeRawBufferPointer) {
    var special: UInt8 = 0
    for byte in field { special |= (byte == UInt8(ascii: ",") ? 1 : 0) | Self.isSpecial(byte) }
    let needsQuotes = special != 0
    if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
    bytes.append(contentsOf: field)
    if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
    bytes.append(UInt8(ascii: ","))
  }

  /// Text of our own without commas, quotation marks and control characters: names, codes.
  mutating func plain(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    bytes.append(UInt8(ascii: ","))
  }

  /// A field that is laid out by whoever knows how, again without what would need quotation marks.
  mutating func plain(_ layOut: (inout [UInt8]) -> Void) {
    layOut(&bytes)
    bytes.append(UInt8(ascii: ","))
  }

  mutating func decimal(_ value: Int64, decimals: Int, atLeast: Int) {
    DecimalText.append(value, decimals: decimals, atLeast: atLeast, to: &bytes)
    bytes.append(UInt8(ascii: ","))
  }

  mutating func empty() { bytes.append(UInt8(ascii: ",")) }

  /// Any text, in quotation marks; control characters become blanks, since a record is a line.
  mutating func quoted(_ parts: some Sequence<String>, separator: StaticString = "") {
    bytes.append(UInt8(ascii: "\""))
    var isFirst = true
    for part in parts {
      if !isFirst { separator.withUTF8Buffer { bytes.append(contentsOf: $0) } }
      isFirst = false
      escape(part)
    }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ","))
  }

  /// A line as it came, its beginning if it is long, with what is not UTF-8 replaced.
  mutating func excerpt(_ line: UnsafeRawBufferPointer) {
    let end = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
    let text = String(decoding: end.prefix(Self.longestExcerpt), as: UTF8.self)
    quoted(end.count > Self.longestExcerpt ? [text, "…"] : [text])
  }

  /// Ends the line in place of its last comma.
  mutating func endLine() {
    bytes[bytes.count - 1] = UInt8(ascii: "\n")
  }

  private mutating func escape(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      var special: UInt8 = 0
      for byte in utf8 { special |= Self.isSpecial(byte) }
      guard special != 0 else { return bytes.append(contentsOf: utf8) }
      for byte in utf8 {
        if byte == UInt8(ascii: "\"") { bytes.append(byte) }
        bytes.append(byte < 0x20 ? UInt8(ascii: " ") : byte)
      }
    }
  }

  /// One for a quotation mark or a control character, else zero: without a branch, so that many bytes are looked at at a time.
  private static func isSpecial(_ byte: UInt8) -> UInt8 { (byte < 0x20 ? 1 : 0) | (byte == UInt8(ascii: "\"") ? 1 : 0) }
}
