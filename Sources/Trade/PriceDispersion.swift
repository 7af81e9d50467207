import CBOR

/// What became of one item's proposals when they were put together.
package enum AggregateStatus: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// Too few members, too little weight, or a chamber too thin.
  case insufficient = 0
  /// The proposals disagree too much for any number to be honest.
  case divergent = 1
  /// The first floor of an item.
  case first = 2
  /// The step limit holds the floor back from the result.
  case stepLimited = 3
  /// The floor is the result, down to the tick.
  case ok = 4

  package var name: String {
    switch self {
    case .insufficient: "INSUFFICIENT"
    case .divergent: "DIVERGENT"
    case .first: "FIRST"
    case .stepLimited: "STEP_LIMITED"
    case .ok: "OK"
    }
  }
}

/// How far apart the proposals behind a floor were: published with every row.
package struct PriceDispersion: Hashable, Sendable, CBORCodable {
  package let status: AggregateStatus
  /// How many proposals counted, screened ones included.
  package let members: UInt32
  /// Their votes, uncapped, of the total of both chambers.
  package let weight: Int64
  package let totalWeight: Int64
  /// Those whose proposals were too far off, ascending.
  package let screened: [TerritoryCode]
  /// Their weight after the cap.
  package let screenedWeight: Int64
  package let lowerQuartile: Price
  package let upperQuartile: Price
  /// The mean of the central half, for information.
  package let midmean: Price
  /// The median before step limit and tick.
  package let result: Price
  /// What step limit and tick held back: result minus floor.
  package let residual: Price
  package let outsideEvidence: Bool
  package let floorOutsideEvidence: Bool

  package static let mostScreened = 256

  package init(
    status: AggregateStatus, members: UInt32, weight: Int64, totalWeight: Int64, screened: [TerritoryCode],
    screenedWeight: Int64, lowerQuartile: Price, upperQuartile: Price, midmean: Price, result: Price,
    residual: Price, outsideEvidence: Bool, floorOutsideEvidence: Bool
  ) {
    self.status = status
    self.members = members
    self.weight = weight
    self.totalWeight = totalWeight
    self.screened = screened
    self.screenedWeight = screenedWeight
    self.lowerQuartile = lowerQuartile
    self.upperQuartile = upperQuartile
    self.midmean = midmean
    self.result = result
    self.residual = residual
    self.outsideEvidence = outsideEvidence
    self.floorOutsideEvidence = floorOutsideEvidence
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(13)
    writer.value(status)
    writer.unsigned(UInt64(members))
    writer.integer(weight)
    writer.integer(totalWeight)
    writer.list(screened)
    writer.integer(screenedWeight)
    writer.value(lowerQuartile)
    writer.value(upperQuartile)
    writer.value(midmean)
    writer.value(result)
    writer.value(residual)
    writer.bool(outsideEvidence)
    writer.bool(floorOutsideEvidence)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 13)
    status = try reader.value()
    members = try reader.narrow()
    weight = try reader.integer()
    totalWeight = try reader.integer()
    screened = try reader.list(max: Self.mostScreened)
    screenedWeight = try reader.integer()
    lowerQuartile = try reader.value()
    upperQuartile = try reader.value()
    midmean = try reader.value()
    result = try reader.value()
    residual = try reader.value()
    outsideEvidence = try reader.bool()
    floorOutsideEvidence = try reader.bool()
    reader.leave()
  }
}
