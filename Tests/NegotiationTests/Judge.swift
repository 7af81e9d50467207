import Cryptography
import Membership
import Negotiation
import Testing
import Trade

/// Restates the invariants of a negotiation with plain integers and checks a state against them. It calls none of the rules it
/// judges: it reads records and counts for itself.
struct Judge {
  let state: NegotiationState

  func judge() throws {
    try tables()
    for docket in state.dockets {
      try dockets(docket)
      for lot in state.lots(of: docket.id) { try sheets(docket, lot) }
    }
    liveItems()
  }

  // MARK: I1, I3, I4: versions and their rows

  private func tables() throws {
    var last = Instant(milliseconds: .min)
    var floors: [ItemID: FloorRow] = [:]
    for (index, table) in state.tables.enumerated() {
      #expect(table.version == UInt64(index) + 1)
      #expect(table.effectiveAt >= last)
      last = table.effectiveAt
      let rows = try #require(state.version(table.version)).rows
      #expect(rows.count == Int(table.rowCount))
      #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.item < $1.item })
      for row in rows {
        #expect(row.effectiveAt <= table.effectiveAt)
        if let before = floors[row.item], before.floor != row.floor { try step(from: before, to: row) }
        if row != floors[row.item] { try origin(row, table) }
        floors[row.item] = row
      }
    }
  }

  private func step(from before: FloorRow, to row: FloorRow) throws {
    let (old, new) = (before.floor.microUSDPerKilogram, row.floor.microUSDPerKilogram)
    let tick: Int64 = 100_000
    #expect(abs(new - old) * 1_000_000 <= old * 50_000 || abs(new - old) <= tick)
    #expect(new % tick == 0 && new > 0)
    #expect(row.carried == 0 && row.basisDocket != before.basisDocket)
  }

  // MARK: I2: every row has an adopting docket with valid votes, or is a copy of one

  private func origin(_ row: FloorRow, _ table: FloorTable) throws {
    let docket = try #require(try state.docket(Parliament.docket(row.basisDocket)))
    let result = try #require(
      state.results(docket.id, row.item).first { result in
        if case .inForce = result.outcome { true } else { false }
      })
    let call = try #require(result.calls.last)
    let place = LotRound(docket: docket.id, lot: call.lot, round: result.round)
    let ballots = state.ballots(place, call: call.call)
    let isSpecial = docket.kind == .first || outsideEvidence(result)
    #expect(count(ballots, row.item, isSpecial: isSpecial, call: call.call))
    switch row.authority {
    case .simpleVote: #expect(!isSpecial && row.carried == 0 && row.mode == .exact)
    case .specialVote: #expect(isSpecial && row.carried == 0 && row.mode == .exact)
    case .statusQuo: #expect(row.carried > 0)
    case .lapse: #expect(row.mode == .indicative && row.lapsesAt == nil)
    }
    if row.authority != .lapse {
      #expect(row.effectiveAt.milliseconds >= call.at.milliseconds + docket.windows.vacatio)
    }
  }

  private func outsideEvidence(_ result: ItemResult) -> Bool {
    guard let agreement = result.agreed else { return true }
    return agreement.outsideEvidence || agreement.floorOutsideEvidence
  }

  private func count(_ ballots: [BallotRecord], _ item: ItemID, isSpecial: Bool, call: UInt8) -> Bool {
    var passed = true
    for chamber in Chamber.allCases {
      var (yes, no, present) = (0 as Int64, 0 as Int64, 0 as Int64)
      for ballot in ballots {
        let own = Parliament.votes.first { $0.id == ballot.by.member.text }
        let votes = (chamber == .producer ? own?.producer : own?.consumer) ?? 0
        present += votes
        if ballot.ballot.choice == .yes { yes += votes }
        if ballot.ballot.choice == .no { no += votes }
      }
      passed = passed && (call >= 3 ? present >= 501 : present >= 667)
      passed = passed && (isSpecial ? 3 * yes >= 2 * (yes + no) && yes + no > 0 : yes > no)
    }
    let heads = { (choice: BallotChoice) in ballots.count { $0.ballot.choice == choice } }
    return passed && (!isSpecial || heads(.yes) >= heads(.no))
  }

  // MARK: Dockets, bands, rounds, I13

  private func dockets(_ docket: DocketRecord) throws {
    let openers = docket.openers.map(\.member)
    #expect(openers.last == state.genesis.chair || Set(openers).count == 3)
    let lots = state.lots(of: docket.id)
    #expect(lots.count == Int(docket.lotCount))
    #expect(lots.flatMap(\.items).map(\.item).sorted() == docket.items)
    #expect((docket.endedAt == nil) == lots.contains { $0.closes != nil })
    for lot in lots { #expect(lot.round >= 1 && lot.round <= 3 && lot.call <= 3 && !lot.items.isEmpty) }
    for item in docket.items {
      let results = state.results(docket.id, item)
      #expect(results.map(\.round) == Array(1...UInt8(3)).prefix(results.count).map { $0 })
      for (before, after) in zip(results, results.dropFirst()) {
        guard let old = before.band else { continue }
        let new = try #require(after.band)
        #expect(old.low <= new.low && new.high <= old.high)
      }
      for result in results { try bounds(result) }
    }
  }

  private func bounds(_ result: ItemResult) throws {
    for line in result.proposals where line.verdict == .counted || line.verdict == .screened {
      #expect(line.price >= Parliament.usd(20) && line.price <= Parliament.usd(400))
      if let band = result.band { #expect(band.low <= line.price && line.price <= band.high) }
    }
    // Whatever the reckoning is, its result is a price that somebody named.
    if let agreement = result.agreed {
      #expect(result.proposals.contains { $0.verdict == .counted && $0.price == agreement.result })
      #expect(result.proposals.count { $0.verdict == .counted || $0.verdict == .screened } >= 5)
    }
  }

  private func liveItems() {
    let live = state.dockets.filter(\.isLive).flatMap(\.items)
    #expect(Set(live).count == live.count)
    #expect(state.pending.allSatisfy { live.contains($0.item) })
  }

  // MARK: I6: no commitment counts twice, no reveal without its commitment

  private func sheets(_ docket: DocketRecord, _ lot: LotRecord) throws {
    var digests: [Digest] = []
    for round in UInt8(1)...3 {
      for sheet in state.sheets(LotRound(docket: docket.id, lot: lot.number, round: round)) {
        digests += sheet.commitments.map(\.digest)
        #expect(!(sheet.isWithheld && sheet.revealed != nil))
        guard let revealed = sheet.revealed else { continue }
        let context = SealingContext(
          network: state.genesis.network, place: sheet.place, member: sheet.member,
          items: revealed.sheet.quotes.map(\.item), parameters: state.genesis.parametersDigest)
        #expect(context.commitment(to: revealed.sheet, salt: revealed.salt) == sheet.commitments.last?.digest)
      }
    }
    #expect(Set(digests).count == digests.count)
  }
}
