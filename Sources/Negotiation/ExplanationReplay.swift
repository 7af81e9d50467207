import CBOR
import Cryptography
import Membership
import Trade

/// One explanation under way.
struct Replay {
  private let itemID: ItemID
  private let docketID: DocketID
  private let network: NetworkID
  private let parameters: NegotiationParameters
  private let read: (EntryKey) -> [UInt8]?

  init(
    _ item: ItemID, _ docket: DocketID, _ network: NetworkID, _ read: @escaping (EntryKey) -> [UInt8]?
  ) throws(ExplanationError) {
    (itemID, docketID, self.network, self.read) = (item, docket, network, read)
    let key = EntryKey.negotiationParameters
    guard let bytes = read(key) else { throw .missing(key) }
    do throws(CBORError) { parameters = try NegotiationParameters(decoding: bytes) } catch { throw .malformed(key) }
  }

  func explained() throws(ExplanationError) -> Explanation {
    let docket: DocketRecord = try required(.docket(docketID))
    guard docket.items.place(of: itemID, by: \.self) != nil else { throw .notInDocket(itemID, docketID) }
    let item: Item = try required(.item(itemID))
    let votes: ItemVotes = try required(.votes(itemID, electorate: docket.electorate))
    var rounds: [Explanation.Round] = []
    var band: PriceBand?
    for number in 1...parameters.maximumRounds {
      let key = EntryKey.result(docketID, itemID, round: number)
      guard let committed: ItemResult = try optional(key) else { break }
      let round = try replayed(committed, key, band, docket, item, votes)
      rounds.append(round)
      band = committed.aggregation.nextBand.map { band?.narrowed(by: $0) ?? $0 } ?? band
    }
    guard let last = rounds.last else { throw .notYet(itemID) }
    return Explanation(docket: docket, item: item, rounds: rounds, row: try row(last.result, docket))
  }

  // MARK: One round

  private func replayed(
    _ committed: ItemResult, _ key: EntryKey, _ band: PriceBand?, _ docket: DocketRecord, _ item: Item,
    _ votes: ItemVotes
  ) throws(ExplanationError) -> Explanation.Round {
    let place = LotRound(docket: docketID, lot: committed.lot, round: committed.round)
    let sheets = try sheets(place, votes, item, band)
    let round = ItemRound(
      docket: docketID, lot: committed.lot, round: committed.round, at: committed.at,
      tableVersion: committed.tableVersion, item: item, previous: try previousFloor(committed), band: band,
      votes: votes, sheets: sheets, parameters: parameters.aggregation)
    let (computed, steps) = round.evaluated()
    var result = computed
    for call in committed.calls {
      result.calls.append(try replayed(call, computed, key, docket, votes))
    }
    (result.outcome, result.reviewDue) = try outcome(of: result, as: committed.outcome, key, docket)
    guard result == committed else { throw .differs(key) }
    return Explanation.Round(result: result, steps: steps)
  }

  /// The sheets of the round's voters, each checked against what was sealed, its verdict on this item recomputed.
  private func sheets(
    _ place: LotRound, _ votes: ItemVotes, _ item: Item, _ band: PriceBand?
  ) throws(ExplanationError) -> [SheetRecord] {
    var sheets: [SheetRecord] = []
    for member in votes.members {
      let key = EntryKey.sheet(place, member)
      guard let sheet: SheetRecord = try optional(key) else { continue }
      if let revealed = sheet.revealed {
        let context = SealingContext(
          network: network, place: place, member: member, items: revealed.sheet.quotes.map(\.item),
          parameters: parameters.digest)
        guard context.commitment(to: revealed.sheet, salt: revealed.salt) == sheet.commitments.last?.digest else {
          throw .unsealed(member, key)
        }
      }
      if let (quote, verdict) = sheet.quote(on: item.id) {
        guard quote.verdict(item.pricing, band: band) == verdict else { throw .differs(key) }
      }
      sheets.append(sheet)
    }
    return sheets
  }

  private func previousFloor(_ committed: ItemResult) throws(ExplanationError) -> Price? {
    guard committed.tableVersion > 0, committed.aggregation.previous != nil else { return nil }
    let row: FloorRow = try required(.row(committed.tableVersion, itemID))
    return row.floor
  }

  // MARK: The vote

