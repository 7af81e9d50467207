import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Trade

/// A whole network in one value: keys from fixed seeds, a signed genesis, and a chain that tests append blocks to.
struct TestNetwork {
  /// The keys that the members have now.
  private(set) var keys: [MemberID: [KeyRole: PrivateKey]]
  let genesis: VerifiedGenesis
  /// The epochs so far, ascending.
  private(set) var contexts: [EpochContext]
  private(set) var blocks: [Block] = []
  private(set) var executions: [Execution] = []

  /// How many views the next block passes over.
  private var skipped: UInt64 = 0
  /// All keys that there ever were.
  private var secrets: [PublicKey: PrivateKey] = [:]

  static let start = Instant(milliseconds: 1_750_000_000_000)
  static let names = ["AUS", "EUN", "JPN", "USA"]
  static let verifier = SystemVerifier()

  init(names: [String] = names, change: (inout GenesisContent) -> Void = { _ in }) throws {
    let keys = try Self.keys(names)
    var content = try Self.content(names, keys)
    change(&content)
    genesis = try Self.signed(content, keys).verified(by: Self.verifier)
    contexts = [genesis.context]
    self.keys = keys
    for key in keys.values.flatMap(\.values) { secrets[key.publicKey] = key }
  }

  // MARK: Making a genesis

  static func keys(_ names: [String]) throws -> [MemberID: [KeyRole: PrivateKey]] {
    var keys: [MemberID: [KeyRole: PrivateKey]] = [:]
    for (place, name) in names.enumerated() {
      guard let id = MemberID(name) else { continue }
      for role in KeyRole.allCases {
        // The seed of member m and role r: 30 zero bytes, m + 1, r + 1.
        let seed = [UInt8](repeating: 0, count: 30) + [UInt8(place + 1), role.rawValue + 1]
        keys[id, default: [:]][role] = try PrivateKey.ed25519(seed: seed)
      }
    }
    return keys
  }

  static func members(_ keys: [MemberID: [KeyRole: PrivateKey]]) -> [Member] {
    keys.keys.sorted().compactMap { id in
      guard let root = keys[id]?[.root], let authority = keys[id]?[.authority], let node = keys[id]?[.node] else {
        return nil
      }
      return Member(
        id: id, name: "Member \(id)", kind: id.text == "EUN" ? .customsUnion : .state, root: root.publicKey,
        authority: authority.publicKey, node: node.publicKey, pins: [Digest.sha256(Array(id.text.utf8))])
    }
  }

  static func content(_ names: [String], _ keys: [MemberID: [KeyRole: PrivateKey]]) throws -> GenesisContent {
    let members = members(keys)
    // Fewer than four members cannot share 1,000 votes under a cap of 300: such a network has no items.
    let items =
      names.count < 4 ? [] : [try item("lithium/carbonate@1", "283691"), try item("nickel/unwrought@1", "750210")]
    return GenesisContent(
      name: "Test network", time: start, members: members, chair: members[0].id,
      ledger: LedgerParameters(delta: 10, timeoutDoublings: 3, clockBound: 100), negotiation: try parameters(),
      items: items, votes: try items.map { try votes($0.id, members.map(\.id)) },
      profiles: try members.map { try profile($0.id) },
      rates: try rates(), territories: TerritoryMap.standard)
  }

  static func parameters() throws -> NegotiationParameters {
    let windows = DocketWindows(
      notice: 1_000, evidence: 1_000, commit: 1_000, reveal: 1_000, ballot: 1_000, vacatio: 1_000)
    let aggregation = try AggregationParameters(
      weightCap: PPM(300_000), fewestMembers: 3, presence: .init(2, 3), deviations: .init(3, 1), tolerance: PPM(50_000),
      stepUp: PPM(50_000), stepDown: PPM(50_000))
    return NegotiationParameters(
      aggregation: aggregation, firstWindows: windows, routineWindows: windows, minimumWindow: 500, maximumCalls: 3,
      maximumRounds: 1, maximumCarried: 4, lapseTerm: 63_072_000_000, reviewTerm: 7_776_000_000,
      votes: .customary, mode: .exact)
  }

  static func item(_ name: String, _ code: String) throws -> Item {
    try Item(
      id: try some(ItemID(name)), stage: .refinedCompound, title: name, basis: .productWeight,
      basisStatement: "FOB statistics, kg as traded",
      grades: GradeWindow(low: PPM(0), high: .one, reference: PPM(990_000)), moisture: .asTraded,
      delivery: Delivery(incoterm: .fob, point: "any port of export"), codes: [try some(CommodityCode(code))],
      pricing: PriceRules(tick: price(10_000), hardLow: price(2_000_000), hardHigh: price(500_000_000), corridor: nil))
  }

  static func votes(_ item: ItemID, _ members: [MemberID]) throws -> ItemVotes {
    let shares = members.enumerated().map { VoteDistribution.Share(member: $1, quantity: Int64($0 + 3)) }
    let roll = try VoteDistribution.distribute(shares, total: 1_000, cap: 300, minimum: 1)
    return ItemVotes(item: item, producer: roll, consumer: roll)
  }

