import Membership
import Trade

extension Aggregation {
  /// Puts one item's proposals together (Protocol/aggregation.md, steps A1 to A9).
  ///
  /// Pure and independent of the order of `entries`. Disagreement and absence are outcomes; an error means that the
  /// inputs are not those of an aggregation.
  ///
  /// - Parameters:
  ///   - entries: every member with votes on the item, whether it proposed or not.
  ///   - previous: the floor in force, a multiple of the tick.
  ///   - rules: the item's tick, hard bounds and corridor.
  ///   - parameters: the voted numbers.
  /// - Returns: the outcome with every step that led to it.
  /// - Throws: ``AggregationError`` for inputs that contradict their own rules, or sums beyond 64 bits.
  package static func of(
    _ entries: [AggregationEntry], previous: Price?, rules: PriceRules, parameters: AggregationParameters
  ) throws(AggregationError) -> Aggregation {
    try AggregationRule(entries, previous: previous, rules: rules, parameters: parameters).aggregate()
  }
}

/// One aggregation under way.
private struct AggregationRule {
  /// A proposal that counts.
  struct Vote {
    let member: MemberID
    let price: Int64
    let weight: Int64
  }

  private let entries: [AggregationEntry]
  private let previous: Price?
  private let rules: PriceRules
  private let parameters: AggregationParameters
  private var steps: [AggregationStep] = []

  init(
    _ entries: [AggregationEntry], previous: Price?, rules: PriceRules, parameters: AggregationParameters
  ) throws(AggregationError) {
    let sorted = entries.sorted { $0.member < $1.member }
    for (entry, next) in zip(sorted, sorted.dropFirst()) where entry.member == next.member {
      throw .duplicateMember(entry.member)
    }
    for entry in sorted where entry.producerVotes < 0 || entry.consumerVotes < 0 {
      throw .negativeVotes(entry.member)
    }
    let (tick, low) = (rules.tick.microUSDPerKilogram, rules.hardLow.microUSDPerKilogram)
    guard tick > 0, low > 0, low % tick == 0, rules.hardLow <= rules.hardHigh else { throw .priceRules }
    if let floor = previous?.microUSDPerKilogram {
      guard floor > 0, floor % tick == 0 else { throw .previousFloor }
    }
    self.entries = sorted
    self.previous = previous
    self.rules = rules
    self.parameters = parameters
  }

  consuming func aggregate() throws(AggregationError) -> Aggregation {
    let rejected = refuseOutOfBounds()
    let eligible = entries.filter { $0.price.map(rules.admits) ?? false }
    let total = try Self.weight(of: entries)
    let weight = try Self.weight(of: eligible)
    let thin = try thinChambers(eligible)
    steps.insert(
      .present(
        members: eligible.count, fewest: parameters.fewestMembers, weight: weight, total: total,
        needed: parameters.presence), at: rejected.count)
    let outcome: Aggregation.Outcome
    if isPresent(eligible.count, weight, of: total), thin.isEmpty {
      outcome = try screened(votes: try capped(eligible, total: total))
    } else {
      steps.append(.insufficient)
      outcome = .insufficient
    }
    return Aggregation(
      rejected: rejected, thinChambers: thin, members: eligible.count, weight: weight, totalWeight: total,
      previous: previous, outcome: outcome, steps: steps)
  }

  // MARK: A1 eligible, A2 sufficient, A3 capped

  private mutating func refuseOutOfBounds() -> [MemberID] {
    var rejected: [MemberID] = []
    for entry in entries {
      guard let price = entry.price, !rules.admits(price) else { continue }
      rejected.append(entry.member)
      steps.append(.refused(entry.member, price: price, low: rules.hardLow, high: rules.hardHigh))
    }
    return rejected
  }

  private mutating func thinChambers(_ eligible: [AggregationEntry]) throws(AggregationError) -> [Chamber] {
    var thin: [Chamber] = []
    for chamber in [Chamber.consumer, .producer] {
      let total = try Self.sum(entries.map { $0.votes(in: chamber) })
      let present = try Self.sum(eligible.map { $0.votes(in: chamber) })
      steps.append(.chamber(chamber, present: present, total: total))
      if 2 * Int128(present) < Int128(total) { thin.append(chamber) }
    }
    return thin
  }

