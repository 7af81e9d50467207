import Membership
import Trade

/// The inputs of one round of one item, all of them signed or voted: what the result is a pure function of.
struct ItemRound {
  let docket: DocketID
  let lot: UInt16
  let round: UInt8
  /// The time of the block that closed the reveal.
  let at: Instant
  let tableVersion: UInt64
  let item: Item
  /// The floor before, or nil.
  let previous: Price?
  let band: PriceBand?
  let votes: ItemVotes
  /// The sheets of this lot and round, at most one a member, ascending by member.
  let sheets: [SheetRecord]
  let parameters: AggregationParameters

  /// The result as it is recorded, and the steps that led to it.
  func evaluated() -> (result: ItemResult, steps: [AggregationStep]) {
    let entries = votes.members.map { member in entry(member, price: countedPrice(of: member)) }
    let aggregation = Self.aggregate(entries, self)
    let figures = aggregation.figures
    let result = ItemResult(
      docket: docket, item: item.id, round: round, lot: lot, at: at, tableVersion: tableVersion, band: band,
      aggregation: figures, proposals: lines(figures), withheld: influences(figures, entries), calls: [],
      outcome: .voting, reviewDue: nil)
    return (result, aggregation.steps)
  }

  private func sheet(of member: MemberID) -> SheetRecord? {
    sheets.place(of: member, by: \.member).map { sheets[$0] }
  }

  /// The price with which a member enters the reckoning. A price out of bounds enters, to be refused there by the rule itself; a
  /// price out of the band does not.
  private func countedPrice(of member: MemberID) -> Price? {
    guard let (quote, verdict) = sheet(of: member)?.quote(on: item.id) else { return nil }
    switch verdict {
    case .counted, .outOfBounds: return quote.answer.price
    case .answered, .outOfBand: return nil
    }
  }

  private func entry(_ member: MemberID, price: Price?) -> AggregationEntry {
    AggregationEntry(
      member: member, producerVotes: votes.producer.votes(of: member), consumerVotes: votes.consumer.votes(of: member),
      price: price)
  }

  /// The rule's answer. Inputs that the rule cannot reckon with (a lawful genesis admits none) are too thin for a floor.
  private static func aggregate(_ entries: [AggregationEntry], _ round: ItemRound) -> Aggregation {
    do throws(AggregationError) {
      return try Aggregation.of(
        entries, previous: round.previous, rules: round.item.pricing, parameters: round.parameters)
    } catch {
      return Aggregation(
        rejected: [], thinChambers: [], members: 0, weight: 0, totalWeight: 0, previous: round.previous,
        outcome: .insufficient, steps: [])
    }
  }

  // MARK: What is published beside the result

  private func lines(_ aggregation: Aggregation) -> [ProposalLine] {
    votes.members.compactMap { member in
      guard let sheet = sheet(of: member), let (quote, verdict) = sheet.quote(on: item.id),
        let price = quote.answer.price
      else { return nil }
      let (judged, distance) = judgement(member, price, verdict, aggregation)
      return ProposalLine(
        member: member, price: price, weight: votes.weight(of: member), verdict: judged, distance: distance,
        evidence: sheet.revealed?.sheet.bestEvidence ?? .circular)
    }
  }

  private func judgement(
    _ member: MemberID, _ price: Price, _ verdict: QuoteVerdict, _ aggregation: Aggregation
  ) -> (ProposalLine.Verdict, distance: Price?) {
    switch verdict {
    case .outOfBounds: return (.outOfBounds, nil)
    case .outOfBand: return (.outOfBand, nil)
    case .counted, .answered:
      guard let screening = aggregation.outcome.screening else { return (.counted, nil) }
      let centre = screening.centre.microUSDPerKilogram
      let (difference, _) = price.microUSDPerKilogram.subtractingReportingOverflow(centre)
      let isScreened = screening.screened.contains { $0.member == member }
      let distance = Price(microUSDPerKilogram: Int64(clamping: difference.magnitude))
      return (isScreened ? .screened : .counted, distance)
    }
  }

