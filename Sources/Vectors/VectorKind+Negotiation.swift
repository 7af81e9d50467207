import Membership
import Negotiation
import Trade

extension VectorKind {
  static func aggregate(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let entries = try input.objects("members").map { (member: VectorInput) throws(VectorRefusal) in
      AggregationEntry(
        member: try member.named("id") { MemberID($0) }, producerVotes: try member.integer("producer"),
        consumerVotes: try member.integer("consumer"),
        price: try member.optionalInteger("price").map(Price.init(microUSDPerKilogram:)))
    }
    let previous = try input.optionalInteger("previous").map(Price.init(microUSDPerKilogram:))
    let numbers = try input.object("params")
    let rules = try rules(numbers)
    let parameters = try parameters(numbers)
    do throws(AggregationError) {
      return answer(try Aggregation.of(entries, previous: previous, rules: rules, parameters: parameters))
    } catch {
      throw .refused(code: error.code, sentence: error.sentence)
    }
  }

  private static func rules(_ numbers: VectorInput) throws(VectorRefusal) -> PriceRules {
    var corridor: Corridor?
    if numbers.value["corridor"] != .null {
      let ends = try numbers.integers("corridor")
      guard ends.count == 2, let low = ends.first, let high = ends.last else { throw .input("corridor") }
      corridor = Corridor(
        low: Price(microUSDPerKilogram: low), high: Price(microUSDPerKilogram: high), source: "vector")
    }
    return PriceRules(
      tick: try price(numbers, "tick"), hardLow: try price(numbers, "hard_lo"), hardHigh: try price(numbers, "hard_hi"),
      corridor: corridor)
  }

  private static func parameters(_ numbers: VectorInput) throws(VectorRefusal) -> AggregationParameters {
    let presence = AggregationParameters.Fraction(try numbers.integer("q_num"), try numbers.integer("q_den"))
    let deviations = AggregationParameters.Fraction(try numbers.integer("k_num"), try numbers.integer("k_den"))
    let (cap, fewest) = (PPM(try numbers.integer("cap_ppm")), try numbers.integer("n_min"))
    let tolerance = PPM(try numbers.integer("band_ppm"))
    let (up, down) = (PPM(try numbers.integer("up_ppm")), PPM(try numbers.integer("down_ppm")))
    do throws(AggregationError) {
      return try AggregationParameters(
        weightCap: cap, fewestMembers: fewest, presence: presence, deviations: deviations, tolerance: tolerance,
        stepUp: up, stepDown: down)
    } catch {
      throw .refused(code: error.code, sentence: error.sentence)
    }
  }

  private static func answer(_ aggregation: Aggregation) -> JSON {
    var members: [(String, JSON)] = [
      ("rejected", .array(aggregation.rejected.map { .string($0.text) })),
      ("thin_chambers", .array(aggregation.thinChambers.map { .string($0.name) })),
      ("status", .string(aggregation.status.name)),
      ("floor", aggregation.floor.map(json) ?? .null),
    ]
    switch aggregation.outcome {
    case .insufficient: break
    case .divergent(let screening, let band): members += answer(screening, band)
    case .agreed(let screening, let agreement):
      members += answer(screening, agreement.nextBand)
      members += [
        ("result", json(agreement.result)), ("midmean", json(agreement.midmean)),
        ("step", agreement.step.map(json) ?? .null), ("residual", json(agreement.residual)),
        ("outside_evidence", .bool(agreement.outsideEvidence)),
        ("floor_outside_evidence", .bool(agreement.floorOutsideEvidence)),
      ]
    }
    return object(members)
  }

  private static func answer(_ screening: Aggregation.Screening, _ band: PriceBand) -> [(String, JSON)] {
    [
      ("centre", json(screening.centre)), ("mad", json(screening.deviation)),
      ("screened", .array(screening.screened.map { .string($0.member.text) })), ("next_band", json(band)),
    ]
  }

  private static func json(_ price: Price) -> JSON { .integer(price.microUSDPerKilogram) }

  private static func json(_ band: PriceBand) -> JSON { .array([json(band.low), json(band.high)]) }

  static func ratify(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let chambers = try input.object("chambers")
    let (producer, consumer) = (try roll(chambers, "producer"), try roll(chambers, "consumer"))
    guard case .object(let ballots) = input.value["ballots"] else { throw .input("ballots") }
    let entries = try ballots.map { (ballot: JSON.Member) throws(VectorRefusal) in
      guard let member = MemberID(ballot.name), case .string(let text) = ballot.value,
        let choice = BallotChoice(name: text)
      else { throw .input("ballots") }
      return BallotEntry(member: member, choice: choice)
    }
    let kind = try input.named("kind") { BallotKind(name: $0) }
    guard let number = UInt8(exactly: try input.integer("call")), let call = BallotCall(rawValue: number) else {
      throw .input("call")
    }
    do throws(RatificationError) {
      let result = try Ratification(
        producer: producer, consumer: consumer, ballots: entries, kind: kind, call: call)
      let tallies = [result.producer, result.consumer].map { ($0.chamber.name, answer($0)) }
      return object([("adopted", .bool(result.isAdopted)), ("chambers", object(tallies))])
    } catch {
      throw .input("ballots")
    }
  }

  private static func answer(_ tally: ChamberTally) -> JSON {
    object([
      ("yes", .integer(tally.yes)), ("no", .integer(tally.no)), ("present", .integer(tally.present)),
      ("quorum", .bool(tally.hasQuorum)), ("passed", .bool(tally.isPassed)),
    ])
  }

  private static func roll(_ chambers: VectorInput, _ name: String) throws(VectorRefusal) -> VoteRoll {
    let entries = try chambers.quantities(name).map { (entry) throws(VectorRefusal) in
      guard let member = MemberID(entry.name) else { throw .input(name) }
      return VoteRoll.Entry(member: member, votes: entry.quantity)
    }
    guard let roll = VoteRoll(entries) else { throw .input(name) }
    return roll
  }

  static func distribute(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let shares = try input.quantities("shares").map { (share) throws(VectorRefusal) in
      guard let member = MemberID(share.name) else { throw .input("shares") }
      return VoteDistribution.Share(member: member, quantity: share.quantity)
    }
    let (total, cap) = (try input.integer("total"), try input.integer("cap"))
    let minimum = try input.integer("minimum")
    do throws(VoteDistributionError) {
      let roll = try VoteDistribution.distribute(shares, total: total, cap: cap, minimum: minimum)
      return object([("votes", object(roll.entries.map { ($0.member.text, .integer($0.votes)) }))])
    } catch .impossible {
      return object([("votes", .null)])
    } catch {
      throw .refused(code: error.code, sentence: error.sentence)
    }
  }
}
