/// Integer shares of a whole, in proportion: each takes its exact share rounded down, and what is left goes one unit
/// each to those whose shares lost most by rounding.
package enum LargestRemainder {
  /// The shares of `whole` over `weights`, in the order of the weights; they add up to the whole.
  ///
  /// Of equal remainders the earlier one wins, so the caller's order is the rule for ties.
  package static func shares(of whole: Int64, over weights: [Int64]) throws(ArithmeticError) -> [Int64] {
    guard whole >= 0, weights.allSatisfy({ $0 >= 0 }) else { throw .negativeOperand }
    let sum = weights.reduce(Int128(0)) { $0 + Int128($1) }
    guard sum > 0 else { throw .divisorNotPositive }
    var shares: [Int64] = []
    var remainders: [(lost: Int128, index: Int)] = []
    var left = whole
    for (index, weight) in weights.enumerated() {
      let (share, lost) = (Int128(whole) * Int128(weight)).quotientAndRemainder(dividingBy: sum)
      // A share is at most the whole, and all shares rounded down together are too.
      shares.append(Int64(truncatingIfNeeded: share))
      remainders.append((lost, index))
      left -= Int64(truncatingIfNeeded: share)
    }
    remainders.sort { ($1.lost, $0.index) < ($0.lost, $1.index) }
    for remainder in remainders.prefix(Int(left)) { shares[remainder.index] += 1 }
    return shares
  }
}
