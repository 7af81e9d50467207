import Membership
import Trade

extension NegotiationState {
  /// Adopts the floors of a lot: their rows are pending, and can be proved, until the vacatio is over (N30).
  mutating func adopt(_ docket: DocketID, _ index: Int, at now: Instant) {
    guard let file = files[docket] else { return }
    let lot = file.lots[index]
    let effectiveAt = now.later(by: file.record.windows.vacatio)
    for item in lot.items {
      let key = EntryKey.result(docket, item.item, round: lot.round)
      guard let result = file.results[key],
        let row = result.row(file.record.kind, effectiveAt: effectiveAt, parameters: genesis.parameters)
      else { continue }
      setPending(row)
      let isHeldBack = result.aggregation.status == .stepLimited
      let review = isHeldBack ? now.later(by: genesis.parameters.reviewTerm) : nil
      changeResult(key, of: docket) { result in
        result.outcome = .adopted(effectiveAt: effectiveAt)
        result.reviewDue = review
      }
    }
    enter(.notice, for: file.record.windows.vacatio, docket, index, at: now)
  }

  /// Puts the pending rows of a lot into a new version of the table (N31).
  mutating func bringIntoForce(_ docket: DocketID, _ index: Int, at now: Instant) {
    guard let lot = files[docket]?.lots[index] else { return }
    for item in lot.items {
      guard let place = pendingRows.place(of: item.item, by: \.item) else { continue }
      let row = pendingRows.remove(at: place)
      touched.insert(.pending(row.item))
      let version = enact(row, for: docket.text, at: now)
      changeResult(.result(docket, item.item, round: lot.round), of: docket) { $0.outcome = .inForce(version: version) }
    }
    finish(docket, index, as: .inForce, at: now)
  }

  /// Carries a floor through a docket that failed, and lapses it if it was carried too often (N33). Answers the version, or nil where
  /// there is no row.
  mutating func carry(_ item: ItemID, for docket: DocketID, at now: Instant) -> UInt64? {
    guard let row = currentRow(item) else { return nil }
    let (carried, overflow) = row.carried.addingReportingOverflow(1)
    var kept = row.changed(carried: overflow ? .max : carried, authority: .statusQuo)
    if kept.carried > genesis.parameters.maximumCarried, kept.lapsesAt != nil { kept = kept.lapsed(at: now) }
    return enact(kept, for: docket.text, at: now)
  }

  /// Lapses a row whose term is over (N34).
  mutating func lapseRow(_ item: ItemID, at now: Instant) {
    // Another deadline of this block may have replaced or lapsed the row already.
    guard let row = currentRow(item), let lapse = row.lapsesAt, lapse <= now else { return }
    _ = enact(row.lapsed(at: now), for: nil, at: now)
  }

  private mutating func setPending(_ row: FloorRow) {
    let place = pendingRows.lowerBound(of: row.item, by: \.item)
    if place < pendingRows.count, pendingRows[place].item == row.item {
      pendingRows[place] = row
    } else {
      pendingRows.insert(row, at: place)
    }
    touched.insert(.pending(row.item))
  }

  /// Puts a row into the table and answers the version that holds it: the one that this block already made for the same docket, or
  /// a new one with full copies of all rows.
  private mutating func enact(_ row: FloorRow, for docket: String?, at now: Instant) -> UInt64 {
    let index = openVersion(for: docket, at: now)
    let number = versions[index].table.version
    let place = versions[index].rows.lowerBound(of: row.item, by: \.item)
    if place < versions[index].rows.count, versions[index].rows[place].item == row.item {
      versions[index].rows[place] = row
    } else {
      versions[index].rows.insert(row, at: place)
    }
    versions[index].table = FloorTable(
      version: number, effectiveAt: now, rowCount: UInt32(clamping: versions[index].rows.count), docket: docket)
    touched.insert(.row(number, row.item))
    return number
  }

  /// The place of the version that this block's changes for a docket go into.
  private mutating func openVersion(for docket: String?, at now: Instant) -> Int {
    // Block times ascend strictly, so a version of this very instant is one of this block.
    if let last = versions.last, last.table.effectiveAt == now, last.table.docket == docket {
      return versions.count - 1
    }
    let (number, rows) = (UInt64(versions.count) + 1, currentRows)
    let table = FloorTable(version: number, effectiveAt: now, rowCount: UInt32(clamping: rows.count), docket: docket)
    versions.append(TableVersion(table: table, rows: rows))
    touched.insert(.table(number))
    for row in rows { touched.insert(.row(number, row.item)) }
    return versions.count - 1
  }
}

extension FloorRow {
  func changed(carried: UInt32, authority: AuthorityCode) -> FloorRow {
    FloorRow(
      item: item, floor: floor, mode: mode, effectiveAt: effectiveAt, basisDocket: basisDocket, carried: carried,
      lapsesAt: lapsesAt, onLapse: onLapse, authority: authority, dispersion: dispersion)
  }

  /// The row after its lapse action. It lapses once: what has lapsed has no further term.
  func lapsed(at now: Instant) -> FloorRow {
    let lapsedMode: DutyMode =
      switch onLapse {
      case .keep: mode
      // Without an indicator to glide towards, a glide is over at once: it too ends in sunset.
      case .glide, .sunset: .indicative
      }
    return FloorRow(
      item: item, floor: floor, mode: lapsedMode, effectiveAt: now, basisDocket: basisDocket, carried: carried,
      lapsesAt: nil, onLapse: onLapse, authority: .lapse, dispersion: dispersion)
  }
}
