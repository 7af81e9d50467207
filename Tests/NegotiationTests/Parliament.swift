import Cryptography
import Membership
import Negotiation
import Testing
import Trade

/// Eight members with the votes of the worked example, a few items, and windows of about a second: a negotiation that tests drive.
struct Parliament {
  static let votes: [(id: String, producer: Int64, consumer: Int64)] = [
    ("AUS", 300, 40), ("COD", 80, 10), ("EUN", 10, 280), ("IND", 170, 20), ("JPN", 10, 300), ("KOR", 10, 100),
    ("THA", 120, 10), ("USA", 300, 240),
  ]
  static let everyone = votes.map(\.id)
  static let windows = DocketWindows(
    notice: 1_000, evidence: 900, commit: 800, reveal: 700, ballot: 600, vacatio: 500)
  static let start = Instant(milliseconds: 1_000_000)
  /// In the order in which the registry has them.
  static let names = ["cobalt/hydroxide@1", "lithium/carbonate@1", "lithium/carbonate@2", "nickel/unwrought@1"]

  var state: NegotiationState
  var now = Parliament.start
  private var transactions: UInt64 = 0

  init(
    _ parameters: NegotiationParameters = Parliament.parameters(), corridor: Corridor? = nil,
    network: String = "test"
  ) throws {
    let items = try Self.names.map { try Self.item($0, corridor: corridor) }
    state = NegotiationState(try Self.genesis(parameters, items, network: network))
  }

  static func parameters(
    rounds: UInt8 = 3, carried: UInt32 = 4, lapse: Int64 = 1_000_000, calls: UInt8 = 3
  ) -> NegotiationParameters {
    NegotiationParameters(
      aggregation: .customary, firstWindows: windows, routineWindows: windows, minimumWindow: 100, maximumCalls: calls,
      maximumRounds: rounds, maximumCarried: carried, lapseTerm: lapse, reviewTerm: 5_000, votes: .customary,
      mode: .exact)
  }

  static func genesis(
    _ parameters: NegotiationParameters, _ items: [Item], network: String
  ) throws -> NegotiationGenesis {
    let votes = try items.map { item in
      ItemVotes(item: item.id, producer: try roll(\.producer), consumer: try roll(\.consumer))
    }
    return try NegotiationGenesis(
      network: NetworkID(Digest.of(.genesis, Array(network.utf8))), members: try everyone.map(member),
      chair: try member("KOR"), parameters: parameters, items: items, votes: votes)
  }

  private static func roll(
    _ chamber: KeyPath<(id: String, producer: Int64, consumer: Int64), Int64>
  ) throws -> VoteRoll {
    let entries = try votes.map { VoteRoll.Entry(member: try member($0.id), votes: $0[keyPath: chamber]) }
    return try #require(VoteRoll(entries))
  }

  static func item(_ name: String, corridor: Corridor?) throws -> Item {
    let code = try #require(CommodityCode(Array("283691".utf8)))
    return try Item(
      id: try itemID(name), stage: .refinedCompound, title: name, basis: .productWeight,
      basisStatement: "FOB statistics, kg as traded", grades: GradeWindow(low: .zero, high: .one, reference: .one),
      moisture: .asTraded, delivery: Delivery(incoterm: .fob, point: "any port of export"), codes: [code],
      pricing: PriceRules(tick: usd(0, 100_000), hardLow: usd(20), hardHigh: usd(400), corridor: corridor),
      // The first version of lithium carbonate retires soon after the start.
      retiredAt: name == "lithium/carbonate@1" ? Instant(milliseconds: start.milliseconds + 50_000) : nil)
  }

  static func usd(_ dollars: Int64, _ micro: Int64 = 0) -> Price {
    Price(microUSDPerKilogram: dollars * 1_000_000 + micro)
  }

