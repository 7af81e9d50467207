import Membership
import Trade

/// Where some items of a lot go next. What goes different ways parts into lots.
private enum Way: CaseIterable {
  case adopted
  case ballot
  case setBack
}

extension NegotiationState {
  /// Closes the reveal: names who withheld, reckons every item, and lets the items with a floor and those without part ways
  /// (N22, N23).
  mutating func concludeReveal(_ docket: DocketID, _ index: Int, at now: Instant) {
    guard let lot = files[docket]?.lots[index] else { return }
    nameWithheld(lot)
    let sheets = sheets(lot.place)
    var ways: [Way: [LotItem]] = [:]
    for lotItem in lot.items {
      guard let result = evaluate(lotItem, lot, sheets, at: now) else {
        // Registered items alone get into a docket; were one lost, it would fail like any other without proposals.
        ways[.setBack, default: []].append(lotItem.setBack(.insufficient, nil))
        continue
      }
      let key = EntryKey.result(docket, lotItem.item, round: lot.round)
      files[docket]?.results[key] = result
      touched.insert(key)
      if result.aggregation.outcome.agreement.map({ $0.floor > Price(microUSDPerKilogram: 0) }) ?? false {
        ways[.ballot, default: []].append(lotItem)
      } else {
        let setback: Setback = result.aggregation.status == .divergent ? .divergent : .insufficient
        ways[.setBack, default: []].append(lotItem.setBack(setback, result.aggregation.nextBand))
      }
    }
    part(docket, index, ways, at: now)
  }

  /// Closes a call of the vote: each item by its own votes, on the same ballots (N27).
  mutating func concludeCall(_ docket: DocketID, _ index: Int, at now: Instant) {
    guard let file = files[docket], let call = BallotCall(rawValue: file.lots[index].call) else { return }
    let lot = file.lots[index]
    let ballots = ballots(lot.place, call: lot.call).map {
      BallotEntry(member: $0.by.member, choice: $0.ballot.choice)
    }
    var ways: [Way: [LotItem]] = [:]
    for lotItem in lot.items {
      let key = EntryKey.result(docket, lotItem.item, round: lot.round)
      guard let result = file.results[key], let votes = electorate(of: docket)?.votes(on: lotItem.item),
        let record = result.counted(
          ballots, kind: file.record.kind, votes: votes, lot: lot.number, call: call, at: now)
      else {
        ways[.setBack, default: []].append(lotItem.setBack(.notRatified, nil))
        continue
      }
      changeResult(key, of: docket) { $0.calls.append(record) }
      if record.isAdopted {
        ways[.adopted, default: []].append(lotItem)
      } else if !record.hasQuorum, lot.call < genesis.parameters.maximumCalls {
        ways[.ballot, default: []].append(lotItem)
      } else {
        let setback: Setback = record.hasQuorum ? .notRatified : .noQuorum
        ways[.setBack, default: []].append(lotItem.setBack(setback, result.aggregation.nextBand))
      }
    }
    part(docket, index, ways, at: now)
  }

  private mutating func nameWithheld(_ lot: LotRecord) {
    for member in electorate(of: lot.docket)?.members ?? [] {
      let key = EntryKey.sheet(lot.place, member)
      guard let sheet = files[lot.docket]?.sheets[key], sheet.revealed == nil else { continue }
      files[lot.docket]?.sheets[key]?.isWithheld = true
      touched.insert(key)
    }
  }

  private func evaluate(
    _ lotItem: LotItem, _ lot: LotRecord, _ sheets: [SheetRecord], at now: Instant
  ) -> ItemResult? {
    guard let item = genesis.item(lotItem.item), let votes = electorate(of: lot.docket)?.votes(on: lotItem.item) else {
      return nil
    }
    let round = ItemRound(
      docket: lot.docket, lot: lot.number, round: lot.round, at: now, tableVersion: currentTable?.version ?? 0,
      item: item, previous: currentRow(item.id)?.floor, band: lotItem.band, votes: votes, sheets: sheets,
      parameters: genesis.parameters.aggregation)
    return round.evaluated().result
  }

