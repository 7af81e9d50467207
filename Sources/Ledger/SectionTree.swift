import CBOR
import Cryptography

/// One section of the state: entries ascending by the bytes of their keys, under a Merkle tree of their own.
///
/// A leaf's data is the deterministic CBOR array [key, value], both byte strings.
package struct SectionTree: Hashable, Sendable {
  /// One entry of a section.
  package struct Entry: Hashable, Sendable, CBORCodable {
    package let key: [UInt8]
    package let value: [UInt8]

    package static let longestKey = 128
    /// A docket of 1,024 items with its results is the largest value.
    package static let longestValue = 2 * 1024 * 1024

    package init(key: [UInt8], value: [UInt8]) { (self.key, self.value) = (key, value) }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.byteString(key)
      writer.byteString(value)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      key = try reader.byteString(max: Self.longestKey)
      value = try reader.byteString(max: Self.longestValue)
      reader.leave()
    }

    var leaf: Digest {
      var writer = CBORWriter(reservingCapacity: key.count + value.count + 12)
      encode(to: &writer)
      return MerkleHash.leaf(writer.bytes)
    }
  }

  package private(set) var entries: [Entry] = []
  private var tree = MerkleTree()

  package init() {}

  package var count: Int { entries.count }
  package var root: Digest { tree.root }

  package subscript(key: [UInt8]) -> [UInt8]? {
    let place = place(of: key)
    return isKey(key, at: place) ? entries[place].value : nil
  }

  /// The first place whose key is not below `key`.
  package func place(of key: [UInt8]) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The places of all keys that begin with `prefix`.
  package func places(prefix: [UInt8]) -> Range<Int> {
    let first = place(of: prefix)
    var last = first
    while last < entries.count, entries[last].key.starts(with: prefix) { last += 1 }
    return first..<last
  }

  /// The siblings that prove the entries of those places.
  package func siblings(of places: Range<Int>) -> [Digest] { tree.siblings(of: places) }

  /// Sets, replaces or (with nil) removes entries; the keys strictly ascend.
  package mutating func apply(_ changes: [(key: [UInt8], value: [UInt8]?)]) {
    var shifted: Shift?
    for change in changes {
      let place = place(of: change.key)
      let exists = isKey(change.key, at: place)
      if let value = change.value {
        let entry = Entry(key: change.key, value: value)
        if exists { replace(place, by: entry, &shifted) } else { insert(entry, at: place, &shifted) }
      } else if exists {
        remove(place, &shifted)
      }
    }
    if let shifted { tree.replace(from: shifted.from, with: shifted.leaves) }
  }

  /// The leaves from the first place at which an entry came or went: behind it everything moves.
  private struct Shift {
    let from: Int
    var leaves: [Digest]
  }

  private func isKey(_ key: [UInt8], at place: Int) -> Bool { place < entries.count && entries[place].key == key }

  private func shift(from place: Int) -> Shift { Shift(from: place, leaves: Array(tree.leaves.dropFirst(place))) }

  private mutating func replace(_ place: Int, by entry: Entry, _ shifted: inout Shift?) {
    guard entries[place].value != entry.value else { return }
    entries[place] = entry
    if let from = shifted?.from {
      shifted?.leaves[place - from] = entry.leaf
    } else {
      tree.update(at: place, to: entry.leaf)
    }
  }

  private mutating func insert(_ entry: Entry, at place: Int, _ shifted: inout Shift?) {
    var current = shifted ?? shift(from: place)
    shifted = nil
    current.leaves.insert(entry.leaf, at: place - current.from)
    entries.insert(entry, at: place)
    shifted = current
  }

  private mutating func remove(_ place: Int, _ shifted: inout Shift?) {
    var current = shifted ?? shift(from: place)
    shifted = nil
    current.leaves.remove(at: place - current.from)
    entries.remove(at: place)
    shifted = current
  }
}
