/// `GET /v1/dockets`.
package struct DocketList: Codable, Hashable, Sendable {
  package let dockets: [DocketSummary]

  package init(dockets: [DocketSummary]) { self.dockets = dockets }
}

/// A docket in one line.
package struct DocketSummary: Codable, Hashable, Sendable {
  package let docket: String
  /// `FIRST` or `ROUTINE`.
  package let kind: String
  package let openedBy: [String]
  package let openedAt: InstantValue
  /// `OPEN` while a lot is under way, else `ENDED` or `WITHDRAWN`.
  package let state: String
  package let items: Int
  /// The next instant at which something closes; nil once ended.
  package let nextDeadline: InstantValue?

  package init(
    docket: String, kind: String, openedBy: [String], openedAt: InstantValue, state: String, items: Int,
    nextDeadline: InstantValue?
  ) {
    (self.docket, self.kind, self.openedBy, self.openedAt) = (docket, kind, openedBy, openedAt)
    (self.state, self.items, self.nextDeadline) = (state, items, nextDeadline)
  }
}

/// `GET /v1/dockets/{id}`: a docket's whole life.
package struct DocketReport: Codable, Hashable, Sendable {
  package let summary: DocketSummary
  /// The items that move together, each group with its own phase.
  package let lots: [LotReport]
  /// How each item stands or ended.
  package let outcomes: [OutcomeReport]
  /// Messages that the ledger refused, with codes.
  package let refusals: [RefusalReport]

  package init(
    summary: DocketSummary, lots: [LotReport], outcomes: [OutcomeReport], refusals: [RefusalReport]
  ) {
    (self.summary, self.lots, self.outcomes, self.refusals) = (summary, lots, outcomes, refusals)
  }
}

/// Items that move together.
package struct LotReport: Codable, Hashable, Sendable {
  /// The lot's number within the docket.
  package let lot: UInt64
  package let items: [String]
  /// The phase by name, as `COMMIT`, `REVEAL` or `RATIFY`.
  package let phase: String
  package let round: Int
  package let call: Int
  /// When the phase opened and when it closes; nil once ended.
  package let opensAt: InstantValue?
  package let closesAt: InstantValue?
  /// The members that committed in this round, revealed in it, and committed without revealing.
  package let committed: [String]
  package let revealed: [String]
  package let withheld: [String]
  package let results: [ResultReport]
  package let ballots: [BallotReport]
  package let tallies: [TallyReport]

  package init(
    lot: UInt64, items: [String], phase: String, round: Int, call: Int, opensAt: InstantValue?,
    closesAt: InstantValue?, committed: [String], revealed: [String], withheld: [String], results: [ResultReport],
    ballots: [BallotReport], tallies: [TallyReport]
  ) {
    (self.lot, self.items, self.phase, self.round, self.call) = (lot, items, phase, round, call)
    (self.opensAt, self.closesAt) = (opensAt, closesAt)
    (self.committed, self.revealed, self.withheld) = (committed, revealed, withheld)
    (self.results, self.ballots, self.tallies) = (results, ballots, tallies)
  }
}

/// What the aggregation made of one item's proposals.
package struct ResultReport: Codable, Hashable, Sendable {
  package let item: String
  package let status: String
  /// Why there is no number, where there is none.
  package let reason: String?
  package let result: PriceValue?
  package let floor: PriceValue?
  /// `SIMPLE` or `SPECIAL`: the vote that a floor needs.
  package let vote: String?
  /// `NO_CORRIDOR`, `NO_RESULT`, `WITHIN` or `OUTSIDE`.
  package let corridor: String
  package let dispersion: DispersionReport?
  /// The band for the next round, where one holds.
  package let bandLow: PriceValue?
  package let bandHigh: PriceValue?
  package let quotes: [QuoteReport]

  package init(
    item: String, status: String, reason: String?, result: PriceValue?, floor: PriceValue?, vote: String?,
    corridor: String, dispersion: DispersionReport?, bandLow: PriceValue?, bandHigh: PriceValue?, quotes: [QuoteReport]
  ) {
    (self.item, self.status, self.reason, self.result) = (item, status, reason, result)
    (self.floor, self.vote, self.corridor, self.dispersion) = (floor, vote, corridor, dispersion)
    (self.bandLow, self.bandHigh, self.quotes) = (bandLow, bandHigh, quotes)
  }
}

