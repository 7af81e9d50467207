import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Trade

/// What a simulated world cannot be made of.
package struct SimulationError: Error, Hashable, Sendable {
  package let sentence: String

  static func missing(_ what: String) -> SimulationError { SimulationError(sentence: "cannot make \(what)") }
}

/// A cheap stand-in for signatures: a digest of the public key and the message. In the simulated world nobody makes one
/// for a key that is not theirs, except an adversary whose attempt it is.
package struct KeyedDigest: SignatureVerifier {
  package init() {}

  package static func signature(over message: [UInt8], by key: PublicKey) -> [UInt8] {
    Digest.sha256(key.bytes, message).bytes + [UInt8](repeating: 0, count: 32)
  }

  package func isValid(signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool {
    signature == Self.signature(over: message, by: key)
  }
}

/// The networks on which worlds of different sizes run, each made once.
package struct SimulatedNetworks: Sendable {
  private struct Key: Hashable, Sendable {
    let members: Int
    let founders: Int
    let isWide: Bool
  }

  private var networks: [Key: SimulatedNetwork] = [:]

  package init(members: ClosedRange<Int>, isGrowth: Bool = false) throws {
    for count in members {
      let founders = isGrowth ? Setting.founders(of: count) : Array(0..<count)
      for isWide in [false, true] {
        networks[Key(members: count, founders: founders.count, isWide: isWide)] = try SimulatedNetwork(
          members: count, founders: founders, isWide: isWide)
      }
    }
  }

  func network(of setting: Setting) throws -> SimulatedNetwork {
    let key = Key(members: setting.members, founders: setting.founders.count, isWide: setting.isWide)
    guard let network = networks[key] else {
      throw SimulationError.missing("a network of \(setting.members) members")
    }
    return network
  }
}

/// The members of a simulated network and the genesis that they agreed on. The same number of members gives the same
/// network.
package struct SimulatedNetwork: Sendable {
  package let genesis: VerifiedGenesis
  /// Ascending: a member's number in the world is its place here.
  package let members: [Member]
  /// The places by id.
  let places: [MemberID: Int]

  /// Δ in milliseconds where members are close to one another, and where they are all over the world: above the delays
  /// of a world without faults.
  static let delta: Int64 = 100
  static let wideDelta: Int64 = 260
  static let start = Instant(milliseconds: 1_900_000_000_000)

  /// A network of which those places found; the others may join. Without others it has items to negotiate.
  package init(members count: Int, founders: [Int]? = nil, isWide: Bool = false) throws {
    guard (1...64).contains(count) else { throw SimulationError.missing("a network of \(count) members") }
    members = try (0..<count).map(Self.member)
    places = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.id, $0) })
    let all = members
    let first = founders.map { $0.map { all[$0] } } ?? all
    let content = try Self.content(first, of: count, delta: isWide ? Self.wideDelta : Self.delta)
    var genesis = Genesis(content: content)
    for member in first {
      let endorsement = GenesisEndorsement(signer: member.id, content: content.digest)
      genesis = genesis.endorsed(by: Self.sign(endorsement, by: member.root, on: .none))
    }
    self.genesis = try genesis.verified(by: KeyedDigest())
  }

  static func sign(_ content: some Statement, by key: PublicKey, on network: NetworkID) -> SignedStatement {
    SigningRequest(content).signed(algorithm: key.algorithm, network: network) { message in
      KeyedDigest.signature(over: message, by: key)
    }
  }

  /// Signs a transaction with the key that a roster names for it.
  func sign(_ content: Transaction, on roster: Roster) throws -> SignedTransaction {
    guard let key = roster[content.signer]?.key(content.statementType.role) else {
      throw SimulationError.missing("a stranger's transaction")
    }
    return try SignedTransaction(Self.sign(content, by: key, on: genesis.network), as: content.statementType)
  }

  /// The key of a member, the first one or one that came after it.
  static func key(_ number: Int, _ role: KeyRole, generation: UInt8 = 0) throws -> PublicKey {
    let seed = Digest.sha256([UInt8(number), role.rawValue] + (generation == 0 ? [] : [generation]))
    return try PrivateKey.ed25519(seed: seed.bytes).publicKey
  }

  private static func member(_ number: Int) throws -> Member {
    let keys = try KeyRole.allCases.map { try key(number, $0) }
    guard let id = MemberID("M\(number / 10)\(number % 10)"), keys.count == 3 else {
      throw SimulationError.missing("a member")
    }
    return Member(
      id: id, name: "Member \(number)", kind: .state, root: keys[0], authority: keys[1], node: keys[2],
      pins: [Digest.sha256(Array(id.text.utf8))])
  }

  private static func content(_ members: [Member], of count: Int, delta: Int64) throws -> GenesisContent {
    guard let quorum = Quorum(members: count) else { throw SimulationError.missing("a quorum") }
    let ledger = LedgerParameters(
      delta: delta, timeoutDoublings: 2, longestTransactionLife: 120_000, clockBound: 3 * delta,
      heartbeat: 10 * delta)
    let window = ledger.shortestWindow(witness: quorum.witness)
    // Fewer than four members cannot share a thousand votes under the customary cap: such worlds have no items.
    let items =
      members.count < 4 || members.count < count
      ? [] : [try item("lithium/carbonate@1", "283691"), try item("nickel/unwrought@1", "750210")]
    return GenesisContent(
      name: "Simulated network", time: start, members: members, chair: members[0].id, ledger: ledger,
      negotiation: try negotiation(window: window), items: items, votes: try items.map { try votes($0.id, members) },
      profiles: [], rates: try rates(), territories: .standard)
  }

  private static func negotiation(window: Int64) throws -> NegotiationParameters {
    let windows = DocketWindows(
      notice: window, evidence: window, commit: window, reveal: window, ballot: window, vacatio: window)
    let aggregation = try AggregationParameters(
      weightCap: PPM(300_000), fewestMembers: 3, presence: .init(1, 2), deviations: .init(3, 1), tolerance: PPM(50_000),
      stepUp: PPM(50_000), stepDown: PPM(50_000))
    return NegotiationParameters(
      aggregation: aggregation, firstWindows: windows, routineWindows: windows, minimumWindow: window, maximumCalls: 3,
      maximumRounds: 2, maximumCarried: 4, lapseTerm: 63_072_000_000, reviewTerm: 7_776_000_000, votes: .customary,
      mode: .exact)
  }

  private static func item(_ name: String, _ code: String) throws -> Item {
    guard let id = ItemID(name), let code = CommodityCode(code) else { throw SimulationError.missing("an item") }
    return try Item(
      id: id, stage: .refinedCompound, title: name, basis: .productWeight, basisStatement: "simulated",
      grades: GradeWindow(low: PPM(0), high: .one, reference: PPM(990_000)), moisture: .asTraded,
      delivery: Delivery(incoterm: .fob, point: "any port of export"), codes: [code],
      pricing: PriceRules(
        tick: Price(microUSDPerKilogram: 10_000), hardLow: Price(microUSDPerKilogram: 2_000_000),
        hardHigh: Price(microUSDPerKilogram: 500_000_000), corridor: nil))
  }

  private static func votes(_ item: ItemID, _ members: [Member]) throws -> ItemVotes {
    let shares = members.enumerated().map { VoteDistribution.Share(member: $1.id, quantity: Int64($0 + 3)) }
    let roll = try VoteDistribution.distribute(shares, total: 1_000, cap: 300, minimum: 1)
    return ItemVotes(item: item, producer: roll, consumer: roll)
  }

  private static func rates() throws -> ExchangeRateTable {
    guard let table = ExchangeRateTable([]) else { throw SimulationError.missing("rates") }
    return table
  }
}
