import CBOR
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Sealed sheets")
struct SheetTests {
  let items = ["lithium/carbonate@1", "nickel/unwrought@1"]

  private func atCommit() throws -> (Parliament, LotRecord) {
    var world = try Parliament()
    try world.open("first-1", items)
    world.reachCommit()
    return (world, try world.lot("first-1"))
  }

  /// Commits a sheet for AUS and goes on to the reveal window.
  private func sealed(_ change: (inout Sheet) throws -> Void) throws -> (Parliament, LotRecord, Sheet) {
    var (world, lot) = try atCommit()
    var sheet = try world.sheet(lot, .price(Parliament.usd(100)))
    try change(&sheet)
    try world.commit(sheet, lot, by: "AUS")
    world.wait(800)
    return (world, lot, sheet)
  }

  @Test("the golden commitment: the digest of this sheet, in this place, under this salt")
  func golden() throws {
    let (world, lot) = try atCommit()
    let context = try #require(world.state.sealingContext(lot.docket, lot: 0, try Parliament.member("AUS")))
    let sheet = try world.sheet(lot, .price(Parliament.usd(100)))
    // Put together by hand from the rule's text, with nothing of the module but the parameters' encoding.
    var quotes = CBORWriter()
    quotes.array(2)
    for item in items {
      quotes.array(5)
      quotes.text(item)
      for number in [0, 6, 0, 100_000_000] as [UInt64] { quotes.unsigned(number) }
    }
    var names = CBORWriter()
    names.array(2)
    for item in items { names.text(item) }
    var evidence = CBORWriter()
    evidence.array(1)
    evidence.array(4)
    evidence.unsigned(0)
    evidence.text("customs records")
    evidence.text("2024")
    evidence.byteString(Digest.of(.evidence, [1]).bytes)
    let digest = { (domain: String, bytes: [UInt8]) in Digest.sha256(Array(domain.utf8), bytes).bytes }
    var preimage = CBORWriter()
    preimage.array(9)
    preimage.byteString(Digest.of(.genesis, Array("test".utf8)).bytes)
    preimage.text("first-1")
    preimage.unsigned(0)
    preimage.unsigned(1)
    preimage.text("AUS")
    preimage.byteString(digest("pricefloor/items/1", names.bytes))
    preimage.byteString(digest("pricefloor/parameters/1", Parliament.parameters().encoded))
    preimage.byteString(digest("pricefloor/proposals/1", quotes.bytes))
    preimage.byteString(digest("pricefloor/evidence/1", evidence.bytes))
    let salt = [UInt8](repeating: 7, count: 32)
    #expect(
      context.commitment(to: sheet, salt: salt)
        == Digest.sha256(Array("pricefloor/commitment/1".utf8), preimage.bytes, salt))
  }

  @Test("a commitment is bound to network, docket, lot, round, member, items and parameters")
  func binding() throws {
    let (world, lot) = try atCommit()
    let sheet = try world.sheet(lot, .abstain)
    let member = try Parliament.member("AUS")
    let base = try #require(world.state.sealingContext(lot.docket, lot: 0, member))
    func context(
      network: NetworkID? = nil, place: LotRound? = nil, member: MemberID? = nil, items: [ItemID]? = nil,
      parameters: Digest? = nil
    ) -> Digest {
      SealingContext(
        network: network ?? base.network, place: place ?? base.place, member: member ?? base.member,
        items: items ?? base.items, parameters: parameters ?? base.parameters
      ).commitment(to: sheet, salt: Parliament.salt("AUS"))
    }
    let others = [
      context(network: NetworkID(.zero)),
      context(place: LotRound(docket: try Parliament.docket("first-2"), lot: 0, round: 1)),
      context(place: LotRound(docket: lot.docket, lot: 1, round: 1)),
      context(place: LotRound(docket: lot.docket, lot: 0, round: 2)),
      context(member: try Parliament.member("USA")),
      context(items: Array(base.items.dropLast())),
      context(parameters: .zero),
      base.commitment(to: sheet, salt: Parliament.salt("USA")),
      base.commitment(to: try world.sheet(lot, .noData), salt: Parliament.salt("AUS")),
    ]
    #expect(Set(others + [context()]).count == others.count + 1)
  }

  @Test("another's commitment, or one's own of another round, is refused")
  func replay() throws {
    var (world, lot) = try atCommit()
    let sheet = try world.sheet(lot, .abstain)
    try world.commit(sheet, lot, by: "AUS")
    let digest = try #require(world.state.sheets(lot.place).first?.commitments.last?.digest)
    #expect(throws: Refusal.commitmentReplayed) {
      try world.act(.commitment(Commitment(place: lot.place, digest: digest)), by: "USA")
    }
    try world.propose("first-1", [:])
    let second = try world.lot("first-1")
    #expect(second.round == 2)
    #expect(throws: Refusal.commitmentReplayed) {
      try world.act(.commitment(Commitment(place: second.place, digest: digest)), by: "AUS")
    }
  }

  @Test("a newer commitment names the one it replaces; all are kept; the same again changes nothing")
  func replacing() throws {
    var (world, lot) = try atCommit()
    let (first, second) = (try world.sheet(lot, .abstain), try world.sheet(lot, .price(Parliament.usd(100))))
    try world.commit(first, lot, by: "AUS")
    _ = world.state.takeChanges()
    let before = world.state
    try world.commit(first, lot, by: "AUS")
    #expect(world.state == before)
    #expect(throws: Refusal.commitmentExists) { try world.commit(second, lot, by: "AUS") }
    #expect(throws: Refusal.replacesMismatch) { try world.commit(second, lot, by: "AUS", replacing: .zero) }
    #expect(throws: Refusal.replacesMismatch) { try world.commit(second, lot, by: "USA", replacing: .zero) }
    let digest = try #require(world.state.sheets(lot.place).first?.commitments.last?.digest)
    try world.commit(second, lot, by: "AUS", replacing: digest)
    #expect(world.state.sheets(lot.place).first?.commitments.count == 2)
    world.wait(800)
    #expect(throws: Refusal.commitmentMismatch) { try world.reveal(first, lot, by: "AUS") }
    try world.reveal(second, lot, by: "AUS")
  }

  @Test("a member replaces its commitment fifteen times and no more")
  func commitmentLimit() throws {
    var (world, lot) = try atCommit()
    var last: Digest?
    for number in 0..<SheetRecord.maximumCommitments {
      let digest = Digest.of(.history, [UInt8(number)])
      try world.act(.commitment(Commitment(place: lot.place, digest: digest, replaces: last)), by: "AUS")
      last = digest
    }
    #expect(throws: Refusal.commitmentLimit) {
      try world.act(.commitment(Commitment(place: lot.place, digest: .zero, replaces: last)), by: "AUS")
    }
  }

  @Test("no reveal without its commitment, none twice, none under another salt; the same again changes nothing")
  func reveals() throws {
    var (world, lot, sheet) = try sealed { _ in }
    #expect(throws: Refusal.commitmentMissing) { try world.reveal(sheet, lot, by: "USA") }
    #expect(throws: Refusal.commitmentMismatch) {
      try world.act(.reveal(Reveal(place: lot.place, salt: Parliament.salt("USA"), sheet: sheet)), by: "AUS")
    }
    #expect(throws: Refusal.commitmentMismatch) {
      try world.act(.reveal(Reveal(place: lot.place, salt: [1, 2, 3], sheet: sheet)), by: "AUS")
    }
    try world.reveal(sheet, lot, by: "AUS")
    _ = world.state.takeChanges()
    let before = world.state
    try world.reveal(sheet, lot, by: "AUS")
    #expect(world.state == before)
    let other = try world.sheet(lot, .abstain)
    #expect(throws: Refusal.revealTwice) { try world.reveal(other, lot, by: "AUS") }
  }

  @Test("a sheet that was sealed wrong stays wrong", arguments: SheetFault.allCases)
  func faults(fault: SheetFault) throws {
    var (world, lot, sheet) = try sealed { try fault.commit(to: &$0) }
    #expect(throws: fault.refusal) { try world.reveal(sheet, lot, by: "AUS") }
    #expect(world.state.sheets(lot.place).first?.revealed == nil)
  }

  @Test("a sheet without prices needs no evidence")
  func noPricesNoEvidence() throws {
    var (world, lot, sheet) = try sealed { sheet in
      sheet = Sheet(
        quotes: sheet.quotes.map { Quote(item: $0.item, unit: $0.unit, scale: $0.scale, answer: .noData) },
        evidence: [])
    }
    try world.reveal(sheet, lot, by: "AUS")
    #expect(world.state.sheets(lot.place).first?.revealed?.verdicts == [.answered, .answered])
  }

  @Test("the hard bounds themselves are lawful prices, one micro-dollar beyond is not")
  func boundaries() throws {
    let bounds: [(Price, QuoteVerdict)] = [
      (Parliament.usd(20), .counted), (Parliament.usd(20, -1), .outOfBounds), (Parliament.usd(400), .counted),
      (Parliament.usd(400, 1), .outOfBounds), (Price(microUSDPerKilogram: 0), .outOfBounds),
      (Price(microUSDPerKilogram: .min), .outOfBounds), (Price(microUSDPerKilogram: .max), .outOfBounds),
    ]
    for (price, verdict) in bounds {
      var (world, lot, sheet) = try sealed { sheet in
        sheet = Sheet(
          quotes: sheet.quotes.map { Quote(item: $0.item, unit: 0, scale: 6, answer: .price(price)) },
          evidence: sheet.evidence)
      }
      try world.reveal(sheet, lot, by: "AUS")
      #expect(world.state.sheets(lot.place).first?.revealed?.verdicts == [verdict, verdict])
      world.wait(700)
      #expect(try world.results("first-1", items[0]).first?.aggregation.rejected.isEmpty == (verdict == .counted))
    }
  }

  @Test("a docket or a lot that is not there is named")
  func unknownPlaces() throws {
    var (world, lot) = try atCommit()
    let strange = LotRound(docket: try Parliament.docket("nowhere"), lot: 0, round: 1)
    #expect(throws: Refusal.docketUnknown) {
      try world.act(.commitment(Commitment(place: strange, digest: .zero)), by: "AUS")
    }
    let second = LotRound(docket: lot.docket, lot: 1, round: 1)
    #expect(throws: Refusal.lotUnknown) {
      try world.act(.commitment(Commitment(place: second, digest: .zero)), by: "AUS")
    }
  }

  @Test("a second ballot in one call is refused, whatever it says, and the first stands")
  func ballotTwice() throws {
    var (world, _) = try atCommit()
    try world.proposeAll("first-1", Parliament.usd(100))
    let lot = try world.lot("first-1")
    try world.ballot(lot, .no, by: "AUS")
    #expect(throws: Refusal.ballotTwice) { try world.ballot(lot, .no, by: "AUS") }
    #expect(throws: Refusal.ballotTwice) { try world.ballot(lot, .yes, by: "AUS") }
    #expect(throws: Refusal.callMismatch) { try world.ballot(lot, .yes, by: "USA", call: 2) }
    #expect(world.state.ballots(lot.place, call: 1).map(\.ballot.choice) == [.no])
  }

  @Test("after a docket's end nothing more is accepted")
  func ended() throws {
    var world = try Parliament(Parliament.parameters(rounds: 1))
    try world.open("first-1", items)
    world.reachCommit()
    let lot = try world.lot("first-1")
    let sheet = try world.sheet(lot, .abstain)
    try world.propose("first-1", [:])
    #expect(throws: Refusal.docketEnded) { try world.commit(sheet, lot, by: "AUS") }
    #expect(throws: Refusal.docketEnded) { try world.ballot(lot, .yes, by: "AUS", call: 1) }
  }
}

