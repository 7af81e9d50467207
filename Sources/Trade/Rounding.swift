import CBOR

/// How an exact quotient becomes an integer.
///
/// There is no default: every step names its own.
package enum Rounding: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// Towards minus infinity.
  case floor = 0
  /// Towards plus infinity.
  case ceiling = 1
  /// Towards zero.
  case truncate = 2
  /// To the nearest; an exact half goes away from zero.
  case halfUp = 3
  /// To the nearest; an exact half goes to the even neighbour.
  case halfEven = 4

  /// The name that files and explanations use.
  package var name: String {
    switch self {
    case .floor: "FLOOR"
    case .ceiling: "CEIL"
    case .truncate: "TRUNC"
    case .halfUp: "HALF_UP"
    case .halfEven: "HALF_EVEN"
    }
  }

  /// The rounding of that name, if there is one.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}
