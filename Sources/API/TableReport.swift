/// `GET /v1/table`: one version of the floor table, or what is announced.
package struct TableReport: Codable, Hashable, Sendable {
  /// Nil for pending rows, which are in no version yet, and where no version exists.
  package let version: UInt64?
  package let effectiveAt: InstantValue?
  package let docket: String?
  /// Whether these are announced rows whose time has not come.
  package let pending: Bool
  package let rows: [RowReport]
  /// The finalised block that this answer is of.
  package let head: HeadReport
  /// The members whose signatures finalised that block.
  package let signers: [String]

  package init(
    version: UInt64?, effectiveAt: InstantValue?, docket: String?, pending: Bool, rows: [RowReport], head: HeadReport,
    signers: [String]
  ) {
    (self.version, self.effectiveAt, self.docket, self.pending) = (version, effectiveAt, docket, pending)
    (self.rows, self.head, self.signers) = (rows, head, signers)
  }
}

/// One floor.
package struct RowReport: Codable, Hashable, Sendable {
  package let item: String
  package let stage: String
  package let floor: PriceValue
  package let mode: String
  package let effectiveAt: InstantValue
  package let basisDocket: String
  package let carried: Int
  package let lapsesAt: InstantValue?
  package let onLapse: String
  package let authority: String
  package let dispersion: DispersionReport
  /// How much of the counted weight rests on each class of evidence, best class first; classes without any are left out.
  package let evidence: [EvidenceShareReport]
  /// When the next docket of the item is due, because the step limit held the floor back; nil where it did not.
  package let nextDocketDue: InstantValue?

  package init(
    item: String, stage: String, floor: PriceValue, mode: String, effectiveAt: InstantValue, basisDocket: String,
    carried: Int, lapsesAt: InstantValue?, onLapse: String, authority: String, dispersion: DispersionReport,
    evidence: [EvidenceShareReport], nextDocketDue: InstantValue?
  ) {
    (self.item, self.stage, self.floor, self.mode) = (item, stage, floor, mode)
    (self.effectiveAt, self.basisDocket, self.carried) = (effectiveAt, basisDocket, carried)
    (self.lapsesAt, self.onLapse, self.authority, self.dispersion) = (lapsesAt, onLapse, authority, dispersion)
    (self.evidence, self.nextDocketDue) = (evidence, nextDocketDue)
  }
}

/// The part of a floor's weight that rests on one class of evidence.
package struct EvidenceShareReport: Codable, Hashable, Sendable {
  /// `TRANSACTION`, `ASSESSMENT`, `MODEL`, `MANUAL` or `CIRCULAR`.
  package let evidence: String
  /// Parts per million, rounded down.
  package let ppm: Int64

  package init(evidence: String, ppm: Int64) { (self.evidence, self.ppm) = (evidence, ppm) }
}

/// How far apart the proposals behind a floor were.
package struct DispersionReport: Codable, Hashable, Sendable {
  package let status: String
  package let members: Int
  package let weight: Int64
  package let totalWeight: Int64
  package let screened: [String]
  package let screenedWeight: Int64
  package let lowerQuartile: PriceValue
  package let upperQuartile: PriceValue
  package let midmean: PriceValue
  package let result: PriceValue
  package let residual: PriceValue
  package let outsideEvidence: Bool
  package let floorOutsideEvidence: Bool

  package init(
    status: String, members: Int, weight: Int64, totalWeight: Int64, screened: [String], screenedWeight: Int64,
    lowerQuartile: PriceValue, upperQuartile: PriceValue, midmean: PriceValue, result: PriceValue,
    residual: PriceValue, outsideEvidence: Bool, floorOutsideEvidence: Bool
  ) {
    (self.status, self.members, self.weight, self.totalWeight) = (status, members, weight, totalWeight)
    (self.screened, self.screenedWeight) = (screened, screenedWeight)
    (self.lowerQuartile, self.upperQuartile, self.midmean) = (lowerQuartile, upperQuartile, midmean)
    (self.result, self.residual) = (result, residual)
    (self.outsideEvidence, self.floorOutsideEvidence) = (outsideEvidence, floorOutsideEvidence)
  }
}

/// `GET /v1/table/history?item=`: every version's row of one item, oldest first.
package struct HistoryReport: Codable, Hashable, Sendable {
  package let item: String
  package let versions: [HistoryEntry]

  package init(item: String, versions: [HistoryEntry]) {
    (self.item, self.versions) = (item, versions)
  }
}

/// The row that one table version had of an item.
package struct HistoryEntry: Codable, Hashable, Sendable {
  package let version: UInt64
  /// Why the version differs from the one before: the row's authority code, or `UNCHANGED`.
  package let cause: String
  package let row: RowReport

  package init(version: UInt64, cause: String, row: RowReport) {
    (self.version, self.cause, self.row) = (version, cause, row)
  }
}