  private func isPresent(_ count: Int, _ weight: Int64, of total: Int64) -> Bool {
    let (part, whole) = (parameters.presence.numerator, parameters.presence.denominator)
    return Int64(count) >= parameters.fewestMembers && Int128(weight) * Int128(whole) >= Int128(total) * Int128(part)
  }

  private mutating func capped(_ eligible: [AggregationEntry], total: Int64) throws(AggregationError) -> [Vote] {
    // At most the total, since the cap is at most the whole.
    let limit = Int64(truncatingIfNeeded: Int128(total) * Int128(parameters.weightCap.parts) / Int128(PPM.one.parts))
    var votes: [Vote] = []
    var affected: [MemberID] = []
    for entry in eligible {
      guard let price = entry.price else { continue }
      let weight = try Self.weight(of: [entry])
      if weight > limit { affected.append(entry.member) }
      votes.append(Vote(member: entry.member, price: price.microUSDPerKilogram, weight: min(weight, limit)))
    }
    steps.append(.capped(limit: limit, members: affected))
    return votes
  }

  // MARK: A4 centre, A5 screen

  private mutating func screened(votes: [Vote]) throws(AggregationError) -> Aggregation.Outcome {
    let all = try AggregationTally(votes.map { ($0.price, $0.weight) })
    let (centre, cumulative) = try all.median()
    let middle = centre.microUSDPerKilogram
    // Eligible prices are positive, so no distance overflows.
    let distances = try AggregationTally(votes.map { (Self.distance($0.price, middle), $0.weight) })
    let deviation = try distances.median().price
    steps.append(.centre(centre, cumulative: cumulative, total: all.total))
    steps.append(.deviation(deviation))
    let threshold = threshold(centre: middle, deviation: deviation.microUSDPerKilogram)
    let far = votes.filter { Self.distance($0.price, middle) > threshold }
    let near = votes.filter { Self.distance($0.price, middle) <= threshold }
    let screened = far.map { vote in
      Aggregation.Screened(
        member: vote.member, price: Price(microUSDPerKilogram: vote.price),
        distance: Price(microUSDPerKilogram: Self.distance(vote.price, middle)))
    }
    steps += screened.map { .screened($0.member, price: $0.price, distance: $0.distance) }
    let rest = try AggregationTally(near.map { ($0.price, $0.weight) })
    steps.append(.retained(members: near.count, weight: rest.total, total: all.total))
    let screening = Aggregation.Screening(
      centre: centre, deviation: deviation, threshold: Price(microUSDPerKilogram: threshold), screened: screened,
      cappedWeight: all.total, screenedWeight: all.total - rest.total)
    if 3 * Int128(screening.screenedWeight) > Int128(all.total) || Int64(near.count) < parameters.fewestMembers {
      let band = try all.quartiles()
      steps += [.divergent, .quartiles(band)]
      return .divergent(screening, nextBand: band)
    }
    return .agreed(screening, try agreement(on: rest))
  }

  /// The greatest distance that is still near.
  ///
  /// A whole distance exceeds a fraction exactly if it exceeds the fraction rounded down, and it must exceed both: so
  /// the greater of the two, rounded down, decides. Beyond 64 bits no distance reaches.
  private mutating func threshold(centre: Int64, deviation: Int64) -> Int64 {
    let byDeviation =
      Int128(parameters.deviations.numerator) * Int128(deviation) / Int128(parameters.deviations.denominator)
    let byTolerance = Int128(centre) * Int128(parameters.tolerance.parts) / Int128(PPM.one.parts)
    let (deviations, tolerance) = (Int64(clamping: byDeviation), Int64(clamping: byTolerance))
    steps.append(
      .threshold(
        byDeviation: Price(microUSDPerKilogram: deviations), byTolerance: Price(microUSDPerKilogram: tolerance)))
    return max(deviations, tolerance)
  }

  // MARK: A6 result, A7 step, A8 tick, A9 evidence