  private func influences(_ aggregation: Aggregation, _ entries: [AggregationEntry]) -> [WithheldInfluence] {
    votes.members.filter { sheet(of: $0)?.isWithheld ?? false }.map { member in
      WithheldInfluence(
        member: member, weight: votes.weight(of: member), range: range(of: member, aggregation, entries),
        isDecisive: isDecisive(member, aggregation, entries))
    }
  }

  /// The lowest and the highest price that the member could have named.
  private var lawfulPrices: PriceBand {
    let bounds = PriceBand(low: item.pricing.hardLow, high: item.pricing.hardHigh)
    return band.map { bounds.narrowed(by: $0) } ?? bounds
  }

  /// The medians of the proposals that were not screened, with the member's capped weight added at either end of its lawful prices
  /// (N21).
  private func range(
    of member: MemberID, _ aggregation: Aggregation, _ entries: [AggregationEntry]
  ) -> PriceBand? {
    guard case .agreed(let screening, _) = aggregation.outcome else { return nil }
    let cap = Int128(aggregation.totalWeight) * Int128(parameters.weightCap.parts) / Int128(PPM.one.parts)
    let near = entries.compactMap { entry -> (price: Int64, weight: Int64)? in
      guard let price = entry.price, item.pricing.admits(price),
        !screening.screened.contains(where: { $0.member == entry.member })
      else { return nil }
      return (price.microUSDPerKilogram, min(votes.weight(of: entry.member), Int64(clamping: cap)))
    }
    let own = min(votes.weight(of: member), Int64(clamping: cap))
    let ends = [lawfulPrices.low, lawfulPrices.high].map { end in
      try? AggregationTally(near + [(end.microUSDPerKilogram, own)]).median().price
    }
    guard let low = ends[0], let high = ends[1] else { return nil }
    return PriceBand(low: low, high: high)
  }

  private func isDecisive(_ member: MemberID, _ aggregation: Aggregation, _ entries: [AggregationEntry]) -> Bool {
    guard aggregation.status == .insufficient else { return false }
    let with = entries.map { $0.member == member ? entry(member, price: lawfulPrices.low) : $0 }
    return Self.aggregate(with, self).status != .insufficient
  }
}

extension Aggregation.Outcome {
  var screening: Aggregation.Screening? {
    switch self {
    case .insufficient: nil
    case .divergent(let screening, _), .agreed(let screening, _): screening
    }
  }

  var agreement: Aggregation.Agreement? {
    if case .agreed(_, let agreement) = self { agreement } else { nil }
  }
}

extension ItemResult {
  /// One call of the vote on this item's floor, counted from whatever ballots were cast.
  func counted(
    _ ballots: [BallotEntry], kind: DocketKind, votes: ItemVotes, lot: UInt16, call: BallotCall, at: Instant
  ) -> CallRecord? {
    let voters = ballots.filter { votes.weight(of: $0.member) > 0 }
    let ratification = try? Ratification(
      producer: votes.producer, consumer: votes.consumer, ballots: voters, kind: ballotKind(kind), call: call)
    return ratification.map { CallRecord(lot: lot, at: at, $0) }
  }

  /// The row that adoption makes, from its entry into force on; nil where there is no floor.
  func row(_ kind: DocketKind, effectiveAt: Instant, parameters: NegotiationParameters) -> FloorRow? {
    guard let agreement = aggregation.outcome.agreement, agreement.floor > Price(microUSDPerKilogram: 0),
      let dispersion = aggregation.dispersion
    else { return nil }
    let authority: AuthorityCode =
      switch ballotKind(kind) {
      case .simple: .simpleVote
      case .special: .specialVote
      }
    return FloorRow(
      item: item, floor: agreement.floor, mode: parameters.mode, effectiveAt: effectiveAt, basisDocket: docket.text,
      carried: 0, lapsesAt: effectiveAt.later(by: parameters.lapseTerm), onLapse: .sunset, authority: authority,
      dispersion: dispersion)
  }
}
