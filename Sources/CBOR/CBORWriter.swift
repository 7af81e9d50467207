/// Appends deterministic CBOR (RFC 8949 §4.2.1) to a buffer.
///
/// The writer cannot produce a non-deterministic form: lengths are definite, arguments the shortest possible, and there is no
/// way to write a float or a tag. The caller writes map keys in ascending order.
package struct CBORWriter: Sendable {
  /// What was written so far.
  package private(set) var bytes: [UInt8]

  package init(reservingCapacity capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  package mutating func unsigned(_ value: UInt64) { head(0, value) }

  package mutating func integer(_ value: Int64) {
    if value >= 0 { head(0, UInt64(value)) } else { head(1, UInt64(bitPattern: ~value)) }
  }

  package mutating func byteString(_ value: [UInt8]) {
    head(2, UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  package mutating func byteString(_ value: some Collection<UInt8>) {
    head(2, UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// Writes text. Identifiers are ASCII by the schema; nothing here normalises.
  package mutating func text(_ value: String) {
    head(3, UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// Opens an array of `count` items, which the caller writes next.
  package mutating func array(_ count: Int) { head(4, UInt64(count)) }

  /// Opens a map of `count` pairs, which the caller writes next, keys ascending.
  package mutating func map(_ count: Int) { head(5, UInt64(count)) }

  package mutating func bool(_ value: Bool) { bytes.append(value ? 0xF5 : 0xF4) }

  package mutating func null() { bytes.append(0xF6) }

  /// Appends an item that is encoded already.
  package mutating func encoded(_ item: some Collection<UInt8>) { bytes.append(contentsOf: item) }

  package mutating func value(_ item: some CBOREncodable) { item.encode(to: &self) }

  /// Writes an array of values.
  package mutating func list(_ items: some Collection<some CBOREncodable>) {
    array(items.count)
    for item in items { item.encode(to: &self) }
  }

  /// Writes a value, or `null` in its absence.
  package mutating func optional<Item>(_ item: Item?, _ write: (inout CBORWriter, Item) -> Void) {
    if let item { write(&self, item) } else { null() }
  }

  private mutating func head(_ major: UInt8, _ argument: UInt64) {
    let type = major << 5
    switch argument {
    case ..<24: bytes.append(type | UInt8(truncatingIfNeeded: argument))
    case ...0xFF: bytes.append(type | 24); appendBigEndian(argument, 1)
    case ...0xFFFF: bytes.append(type | 25); appendBigEndian(argument, 2)
    case ...0xFFFF_FFFF: bytes.append(type | 26); appendBigEndian(argument, 4)
    default: bytes.append(type | 27); appendBigEndian(argument, 8)
    }
  }

  private mutating func appendBigEndian(_ value: UInt64, _ width: Int) {
    for index in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
  }
}
