/// A CSV file that is small enough to hold whole: a price sheet, a file of statistics.
package struct CSVDocument: Sendable {
  package let header: CSVHeader
  /// Every line after the header.
  package let lines: CSVFile.Block

  package init(_ bytes: [UInt8], requiring required: [String] = []) throws(CSVError) {
    guard !bytes.isEmpty else { throw .empty }
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    guard end <= CSVLimits.line else { throw .lineTooLong(line: 1) }
    header = try CSVHeader(line: bytes[..<end], requiring: required)
    lines = CSVFile.Block(bytes: Array(bytes.dropFirst(end + 1)), firstLine: 2)
  }
}
