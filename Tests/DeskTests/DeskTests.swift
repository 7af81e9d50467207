import Cryptography
import Desk
import Membership
import Negotiation
import Statistics
import Testing
import Trade

/// A negotiation of two members about lithium carbonate and magnesium, in which the desk of GBR works.
private struct Negotiating {
  static let day = Instant.millisecondsPerDay
  let gbr: MemberID
  let usa: MemberID
  var state: NegotiationState
  var now = Instant(milliseconds: 1_700_000_000_000)
  private var count: UInt8 = 0

  init() throws {
    gbr = try #require(MemberID("GBR"))
    usa = try #require(MemberID("USA"))
    let items = try [("lithium/carbonate@1", "283691", 3, 80), ("magnesium/unwrought@1", "810411", 1, 15)].map {
      try Self.item($0, code: $1, low: $2, high: $3)
    }
    let roll = try #require(VoteRoll([(gbr, 500), (usa, 500)].map { VoteRoll.Entry(member: $0, votes: $1) }))
    var rules = NegotiationParameters.customary
    rules = NegotiationParameters(
      aggregation: rules.aggregation, firstWindows: rules.firstWindows, routineWindows: rules.routineWindows,
      minimumWindow: rules.minimumWindow, maximumCalls: 3, maximumRounds: 3, maximumCarried: 4,
      lapseTerm: rules.lapseTerm, reviewTerm: rules.reviewTerm, votes: VoteRules(total: 1_000, cap: 500, minimum: 1),
      mode: .exact)
    state = NegotiationState(
      try NegotiationGenesis(
        network: NetworkID(Digest.sha256([1])), members: [gbr, usa], chair: usa, parameters: rules, items: items,
        votes: items.map { ItemVotes(item: $0.id, producer: roll, consumer: roll) }))
    let opening = DocketOpening(
      docket: try #require(DocketID("first")), kind: DocketKind.first.rawValue, items: items.map(\.id), windows: nil,
      note: "")
    try apply(.docketOpen(opening), by: usa)
  }

  mutating func apply(_ act: Act, by member: MemberID) throws {
    count += 1
    try state.apply(act, by: member, identity: Digest.sha256([count]), at: now)
  }

  mutating func pass(days: Int64) throws {
    now = Instant(milliseconds: now.milliseconds + days * Self.day)
    state.advance(to: now)
  }

  /// Notice and evidence pass; each phase begins with the block that ends the one before.
  mutating func passToCommit() throws {
    try pass(days: 30)
    try pass(days: 21)
  }

