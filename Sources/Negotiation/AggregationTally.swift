import Trade

/// Weights heaped up along the price axis: equal prices are one heap, so the order of the members cannot matter.
///
/// Each heap carries the weight up to and including itself, from which quantiles and means of a range can be read
/// directly.
struct AggregationTally {
  private struct Heap {
    let price: Int64
    var cumulative: Int64
  }

  private let heaps: [Heap]
  let total: Int64

  /// Takes weights that are not negative; their sum is checked.
  init(_ points: [(price: Int64, weight: Int64)]) throws(AggregationError) {
    var heaps: [Heap] = []
    var total: Int64 = 0
    for point in points.sorted(by: { $0.price < $1.price }) {
      let (sum, overflow) = total.addingReportingOverflow(point.weight)
      guard !overflow else { throw .arithmetic(.amountOverflow) }
      total = sum
      if let last = heaps.indices.last, heaps[last].price == point.price {
        heaps[last].cumulative = total
      } else {
        heaps.append(Heap(price: point.price, cumulative: total))
      }
    }
    self.heaps = heaps
    self.total = total
  }

  /// The lowest price at or below which lies at least `numerator/denominator` of the weight, and how much lies there.
  func quantile(_ numerator: Int64, _ denominator: Int64) throws(AggregationError) -> (price: Price, cumulative: Int64)
  {
    let wanted = Int128(numerator) * Int128(total)
    guard let heap = heaps.first(where: { Int128(denominator) * Int128($0.cumulative) >= wanted }) else {
      throw .noWeight
    }
    return (Price(microUSDPerKilogram: heap.price), heap.cumulative)
  }

  /// The lower weighted median: an exact half makes the lower price, which somebody proposed.
  func median() throws(AggregationError) -> (price: Price, cumulative: Int64) { try quantile(1, 2) }

  /// The first and the third quartile.
  func quartiles() throws(AggregationError) -> PriceBand {
    PriceBand(low: try quantile(1, 4).price, high: try quantile(3, 4).price)
  }

  /// The mean of the central half of the weight, members at its edges counted in part, rounded down.
  func midmean() throws(AggregationError) -> Price {
    guard total > 0 else { throw .noWeight }
    // In quarters of a vote the central half reaches from `total` to three times `total`, and weighs twice `total`.
    let (low, high) = (Int128(total), 3 * Int128(total))
    do throws(ArithmeticError) {
      var sum = ExactInteger.zero
      var reached = low
      for heap in heaps {
        let next = min(max(4 * Int128(heap.cumulative), low), high)
        sum = try sum.adding(.product(next - reached, Int128(heap.price)))
        reached = next
      }
      return Price(microUSDPerKilogram: try sum.divided(by: 2 * UInt128(total), .floor).int64())
    } catch {
      throw .arithmetic(error)
    }
  }
}
