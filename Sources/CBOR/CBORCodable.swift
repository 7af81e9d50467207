/// A value with one deterministic encoding.
package protocol CBOREncodable {
  /// Appends exactly one item.
  func encode(to writer: inout CBORWriter)
}

/// A value that can be read back from its deterministic encoding, and from no other bytes.
package protocol CBORDecodable {
  /// Reads exactly one item. Law: for every accepted input, encoding the result gives the input's bytes again.
  init(from reader: inout CBORReader) throws(CBORError)
}

package typealias CBORCodable = CBOREncodable & CBORDecodable

extension CBOREncodable {
  /// The value's deterministic encoding.
  package var encoded: [UInt8] {
    var writer = CBORWriter()
    encode(to: &writer)
    return writer.bytes
  }
}

extension CBORDecodable {
  /// Decodes one value from bytes that hold it and nothing else.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    self = try Self(from: &reader)
    try reader.finish()
  }
}

/// Enumerations without associated values are written as their raw number, and refused where it is unknown.
extension CBOREncodable where Self: RawRepresentable, RawValue == UInt8 {
  package func encode(to writer: inout CBORWriter) { writer.unsigned(UInt64(rawValue)) }
}

extension CBORDecodable where Self: RawRepresentable, RawValue == UInt8 {
  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let value = Self(rawValue: try reader.narrow(UInt8.self)) else { throw .unknownValue }
    self = value
  }
}