  var lot: LotRecord { get throws { try #require(state.liveLots.first) } }

  private static func item(_ id: String, code: String, low: Int64, high: Int64) throws -> Item {
    let usd: Int64 = 1_000_000
    return try Item(
      id: try #require(ItemID(id)), stage: .refinedMetal, title: id, basis: .productWeight, basisStatement: "as traded",
      grades: GradeWindow(low: PPM(0), high: PPM(1_000_000), reference: PPM(1_000_000)),
      moisture: .asTraded,
      delivery: Delivery(incoterm: .fob, point: "port"), codes: [try #require(CommodityCode(code))],
      pricing: PriceRules(
        tick: Price(microUSDPerKilogram: usd / 1_000), hardLow: Price(microUSDPerKilogram: low * usd),
        hardHigh: Price(microUSDPerKilogram: high * usd), corridor: nil))
  }
}

@Suite("Price desk")
struct DeskTests {
  private let salt = [UInt8](repeating: 9, count: 32)

  private func desk(
    _ policy: DeskRules.Policy, _ member: MemberID, lithium value: Int = 120_000,
    conciliation: DeskRules.Conciliation = .hold
  ) throws -> PriceDesk {
    let rows = ["CHL", "ARG", "CHN"].map { "2024,\($0),GBR,283691,\(value),10000" } + ["2024,CHN,GBR,810411,9,3"]
    let text = (["year,exporter,importer,hs6,value_usd,qty_kg"] + rows).joined(separator: "\n")
    let statistics = try TradeStatistics(csv: Array(text.utf8), territories: .standard)
    let rules = DeskRules(policy: policy, conciliation: conciliation, plausibleJump: 250_000)
    return PriceDesk(
      member: member,
      derivation: Derivation(
        territory: try #require(TerritoryCode("GBR")), rules: rules, source: "HMRC", statistics: statistics))
  }

  /// Seals, commits and reveals as a host does; answers the acts that reached the ledger.
  private func run(_ desk: inout PriceDesk, _ world: inout Negotiating) throws -> [Act] {
    var acts: [Act] = []
    while true {
      let actions = desk.work(in: world.state)
      guard !actions.isEmpty else { return acts }
      for action in actions {
        switch action {
        case .seal(let sheet, let number, let context):
          desk.keep(SealedSheet(sheet, number: number, in: context, salt: salt))
        case .submit(let act):
          try world.apply(act, by: desk.member)
          acts.append(act)
        }
      }
    }
  }

  @Test("a desk on its own drafts, commits in the commit window and reveals in the reveal window")
  func auto() throws {
    var world = try Negotiating()
    var desk = try desk(.auto, world.gbr)
    #expect(try desk.standing(of: world.lot, in: world.state) == "DRAFT")
    #expect(try run(&desk, &world).isEmpty)
    try world.passToCommit()
    #expect(try world.lot.phase == .commit)
    #expect(try run(&desk, &world).count == 1)
    #expect(try desk.standing(of: world.lot, in: world.state) == "COMMITTED")
    try world.pass(days: 5)
    #expect(try run(&desk, &world).count == 1)
    let revealed = try #require(world.state.sheet(try world.lot.place, world.gbr)?.revealed)
    #expect(revealed.sheet.quotes.map(\.answer) == [.price(Price(microUSDPerKilogram: 12_000_000)), .noData])
    #expect(revealed.sheet.evidence.map(\.evidenceClass) == [.transaction])
    #expect(try desk.standing(of: world.lot, in: world.state) == "REVEALED")
  }

  @Test("a desk that restarts with its kept sheets reveals what it committed")
  func restart() throws {
    var world = try Negotiating()
    var first = try desk(.auto, world.gbr)
    try world.passToCommit()
    var kept: [SealedSheet] = []
    for action in first.work(in: world.state) {
      if case .seal(let sheet, let number, let context) = action {
        kept.append(SealedSheet(sheet, number: number, in: context, salt: salt))
      }
    }
    // The process ends here: durable, not yet submitted. New evidence does not change what was sealed.
    let other = try desk(.auto, world.gbr, lithium: 130_000)
    var second = PriceDesk(member: world.gbr, derivation: other.derivation, sealed: kept)
    #expect(try run(&second, &world).count == 1)
    try world.pass(days: 5)
    var third = PriceDesk(member: world.gbr, derivation: other.derivation, sealed: kept)
    #expect(try run(&third, &world) == kept.map { .reveal($0.reveal) })
  }

  @Test("a commitment that somebody copied first is sealed anew under another salt")
  func overtaken() throws {
    var world = try Negotiating()
    var desk = try desk(.auto, world.gbr)
    try world.passToCommit()
    guard case .seal(let sheet, let number, let context) = try #require(desk.work(in: world.state).first) else {
      return
    }
    desk.keep(SealedSheet(sheet, number: number, in: context, salt: salt))
    guard case .submit(let act) = try #require(desk.work(in: world.state).first) else { return }
    // A member that sees the commitment in its pool has its copy included first.
    try world.apply(act, by: world.usa)
    let refusal = #expect(throws: Refusal.self) { try world.apply(act, by: world.gbr) }
    desk.take(refusal: try #require(refusal).code, of: act)
    guard case .seal(let again, let next, _) = try #require(desk.work(in: world.state).first) else {
      Issue.record("the sheet was not sealed anew")
      return
    }
    #expect(again == sheet)
    #expect(next == number + 1)
    desk.keep(SealedSheet(again, number: next, in: context, salt: [UInt8](repeating: 8, count: 32)))
    #expect(try run(&desk, &world).count == 1)
    try world.pass(days: 5)
    #expect(try run(&desk, &world).count == 1)
  }

  @Test("an act that the ledger refused is not asked for again")
  func refusedForGood() throws {
    var world = try Negotiating()
    var desk = try desk(.auto, world.gbr)
    try world.passToCommit()
    guard case .seal(let sheet, let number, let context) = try #require(desk.work(in: world.state).first) else {
      return
    }
    desk.keep(SealedSheet(sheet, number: number, in: context, salt: salt))
    guard case .submit(let act) = try #require(desk.work(in: world.state).first) else { return }
    desk.take(refusal: Refusal.windowClosed.code, of: act)
    #expect(desk.work(in: world.state) == [])
  }

  @Test("of two sheets the later one counts after a restart, in whatever order their files are found")
  func fileOrder() throws {
    var world = try Negotiating()
    try world.passToCommit()
    let context = try #require(world.state.sealingContext(try world.lot.docket, lot: 0, world.gbr))
    let items = world.state.genesis.items
    let sheets = (0..<2).map { number in
      let quotes = [Quote(items[0], number == 0 ? .abstain : .noData), Quote(items[1], .abstain)]
      return SealedSheet(
        Sheet(quotes: quotes, evidence: []), number: UInt16(number), in: context,
        salt: [UInt8](repeating: UInt8(number), count: 32))
    }
    let derivation = try desk(.auto, world.gbr).derivation
    var restarted = PriceDesk(member: world.gbr, derivation: derivation, sealed: sheets.reversed())
    let commitment = Commitment(place: context.place, digest: sheets[1].commitment)
    #expect(restarted.work(in: world.state) == [.submit(.commitment(commitment))])
  }

  @Test("a desk that confirms waits for an approval of exactly its draft")
  func confirm() throws {
    var world = try Negotiating()
    var desk = try desk(.confirm, world.gbr)
    try world.passToCommit()
    let lot = try world.lot
    #expect(desk.work(in: world.state) == [])
    #expect(desk.standing(of: lot, in: world.state) == "AWAITS_APPROVAL")
    func approval(_ digest: Digest, notAfter: Instant? = nil) -> DeskStatement {
      DeskStatement(signer: world.gbr, notAfter: notAfter ?? world.now, place: lot.place, content: .approval(digest))
    }
    #expect(throws: DeskRefusal.otherDraft) { try desk.take(approval(.zero), at: world.now, in: world.state) }
    let digest = desk.draft(for: lot, in: world.state).digest
    let past = Instant(milliseconds: world.now.milliseconds - 1)
    #expect(throws: DeskRefusal.stale) {
      try desk.take(approval(digest, notAfter: past), at: world.now, in: world.state)
    }
    #expect(try desk.take(approval(digest), at: world.now, in: world.state) == digest)
    #expect(try run(&desk, &world).count == 1)
  }

  @Test("a sheet by hand takes the place of the committed one, and is refused where the ledger would refuse it")
  func manual() throws {
    var world = try Negotiating()
    var desk = try desk(.auto, world.gbr)
    try world.passToCommit()
    _ = try run(&desk, &world)
    let lot = try world.lot
    let items = world.state.genesis.items
    let evidence = try #require(Evidence(.manual, source: "ministry", period: "2024", file: .zero))
    func statement(_ price: Int64, evidence: [Evidence]) -> DeskStatement {
      let quotes = [Quote(items[0], .price(Price(microUSDPerKilogram: price))), Quote(items[1], .abstain)]
      return DeskStatement(
        signer: world.gbr, notAfter: world.now, place: lot.place,
        content: .sheet(Sheet(quotes: quotes, evidence: evidence)))
    }
    #expect(throws: DeskRefusal.price(items[0].id, .outOfBounds)) {
      try desk.take(statement(2_999_999, evidence: [evidence]), at: world.now, in: world.state)
    }
    #expect(throws: DeskRefusal.sheet(.evidenceMissing)) {
      try desk.take(statement(13_000_000, evidence: []), at: world.now, in: world.state)
    }
    _ = try desk.take(statement(13_000_000, evidence: [evidence]), at: world.now, in: world.state)
    #expect(try run(&desk, &world).count == 1)
    #expect(world.state.sheet(lot.place, world.gbr)?.commitments.count == 2)
    try world.pass(days: 5)
    #expect(throws: DeskRefusal.windowClosed) {
      try desk.take(statement(13_000_000, evidence: [evidence]), at: world.now, in: world.state)
    }
    _ = try run(&desk, &world)
    let revealed = world.state.sheet(lot.place, world.gbr)?.revealed
    #expect(revealed?.sheet.quotes.first?.answer.price == Price(microUSDPerKilogram: 13_000_000))
  }

  @Test("a price outside the hard bounds is never moved to the bound: the desk abstains and asks for a look")
  func outOfBounds() throws {
    var world = try Negotiating()
    var desk = try desk(.auto, world.gbr, lithium: 29_999)
    try world.passToCommit()
    let draft = desk.draft(for: try world.lot, in: world.state)
    #expect(draft.lines.first?.quote.answer == .abstain)
    #expect(draft.warnings.count == 1)
    #expect(desk.work(in: world.state) == [])
  }

  @Test("without a desk nothing is drafted, and statements are refused")
  func off() throws {
    var world = try Negotiating()
    var desk = try desk(.off, world.gbr)
    try world.passToCommit()
    #expect(desk.work(in: world.state) == [])
    let statement = DeskStatement(
      signer: world.gbr, notAfter: world.now, place: try world.lot.place, content: .approval(.zero))
    #expect(throws: DeskRefusal.noDesk) { try desk.take(statement, at: world.now, in: world.state) }
  }
}
