import CBOR
import Membership
import Trade

// The figures of an aggregation and of a vote as they stand in the state: arrays of exact count, absent parts null.

extension Chamber: CBORCodable {}

extension ChamberTally: CBORCodable {
  package func encode(to writer: inout CBORWriter) {
    writer.array(7)
    writer.value(chamber)
    for number in [yes, no, present, total] { writer.integer(number) }
    writer.bool(hasQuorum)
    writer.bool(isPassed)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 7)
    self.init(
      chamber: try reader.value(), yes: try reader.integer(), no: try reader.integer(), present: try reader.integer(),
      total: try reader.integer(), hasQuorum: try reader.bool(), isPassed: try reader.bool())
    reader.leave()
  }
}

extension Aggregation: CBORCodable {
  /// The same figures without the steps, which anyone recomputes.
  var figures: Aggregation {
    Aggregation(
      rejected: rejected, thinChambers: thinChambers, members: members, weight: weight, totalWeight: totalWeight,
      previous: previous, outcome: outcome, steps: [])
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(8)
    writer.list(rejected)
    writer.list(thinChambers)
    writer.unsigned(UInt64(clamping: members))
    writer.integer(weight)
    writer.integer(totalWeight)
    writer.optional(previous) { writer, price in writer.value(price) }
    switch outcome {
    case .insufficient:
      writer.null()
      writer.null()
    case .divergent(let screening, let band):
      writer.value(screening)
      writer.value(band)
    case .agreed(let screening, let agreement):
      writer.value(screening)
      writer.value(agreement)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 8)
    let rejected = try reader.list(of: MemberID.self, max: Quorum.maximumMembers)
    let thin = try reader.list(of: Chamber.self, max: Chamber.allCases.count)
    let members = Int(try reader.narrow(UInt16.self))
    let (weight, total) = (try reader.integer(), try reader.integer())
    let previous = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.value(Price.self)
    }
    let outcome = try Self.outcome(from: &reader)
    reader.leave()
    self.init(
      rejected: rejected, thinChambers: thin, members: members, weight: weight, totalWeight: total,
      previous: previous, outcome: outcome, steps: [])
  }

  /// Reads screening and conclusion. A conclusion is a band (two items) after divergence and an agreement (nine) else.
  private static func outcome(from reader: inout CBORReader) throws(CBORError) -> Outcome {
    if reader.null() {
      guard reader.null() else { throw .unexpectedType }
      return .insufficient
    }
    let screening = try reader.value(Screening.self)
    let count = try reader.array(max: Agreement.fieldCount)
    defer { reader.leave() }
    switch count {
    case 2:
      let low = try reader.value(Price.self)
      return .divergent(screening, nextBand: PriceBand(low: low, high: try reader.value()))
    case Agreement.fieldCount: return .agreed(screening, try Agreement(fields: &reader))
    default: throw .wrongCount
    }
  }
}

extension Aggregation.Screening: CBORCodable {
  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    for price in [centre, deviation, threshold] { writer.value(price) }
    writer.list(screened)
    writer.integer(cappedWeight)
    writer.integer(screenedWeight)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    self.init(
      centre: try reader.value(), deviation: try reader.value(), threshold: try reader.value(),
      screened: try reader.list(max: Quorum.maximumMembers), cappedWeight: try reader.integer(),
      screenedWeight: try reader.integer())
    reader.leave()
  }
}

extension Aggregation.Screened: CBORCodable {
  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(member)
    writer.value(price)
    writer.value(distance)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    self.init(member: try reader.value(), price: try reader.value(), distance: try reader.value())
    reader.leave()
  }
}

extension Aggregation.Agreement: CBOREncodable {
  static let fieldCount = 9

  package func encode(to writer: inout CBORWriter) {
    writer.array(Self.fieldCount)
    writer.value(status)
    writer.value(floor)
    writer.value(result)
    writer.value(nextBand)
    writer.value(midmean)
    writer.optional(step) { writer, band in writer.value(band) }
    writer.value(residual)
    writer.bool(outsideEvidence)
    writer.bool(floorOutsideEvidence)
  }

  /// Reads the fields of an array that was entered already.
  fileprivate init(fields reader: inout CBORReader) throws(CBORError) {
    self.init(
      status: try reader.value(), floor: try reader.value(), result: try reader.value(),
      nextBand: try reader.value(), midmean: try reader.value(),
      step: try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(PriceBand.self) },
      residual: try reader.value(), outsideEvidence: try reader.bool(), floorOutsideEvidence: try reader.bool())
  }
}
