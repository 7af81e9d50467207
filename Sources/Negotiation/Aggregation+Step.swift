import Membership
import Trade

/// One step of an aggregation, with its numbers: what an explanation prints, one line each.
package enum AggregationStep: Hashable, Sendable {
  /// A price outside the hard bounds was refused.
  case refused(MemberID, price: Price, low: Price, high: Price)
  /// The members and weights that proposed against those needed.
  case present(members: Int, fewest: Int64, weight: Int64, total: Int64, needed: AggregationParameters.Fraction)
  /// A chamber's votes that proposed, of all its votes.
  case chamber(Chamber, present: Int64, total: Int64)
  /// The weight above which no member counts, and whom that concerns.
  case capped(limit: Int64, members: [MemberID])
  /// The weighted median: up to this price lies that much of the weight.
  case centre(Price, cumulative: Int64, total: Int64)
  /// The weighted median of the distances.
  case deviation(Price)
  /// The near distances by deviation and by tolerance; the greater one holds.
  case threshold(byDeviation: Price, byTolerance: Price)
  /// A proposal further away than the threshold.
  case screened(MemberID, price: Price, distance: Price)
  /// What the screen left.
  case retained(members: Int, weight: Int64, total: Int64)
  case insufficient
  case divergent
  /// The weighted median of the rest.
  case result(Price, cumulative: Int64, total: Int64)
  /// The quartiles of the rest (of all, after divergence).
  case quartiles(PriceBand)
  case midmean(Price)
  /// The step limits around the floor before; a limit widened to one tick says so.
  case stepLimits(previous: Price, band: PriceBand, widenedDown: Bool, widenedUp: Bool)
  /// The step limit moved the price.
  case limited(from: Price, to: Price)
  /// The tick moved the price, up only where down would leave the step limits.
  case ticked(from: Price, to: Price)
  /// Result and floor against the evidence.
  case corridor(low: Price, high: Price, resultInside: Bool, floorInside: Bool)
  case floor(Price, residual: Price)
}

extension AggregationStep {
  /// The step as a sentence, prices in USD/kg.
  package var sentence: String {
    switch self {
    case .refused(let member, let price, let low, let high):
      "\(member): \(price.text) lies outside the hard bounds \(low.text) to \(high.text) and is refused"
    case .present(let members, let fewest, let weight, let total, let needed):
      "\(members) members with \(weight) of \(total) votes proposed;"
        + " needed are \(fewest) members and \(needed.numerator)/\(needed.denominator) of the votes"
    case .chamber(let chamber, let present, let total): Self.presence(chamber, present, total)
    case .capped(let limit, let members): Self.cap(limit, members)
    case .centre(let price, let cumulative, let total):
      "centre \(price.text): \(cumulative) of \(total) votes lie at or below it, the first price with half"
    case .deviation(let deviation): "median distance from the centre \(deviation.text)"
    case .threshold(let byDeviation, let byTolerance): Self.nearness(byDeviation, byTolerance)
    case .screened(let member, let price, let distance):
      "\(member): \(price.text) is \(distance.text) from the centre and is screened"
    case .retained(let members, let weight, let total):
      "\(members) members with \(weight) of \(total) capped votes remain"
    case .insufficient: "INSUFFICIENT: the floor in force, if any, stays"
    case .divergent: "DIVERGENT: more than a third is far off, or too few remain; the floor in force, if any, stays"
    case .result(let price, let cumulative, let total):
      "result \(price.text): \(cumulative) of \(total) remaining votes lie at or below it"
    case .quartiles(let band): "quartiles \(band.low.text) to \(band.high.text), the band of a next round"
    case .midmean(let price): "mean of the central half \(price.text), for information"
    case .stepLimits(let previous, let band, let down, let up):
      "from \(previous.text) one step reaches \(band.low.text) to \(band.high.text)"
        + (down || up ? ", widened to one tick" : "")
    case .limited(let from, let to): "the step limit holds \(from.text) at \(to.text)"
    case .ticked(let from, let to): "the tick makes \(to.text) of \(from.text)"
    case .corridor(let low, let high, let resultInside, let floorInside):
      "evidence \(low.text) to \(high.text): the result lies \(resultInside ? "inside" : "outside"),"
        + " the floor \(floorInside ? "inside" : "outside")"
    case .floor(let price, let residual): "floor \(price.text), held back \(residual.text)"
    }
  }

  private static func presence(_ chamber: Chamber, _ present: Int64, _ total: Int64) -> String {
    let enough = 2 * Int128(present) >= Int128(total)
    return "\(chamber.name) chamber: \(present) of \(total) votes proposed, \(enough ? "at least" : "less than") half"
  }

  private static func cap(_ limit: Int64, _ members: [MemberID]) -> String {
    guard !members.isEmpty else { return "no member has more votes than the cap of \(limit)" }
    return "counted with \(limit) votes, the cap: \(members.map(\.text).joined(separator: ", "))"
  }

  private static func nearness(_ byDeviation: Price, _ byTolerance: Price) -> String {
    let binding = byDeviation >= byTolerance ? "the deviations hold" : "the tolerance holds"
    return "near is up to \(max(byDeviation, byTolerance).text): \(byDeviation.text) by deviations,"
      + " \(byTolerance.text) by tolerance; \(binding)"
  }
}
