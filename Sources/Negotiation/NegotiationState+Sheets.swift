import Cryptography
import Membership
import Trade

extension NegotiationState {
  /// Finds the lot that a message is addressed to, in the phase that the message belongs to.
  ///
  /// What counts is a block time before the close, whether or not the block has moved the lot on (N12).
  ///
  /// Whoever became a full member since the docket was opened has no votes in it (N38).
  func lot(at place: LotRound, in phase: Phase, _ by: Signing) throws(Refusal) -> LotRecord {
    guard let file = files[place.docket] else { throw .docketUnknown }
    guard electorate(file.record.electorate)?.isMember(by.member) ?? false else { throw .notInElectorate }
    guard Int(place.lot) < file.lots.count else { throw .lotUnknown }
    guard file.record.isLive else { throw .docketEnded }
    let lot = file.lots[Int(place.lot)]
    guard place.round >= lot.round else { throw .windowClosed }
    guard place.round == lot.round, lot.phase >= phase else { throw .windowNotOpen }
    guard lot.phase == phase, let closes = lot.closes, by.at < closes else { throw .windowClosed }
    return lot
  }

  /// Records a commitment, or a newer one in the place of the latest (N17).
  mutating func commit(_ commitment: Commitment, _ by: Signing) throws(Refusal) {
    let lot = try lot(at: commitment.place, in: .commit, by)
    let key = EntryKey.sheet(lot.place, by.member)
    var record =
      files[lot.docket]?.sheets[key] ?? SheetRecord(place: lot.place, member: by.member, commitments: [])
    // The very same commitment again changes nothing and harms nobody.
    if let latest = record.commitments.last, latest.digest == commitment.digest { return }
    switch (record.commitments.last?.digest, commitment.replaces) {
    case (nil, nil): break
    case (.some, nil): throw .commitmentExists
    case (let latest, let replaced?): guard latest == replaced else { throw .replacesMismatch }
    }
    guard files[lot.docket]?.committed.contains(commitment.digest) == false else { throw .commitmentReplayed }
    guard record.commitments.count < SheetRecord.maximumCommitments else { throw .commitmentLimit }
    record.commitments.append(SheetRecord.Sealed(digest: commitment.digest, by: by))
    files[lot.docket]?.committed.insert(commitment.digest)
    files[lot.docket]?.sheets[key] = record
    touched.insert(key)
  }

  /// Records a revealed sheet (N18) with a verdict for every quote: a price out of bounds or band refuses that quote alone (N20).
  mutating func reveal(_ reveal: Reveal, _ by: Signing) throws(Refusal) {
    let lot = try lot(at: reveal.place, in: .reveal, by)
    let key = EntryKey.sheet(lot.place, by.member)
    guard var record = files[lot.docket]?.sheets[key], let sealed = record.commitments.last else {
      throw .commitmentMissing
    }
    if let before = record.revealed {
      guard before.sheet == reveal.sheet, before.salt == reveal.salt else { throw .revealTwice }
      return
    }
    let context = sealingContext(lot, by.member)
    guard reveal.salt.count == SealingContext.saltSize,
      context.commitment(to: reveal.sheet, salt: reveal.salt) == sealed.digest
    else { throw .commitmentMismatch }
    let verdicts = try verdicts(on: reveal.sheet, for: lot, at: by.at)
    record.revealed = SheetRecord.Revealed(by: by, salt: reveal.salt, sheet: reveal.sheet, verdicts: verdicts)
    files[lot.docket]?.sheets[key] = record
    touched.insert(key)
  }

  // MARK: Judging a sheet: N4, N19

  /// What the reveal of a sheet on this lot would meet at that time: a verdict for each quote, or the refusal of the whole sheet.
  package func verdicts(
    on sheet: Sheet, for lot: LotRecord, at time: Instant
  ) throws(Refusal) -> [QuoteVerdict] {
    try judgeItems(sheet.quotes.map(\.item), lot, at: time)
    var verdicts: [QuoteVerdict] = []
    for (quote, lotItem) in zip(sheet.quotes, lot.items) {
      guard let item = genesis.item(quote.item) else { throw .itemUnknown }
      guard quote.unit == item.unit.rawValue else { throw .unitMismatch }
      guard quote.scale == item.scale else { throw .scaleMismatch }
      verdicts.append(quote.verdict(item.pricing, band: lotItem.band))
    }
    if sheet.hasPrice {
      guard !sheet.evidence.isEmpty else { throw .evidenceMissing }
      guard sheet.bestEvidence != nil else { throw .evidenceCircular }
    }
    return verdicts
  }

  /// Every item of the lot exactly once, ascending.
  private func judgeItems(_ items: [ItemID], _ lot: LotRecord, at time: Instant) throws(Refusal) {
    let sorted = items.sorted()
    guard !zip(sorted, sorted.dropFirst()).contains(where: { $0 == $1 }) else { throw .itemTwice }
    guard items == sorted else { throw .itemsNotAscending }
    for id in items where lot.items.place(of: id, by: \.item) == nil {
      guard let item = genesis.item(id) else { throw .itemUnknown }
      throw item.isRetired(at: time) ? .itemRetired : .itemNotInLot
    }
    guard items.count == lot.items.count else { throw .itemMissing }
  }
}

extension Quote {
  /// What becomes of the quote under the item's rules and this round's band. A price is refused, never moved.
  func verdict(_ rules: PriceRules, band: PriceBand?) -> QuoteVerdict {
    guard let price = answer.price else { return .answered }
    guard rules.admits(price) else { return .outOfBounds }
    guard band?.contains(price) ?? true else { return .outOfBand }
    return .counted
  }
}

// MARK: Ballots

extension NegotiationState {
  /// Records a member's ballot in the open call (N25).
  mutating func cast(_ ballot: Ballot, _ by: Signing) throws(Refusal) {
    let lot = try lot(at: ballot.place, in: .ratify, by)
    guard ballot.call == lot.call else { throw .callMismatch }
    let key = EntryKey.ballot(lot.place, call: lot.call, by.member)
    guard files[lot.docket]?.ballots[key] == nil else { throw .ballotTwice }
    files[lot.docket]?.ballots[key] = BallotRecord(ballot: ballot, by: by)
    touched.insert(key)
  }
}
