/// Writes fields of a CSV file.
enum CSVText {
  /// How much of a rejected line the rejects repeat.
  static let longestRecord = 2_000

  /// Appends a field, in quotation marks where it needs them.
  static func append(_ field: some Sequence<UInt8>, to output: inout [UInt8]) {
    let needsQuotes = field.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 < 0x20 }
    guard needsQuotes else { return output.append(contentsOf: field) }
    output.append(UInt8(ascii: "\""))
    for byte in field {
      if byte == UInt8(ascii: "\"") { output.append(byte) }
      output.append(byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") ? UInt8(ascii: " ") : byte)
    }
    output.append(UInt8(ascii: "\""))
  }

  /// Appends a line as it came, its beginning if it is long, with what is not UTF-8 replaced.
  static func appendReadable(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    let isWhole = text.count <= longestRecord
    let readable = String(decoding: text.prefix(longestRecord), as: UTF8.self) + (isWhole ? "" : "…")
    append(readable.utf8.filter { $0 != UInt8(ascii: "\r") }, to: &output)
  }
}
