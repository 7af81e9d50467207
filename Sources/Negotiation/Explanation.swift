import CBOR
import Cryptography
import Membership
import Trade

/// Why an item's way through a docket cannot be explained from the entries at hand.
package enum ExplanationError: Error, Hashable, Sendable {
  /// An entry that the explanation needs is not there.
  case missing(EntryKey)
  case malformed(EntryKey)
  case notInDocket(ItemID, DocketID)
  /// The docket has not reckoned the item yet.
  case notYet(ItemID)
  /// A member's sheet is not the one it had sealed.
  case unsealed(MemberID, EntryKey)
  /// Recomputing from the signed inputs gives another value than the one committed.
  case differs(EntryKey)

  /// The stable code.
  package var code: String {
    switch self {
    case .missing: "EXPLAIN_ENTRY_MISSING"
    case .malformed: "EXPLAIN_ENTRY_MALFORMED"
    case .notInDocket: "EXPLAIN_ITEM_NOT_IN_DOCKET"
    case .notYet: "EXPLAIN_NOT_YET"
    case .unsealed: "EXPLAIN_SHEET_UNSEALED"
    case .differs: "EXPLAIN_DIFFERS"
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .missing(let key): "the entry \(key.name) is needed and is not there"
    case .malformed(let key): "the entry \(key.name) does not decode"
    case .notInDocket(let item, let docket): "docket \(docket) has no item \(item)"
    case .notYet(let item): "no reveal that includes \(item) has closed yet"
    case .unsealed(let member, let key): "the sheet of \(member) at \(key.name) is not the one that it had sealed"
    case .differs(let key): "recomputing \(key.name) from the signed inputs gives another value than the committed one"
    }
  }
}

/// An item's way through a docket, recomputed from what members signed and compared with what was committed.
package struct Explanation: Hashable, Sendable {
  /// One round: what was committed, which is what the inputs give, and the steps between.
  package struct Round: Hashable, Sendable {
    package let result: ItemResult
    package let steps: [AggregationStep]
  }

  package let docket: DocketRecord
  package let item: Item
  package let rounds: [Round]
  /// The row that adoption made, pending or in force; nil where there was none.
  package let row: FloorRow?

  /// Recomputes every round, every call and the row, and compares each with its entry (N37).
  ///
  /// Pure: it knows only the entries, so it runs as well on a bundle without a network. `entry` answers an entry's value, or nil; what
  /// it answers must have been proved by whoever supplies it.
  package static func of(
    _ item: ItemID, in docket: DocketID, network: NetworkID, entry: (EntryKey) -> [UInt8]?
  ) throws(ExplanationError) -> Explanation {
    // The closure is only handed on; it never outlives the call.
    try withoutActuallyEscaping(entry) { (entry) throws(ExplanationError) -> Explanation in
      try Replay(item, docket, network, entry).explained()
    }
  }
}

extension Explanation {
  /// The explanation line by line.
  package var lines: [String] {
    var lines = ["docket \(docket.id), \(docket.kind.name), opened \(docket.openedAt.text); item \(item.id)"]
    for round in rounds {
      let result = round.result
      lines.append("round \(result.round), lot \(result.lot), reckoned \(result.at.text)")
      if let band = result.band { lines.append("  prices between \(band.low.text) and \(band.high.text)") }
      lines += result.proposals.filter { $0.verdict == .outOfBand }.map {
        "  \($0.member): \($0.price.text) lies outside the band and is refused"
      }
      lines += round.steps.map { "  " + $0.sentence }
      lines += result.withheld.map { $0.sentence }
      if item.pricing.corridor == nil { lines.append("  NO_CORRIDOR: no outside evidence with the same basis") }
      lines += result.calls.map { $0.sentence }
      lines.append("  " + result.outcomeSentence)
    }
    if let row {
      let lapse = row.lapsesAt.map { ", lapses \($0.text)" } ?? ""
      lines.append("floor \(row.floor.text) USD/kg, \(row.mode.name), effective \(row.effectiveAt.text)\(lapse)")
    }
    return lines
  }
}

extension WithheldInfluence {
  fileprivate var sentence: String {
    let reach = range.map { "could have moved the result to between \($0.low.text) and \($0.high.text)" }
    let decisive = isDecisive ? "would have made the proposals sufficient" : "could have changed nothing by itself"
    return "  \(member): WITHHELD, \(weight) votes, \(reach ?? decisive)"
  }
}

extension CallRecord {
  fileprivate var sentence: String {
    let chambers = [producer, consumer].map { tally in
      let presence = tally.hasQuorum ? "" : ", no quorum"
      return "\(tally.chamber.name) \(tally.yes):\(tally.no), \(tally.present) of \(tally.total) present\(presence)"
    }
    let verdict = isAdopted ? "adopted" : "not adopted"
    return "  call \(call), \(kind.name): \(chambers.joined(separator: "; ")); \(verdict)"
  }
}

extension ItemResult {
  fileprivate var outcomeSentence: String {
    switch outcome {
    case .voting: "put to the vote"
    case .adopted(let instant): "ADOPTED, effective \(instant.text)"
    case .inForce(let version): "IN_FORCE since table version \(version)"
    case .conciliation(let setback): "CONCILIATION: \(setback.name)"
    case .statusQuo(let setback, let version): "STATUS_QUO: \(setback.name); carried in table version \(version)"
    case .noFloor(let setback): "NO_FLOOR: \(setback.name)"
    }
  }
}
