extension JSON {
  /// Reads one value and nothing else.
  package init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.whole()
  }
}

/// A recursive-descent reader of JSON within a depth limit.
struct JSONParser {
  static let depthLimit = 64

  private let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func whole() throws(JSONError) -> JSON {
    let value = try value(depth: 0)
    skipBlanks()
    guard position == bytes.count else { throw failure(.trailing) }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    guard depth < Self.depthLimit else { throw failure(.tooDeep) }
    skipBlanks()
    switch try peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .integer(try integer())
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    var members: [JSON.Member] = []
    var names: Set<String> = []
    position += 1
    skipBlanks()
    if try take(UInt8(ascii: "}")) { return .object([]) }
    while true {
      skipBlanks()
      guard try peek() == UInt8(ascii: "\"") else { throw failure(.unexpected) }
      let name = try string()
      guard names.insert(name).inserted else { throw failure(.duplicateName) }
      skipBlanks()
      guard try take(UInt8(ascii: ":")) else { throw failure(.unexpected) }
      members.append(JSON.Member(name, try value(depth: depth + 1)))
      skipBlanks()
      if try take(UInt8(ascii: "}")) { return .object(members) }
      guard try take(UInt8(ascii: ",")) else { throw failure(.unexpected) }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSON {
    var items: [JSON] = []
    position += 1
    skipBlanks()
    if try take(UInt8(ascii: "]")) { return .array([]) }
    while true {
      items.append(try value(depth: depth + 1))
      skipBlanks()
      if try take(UInt8(ascii: "]")) { return .array(items) }
      guard try take(UInt8(ascii: ",")) else { throw failure(.unexpected) }
    }
  }

  private mutating func integer() throws(JSONError) -> Int64 {
    let start = position
    while position < bytes.count, Self.isNumeric(bytes[position]) { position += 1 }
    let digits = bytes[start..<position]
    guard !digits.isEmpty else { throw failure(.unexpected) }
    // Leading zeros, a plus, a fraction and an exponent all fail the comparison with the canonical text.
    let text = String(decoding: digits, as: UTF8.self)
    guard let value = Int64(text), String(value) == text else {
      throw JSONError(reason: .notAnInteger, offset: start)
    }
    return value
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"): true
    case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): true
    default: false
    }
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var content: [UInt8] = []
    while true {
      let byte = try peek()
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else { throw failure(.badString) }
        return text
      case UInt8(ascii: "\\"): content += try escape()
      case 0..<0x20: throw failure(.badString)
      default: content.append(byte)
      }
    }
  }

  private mutating func escape() throws(JSONError) -> [UInt8] {
    let byte = try peek()
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicode()
    default: throw failure(.badString)
    }
  }

  private mutating func unicode() throws(JSONError) -> [UInt8] {
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code) {
      guard try take(UInt8(ascii: "\\")), try take(UInt8(ascii: "u")) else { throw failure(.badString) }
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw failure(.badString) }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure(.badString) }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit = try peek()
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { throw failure(.badString) }
      code = code << 4 | UInt32(value)
      position += 1
    }
    return code
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let wanted = Array(text.description.utf8)
    guard bytes.count - position >= wanted.count else { throw failure(.truncated) }
    guard Array(bytes[position..<position + wanted.count]) == wanted else { throw failure(.unexpected) }
    position += wanted.count
    return value
  }

  private mutating func take(_ byte: UInt8) throws(JSONError) -> Bool {
    guard try peek() == byte else { return false }
    position += 1
    return true
  }

  private func peek() throws(JSONError) -> UInt8 {
    guard position < bytes.count else { throw failure(.truncated) }
    return bytes[position]
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private func failure(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: position) }
}
