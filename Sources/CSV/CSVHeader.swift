/// The names of a file's columns, in the file's order.
package struct CSVHeader: Hashable, Sendable {
  package let names: [String]

  /// Reads a header line. A byte order mark is skipped; blanks around names are not: a name is what stands between the commas.
  package init(line: some Sequence<UInt8>, requiring required: [String] = []) throws(CSVError) {
    var content = Array(line)
    if content.starts(with: [0xEF, 0xBB, 0xBF]) { content.removeFirst(3) }
    guard String(validating: content, as: UTF8.self) != nil, !content.contains(0) else { throw .encoding(line: 1) }
    var record = CSVRecord()
    let names = content.withUnsafeBytes { bytes -> [String]? in
      guard record.split(bytes) else { return nil }
      return (0..<record.count).map { String(decoding: record.unquoted($0, of: bytes), as: UTF8.self) }
    }
    guard let names else { throw .quotation(line: 1) }
    guard names != [""] else { throw .empty }
    // Spreadsheets leave columns without a name behind; nobody asks for those, so several do no harm.
    for (index, name) in names.enumerated() where !name.isEmpty && names[..<index].contains(name) {
      throw .duplicateColumn(name)
    }
    self.names = names
    let missing = required.filter { !names.contains($0) }
    guard missing.isEmpty else { throw .missingColumns(missing) }
  }

  /// The place of a column, or nil if the file has none of that name.
  package func index(of name: String) -> Int? { names.firstIndex(of: name) }
}