  private mutating func agreement(on rest: AggregationTally) throws(AggregationError) -> Aggregation.Agreement {
    let (result, cumulative) = try rest.median()
    let quartiles = try rest.quartiles()
    let midmean = try rest.midmean()
    steps += [.result(result, cumulative: cumulative, total: rest.total), .quartiles(quartiles), .midmean(midmean)]
    let band = try stepLimits()
    let limited = band.map { min(max(result, $0.low), $0.high) } ?? result
    if limited != result { steps.append(.limited(from: result, to: limited)) }
    let floor = try ticked(limited, notBelow: band?.low)
    if floor != limited { steps.append(.ticked(from: limited, to: floor)) }
    let (resultInside, floorInside) = (isInside(result), isInside(floor))
    if let corridor = rules.corridor {
      steps.append(
        .corridor(low: corridor.low, high: corridor.high, resultInside: resultInside, floorInside: floorInside))
    }
    let residual = Price(microUSDPerKilogram: result.microUSDPerKilogram - floor.microUSDPerKilogram)
    steps.append(.floor(floor, residual: residual))
    return Aggregation.Agreement(
      status: band == nil ? .first : (limited == result ? .ok : .stepLimited), floor: floor, result: result,
      nextBand: quartiles, midmean: midmean, step: band, residual: residual, outsideEvidence: !resultInside,
      floorOutsideEvidence: !floorInside)
  }

  private func isInside(_ price: Price) -> Bool { rules.corridor?.contains(price) ?? true }

  /// What one step from the floor before can reach. Rounding never freezes a floor, so a limit that leaves no room
  /// becomes one tick; a step of zero that was voted is really none.
  private mutating func stepLimits() throws(AggregationError) -> PriceBand? {
    guard let previous else { return nil }
    let (old, tick) = (previous.microUSDPerKilogram, rules.tick.microUSDPerKilogram)
    let whole = Int128(PPM.one.parts)
    do throws(ArithmeticError) {
      var low = try ExactInteger.product(Int128(old), whole - Int128(parameters.stepDown.parts))
        .divided(by: PPM.one.parts, .ceiling).int64()
      var high = try ExactInteger.product(Int128(old), whole + Int128(parameters.stepUp.parts))
        .divided(by: PPM.one.parts, .floor).int64()
      let widenUp = parameters.stepUp > .zero && high <= old
      let widenDown = parameters.stepDown > .zero && low >= old
      if widenUp { high = try Money(minorUnits: old).adding(Money(minorUnits: tick)).minorUnits }
      if widenDown { low = max(0, old - tick) }
      let band = PriceBand(low: Price(microUSDPerKilogram: low), high: Price(microUSDPerKilogram: high))
      steps.append(.stepLimits(previous: previous, band: band, widenedDown: widenDown, widenedUp: widenUp))
      return band
    } catch {
      throw .arithmetic(error)
    }
  }

  /// Down to the tick, or up to it where down would leave the step limits.
  private func ticked(_ price: Price, notBelow low: Price?) throws(AggregationError) -> Price {
    let (value, tick) = (price.microUSDPerKilogram, rules.tick.microUSDPerKilogram)
    let down = Price(microUSDPerKilogram: value - value % tick)
    guard let low, down < low else { return down }
    let (up, overflow) = down.microUSDPerKilogram.addingReportingOverflow(tick)
    guard !overflow else { throw .arithmetic(.amountOverflow) }
    return Price(microUSDPerKilogram: up)
  }

  private static func distance(_ price: Int64, _ centre: Int64) -> Int64 { abs(price - centre) }

  private static func weight(of entries: [AggregationEntry]) throws(AggregationError) -> Int64 {
    try sum(entries.flatMap { [$0.producerVotes, $0.consumerVotes] })
  }

  private static func sum(_ numbers: [Int64]) throws(AggregationError) -> Int64 {
    var total: Int64 = 0
    for number in numbers {
      let (sum, overflow) = total.addingReportingOverflow(number)
      guard !overflow else { throw .arithmetic(.amountOverflow) }
      total = sum
    }
    return total
  }
}