  static func profile(_ member: MemberID) throws -> CustomsProfile {
    CustomsProfile(
      member: try some(TerritoryCode(member.text)), territory: try some(TerritoryCode(member.text)), valuation: .cif,
      currency: try some(
        Currency(code: member.text == "EUN" ? try some(CurrencyCode("EUR")) : .usDollar, minorPerMajor: 100)),
      rounding: .halfUp, ordinary: try some(RateSchedule.flat(PPM(32_000))), bound: nil, netting: [.ordinary],
      bandedMaximum: .zero, rateRule: .monthBefore)
  }

  static func rates() throws -> ExchangeRateTable {
    try some(
      ExchangeRateTable([
        ExchangeRateTable.Entry(
          currency: try some(CurrencyCode("EUR")), month: try some(CalendarMonth(year: 2025, month: 5)),
          rate: ExchangeRate(nanoPerDollar: 918_273_645))
      ]))
  }

  static func signed(_ content: GenesisContent, _ keys: [MemberID: [KeyRole: PrivateKey]]) throws -> Genesis {
    var genesis = Genesis(content: content)
    for id in keys.keys.sorted() {
      guard let root = keys[id]?[.root] else { continue }
      let endorsement = GenesisEndorsement(signer: id, content: content.digest)
      genesis = genesis.endorsed(by: try sign(endorsement, root, .none))
    }
    return genesis
  }

  static func price(_ value: Int64) -> Price { Price(microUSDPerKilogram: value) }

  // MARK: Signing

  static func sign(_ content: some Statement, _ key: PrivateKey, _ network: NetworkID) throws -> SignedStatement {
    try SigningRequest(content).signed(algorithm: key.publicKey.algorithm, network: network) { message in
      try key.signature(over: message)
    }
  }

  func signed(_ content: Transaction) throws -> SignedTransaction {
    let key = try some(keys[content.signer]?[.authority])
    return try SignedTransaction(Self.sign(content, key, genesis.network), as: content.statementType)
  }

  func verified(_ content: Transaction) throws -> VerifiedTransaction {
    try signed(content).verified(on: state.roster, network: genesis.network, by: Self.verifier)
  }

  func memorandum(_ text: String, by name: String = "USA", life: Int64 = 60_000) throws -> VerifiedTransaction {
    let notAfter = try now.adding(milliseconds: life)
    return try verified(
      Transaction(signer: try member(name), notAfter: notAfter, body: .memorandum(Array(text.utf8))))
  }

  func act(_ act: Act, by name: String) throws -> VerifiedTransaction {
    let notAfter = try now.adding(milliseconds: 60_000)
    return try verified(Transaction(signer: try member(name), notAfter: notAfter, body: .act(act)))
  }

  func member(_ name: String) throws -> MemberID { try some(MemberID(name)) }

  // MARK: The chain

  var tip: BlockHeader { blocks.last?.header ?? genesis.header }
  var state: LedgerState { executions.last?.state ?? genesis.state }
  var now: Instant { tip.timestamp }

  /// Lets the next block pass over a view.
  mutating func skipView() { skipped += 1 }

  /// Appends the block of these transactions, so many milliseconds after the tip.
  @discardableResult
  mutating func append(_ transactions: [VerifiedTransaction] = [], after milliseconds: Int64 = 1) throws -> Execution {
    let view = View(tip.view.number + 1 + skipped)
    skipped = 0
    let proposer = try some(contexts.last).leader(of: view)
    let (block, execution) = try state.proposing(
      transactions, on: tip, view: view, at: try now.adding(milliseconds: milliseconds), by: proposer)
    blocks.append(block)
    executions.append(execution)
    if execution.closesEpoch { contexts.append(try some(state.context(after: tip))) }
    return execution
  }

  /// The epoch of a header.
  func context(of header: BlockHeader) throws -> EpochContext {
    try some(contexts.first { $0.epoch == header.epoch })
  }

  /// Takes a new key that a member has from now on.
  mutating func take(_ key: PrivateKey, _ role: KeyRole, of member: MemberID) {
    keys[member]?[role] = key
    secrets[key.publicKey] = key
  }

  func vote(_ kind: VoteKind, on header: BlockHeader, by id: MemberID) throws -> Attested<Vote> {
    let context = try context(of: header)
    let subject: VoteSubject =
      switch kind {
      case .notarize: .notarize(header.digest, in: header.view, of: context)
      case .nullify: .nullify(header.view, of: context)
      case .finalize: .finalize(header.digest, in: header.view, of: context)
      }
    let secret = try some(context.validators[id].flatMap { secrets[$0.node] })
    let statement = try Self.sign(Vote(subject, by: id), secret, genesis.network)
    return try SignedVote(kind: kind, statement: statement).attested(in: context, by: Self.verifier)
  }

  /// The certificate that the first quorum of members makes.
  func certificate(_ kind: VoteKind, on header: BlockHeader) throws -> VerifiedCertificate {
    let context = try context(of: header)
    let quorum = context.quorum.quorum
    let votes: [Attested<Vote>?] = try context.validators.members.enumerated().map { place, member in
      place < quorum ? try vote(kind, on: header, by: member.id) : nil
    }
    let subject = try some(votes.compactMap(\.self).first).content.subject
    return try some(VerifiedCertificate(of: subject, from: votes, in: context))
  }
}

/// What a test needs and does not have.
struct Missing: Error {}

func some<Value>(_ value: Value?) throws -> Value {
  guard let value else { throw Missing() }
  return value
}
