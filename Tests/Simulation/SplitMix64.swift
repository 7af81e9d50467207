/// The world's only source of chance: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// 2014).
///
/// The same seed gives the same numbers on every machine and in every version of the standard library, which
/// `SystemRandomNumberGenerator` and `shuffled(using:)` do not promise.
package struct SplitMix64: Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to, not including, `bound`. The bias of the high multiplication is below 2⁻³² for every bound
  /// used here.
  package mutating func below(_ bound: Int) -> Int {
    guard bound > 1 else { return 0 }
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number within the range, both ends included.
  package mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// True in `ppm` of a million draws.
  package mutating func happens(ppm: Int) -> Bool { below(1_000_000) < ppm }

  /// A generator of its own for one part of the world, so that drawing more in one part does not change another.
  package mutating func split() -> SplitMix64 { SplitMix64(seed: next()) }
}
