import Membership
import Trade

/// One of the two chambers in which members vote on an item.
package enum Chamber: UInt8, Hashable, Sendable, CaseIterable {
  case producer = 0
  case consumer = 1

  package var name: String {
    switch self {
    case .producer: "producer"
    case .consumer: "consumer"
    }
  }
}

/// A member's part in the aggregation of one item.
package struct AggregationEntry: Hashable, Sendable {
  package let member: MemberID
  package let producerVotes: Int64
  package let consumerVotes: Int64
  /// The revealed proposal; nil where the member abstained, had no data or did not reveal. Such a member counts in the
  /// totals only.
  package let price: Price?

  package init(member: MemberID, producerVotes: Int64, consumerVotes: Int64, price: Price?) {
    self.member = member
    self.producerVotes = producerVotes
    self.consumerVotes = consumerVotes
    self.price = price
  }

  package func votes(in chamber: Chamber) -> Int64 {
    switch chamber {
    case .producer: producerVotes
    case .consumer: consumerVotes
    }
  }
}

/// A closed range of prices.
package struct PriceBand: Hashable, Sendable {
  package let low: Price
  package let high: Price

  package init(low: Price, high: Price) {
    self.low = low
    self.high = high
  }

  package func contains(_ price: Price) -> Bool { low <= price && price <= high }

  /// The prices in both bands, or nil where none is: a next band never widens the one before.
  package func intersection(_ other: PriceBand) -> PriceBand? {
    let (low, high) = (max(low, other.low), min(high, other.high))
    return low <= high ? PriceBand(low: low, high: high) : nil
  }
}

/// What one item's proposals come to, as far as the computation got, and how.
package struct Aggregation: Hashable, Sendable {
  /// Members whose price lies outside the hard bounds, ascending. Such a price is refused, never moved to the bound.
  package let rejected: [MemberID]
  /// Chambers of whose votes less than half proposed, ascending by name.
  package let thinChambers: [Chamber]
  /// How many members' proposals count, screened ones included.
  package let members: Int
  /// Their votes, uncapped.
  package let weight: Int64
  /// The votes of all members.
  package let totalWeight: Int64
  /// The floor in force before.
  package let previous: Price?
  package let outcome: Outcome
  /// Every step in the order it was taken.
  package let steps: [AggregationStep]

  /// How the aggregation ended.
  package enum Outcome: Hashable, Sendable {
    /// Too few members or too little weight: the floor before stays.
    case insufficient
    /// The proposals disagree too much: the floor before stays, and the next round's band spans both camps.
    case divergent(Screening, nextBand: PriceBand)
    case agreed(Screening, Agreement)
  }

  /// The distance screen around the centre.
  package struct Screening: Hashable, Sendable {
    /// The weighted median of all that count.
    package let centre: Price
    /// The weighted median of the distances from the centre.
    package let deviation: Price
    /// Whoever is further from the centre than this is screened.
    package let threshold: Price
    /// Who was screened, ascending by member.
    package let screened: [Screened]
    /// The weight of all that count, after the cap.
    package let cappedWeight: Int64
    /// The weight of the screened, after the cap.
    package let screenedWeight: Int64
  }

  /// A proposal too far from the centre.
  package struct Screened: Hashable, Sendable {
    package let member: MemberID
    package let price: Price
    package let distance: Price
  }

  /// A floor and the numbers published with it.
  package struct Agreement: Hashable, Sendable {
    package let status: AggregateStatus
    package let floor: Price
    /// The weighted median of the proposals that were not screened.
    package let result: Price
    /// Their quartiles: the band of the next round, should the ballot fail.
    package let nextBand: PriceBand
    /// The mean of their central half, for information.
    package let midmean: Price
    /// The range that the step limit leaves; nil for a first floor.
    package let step: PriceBand?
    /// Result minus floor.
    package let residual: Price
    package let outsideEvidence: Bool
    package let floorOutsideEvidence: Bool
  }

  package var status: AggregateStatus {
    switch outcome {
    case .insufficient: .insufficient
    case .divergent: .divergent
    case .agreed(_, let agreement): agreement.status
    }
  }

  /// The floor that would follow: a new one if agreed, else the one before, if any.
  package var floor: Price? {
    switch outcome {
    case .insufficient, .divergent: previous
    case .agreed(_, let agreement): agreement.floor
    }
  }

  /// The band of the next round; nil where it stays as it was.
  package var nextBand: PriceBand? {
    switch outcome {
    case .insufficient: nil
    case .divergent(_, let band): band
    case .agreed(_, let agreement): agreement.nextBand
    }
  }

  /// What the table row publishes of the proposals, once there is a floor.
  package var dispersion: PriceDispersion? {
    guard case .agreed(let screening, let agreement) = outcome else { return nil }
    return PriceDispersion(
      status: agreement.status, members: UInt32(clamping: members), weight: weight, totalWeight: totalWeight,
      screened: screening.screened.compactMap { TerritoryCode($0.member.text) },
      screenedWeight: screening.screenedWeight, lowerQuartile: agreement.nextBand.low,
      upperQuartile: agreement.nextBand.high, midmean: agreement.midmean, result: agreement.result,
      residual: agreement.residual, outsideEvidence: agreement.outsideEvidence,
      floorOutsideEvidence: agreement.floorOutsideEvidence)
  }
}
