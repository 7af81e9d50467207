/// Reads deterministic CBOR within limits, and refuses every other form.
///
/// A reader never allocates what the bytes merely announce: a length is compared with the bytes that are really there, and with the
/// caller's own limit, before anything is copied. After any throw the reader is of no further use.
package struct CBORReader: Sendable {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int
  private var depth = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
    end = bytes.count
  }

  /// How many bytes were read so far.
  package var offset: Int { position }

  /// How many bytes are left.
  package var remaining: Int { end - position }

  /// Refuses trailing bytes: the last call of every decoder of a whole message.
  package func finish() throws(CBORError) {
    guard position == end else { throw .trailingBytes }
  }

  package mutating func unsigned(max: UInt64 = .max) throws(CBORError) -> UInt64 {
    let (major, argument) = try head()
    guard major == 0 else { throw .unexpectedType }
    guard argument <= max else { throw .outOfRange }
    return argument
  }

  package mutating func integer() throws(CBORError) -> Int64 {
    let (major, argument) = try head()
    guard major <= 1 else { throw .unexpectedType }
    guard argument <= UInt64(Int64.max) else { throw .outOfRange }
    let magnitude = Int64(bitPattern: argument)
    return major == 0 ? magnitude : ~magnitude
  }

  /// Reads an unsigned integer into a narrower type.
  package mutating func narrow<Integer: FixedWidthInteger>(
    _: Integer.Type = Integer.self
  ) throws(CBORError) -> Integer {
    guard let value = Integer(exactly: try unsigned()) else { throw .outOfRange }
    return value
  }

  package mutating func byteString(max: Int) throws(CBORError) -> [UInt8] {
    Array(try string(major: 2, max: max))
  }

  /// Reads a byte string of one exact length.
  package mutating func byteString(exactly count: Int) throws(CBORError) -> [UInt8] {
    let value = try byteString(max: count)
    guard value.count == count else { throw .wrongCount }
    return value
  }

  /// Reads printable ASCII text (0x20 to 0x7E) of at most `max` bytes: what identifiers and codes consist of.
  package mutating func text(max: Int) throws(CBORError) -> String {
    let slice = try string(major: 3, max: max)
    guard slice.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .notASCII }
    return String(decoding: slice, as: UTF8.self)
  }

  /// Reads UTF-8 text for people (a reason, a name) of at most `max` bytes; malformed UTF-8 is refused.
  package mutating func prose(max: Int) throws(CBORError) -> String {
    let slice = try string(major: 3, max: max)
    guard let value = String(validating: slice, as: UTF8.self) else { throw .forbiddenForm }
    return value
  }

  /// Enters an array and answers its count. Every item takes at least one byte, so a count beyond the bytes left is refused.
  package mutating func array(max: Int) throws(CBORError) -> Int {
    try container(major: 4, max: max, bytesPerItem: 1)
  }

  /// Enters an array of one exact count.
  package mutating func array(exactly count: Int) throws(CBORError) {
    guard try array(max: count) == count else { throw .wrongCount }
  }

  /// Enters a map and answers its count of pairs.
  package mutating func map(max: Int) throws(CBORError) -> Int {
    try container(major: 5, max: max, bytesPerItem: 2)
  }

  /// Leaves the array or map that was entered last. Every `array` and `map` is paired with one `leave`.
  package mutating func leave() { depth -= 1 }

  package mutating func bool() throws(CBORError) -> Bool {
    switch try byte() {
    case 0xF5: return true
    case 0xF4: return false
    default: throw .unexpectedType
    }
  }

  /// Reads a `null` if one is next.
  package mutating func null() -> Bool {
    guard position < end, bytes[position] == 0xF6 else { return false }
    position += 1
    return true
  }

  /// Reads a value, or nil where `null` stands.
  package mutating func optional<Item>(
    _ read: (inout CBORReader) throws(CBORError) -> Item
  ) throws(CBORError) -> Item? {
    null() ? nil : try read(&self)
  }

  package mutating func value<Item: CBORDecodable>(_: Item.Type = Item.self) throws(CBORError) -> Item {
    try Item(from: &self)
  }

  /// Reads an array of at most `max` values.
  package mutating func list<Item: CBORDecodable>(
    of _: Item.Type = Item.self, max: Int
  ) throws(CBORError) -> [Item] {
    let count = try array(max: max)
    var items: [Item] = []
    for _ in 0..<count { items.append(try Item(from: &self)) }
    leave()
    return items
  }

  private mutating func container(major wanted: UInt8, max: Int, bytesPerItem: Int) throws(CBORError) -> Int {
    let (major, argument) = try head()
    guard major == wanted else { throw .unexpectedType }
    guard argument <= UInt64(max) else { throw .tooLong }
    let count = Int(argument)
    guard count <= remaining / bytesPerItem else { throw .truncated }
    depth += 1
    guard depth <= CBORLimits.depth else { throw .tooDeep }
    return count
  }

  private mutating func string(major wanted: UInt8, max: Int) throws(CBORError) -> ArraySlice<UInt8> {
    let (major, argument) = try head()
    guard major == wanted else { throw .unexpectedType }
    guard argument <= UInt64(max) else { throw .tooLong }
    let count = Int(argument)
    guard count <= remaining else { throw .truncated }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func head() throws(CBORError) -> (major: UInt8, argument: UInt64) {
    let initial = try byte()
    let (major, short) = (initial >> 5, initial & 0x1F)
    guard major <= 5 else { throw major == 7 ? .unexpectedType : .forbiddenForm }
    switch short {
    case ..<24: return (major, UInt64(short))
    case 24: return (major, try bigEndian(1, atLeast: 24))
    case 25: return (major, try bigEndian(2, atLeast: 1 << 8))
    case 26: return (major, try bigEndian(4, atLeast: 1 << 16))
    case 27: return (major, try bigEndian(8, atLeast: 1 << 32))
    default: throw .forbiddenForm
    }
  }

  private mutating func bigEndian(_ width: Int, atLeast least: UInt64) throws(CBORError) -> UInt64 {
    guard width <= remaining else { throw .truncated }
    var value: UInt64 = 0
    for _ in 0..<width {
      value = value << 8 | UInt64(bytes[position])
      position += 1
    }
    guard value >= least else { throw .notShortest }
    return value
  }

  private mutating func byte() throws(CBORError) -> UInt8 {
    guard position < end else { throw .truncated }
    defer { position += 1 }
    return bytes[position]
  }
}
