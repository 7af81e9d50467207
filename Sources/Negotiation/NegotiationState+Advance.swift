import Cryptography
import Membership
import Trade

/// Something that happens by itself when block time reaches an instant.
private struct Deadline {
  enum Matter {
    case opening(Digest)
    case lot(DocketID, index: Int)
    case row(ItemID)
  }

  let at: Instant
  /// Decides among deadlines of one instant.
  let key: EntryKey
  let matter: Matter
}

extension NegotiationState {
  /// The earliest instant at which a block has something to do here although nobody sends anything; nil if there is none.
  package var nextDeadline: Instant? {
    var next: Instant?
    let note = { (instant: Instant?) in
      guard let instant else { return }
      next = next.map { min($0, instant) } ?? instant
    }
    // A minimum does not depend on the order in which the openings come.
    for record in proposed.values { note(record.lapsesAt) }
    for id in live { files[id]?.lots.forEach { note($0.closes) } }
    versions.last?.rows.forEach { note($0.lapsesAt) }
    return next
  }

  /// Does what is due at a block of that time: closes windows and opens the next ones, counts, brings rows into force, lapses.
  ///
  /// Each deadline that has passed is handled once, in the order of instants and then of entry keys, and what it opens opens at the
  /// time of the block (N13): after a standstill of the chain nobody has missed a window that never had a block. Idempotent: a second
  /// call with the same or an earlier time does nothing.
  package mutating func advance(to now: Instant) {
    for deadline in due(at: now) {
      switch deadline.matter {
      case .opening(let digest): lapseOpening(digest)
      case .lot(let docket, let index): close(docket, index, at: now)
      case .row(let item): lapseRow(item, at: now)
      }
    }
  }

  private func due(at now: Instant) -> [Deadline] {
    var due: [Deadline] = []
    for (digest, record) in proposed where record.lapsesAt <= now {
      due.append(Deadline(at: record.lapsesAt, key: EntryKey(.openings, digest.bytes), matter: .opening(digest)))
    }
    for id in live {
      for (index, lot) in lots(of: id).enumerated() {
        guard let closes = lot.closes, closes <= now else { continue }
        due.append(Deadline(at: closes, key: .lot(id, lot.number), matter: .lot(id, index: index)))
      }
    }
    for row in currentRows {
      guard let lapse = row.lapsesAt, lapse <= now else { continue }
      due.append(Deadline(at: lapse, key: .row(currentTable?.version ?? 0, row.item), matter: .row(row.item)))
    }
    return due.sorted { ($0.at, $0.key) < ($1.at, $1.key) }
  }

  private mutating func lapseOpening(_ digest: Digest) {
    proposed[digest] = nil
    touched.insert(EntryKey(.openings, digest.bytes))
  }

  /// Ends a lot's phase and begins the one that follows.
  private mutating func close(_ docket: DocketID, _ index: Int, at now: Instant) {
    guard let file = files[docket], index < file.lots.count else { return }
    let windows = file.record.windows
    switch file.lots[index].phase {
    case .open: enter(.evidence, for: windows.evidence, docket, index, at: now)
    case .evidence: enter(.commit, for: windows.commit, docket, index, at: now)
    case .commit: enter(.reveal, for: windows.reveal, docket, index, at: now)
    case .reveal: concludeReveal(docket, index, at: now)
    case .ratify: concludeCall(docket, index, at: now)
    case .notice: bringIntoForce(docket, index, at: now)
    case .inForce, .statusQuo, .noFloor, .withdrawn: break
    }
    closeDocketIfDone(docket, at: now)
  }

  /// Begins a phase that lasts a window from the block's time on.
  mutating func enter(_ phase: Phase, for window: Int64, _ docket: DocketID, _ index: Int, at now: Instant) {
    changeLot(docket, index) { lot in
      lot.phase = phase
      lot.opens = now
      lot.closes = now.later(by: window)
    }
  }

  /// Ends a lot.
  mutating func finish(_ docket: DocketID, _ index: Int, as phase: Phase, at now: Instant) {
    changeLot(docket, index) { lot in
      lot.phase = phase
      lot.opens = now
      lot.closes = nil
    }
  }

  mutating func changeLot(_ docket: DocketID, _ index: Int, _ change: (inout LotRecord) -> Void) {
    guard let count = files[docket]?.lots.count, index < count else { return }
    files[docket]?.lots[index].apply(change)
    touched.insert(.lot(docket, UInt16(clamping: index)))
  }

  mutating func changeResult(_ key: EntryKey, of docket: DocketID, _ change: (inout ItemResult) -> Void) {
    guard var result = files[docket]?.results[key] else { return }
    change(&result)
    files[docket]?.results[key] = result
    touched.insert(key)
  }

  /// A docket ends with its last lot (N15).
  mutating func closeDocketIfDone(_ id: DocketID, at now: Instant) {
    guard let file = files[id], file.record.isLive, file.lots.allSatisfy(\.phase.isEnd) else { return }
    files[id]?.record.endedAt = now
    live.removeAll { $0 == id }
    touched.insert(.docket(id))
  }
}

extension LotRecord {
  fileprivate mutating func apply(_ change: (inout LotRecord) -> Void) { change(&self) }
}