/// What can be wrong with a sheet that a member seals and reveals faithfully.
enum SheetFault: CaseIterable {
  case foreignUnit, foreignScale, twice, disorder, missing, outsideLot, unknownItem, noEvidence, circular

  var refusal: Refusal {
    switch self {
    case .foreignUnit: .unitMismatch
    case .foreignScale: .scaleMismatch
    case .twice: .itemTwice
    case .disorder: .itemsNotAscending
    case .missing: .itemMissing
    case .outsideLot: .itemNotInLot
    case .unknownItem: .itemUnknown
    case .noEvidence: .evidenceMissing
    case .circular: .evidenceCircular
    }
  }

  func commit(to sheet: inout Sheet) throws {
    var (quotes, evidence) = (sheet.quotes, sheet.evidence)
    func renamed(_ name: String) throws -> Quote {
      Quote(item: try Parliament.itemID(name), unit: 0, scale: 6, answer: .price(Parliament.usd(100)))
    }
    switch self {
    case .foreignUnit: quotes[0] = Quote(item: quotes[0].item, unit: 1, scale: 6, answer: quotes[0].answer)
    case .foreignScale: quotes[0] = Quote(item: quotes[0].item, unit: 0, scale: 2, answer: quotes[0].answer)
    case .twice: quotes[1] = quotes[0]
    case .disorder: quotes.swapAt(0, 1)
    case .missing: quotes.removeLast()
    case .outsideLot: quotes[0] = try renamed("cobalt/hydroxide@1")
    case .unknownItem: quotes[1] = try renamed("nickel/unwrought@9")
    case .noEvidence: evidence = []
    case .circular: evidence = [try Parliament.evidence(.circular)]
    }
    sheet = Sheet(quotes: quotes, evidence: evidence)
  }
}