  // MARK: Parting

  /// Sends each group its way. The first group in the order of ``Way`` keeps the lot's number; the others become new lots (N14).
  private mutating func part(_ docket: DocketID, _ index: Int, _ ways: [Way: [LotItem]], at now: Instant) {
    guard let whole = files[docket]?.lots[index] else { return }
    var isFirst = true
    for way in Way.allCases {
      guard let items = ways[way], !items.isEmpty else { continue }
      var place = index
      if isFirst {
        changeLot(docket, index) { $0.items = items }
      } else {
        place = splitOff(items, from: whole)
      }
      isFirst = false
      send(docket, place, way, at: now)
    }
  }

  private mutating func splitOff(_ items: [LotItem], from whole: LotRecord) -> Int {
    let place = files[whole.docket]?.lots.count ?? 0
    let lot = LotRecord(
      docket: whole.docket, number: UInt16(clamping: place), parent: whole.number, phase: whole.phase,
      round: whole.round, call: whole.call, opens: whole.opens, closes: whole.closes, items: items)
    files[whole.docket]?.lots.append(lot)
    files[whole.docket]?.record.lotCount = UInt16(clamping: place + 1)
    touched.insert(.docket(whole.docket))
    touched.insert(.lot(whole.docket, lot.number))
    return place
  }

  private mutating func send(_ docket: DocketID, _ index: Int, _ way: Way, at now: Instant) {
    guard let windows = files[docket]?.record.windows else { return }
    switch way {
    case .adopted: adopt(docket, index, at: now)
    case .ballot:
      changeLot(docket, index) { $0.call = UInt8(clamping: Int($0.call) + 1) }
      enter(.ratify, for: windows.ballot, docket, index, at: now)
    case .setBack: conciliate(docket, index, at: now)
    }
  }

  /// Begins a further round with the narrowed bands (N28), or ends the lot after the last.
  private mutating func conciliate(_ docket: DocketID, _ index: Int, at now: Instant) {
    guard let file = files[docket] else { return }
    let lot = file.lots[index]
    guard lot.round < genesis.parameters.maximumRounds else {
      return end(docket, index, file.record.kind, at: now)
    }
    for item in lot.items {
      note(.conciliation(item.setback ?? .insufficient), on: item, lot)
    }
    changeLot(docket, index) { lot in
      lot.round = UInt8(clamping: Int(lot.round) + 1)
      lot.call = 0
    }
    enter(.commit, for: file.record.windows.commit, docket, index, at: now)
  }

  /// Ends a lot without adoption: the floors before are carried, or the items stay without one (N29).
  private mutating func end(_ docket: DocketID, _ index: Int, _ kind: DocketKind, at now: Instant) {
    guard let lot = files[docket]?.lots[index] else { return }
    for item in lot.items {
      let setback = item.setback ?? .insufficient
      switch kind {
      case .first: note(.noFloor(setback), on: item, lot)
      case .routine:
        if let version = carry(item.item, for: docket, at: now) {
          note(.statusQuo(setback, version: version), on: item, lot)
        }
      }
    }
    finish(docket, index, as: kind == .first ? .noFloor : .statusQuo, at: now)
  }

  private mutating func note(_ outcome: ItemOutcome, on item: LotItem, _ lot: LotRecord) {
    changeResult(.result(lot.docket, item.item, round: lot.round), of: lot.docket) { $0.outcome = outcome }
  }
}

extension LotItem {
  /// The item in its next round: why, and between which prices.
  fileprivate func setBack(_ setback: Setback, _ next: PriceBand?) -> LotItem {
    LotItem(item: item, band: next.map { band?.narrowed(by: $0) ?? $0 } ?? band, setback: setback)
  }
}
