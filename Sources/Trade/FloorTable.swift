import CBOR

/// The head of one version of the floor table.
///
/// The rows stand beside it, one entry each, so that any one can be proved alone.
package struct FloorTable: Hashable, Sendable, CBORCodable {
  /// 1, 2, 3, … without a gap.
  package let version: UInt64
  /// When the version replaced the one before.
  package let effectiveAt: Instant
  package let rowCount: UInt32
  /// The docket whose rows are new in this version, or nil where a lapse alone made it.
  package let docket: String?

  package init(version: UInt64, effectiveAt: Instant, rowCount: UInt32, docket: String?) {
    self.version = version
    self.effectiveAt = effectiveAt
    self.rowCount = rowCount
    self.docket = docket
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.unsigned(version)
    writer.value(effectiveAt)
    writer.unsigned(UInt64(rowCount))
    writer.optional(docket) { writer, docket in writer.text(docket) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    version = try reader.unsigned()
    effectiveAt = try reader.value()
    rowCount = try reader.narrow()
    docket = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.text(max: FloorRow.longestDocket)
    }
    reader.leave()
  }
}
