/// Splits one line of RFC 4180 into fields, without copying those that need no unquoting.
///
/// A carriage return at the line's end is dropped. The same value serves line after line, so that splitting allocates nothing in the
/// long run.
package struct CSVRecord: Sendable {
  /// Where a field lies in the line, quotation marks excluded.
  private struct Extent {
    let start: Int
    let end: Int
    let hasDoubledQuotes: Bool
  }

  private var extents: [Extent] = []

  package init() {}

  package var count: Int { extents.count }

  /// Splits a line; false where a quotation mark is out of place.
  package mutating func split(_ line: UnsafeRawBufferPointer) -> Bool {
    extents.removeAll(keepingCapacity: true)
    var end = line.count
    if end > 0, line[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    var start = 0
    while true {
      let isQuoted = start < end && line[start] == UInt8(ascii: "\"")
      guard let next = isQuoted ? quoted(line, from: start, to: end) : plain(line, from: start, to: end) else {
        return false
      }
      guard next < end else { return true }
      start = next + 1
      if start == end {
        extents.append(Extent(start: end, end: end, hasDoubledQuotes: false))
        return true
      }
    }
  }

  /// The bytes of a field of the line that was split last; empty beyond the last field.
  package func field(_ index: Int, of line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard extents.indices.contains(index) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(rebasing: line[extents[index].start..<extents[index].end])
  }

  /// The field as bytes of its own, doubled quotation marks made single.
  package func unquoted(_ index: Int, of line: UnsafeRawBufferPointer) -> [UInt8] {
    let raw = field(index, of: line)
    guard extents.indices.contains(index), extents[index].hasDoubledQuotes else { return Array(raw) }
    var (bytes, position): ([UInt8], Int) = ([], 0)
    while position < raw.count {
      bytes.append(raw[position])
      position += raw[position] == UInt8(ascii: "\"") ? 2 : 1
    }
    return bytes
  }

  /// The end of an unquoted field: the comma's place, or the line's end.
  private mutating func plain(_ line: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
    var position = start
    while position < end, line[position] != UInt8(ascii: ",") {
      if line[position] == UInt8(ascii: "\"") { return nil }
      position += 1
    }
    extents.append(Extent(start: start, end: position, hasDoubledQuotes: false))
    return position
  }

  private mutating func quoted(_ line: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
    var (position, isDoubled) = (start + 1, false)
    while position < end {
      guard line[position] == UInt8(ascii: "\"") else {
        position += 1
        continue
      }
      guard position + 1 < end, line[position + 1] == UInt8(ascii: "\"") else {
        extents.append(Extent(start: start + 1, end: position, hasDoubledQuotes: isDoubled))
        let next = position + 1
        return next == end || line[next] == UInt8(ascii: ",") ? next : nil
      }
      isDoubled = true
      position += 2
    }
    return nil
  }
}