/// One member's revealed answer on one item.
package struct QuoteReport: Codable, Hashable, Sendable {
  package let member: String
  /// `PRICE`, or a typed answer: `ABSTAIN`, `NO_DATA`, `NOT_COVERED`, `CONFLICTED`.
  package let answer: String
  package let price: PriceValue?
  package let screened: Bool
  /// Why the price was not counted (`OUT_OF_BOUNDS`, `OUT_OF_BAND`, …).
  package let refusal: String?

  package init(member: String, answer: String, price: PriceValue?, screened: Bool, refusal: String?) {
    (self.member, self.answer, self.price) = (member, answer, price)
    (self.screened, self.refusal) = (screened, refusal)
  }
}

/// One ballot.
package struct BallotReport: Codable, Hashable, Sendable {
  package let member: String
  /// `YES`, `NO` or `ABSTAIN`.
  package let choice: String
  package let reason: String
  package let call: Int

  package init(member: String, choice: String, reason: String, call: Int) {
    (self.member, self.choice, self.reason, self.call) = (member, choice, reason, call)
  }
}

/// The count of one item's ballots in one chamber.
package struct TallyReport: Codable, Hashable, Sendable {
  package let item: String
  /// `PRODUCER` or `CONSUMER`.
  package let chamber: String
  package let yes: Int64
  package let no: Int64
  package let abstain: Int64
  package let total: Int64

  package init(item: String, chamber: String, yes: Int64, no: Int64, abstain: Int64, total: Int64) {
    (self.item, self.chamber, self.yes) = (item, chamber, yes)
    (self.no, self.abstain, self.total) = (no, abstain, total)
  }
}

/// How one item of a docket stands or ended.
package struct OutcomeReport: Codable, Hashable, Sendable {
  package let item: String
  /// The outcome by name, as `UNDER_WAY`, `IN_FORCE` or `NO_FLOOR`.
  package let outcome: String
  /// Why, as `DIVERGENT` or `INSUFFICIENT`: the setback of the newest round.
  package let reason: String?
  /// The setbacks of all rounds, oldest first.
  package let setbacks: [String]
  package let floor: PriceValue?

  package init(item: String, outcome: String, reason: String?, setbacks: [String], floor: PriceValue?) {
    (self.item, self.outcome, self.reason) = (item, outcome, reason)
    (self.setbacks, self.floor) = (setbacks, floor)
  }
}

/// A message about a docket that was recorded and not counted.
package struct RefusalReport: Codable, Hashable, Sendable {
  package let height: UInt64
  package let member: String
  package let type: String
  package let code: String
  package let sentence: String

  package init(height: UInt64, member: String, type: String, code: String, sentence: String) {
    (self.height, self.member, self.type) = (height, member, type)
    (self.code, self.sentence) = (code, sentence)
  }
}

/// `GET /v1/explain?docket=&item=`: the signed inputs from which anyone recomputes a row.
package struct ExplainReport: Codable, Hashable, Sendable {
  package let docket: String
  package let item: String
  /// Every committed statement about the docket, in the ledger's order.
  package let statements: [StatementReport]
  /// The state entries that the computation reads and the one that it made.
  package let entries: [EntryReport]

  package init(docket: String, item: String, statements: [StatementReport], entries: [EntryReport]) {
    (self.docket, self.item, self.statements, self.entries) = (docket, item, statements, entries)
  }
}

/// A signed statement and where it stands.
package struct StatementReport: Codable, Hashable, Sendable {
  package let height: UInt64
  package let identity: String
  package let type: String
  package let signer: String
  /// `OK` or the refusal's code.
  package let result: String
  /// COSE_Sign1, base64.
  package let bytes: String

  package init(height: UInt64, identity: String, type: String, signer: String, result: String, bytes: String) {
    (self.height, self.identity, self.type) = (height, identity, type)
    (self.signer, self.result, self.bytes) = (signer, result, bytes)
  }
}

/// One entry of the state, as it is under the state's root.
package struct EntryReport: Codable, Hashable, Sendable {
  /// The section's name.
  package let section: String
  /// The key in hexadecimal.
  package let key: String
  /// The value as CBOR, base64.
  package let value: String

  package init(section: String, key: String, value: String) {
    (self.section, self.key, self.value) = (section, key, value)
  }
}
