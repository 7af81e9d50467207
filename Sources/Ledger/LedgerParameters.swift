import CBOR
import Consensus
import Membership
import Trade

/// The numbers by which blocks are made and judged: genesis state, the same for every member.
///
/// Encoded as a map with ascending keys 0 to 6, so that later versions can add to it.
package struct LedgerParameters: Hashable, Sendable, CBORCodable {
  /// Δ, the assumed bound on a message's delay, in milliseconds: the base of the consensus time-outs.
  package var delta: Int64
  /// How often, at most, a time-out is doubled.
  package var timeoutDoublings: UInt8
  /// How far ahead of a block's time a transaction's last instant may lie, in milliseconds.
  package var longestTransactionLife: Int64
  /// How far a proposer's time may be from a voter's clock, in milliseconds.
  package var clockBound: Int64
  /// The largest block, header and transactions together, in bytes.
  package var blockBytes: Int64
  /// How long an idle network waits before it makes an empty block, in milliseconds.
  package var heartbeat: Int64
  /// The largest opaque content of a memorandum, in bytes.
  package var memorandumBytes: Int64

  package init(
    delta: Int64 = 500, timeoutDoublings: UInt8 = 5, longestTransactionLife: Int64 = 600_000,
    clockBound: Int64 = 2_000, blockBytes: Int64 = LedgerLimits.blockBytes, heartbeat: Int64 = 60_000,
    memorandumBytes: Int64 = LedgerLimits.memorandumBytes
  ) {
    self.delta = delta
    self.timeoutDoublings = timeoutDoublings
    self.longestTransactionLife = longestTransactionLife
    self.clockBound = clockBound
    self.blockBytes = blockBytes
    self.heartbeat = heartbeat
    self.memorandumBytes = memorandumBytes
  }

  /// The names of parameters that lie outside their range, in the order of the fields.
  package var outOfRange: [String] {
    let checks: [(String, Bool)] = [
      ("delta", (1...3_600_000).contains(delta)),
      ("timeoutDoublings", timeoutDoublings <= 16),
      ("longestTransactionLife", (1_000...3_600_000).contains(longestTransactionLife)),
      ("clockBound", (1...3_600_000).contains(clockBound)),
      ("blockBytes", (LedgerLimits.leastBlockBytes...LedgerLimits.blockBytes).contains(blockBytes)),
      ("heartbeat", (100...86_400_000).contains(heartbeat)),
      ("memorandumBytes", (0...LedgerLimits.memorandumBytes).contains(memorandumBytes)),
    ]
    return checks.filter { !$0.1 }.map(\.0)
  }

  /// The shortest window that a docket may have among members of which `witness` (f + 1) include an honest one, in
  /// milliseconds: 2(f + 1) time-outs of 3Δ plus twice the clock bound, so that missing a window takes f + 1 leaders.
  ///
  /// Holds for parameters within their ranges, of which no product overflows.
  package func shortestWindow(witness: Int) -> Int64 {
    let timeouts = delta.multipliedReportingOverflow(by: 6 * Int64(witness))
    let clocks = clockBound.multipliedReportingOverflow(by: 2)
    let sum = timeouts.partialValue.addingReportingOverflow(clocks.partialValue)
    return timeouts.overflow || clocks.overflow || sum.overflow ? .max : sum.partialValue
  }

  /// What consensus needs of these; nil outside the ranges.
  package var patience: Patience? { Patience(delay: delta, maximumDoublings: Int(timeoutDoublings)) }

  package func encode(to writer: inout CBORWriter) {
    let numbers = [
      delta, Int64(timeoutDoublings), longestTransactionLife, clockBound, blockBytes, heartbeat, memorandumBytes,
    ]
    writer.map(numbers.count)
    for (key, number) in numbers.enumerated() {
      writer.unsigned(UInt64(key))
      writer.integer(number)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.map(max: 7) == 7 else { throw .wrongCount }
    try reader.key(0)
    delta = try reader.integer()
    try reader.key(1)
    timeoutDoublings = try reader.narrow()
    try reader.key(2)
    longestTransactionLife = try reader.integer()
    try reader.key(3)
    clockBound = try reader.integer()
    try reader.key(4)
    blockBytes = try reader.integer()
    try reader.key(5)
    heartbeat = try reader.integer()
    try reader.key(6)
    memorandumBytes = try reader.integer()
    reader.leave()
  }
}

/// The bounds that no genesis can widen.
package enum LedgerLimits {
  /// The largest block in bytes: 1 MiB.
  package static let blockBytes: Int64 = 1024 * 1024
  /// The smallest limit that a genesis may set: room for one transaction of the largest size.
  package static let leastBlockBytes: Int64 = 300 * 1024
  /// The largest signed content of a transaction in bytes: 256 KiB.
  package static let transactionBytes = SignedStatement.maximumPayload
  /// The largest memorandum in bytes: 4 KiB.
  package static let memorandumBytes: Int64 = 4 * 1024
  /// More transactions than a block of the largest size can hold.
  package static let transactionsPerBlock = 16 * 1024
}

extension CBORReader {
  /// Reads one expected key of a map.
  mutating func key(_ expected: UInt64) throws(CBORError) {
    guard try unsigned() == expected else { throw .unknownValue }
  }
}
