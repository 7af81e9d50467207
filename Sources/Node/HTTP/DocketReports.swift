import API
import CBOR
import Ledger
import Membership
import Negotiation
import Storage
import Trade

/// Answers about dockets, out of one committed state; refused messages come from the history.
struct DocketReports: Sendable {
  let committed: CommittedView
  let history: CommittedHistory
  private var reader: StateReader { StateReader(state: committed.state) }

  func list() -> DocketList {
    let dockets = reader.values(of: DocketRecord.self, .dockets)
    return DocketList(dockets: dockets.map { summary($0, lots: reader.lots(of: $0.id)) })
  }

  func docket(_ name: String) throws(APIRefusal) -> DocketReport {
    guard let id = DocketID(name), let record = reader.docket(id) else { throw .notFound("there is no docket \(name)") }
    let lots = reader.lots(of: id)
    let results = reader.results(of: id)
    let parts = DocketParts(
      record: record, sheets: reader.sheets(of: id), ballots: reader.ballots(of: id), results: results, reader: reader)
    return DocketReport(
      summary: summary(record, lots: lots), lots: lots.map(parts.report), outcomes: parts.outcomes(lots),
      refusals: try refusals(of: name))
  }

  private func summary(_ record: DocketRecord, lots: [LotRecord]) -> DocketSummary {
    DocketSummary(
      docket: record.id.text, kind: record.kind.name, openedBy: record.openers.map(\.member.text),
      openedAt: InstantValue(record.openedAt), state: record.stateName, items: record.items.count,
      nextDeadline: lots.compactMap(\.closes).min().map(InstantValue.init))
  }

  private func refusals(of name: String) throws(APIRefusal) -> [RefusalReport] {
    let statements: [CommittedStatement]
    do throws(StorageError) { statements = try history.refusals(about: name, limit: APILimits.listing) } catch {
      throw APIRefusal(error)
    }
    return statements.map { statement in
      RefusalReport(
        height: statement.height, member: statement.transaction.signer.text,
        type: statement.transaction.signed.type.rawValue, code: statement.result,
        sentence: TransactionResult.sentence(ofCode: statement.result))
    }
  }
}

/// A docket's records, put together lot by lot.
private struct DocketParts {
  let record: DocketRecord
  let sheets: [SheetRecord]
  let ballots: [BallotRecord]
  let results: [ItemResult]
  let reader: StateReader

  func report(_ lot: LotRecord) -> LotReport {
    let sheets = sheets.filter { $0.place == lot.place }
    let ballots = ballots.filter { $0.ballot.place == lot.place }
    let results = results.filter { $0.round == lot.round && lot.items.map(\.item).contains($0.item) }
    return LotReport(
      lot: UInt64(lot.number), items: lot.items.map(\.item.text), phase: lot.phase.name, round: Int(lot.round),
      call: Int(lot.call), opensAt: InstantValue(lot.opens), closesAt: lot.closes.map(InstantValue.init),
      committed: sheets.map(\.member.text), revealed: sheets.filter { $0.revealed != nil }.map(\.member.text),
      withheld: sheets.filter(\.isWithheld).map(\.member.text), results: results.map(report),
      ballots: ballots.map(BallotReport.init), tallies: results.flatMap(tallies))
  }

  /// The newest result of each item decides; an item without one is where its lot is.
  func outcomes(_ lots: [LotRecord]) -> [OutcomeReport] { record.items.map { outcome(of: $0, lots) } }

  private func outcome(of item: ItemID, _ lots: [LotRecord]) -> OutcomeReport {
    let rounds = results.filter { $0.item == item }.sorted { $0.round < $1.round }
    if let newest = rounds.last { return outcome(newest, setbacks: rounds.compactMap { $0.outcome.setback?.name }) }
    let lot = lots.last { lot in lot.items.contains { $0.item == item } }
    return OutcomeReport(item: item.text, outcome: (lot?.phase ?? .open).name, reason: nil, setbacks: [], floor: nil)
  }

  private func outcome(_ result: ItemResult, setbacks: [String]) -> OutcomeReport {
    let (agreement, setback) = (result.agreement, result.outcome.setback)
    return OutcomeReport(
      item: result.item.text, outcome: result.outcome.name, reason: setback?.name, setbacks: setbacks,
      floor: agreement.map { PriceValue($0.floor) })
  }

  private func report(_ result: ItemResult) -> ResultReport {
    let agreement = result.agreement
    let aggregation = result.aggregation
    return ResultReport(
      item: result.item.text, status: aggregation.status.name, reason: result.outcome.setback?.name,
      result: agreement.map { PriceValue($0.result) }, floor: agreement.map { PriceValue($0.floor) },
      vote: agreement == nil ? nil : result.ballotKind(record.kind).name, corridor: corridor(result),
      dispersion: aggregation.dispersion.map(DispersionReport.init), bandLow: result.band.map { PriceValue($0.low) },
      bandHigh: result.band.map { PriceValue($0.high) }, quotes: quotes(result))
  }

  private func quotes(_ result: ItemResult) -> [QuoteReport] {
    sheets.filter { $0.place.lot == result.lot && $0.place.round == result.round }.compactMap { sheet in
      guard let (quote, verdict) = sheet.quote(on: result.item) else { return nil }
      let line = result.proposals.first { $0.member == sheet.member }
      let refusal: String? =
        switch verdict {
        case .counted, .answered: nil
        case .outOfBounds, .outOfBand: verdict.code
        }
      return QuoteReport(
        member: sheet.member.text, answer: quote.answer.name, price: quote.answer.price.map(PriceValue.init),
        screened: line?.verdict == .screened, refusal: refusal)
    }
  }

  private func corridor(_ result: ItemResult) -> String {
    guard reader.item(result.item)?.pricing.corridor != nil else { return "NO_CORRIDOR" }
    guard let agreement = result.agreement else { return "NO_RESULT" }
    return agreement.outsideEvidence || agreement.floorOutsideEvidence ? "OUTSIDE" : "WITHIN"
  }

  private func tallies(_ result: ItemResult) -> [TallyReport] {
    result.calls.flatMap { call in
      [call.producer, call.consumer].map { tally in
        TallyReport(
          item: result.item.text, chamber: tally.chamber.name.uppercased(), yes: tally.yes, no: tally.no,
          abstain: tally.present - tally.yes - tally.no, total: tally.total)
      }
    }
  }
}

extension BallotReport {
  init(_ record: BallotRecord) {
    self.init(
      member: record.by.member.text, choice: record.ballot.choice.name, reason: record.ballot.reason,
      call: Int(record.ballot.call))
  }
}

extension TransactionResult {
  /// The sentence of a refusal by its code; results are numbered from 0, and there are not many.
  static func sentence(ofCode code: String) -> String {
    (UInt16(0)..<1_024).lazy.compactMap { TransactionResult(number: $0) }.first { $0.code == code }?.sentence ?? code
  }
}

extension DocketRecord {
  var stateName: String { withdrawal != nil ? "WITHDRAWN" : isLive ? "OPEN" : "ENDED" }
}

extension ItemResult {
  // Not inlined: Swift 6.3's optimiser (CopyPropagation) fails on this pattern inside a closure over a list of results.
  @inline(never)
  var agreement: Aggregation.Agreement? {
    if case .agreed(_, let agreement) = aggregation.outcome { agreement } else { nil }
  }
}