  private func replayed(
    _ call: CallRecord, _ result: ItemResult, _ key: EntryKey, _ docket: DocketRecord, _ votes: ItemVotes
  ) throws(ExplanationError) -> CallRecord {
    let place = LotRound(docket: docketID, lot: call.lot, round: result.round)
    var ballots: [BallotEntry] = []
    for member in votes.members {
      guard let record: BallotRecord = try optional(.ballot(place, call: call.call, member)) else { continue }
      ballots.append(BallotEntry(member: member, choice: record.ballot.choice))
    }
    guard let number = BallotCall(rawValue: call.call),
      let counted = result.counted(
        ballots, kind: docket.kind, votes: votes, lot: call.lot, call: number, at: call.at)
    else { throw .differs(key) }
    return counted
  }

  /// The outcome that follows from the figures and the calls, and when a floor held back by the step limit is reviewed.
  ///
  /// Of the committed outcome only the version of a table is taken over, and the row there is asked for: that of an adoption is
  /// compared as a whole, that of a failed docket must be carried.
  private func outcome(
    of result: ItemResult, as committed: ItemOutcome, _ key: EntryKey, _ docket: DocketRecord
  ) throws(ExplanationError) -> (ItemOutcome, reviewDue: Instant?) {
    if let last = result.calls.last, last.isAdopted {
      let isHeldBack = result.aggregation.status == .stepLimited
      let review = isHeldBack ? last.at.later(by: parameters.reviewTerm) : nil
      if case .inForce = committed { return (committed, review) }
      return (.adopted(effectiveAt: last.at.later(by: docket.windows.vacatio)), review)
    }
    guard let setback = setback(of: result) else { return (.voting, nil) }
    if result.round < parameters.maximumRounds { return (.conciliation(setback), nil) }
    switch (docket.kind, committed) {
    case (.first, _): return (.noFloor(setback), nil)
    case (.routine, .statusQuo(_, let version)):
      let row: FloorRow = try required(.row(version, itemID))
      guard row.authority == .statusQuo || row.authority == .lapse else { throw .differs(key) }
      return (.statusQuo(setback, version: version), nil)
    case (.routine, _):
      // Without a floor there is nothing to carry, and nothing is noted.
      guard result.aggregation.previous == nil else { throw .differs(key) }
      return (.voting, nil)
    }
  }

  /// Why a round failed, or nil while it has not: no agreement, no quorum in the last call, or a vote against (N22, N27).
  private func setback(of result: ItemResult) -> Setback? {
    guard let agreement = result.aggregation.outcome.agreement, agreement.floor > Price(microUSDPerKilogram: 0) else {
      return result.aggregation.status == .divergent ? .divergent : .insufficient
    }
    guard let last = result.calls.last else { return nil }
    if last.hasQuorum { return .notRatified }
    return last.call < parameters.maximumCalls ? nil : .noQuorum
  }

  // MARK: The row

  /// The row that the last round's adoption gives, compared with the pending one or with the one of its table version.
  private func row(_ result: ItemResult, _ docket: DocketRecord) throws(ExplanationError) -> FloorRow? {
    let key: EntryKey
    switch result.outcome {
    case .adopted: key = .pending(itemID)
    case .inForce(let version): key = .row(version, itemID)
    case .voting, .conciliation, .statusQuo, .noFloor: return nil
    }
    let committed: FloorRow = try required(key)
    let adoptedAt = result.calls.last?.at ?? result.at
    let row = result.row(
      docket.kind, effectiveAt: adoptedAt.later(by: docket.windows.vacatio), parameters: parameters)
    guard let row, row == committed else { throw .differs(key) }
    return row
  }

  // MARK: Entries

  private func optional<Value: CBORDecodable>(_ key: EntryKey) throws(ExplanationError) -> Value? {
    guard let bytes = read(key) else { return nil }
    do throws(CBORError) { return try Value(decoding: bytes) } catch { throw .malformed(key) }
  }

  private func required<Value: CBORDecodable>(_ key: EntryKey) throws(ExplanationError) -> Value {
    guard let value: Value = try optional(key) else { throw .missing(key) }
    return value
  }
}

extension NegotiationState {
  /// Explains an item's way through a docket from this state's own entries.
  package func explain(_ item: ItemID, in docket: DocketID) throws(ExplanationError) -> Explanation {
    try Explanation.of(item, in: docket, network: genesis.network) { entry($0) }
  }

  /// The keys of the entries that such an explanation reads, ascending: what a bundle must carry.
  package func explanationKeys(_ item: ItemID, in docket: DocketID) throws(ExplanationError) -> [EntryKey] {
    var keys: Set<EntryKey> = []
    _ = try Explanation.of(item, in: docket, network: genesis.network) { key in
      let value = entry(key)
      if value != nil { keys.insert(key) }
      return value
    }
    return keys.sorted()
  }
}
