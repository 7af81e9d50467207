import CBOR

/// A customs territory, or the member that stands for one: 2 to 16 of `A-Z 0-9`, ordered by bytes.
///
/// The same form as a member's identity, so that a member and its territory can be compared as text.
package struct TerritoryCode: Hashable, Sendable, Comparable, CBORCodable {
  private let letters: PackedText

  package static let longest = 16

  /// Reads a whole code; anything else is none.
  package init?(_ bytes: some Collection<UInt8>) {
    guard (2...Self.longest).contains(bytes.count) else { return nil }
    guard bytes.allSatisfy({ PackedText.isCapital($0) || PackedText.isDigit($0) }) else { return nil }
    guard let packed = PackedText(bytes) else { return nil }
    letters = packed
  }

  package init?(_ text: String) { self.init(Array(text.utf8)) }

  package var text: String { letters.text }

  /// Appends the code's text without an allocation of its own.
  package func append(to output: inout [UInt8]) { letters.append(to: &output) }

  package static func < (left: TerritoryCode, right: TerritoryCode) -> Bool { left.letters < right.letters }

  package func encode(to writer: inout CBORWriter) { writer.text(text) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let code = TerritoryCode(try reader.text(max: Self.longest)) else { throw .unknownValue }
    self = code
  }
}

extension TerritoryCode: CustomStringConvertible {
  package var description: String { text }
}

/// An origin as declarations state it: three capital letters, as in ISO 3166-1 alpha-3.
package struct OriginCode: Hashable, Sendable, Comparable, CBORCodable {
  private let letters: PackedText

  /// Reads three capital letters; anything else is none.
  package init?(_ bytes: some Collection<UInt8>) {
    guard let packed = PackedText(capitals: bytes, count: 3) else { return nil }
    letters = packed
  }

  /// The same for a field of a line, without the cost of a generic for each of a million lines.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard let packed = PackedText(capitals: bytes, count: 3) else { return nil }
    letters = packed
  }

  package init?(_ text: String) { self.init(Array(text.utf8)) }

  package var text: String { letters.text }

  package static func < (left: OriginCode, right: OriginCode) -> Bool { left.letters < right.letters }

  package func encode(to writer: inout CBORWriter) { writer.text(text) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let code = OriginCode(try reader.text(max: 3)) else { throw .unknownValue }
    self = code
  }
}

/// Which customs territory each known origin belongs to.
///
/// An origin that is not listed is unknown.
package struct TerritoryMap: Hashable, Sendable, CBORCodable {
  /// One origin and its territory.
  package struct Entry: Hashable, Sendable, CBORCodable {
    package let origin: OriginCode
    package let territory: TerritoryCode

    package init(origin: OriginCode, territory: TerritoryCode) {
      self.origin = origin
      self.territory = territory
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.value(origin)
      writer.value(territory)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      origin = try reader.value()
      territory = try reader.value()
      reader.leave()
    }
  }

  /// Strictly ascending by origin.
  package let entries: [Entry]

  package static let mostEntries = 512

  private init(sorted entries: [Entry]) { self.entries = entries }

  /// A map in which every origin is unknown.
  package static var empty: TerritoryMap { TerritoryMap(sorted: []) }

  /// Accepts any order; an origin given twice makes it nil.
  package init?(_ entries: [Entry]) {
    let sorted = entries.sorted { $0.origin < $1.origin }
    guard sorted.count <= Self.mostEntries, Self.ascends(sorted) else { return nil }
    self.entries = sorted
  }

  package func territory(of origin: OriginCode) -> TerritoryCode? {
    let index = entries.partitioningIndex { $0.origin >= origin }
    guard index < entries.count, entries[index].origin == origin else { return nil }
    return entries[index].territory
  }

  package func encode(to writer: inout CBORWriter) { writer.list(entries) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    entries = try reader.list(max: Self.mostEntries)
    guard Self.ascends(entries) else { throw .keysOutOfOrder }
  }

  private static func ascends(_ entries: [Entry]) -> Bool {
    zip(entries, entries.dropFirst()).allSatisfy { $0.origin < $1.origin }
  }
}

extension Array {
  /// The first index whose element satisfies a condition that, once true, stays true; the count if there is none.
  func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
