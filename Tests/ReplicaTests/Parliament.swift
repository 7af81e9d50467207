import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Negotiation
import Replica
import Trade

/// What a test needs and does not have.
struct Missing: Error {}

func some<Value>(_ value: Value?) throws -> Value {
  guard let value else { throw Missing() }
  return value
}

/// Members with real keys and a genesis without items, and whatever tests want signed.
struct Parliament {
  /// Those of the genesis, ascending.
  let members: [MemberID]
  /// Of everyone, newcomers included.
  let keys: [MemberID: [KeyRole: PrivateKey]]
  let genesis: VerifiedGenesis
  /// Members that do not belong to the genesis, ascending.
  let newcomers: [MemberID]

  static let start = Instant(milliseconds: 1_800_000_000_000)
  static let delta: Int64 = 100

  init(
    _ names: [String] = ["AUS", "EUN", "JPN", "USA"], newcomers: [String] = [], heartbeat: Int64 = 60_000
  ) throws {
    var keys: [MemberID: [KeyRole: PrivateKey]] = [:]
    members = try names.map { try some(MemberID($0)) }.sorted()
    self.newcomers = try newcomers.map { try some(MemberID($0)) }.sorted()
    for (place, id) in (members + self.newcomers).enumerated() {
      for role in KeyRole.allCases {
        let seed = [UInt8](repeating: 7, count: 30) + [UInt8(place), role.rawValue]
        keys[id, default: [:]][role] = try PrivateKey.ed25519(seed: seed)
      }
    }
    self.keys = keys
    let content = try Self.content(members, keys, heartbeat)
    var genesis = Genesis(content: content)
    for id in members {
      let endorsement = GenesisEndorsement(signer: id, content: content.digest)
      genesis = genesis.endorsed(by: try Self.sign(endorsement, try some(keys[id]?[.root]), .none))
    }
    self.genesis = try genesis.verified(by: SystemVerifier())
  }

  private static func content(
    _ members: [MemberID], _ keys: [MemberID: [KeyRole: PrivateKey]], _ heartbeat: Int64
  ) throws -> GenesisContent {
    let roster = try members.map { try entry($0, keys) }
    return GenesisContent(
      name: "Test", time: start, members: roster, chair: members[0],
      ledger: LedgerParameters(delta: delta, timeoutDoublings: 2, clockBound: 500, heartbeat: heartbeat),
      negotiation: .customary, items: [], votes: [], profiles: [], rates: try some(ExchangeRateTable([])),
      territories: .standard)
  }

  static func entry(_ id: MemberID, _ keys: [MemberID: [KeyRole: PrivateKey]]) throws -> Member {
    Member(
      id: id, name: id.text, kind: .state, root: try some(keys[id]?[.root]).publicKey,
      authority: try some(keys[id]?[.authority]).publicKey, node: try some(keys[id]?[.node]).publicKey,
      pins: [Digest.sha256(Array(id.text.utf8))])
  }

  static func sign(_ content: some Statement, _ key: PrivateKey, _ network: NetworkID) throws -> SignedStatement {
    try SigningRequest(content).signed(algorithm: key.publicKey.algorithm, network: network) {
      try key.signature(over: $0)
    }
  }

  var context: EpochContext { genesis.context }

  var verifier: PeerMessageVerifier<SystemVerifier> { PeerMessageVerifier(context: context, scheme: SystemVerifier()) }

  func replica(
    _ member: MemberID, _ journal: JournalRecovery = .nothing, restarting: SignedTransaction? = nil
  ) throws -> Replica {
    try Replica(
      genesis: genesis, me: member, recovering: journal, by: SystemVerifier(), restarting: restarting)
  }

  func memorandum(
    _ bytes: [UInt8], by signer: MemberID, notAfter: Instant = Instant(milliseconds: start.milliseconds + 60_000)
  ) throws -> SignedTransaction {
    let content = Transaction(signer: signer, notAfter: notAfter, body: .memorandum(bytes))
    let key = try some(keys[signer]?[.authority])
    return try SignedTransaction(Self.sign(content, key, genesis.network), as: .memorandum)
  }

  func verified(_ transaction: SignedTransaction) throws -> VerifiedTransaction { try verifier.verified(transaction) }

  func attested(_ vote: Vote) throws -> Attested<Vote> {
    let statement = try Self.sign(vote, try some(keys[vote.member]?[.node]), genesis.network)
    return try SignedVote(kind: vote.kind, statement: statement).attested(in: context, by: SystemVerifier())
  }

  /// The certificate that the first so many members make.
  func certificate(_ subject: VoteSubject, signers: Int) throws -> Certificate {
    let signatures = try members.prefix(signers).enumerated().map { index, member in
      let vote = try attested(Vote(subject, by: member))
      return CertificateSignature(index: UInt16(index), signature: vote.statement.signature)
    }
    return Certificate(subject: subject, signatures: signatures)
  }
}