  static func member(_ text: String) throws -> MemberID { try #require(MemberID(text)) }

  static func docket(_ text: String) throws -> DocketID { try #require(DocketID(text)) }

  static func itemID(_ text: String) throws -> ItemID { try #require(ItemID(text)) }
}

// MARK: Acting

extension Parliament {
  /// Lets that much block time pass.
  mutating func wait(_ milliseconds: Int64) {
    now = Instant(milliseconds: now.milliseconds + milliseconds)
    state.advance(to: now)
  }

  /// Carries out an act in a block of the present time.
  mutating func act(_ act: Act, by member: String) throws {
    transactions += 1
    let identity = Digest.of(.transaction, Array("\(transactions)".utf8))
    try state.apply(act, by: try Self.member(member), identity: identity, at: now)
  }

  mutating func open(
    _ docket: String, _ kind: UInt8 = DocketKind.first.rawValue, _ items: [String], by member: String = "KOR",
    windows: DocketWindows? = nil, note: String = ""
  ) throws {
    try act(.docketOpen(try opening(docket, kind, items, windows: windows, note: note)), by: member)
  }

  func opening(
    _ docket: String, _ kind: UInt8, _ items: [String], windows: DocketWindows? = nil, note: String = ""
  ) throws -> DocketOpening {
    DocketOpening(
      docket: try Self.docket(docket), kind: kind, items: try items.map(Self.itemID),
      windows: windows, note: note)
  }

  func lot(_ docket: String, _ number: UInt16 = 0) throws -> LotRecord {
    let lots = state.lots(of: try Self.docket(docket))
    return try #require(lots.first { $0.number == number })
  }

  func results(_ docket: String, _ item: String) throws -> [ItemResult] {
    state.results(try Self.docket(docket), try Self.itemID(item))
  }

  func row(_ item: String) throws -> FloorRow? { state.currentRow(try Self.itemID(item)) }

  /// A sheet with the same answer on every item of the lot.
  func sheet(_ lot: LotRecord, _ answer: Answer) throws -> Sheet {
    try sheet(lot) { _ in answer }
  }

  func sheet(_ lot: LotRecord, _ answer: (ItemID) -> Answer) throws -> Sheet {
    let quotes = try lot.items.map { item in
      Quote(try #require(state.genesis.item(item.item)), answer(item.item))
    }
    return Sheet(quotes: quotes, evidence: [try Self.evidence(.transaction)])
  }

  static func evidence(_ evidenceClass: EvidenceClass) throws -> Evidence {
    try #require(
      Evidence(evidenceClass, source: "customs records", period: "2024", file: Digest.of(.evidence, [1])))
  }

  static func salt(_ member: String) -> [UInt8] { Digest.of(.history, Array(member.utf8)).bytes }

  mutating func commit(_ sheet: Sheet, _ lot: LotRecord, by member: String, replacing: Digest? = nil) throws {
    let id = try Self.member(member)
    let context = try #require(state.sealingContext(lot.docket, lot: lot.number, id))
    let digest = context.commitment(to: sheet, salt: Self.salt(member))
    try act(.commitment(Commitment(place: lot.place, digest: digest, replaces: replacing)), by: member)
  }

  mutating func reveal(_ sheet: Sheet, _ lot: LotRecord, by member: String) throws {
    try act(.reveal(Reveal(place: lot.place, salt: Self.salt(member), sheet: sheet)), by: member)
  }

  mutating func ballot(_ lot: LotRecord, _ choice: BallotChoice, by member: String, call: UInt8? = nil) throws {
    let ballot = Ballot(place: lot.place, call: call ?? lot.call, choice: choice, reason: "as instructed")
    try act(.ballot(ballot), by: member)
  }
}

// MARK: Whole phases

extension Parliament {
  /// From the opening to the first commit window.
  mutating func reachCommit() {
    wait(Self.windows.notice)
    wait(Self.windows.evidence)
  }

  /// Commit and reveal of one lot; whoever is not named stays silent. Ends with the reckoning.
  mutating func propose(
    _ docket: String, lot number: UInt16 = 0, withholding: Set<String> = [], _ answers: [String: (ItemID) -> Answer]
  ) throws {
    let lot = try lot(docket, number)
    let sheets = try answers.mapValues { try sheet(lot, $0) }
    for member in answers.keys.sorted() { try commit(try #require(sheets[member]), lot, by: member) }
    wait(Self.windows.commit)
    for member in answers.keys.sorted() where !withholding.contains(member) {
      try reveal(try #require(sheets[member]), lot, by: member)
    }
    wait(Self.windows.reveal)
  }

  /// The same price from everyone.
  mutating func proposeAll(_ docket: String, lot number: UInt16 = 0, _ price: Price) throws {
    let answer: (ItemID) -> Answer = { _ in .price(price) }
    try propose(docket, lot: number, Dictionary(uniqueKeysWithValues: Self.everyone.map { ($0, answer) }))
  }

  /// Ballots of one call, which then closes.
  mutating func vote(_ docket: String, lot number: UInt16 = 0, _ choices: [String: BallotChoice]) throws {
    let lot = try lot(docket, number)
    for member in choices.keys.sorted() { try ballot(lot, try #require(choices[member]), by: member) }
    wait(Self.windows.ballot)
  }

  mutating func voteAll(_ docket: String, lot number: UInt16 = 0, _ choice: BallotChoice) throws {
    try vote(docket, lot: number, Dictionary(uniqueKeysWithValues: Self.everyone.map { ($0, choice) }))
  }

  /// A first floor for an item, from the opening to entry into force.
  mutating func setFirst(_ docket: String, _ items: [String], _ price: Price) throws {
    try open(docket, DocketKind.first.rawValue, items)
    reachCommit()
    try proposeAll(docket, price)
    try voteAll(docket, .yes)
    wait(Self.windows.vacatio)
  }
}

/// A generator of test histories: SplitMix64, so that a seed names a history.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}
