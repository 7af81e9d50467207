/// Why bytes are not the deterministic CBOR that was expected.
///
/// Every case names a fault of the bytes, never of this program: a decoder throws it to whoever handed it the bytes.
package enum CBORError: Error, Hashable, Sendable {
  /// The bytes end inside an item.
  case truncated
  /// Bytes follow the last item.
  case trailingBytes
  /// An argument was not encoded in its shortest form (RFC 8949 §4.2.1).
  case notShortest
  /// An indefinite length, a float, a tag, `undefined` or a reserved value: none of these has a place here.
  case forbiddenForm
  /// Another major type stands where the schema wants this one.
  case unexpectedType
  /// Map keys are not strictly ascending.
  case keysOutOfOrder
  /// Arrays and maps are nested deeper than ``CBORLimits/depth``.
  case tooDeep
  /// A length beyond what the caller allows here.
  case tooLong
  /// A number beyond the range of the field.
  case outOfRange
  /// Text that is not printable ASCII.
  case notASCII
  /// An array or a map of another length than the schema's.
  case wrongCount
  /// A value that the schema does not know, as an unknown enumeration case.
  case unknownValue
}

/// The bounds that hold for every decoder.
package enum CBORLimits {
  /// The deepest nesting of arrays and maps.
  package static let depth = 16
}
