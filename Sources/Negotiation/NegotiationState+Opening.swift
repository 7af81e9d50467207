import Cryptography
import Membership
import Trade

extension NegotiationState {
  /// Opens a docket for the chair (N8); for others records the support, and opens with the third identical opening (N9).
  mutating func open(_ opening: DocketOpening, _ by: Signing) throws(Refusal) {
    let (kind, windows) = try judged(opening, at: by.at)
    if by.member == electorate.chair {
      return establish(opening, kind, windows, openers: [by], at: by.at)
    }
    let digest = opening.digest
    try admitSupport(opening, digest, by.member)
    var record =
      proposed[digest] ?? OpeningRecord(opening: opening, signers: [], lapsesAt: by.at.later(by: windows.notice))
    record.signers.append(by)
    if record.signers.count >= OpeningRecord.signersNeeded {
      establish(opening, kind, windows, openers: record.signers, at: by.at)
    } else {
      proposed[digest] = record
      touched.insert(EntryKey(.openings, digest.bytes))
    }
  }

  /// Takes a docket, or one's support for a proposed one, back.
  ///
  /// A docket of three members falls with any one of them: it no longer has three (N11).
  mutating func withdraw(_ withdrawal: DocketWithdrawal, _ by: Signing) throws(Refusal) {
    guard let file = files[withdrawal.docket] else { return try withdrawSupport(withdrawal.docket, by.member) }
    guard file.record.isLive else { throw .docketEnded }
    guard file.record.openers.contains(where: { $0.member == by.member }) else { throw .notTheOpener }
    // A lot whose evidence window is over by block time counts as in COMMIT, even before the block has moved it on.
    let isLate = file.lots.contains { lot in
      lot.phase >= .commit || (lot.phase == .evidence && lot.closes.map { $0 <= by.at } ?? true)
    }
    guard !isLate else { throw .withdrawTooLate }
    for index in file.lots.indices { finish(withdrawal.docket, index, as: .withdrawn, at: by.at) }
    files[withdrawal.docket]?.record.withdrawal = DocketRecord.Withdrawal(by: by, reason: withdrawal.reason)
    touched.insert(.docket(withdrawal.docket))
    closeDocketIfDone(withdrawal.docket, at: by.at)
  }

  // MARK: Judging an opening: N1, N6, N7

  private func judged(
    _ opening: DocketOpening, at time: Instant
  ) throws(Refusal) -> (DocketKind, DocketWindows) {
    guard let kind = DocketKind(rawValue: opening.kind) else { throw .kindNotSupported }
    guard files[opening.docket] == nil else { throw .docketExists }
    guard !opening.items.isEmpty else { throw .itemsEmpty }
    guard zip(opening.items, opening.items.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .itemsNotAscending }
    for id in opening.items { try judge(id, kind, at: time) }
    let windows = opening.windows ?? genesis.parameters.windows(of: kind)
    let least = genesis.parameters.minimumWindow
    guard windows.all.allSatisfy({ $0 >= least }) else { throw .windowTooShort }
    guard windows.areLawful(minimum: least) else { throw .windowTooLong }
    return (kind, windows)
  }

  private func judge(_ id: ItemID, _ kind: DocketKind, at time: Instant) throws(Refusal) {
    guard let item = genesis.item(id) else { throw .itemUnknown }
    guard !item.isRetired(at: time) else { throw .itemRetired }
    guard !live.contains(where: { files[$0]?.record.items.place(of: id, by: \.self) != nil }) else {
      throw .itemInDocket
    }
    switch (kind, currentRow(id)) {
    case (.first, .some): throw .itemHasFloor
    case (.routine, nil): throw .itemWithoutFloor
    case (.first, nil), (.routine, .some): break
    }
  }

  // MARK: Support by three

  private func admitSupport(_ opening: DocketOpening, _ digest: Digest, _ member: MemberID) throws(Refusal) {
    let supported = proposed.keys.sorted().compactMap { proposed[$0] }.filter { record in
      record.signers.contains { $0.member == member }
    }
    guard !supported.contains(where: { $0.opening.docket == opening.docket }) else { throw .openingTwice }
    guard supported.count < OpeningRecord.perMember else { throw .openingLimit }
  }

  private mutating func withdrawSupport(_ docket: DocketID, _ member: MemberID) throws(Refusal) {
    let candidates = proposed.keys.sorted().filter { proposed[$0]?.opening.docket == docket }
    guard !candidates.isEmpty else { throw .docketUnknown }
    let own = candidates.first { proposed[$0]?.signers.contains { $0.member == member } ?? false }
    guard let digest = own, var record = proposed[digest] else { throw .notTheOpener }
    record.signers.removeAll { $0.member == member }
    proposed[digest] = record.signers.isEmpty ? nil : record
    touched.insert(EntryKey(.openings, digest.bytes))
  }

  // MARK: Opening

  private mutating func establish(
    _ opening: DocketOpening, _ kind: DocketKind, _ windows: DocketWindows, openers: [Signing], at time: Instant
  ) {
    let id = opening.docket
    let lots = Self.firstLots(opening, closes: time.later(by: windows.notice), at: time)
    let record = DocketRecord(
      id: id, kind: kind, openers: openers, items: opening.items, windows: windows, note: opening.note,
      openedAt: time, electorate: electorate.version, lotCount: UInt16(clamping: lots.count))
    files[id] = DocketFile(record: record, lots: lots)
    live.insert(id, at: live.lowerBound(of: id, by: \.self))
    touched.insert(.docket(id))
    for lot in lots { touched.insert(.lot(id, lot.number)) }
    for digest in proposed.keys.sorted() where proposed[digest]?.opening.docket == id {
      // The name is taken: whatever else was proposed under it can no longer be opened.
      proposed[digest] = nil
      touched.insert(EntryKey(.openings, digest.bytes))
    }
  }

  /// One lot, or as many as keep every sheet within its limit of quotes (N10).
  private static func firstLots(_ opening: DocketOpening, closes: Instant, at time: Instant) -> [LotRecord] {
    let starts = Array(stride(from: 0, to: opening.items.count, by: Sheet.maximumQuotes))
    return starts.enumerated().map { number, start in
      let items = opening.items[start...].prefix(Sheet.maximumQuotes)
      return LotRecord(
        docket: opening.docket, number: UInt16(clamping: number), parent: nil, phase: .open, round: 1, call: 0,
        opens: time, closes: closes, items: items.map { LotItem(item: $0) })
    }
  }
}
