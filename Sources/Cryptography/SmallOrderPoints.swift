import COpenSSL

/// The Ed25519 encodings that no roster takes: points of order 1, 2, 4 or 8, and every non-canonical encoding.
///
/// With such a key one signature is valid for many messages, so that nobody could be held to what they signed.
enum SmallOrderPoints {
  // The y coordinates of the eight points of small order, little-endian, sign bit clear: 0 (order 4), 1 (order 1), p −
  // 1 (order 2) and the two y of order 8. With the sign bit set they are the remaining points, or non-canonical forms
  // of these.
  private static let ordinates: [[UInt8]] = [
    [UInt8](repeating: 0, count: 32),
    [1] + [UInt8](repeating: 0, count: 31),
    [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
    [
      0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF, 0xAC,
      0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ],
    [
      0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20, 0x53,
      0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ],
  ]

  /// Whether the encoding is of a point of small order, whatever its sign bit.
  static func contains(_ encoding: [UInt8]) -> Bool {
    guard let last = encoding.last else { return false }
    let ordinate = encoding.dropLast() + [last & 0x7F]
    return ordinates.contains { $0.elementsEqual(ordinate) }
  }

  /// Whether y is below p = 2²⁵⁵ − 19.
  static func isCanonical(_ encoding: [UInt8]) -> Bool {
    guard encoding.count == 32, let first = encoding.first, let last = encoding.last else { return false }
    let isMaximal = last & 0x7F == 0x7F && encoding.dropFirst().dropLast().allSatisfy { $0 == 0xFF }
    return !(isMaximal && first >= 0xED)
  }
}

/// Whether 32 bytes decode to a point of edwards25519. OpenSSL keeps the bytes of a raw key unexamined until a
/// verification, so the curve equation −x² + y² = 1 + d·x²·y² is solved for x² here, with OpenSSL's own big numbers.
enum Ed25519Curve {
  static func decodes(_ encoding: [UInt8]) -> Bool {
    guard let field = FieldArithmetic() else { return false }
    return field.isOrdinate(encoding)
  }
}

/// Arithmetic modulo 2²⁵⁵ − 19, for the one check above. Not for secrets: nothing here runs in constant time.
private struct FieldArithmetic: ~Copyable {
  private let context: OpaquePointer

  init?() {
    guard let context = BN_CTX_new() else { return nil }
    self.context = context
    BN_CTX_start(context)
  }

  deinit {
    BN_CTX_end(context)
    BN_CTX_free(context)
  }

  /// x² = (y² − 1) / (d·y² + 1) must be zero or a quadratic residue.
  borrowing func isOrdinate(_ encoding: [UInt8]) -> Bool {
    guard
      let prime = number("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"),
      let curve = number("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"),
      let y = BN_CTX_get(context), let square = BN_CTX_get(context), let numerator = BN_CTX_get(context),
      let denominator = BN_CTX_get(context), let quotient = BN_CTX_get(context), let one = BN_CTX_get(context)
    else { return false }
    defer {
      BN_free(prime)
      BN_free(curve)
    }
    let ordinate = encoding.dropLast() + [(encoding.last ?? 0) & 0x7F]

    guard
      BN_set_word(one, 1) == 1,
      BN_lebin2bn(Array(ordinate), Int32(ordinate.count), y) != nil,
      BN_mod_sqr(square, y, prime, context) == 1,
      BN_mod_sub(numerator, square, one, prime, context) == 1,
      BN_mod_mul(denominator, curve, square, prime, context) == 1,
      BN_mod_add(denominator, denominator, one, prime, context) == 1,
      BN_mod_inverse(denominator, denominator, prime, context) != nil,
      BN_mod_mul(quotient, numerator, denominator, prime, context) == 1
    else { return false }
    return BN_kronecker(quotient, prime, context) >= 0
  }

  private borrowing func number(_ hexadecimal: String) -> OpaquePointer? {
    var value: OpaquePointer?
    return BN_hex2bn(&value, hexadecimal) == 0 ? nil : value
  }
}
