import CBOR
import Membership
import Trade

/// One proposal in the reckoning of an item.
package struct ProposalLine: Hashable, Sendable, CBORCodable {
  package let member: MemberID
  package let price: Price
  /// The member's votes in both chambers, before the cap.
  package let weight: Int64
  package let verdict: Verdict
  /// From the centre; nil where the reckoning did not get that far, or where the price was refused.
  package let distance: Price?
  /// The best class of evidence behind the sheet.
  package let evidence: EvidenceClass

  /// What became of the proposal. The codes of refusals are those of ``QuoteVerdict``.
  package enum Verdict: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
    case counted = 0
    case screened = 1
    case outOfBounds = 2
    case outOfBand = 3

    package var code: String {
      switch self {
      case .counted: "COUNTED"
      case .screened: "SCREENED"
      case .outOfBounds: QuoteVerdict.outOfBounds.code
      case .outOfBand: QuoteVerdict.outOfBand.code
      }
    }
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    writer.value(member)
    writer.value(price)
    writer.integer(weight)
    writer.value(verdict)
    writer.optional(distance) { writer, distance in writer.value(distance) }
    writer.value(evidence)
  }

  init(
    member: MemberID, price: Price, weight: Int64, verdict: Verdict, distance: Price?, evidence: EvidenceClass
  ) {
    (self.member, self.price, self.weight) = (member, price, weight)
    (self.verdict, self.distance, self.evidence) = (verdict, distance, evidence)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    member = try reader.value()
    price = try reader.value()
    weight = try reader.integer()
    verdict = try reader.value()
    distance = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Price.self) }
    evidence = try reader.value()
    reader.leave()
  }
}

/// What a member that sealed a sheet and did not open it kept open for itself.
package struct WithheldInfluence: Hashable, Sendable, CBORCodable {
  package let member: MemberID
  package let weight: Int64
  /// The results that its price could have made with the screen as it was, from its lowest to its highest lawful price; nil where
  /// there is no result.
  package let range: PriceBand?
  /// The item is INSUFFICIENT and would not be with this member's price.
  package let isDecisive: Bool

  init(member: MemberID, weight: Int64, range: PriceBand?, isDecisive: Bool) {
    (self.member, self.weight, self.range, self.isDecisive) = (member, weight, range, isDecisive)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(member)
    writer.integer(weight)
    writer.optional(range) { writer, range in writer.value(range) }
    writer.bool(isDecisive)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    member = try reader.value()
    weight = try reader.integer()
    range = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(PriceBand.self) }
    isDecisive = try reader.bool()
    reader.leave()
  }
}

/// One call of the vote on an item, counted.
package struct CallRecord: Hashable, Sendable, CBORCodable {
  /// The lot whose ballots were counted.
  package let lot: UInt16
  package let call: UInt8
  package let kind: BallotKind
  /// The time of the block that closed the call.
  package let at: Instant
  package let producer: ChamberTally
  package let consumer: ChamberTally
  package let yesMembers: UInt32
  package let noMembers: UInt32

  init(lot: UInt16, at: Instant, _ ratification: Ratification) {
    (self.lot, self.at, call, kind) = (lot, at, ratification.call.rawValue, ratification.kind)
    (producer, consumer) = (ratification.producer, ratification.consumer)
    yesMembers = UInt32(clamping: ratification.yesMembers)
    noMembers = UInt32(clamping: ratification.noMembers)
  }

  package var isAdopted: Bool { producer.isPassed && consumer.isPassed }
  package var hasQuorum: Bool { producer.hasQuorum && consumer.hasQuorum }

  package func encode(to writer: inout CBORWriter) {
    writer.array(8)
    writer.unsigned(UInt64(lot))
    writer.unsigned(UInt64(call))
    writer.value(kind)
    writer.value(at)
    writer.value(producer)
    writer.value(consumer)
    writer.unsigned(UInt64(yesMembers))
    writer.unsigned(UInt64(noMembers))
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 8)
    lot = try reader.narrow()
    call = try reader.narrow()
    kind = try reader.value()
    at = try reader.value()
    producer = try reader.value()
    consumer = try reader.value()
    yesMembers = try reader.narrow()
    noMembers = try reader.narrow()
    reader.leave()
    guard producer.chamber == .producer, consumer.chamber == .consumer else { throw .unknownValue }
  }
}

/// Where an item's round has led.
package enum ItemOutcome: Hashable, Sendable, CBORCodable {
  /// A floor is known and voted on.
  case voting
  /// Adopted; the row is pending until then.
  case adopted(effectiveAt: Instant)
  /// In the table since that version.
  case inForce(version: UInt64)
  /// Failed; a further round follows.
  case conciliation(Setback)
  /// Failed for good; the floor before is carried in that version.
  case statusQuo(Setback, version: UInt64)
  /// Failed for good, and there was no floor before.
  case noFloor(Setback)

  package var name: String {
    switch self {
    case .voting: "RATIFY"
    case .adopted: "ADOPTED"
    case .inForce: "IN_FORCE"
    case .conciliation: "CONCILIATION"
    case .statusQuo: "STATUS_QUO"
    case .noFloor: "NO_FLOOR"
    }
  }

  package var setback: Setback? {
    switch self {
    case .voting, .adopted, .inForce: nil
    case .conciliation(let setback), .noFloor(let setback): setback
    case .statusQuo(let setback, _): setback
    }
  }

  package func encode(to writer: inout CBORWriter) {
    switch self {
    case .voting: fields(0, nil, nil, &writer)
    case .adopted(let instant): fields(1, instant.milliseconds, nil, &writer)
    case .inForce(let version): fields(2, nil, version, &writer)
    case .conciliation(let setback): fields(3, Int64(setback.rawValue), nil, &writer)
    case .statusQuo(let setback, let version): fields(4, Int64(setback.rawValue), version, &writer)
    case .noFloor(let setback): fields(5, Int64(setback.rawValue), nil, &writer)
    }
  }

  private func fields(_ number: UInt64, _ detail: Int64?, _ version: UInt64?, _ writer: inout CBORWriter) {
    writer.array(3)
    writer.unsigned(number)
    writer.optional(detail) { writer, detail in writer.integer(detail) }
    writer.optional(version) { writer, version in writer.unsigned(version) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    let number = try reader.unsigned()
    let detail = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.integer() }
    let version = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.unsigned() }
    reader.leave()
    let setback = detail.flatMap { UInt8(exactly: $0) }.flatMap { Setback(rawValue: $0) }
    switch (number, detail, version, setback) {
    case (0, nil, nil, _): self = .voting
    case (1, let milliseconds?, nil, _): self = .adopted(effectiveAt: Instant(milliseconds: milliseconds))
    case (2, nil, let version?, _): self = .inForce(version: version)
    case (3, _, nil, let setback?): self = .conciliation(setback)
    case (4, _, let version?, let setback?): self = .statusQuo(setback, version: version)
    case (5, _, nil, let setback?): self = .noFloor(setback)
    default: throw .unknownValue
    }
  }
}

/// All that one round of one item came to: every figure of the reckoning, every call of the vote, and where it led.
package struct ItemResult: Hashable, Sendable, CBORCodable {
  package let docket: DocketID
  package let item: ItemID
  package let round: UInt8
  /// The lot whose sheets were counted.
  package let lot: UInt16
  /// The time of the block that closed the reveal.
  package let at: Instant
  /// The table version in force then; 0 before the first. Its row is the floor before.
  package let tableVersion: UInt64
  /// Where prices had to lie.
  package let band: PriceBand?
  /// The figures; its steps are empty here and come back by recomputing.
  package let aggregation: Aggregation
  /// Every price that was revealed, ascending by member.
  package let proposals: [ProposalLine]
  /// Ascending by member.
  package let withheld: [WithheldInfluence]
  package var calls: [CallRecord]
  package var outcome: ItemOutcome
  /// When the next docket of this item is due, because the step limit held the floor back.
  package var reviewDue: Instant?

  /// Whether only a special vote adopts this floor: a first floor, or a result or floor outside the evidence (N26).
  package func ballotKind(_ kind: DocketKind) -> BallotKind {
    guard case .agreed(_, let agreement) = aggregation.outcome else { return .special }
    switch kind {
    case .first: return .special
    case .routine: return agreement.outsideEvidence || agreement.floorOutsideEvidence ? .special : .simple
    }
  }

  /// How much of the counted weight rests on each class of evidence, in the order of the classes; parts rounded down.
  package var evidenceShares: [(evidence: EvidenceClass, share: PPM)] {
    let counted = proposals.filter { $0.verdict == .counted || $0.verdict == .screened }
    let total = counted.reduce(Int128(0)) { $0 + Int128($1.weight) }
    return EvidenceClass.allCases.map { evidence in
      let part = counted.reduce(Int128(0)) { $0 + ($1.evidence == evidence ? Int128($1.weight) : 0) }
      return (evidence, PPM(total > 0 ? Int64(clamping: part * Int128(PPM.one.parts) / total) : 0))
    }
  }
}

extension ItemResult {
  /// More calls than any parameters allow in one round: three.
  private static let maximumCalls = 3

  package func encode(to writer: inout CBORWriter) {
    writer.array(13)
    writer.value(docket)
    writer.value(item)
    writer.unsigned(UInt64(round))
    writer.unsigned(UInt64(lot))
    writer.value(at)
    writer.unsigned(tableVersion)
    writer.optional(band) { writer, band in writer.value(band) }
    writer.value(aggregation)
    writer.list(proposals)
    writer.list(withheld)
    writer.list(calls)
    writer.value(outcome)
    writer.optional(reviewDue) { writer, instant in writer.value(instant) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 13)
    docket = try reader.value()
    item = try reader.value()
    round = try reader.narrow()
    lot = try reader.narrow()
    at = try reader.value()
    tableVersion = try reader.unsigned()
    band = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(PriceBand.self) }
    aggregation = try reader.value()
    proposals = try reader.list(max: Quorum.maximumMembers)
    withheld = try reader.list(max: Quorum.maximumMembers)
    calls = try reader.list(max: Self.maximumCalls)
    outcome = try reader.value()
    reviewDue = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Instant.self) }
    reader.leave()
  }
}
