import Accession
import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

import struct Consensus.Evidence

/// The secrets of everybody's keys, drawn one after another. Shared by the copies of a bloc.
private final class KeyRing {
  private var secrets: [PublicKey: PrivateKey] = [:]
  private var drawn: UInt32 = 0

  func draw() throws -> PublicKey {
    drawn += 1
    let seed = [UInt8](repeating: 7, count: 28) + (0..<4).map { UInt8(truncatingIfNeeded: drawn >> ($0 * 8)) }
    let key = try PrivateKey.ed25519(seed: seed)
    secrets[key.publicKey] = key
    return key.publicKey
  }

  func secret(_ key: PublicKey) throws -> PrivateKey { try #require(secrets[key]) }

  func member(_ name: String) throws -> Member {
    let (root, authority, node) = (try draw(), try draw(), try draw())
    return Member(
      id: try Bloc.id(name), name: "Member \(name)", kind: .state, root: root, authority: authority, node: node,
      pins: [Digest.sha256(Array("\(name) \(drawn)".utf8))])
  }
}

/// A bloc of members with real keys, block by block.
struct Bloc {
  static let start = Instant(milliseconds: 1_750_000_000_000)
  static let network = NetworkID(Digest.of(.genesis, Array("bloc".utf8)))
  static let items = ["lithium/carbonate@1", "nickel/unwrought@1"]
  static let rules = VoteRules(total: 1_000, cap: 300, minimum: 1)

  private(set) var accession: Accession
  private(set) var height: Height = 1
  private(set) var now = Bloc.start
  /// Every electorate that was handed out, in order.
  private(set) var electorates: [ElectorateChange] = []
  private let ring = KeyRing()
  private var transactions: UInt64 = 0

  /// Members named M01, M02, … in epoch 0, at the beginning of the first block.
  init(_ count: Int, mostMembers: Int = 256) throws {
    let terms = AccessionTerms(
      network: Self.network, rulesVersion: 1, items: try Self.items.map { try #require(ItemID($0)) }, votes: Self.rules,
      mostMembers: mostMembers)
    let members = try (1...count).map { [ring] in try ring.member(Self.name($0)) }
    accession = Accession(terms, roster: try Roster(members), at: Self.start)
    _ = accession.takeChanges()
    begin()
  }

  static func name(_ place: Int) -> String { "M" + (place < 10 ? "0" : "") + "\(place)" }

  static func id(_ name: String) throws -> MemberID { try #require(MemberID(name)) }

  // MARK: Keys and statements

  func newKey() throws -> PublicKey { try ring.draw() }

  func newMember(_ name: String) throws -> Member { try ring.member(name) }

  func sign(_ content: some Statement, _ key: PublicKey) throws -> SignedStatement {
    let secret = try ring.secret(key)
    return try SigningRequest(content).signed(algorithm: key.algorithm, network: Self.network) { message in
      try secret.signature(over: message)
    }
  }

  func possession(_ member: MemberID, _ role: KeyRole, _ key: PublicKey) throws -> SignedStatement {
    try sign(Possession(member: member, role: role, key: key), key)
  }

  func approval(_ change: Digest, of member: MemberID, root: PublicKey, life: Int64 = 1_000_000) throws
    -> SignedStatement
  {
    let approval = RootApproval(
      member: member, root: root, notAfter: now.milliseconds + life, change: change)
    return try sign(approval, root)
  }

  func admission(_ member: Member) throws -> RosterChange {
    let possessions = try Admission.certified.map { try possession(member.id, $0, member.key($0)) }
    let approval = try approval(RosterChange.approvedAdmission(of: member), of: member.id, root: member.root)
    return .admit(Admission(member: member, possessions: possessions, approval: approval))
  }

  func rotation(_ name: String, _ role: KeyRole, to key: PublicKey) throws -> RosterChange {
    let member = try #require(accession.roster[try Self.id(name)])
    let approved = RosterChange.approvedRotation(of: member.id, role, to: key)
    return .rotate(
      Rotation(
        member: member.id, role: role, key: key, possession: try possession(member.id, role, key),
        approval: try approval(approved, of: member.id, root: member.root)))
  }

  func withdrawal(_ name: String) throws -> RosterChange {
    let member = try #require(accession.roster[try Self.id(name)])
    let approved = RosterChange.approvedWithdrawal(of: member.id)
    return .withdraw(member.id, approval: try approval(approved, of: member.id, root: member.root))
  }

  func pins(_ name: String, _ pins: [Digest]) throws -> RosterChange {
    let member = try #require(accession.roster[try Self.id(name)])
    let approved = RosterChange.approvedPins(of: member.id, pins)
    return .pins(member.id, pins, approval: try approval(approved, of: member.id, root: member.root))
  }

  /// Equal shares for all of these, on every item.
  static func votes(_ members: [MemberID]) throws -> [ItemVotes] {
    let shares = members.map { VoteDistribution.Share(member: $0, quantity: 1) }
    let roll = try VoteDistribution.distribute(
      shares, total: rules.total, cap: rules.cap, minimum: rules.minimum)
    return try items.map { ItemVotes(item: try #require(ItemID($0)), producer: roll, consumer: roll) }
  }

  func motion(
    _ changes: [RosterChange], votes: [ItemVotes]? = nil, closes: Int64 = 10_000, entry: Int64? = nil
  ) -> Motion {
    Motion(
      title: "A change", instrument: Digest.sha256([1]), closes: Instant(milliseconds: now.milliseconds + closes),
      entry: entry.map { Instant(milliseconds: now.milliseconds + $0) }, changes: changes, votes: votes)
  }

  // MARK: Acting

  /// Carries out an act, after its inner signatures were verified; the identity of its transaction.
  @discardableResult
  mutating func act(_ act: AccessionAct, by name: String) throws -> Digest {
    try act.verifySignatures(network: Self.network, by: SystemVerifier())
    transactions += 1
    let identity = Digest.of(.transaction, Array("\(transactions)".utf8))
    try accession.apply(act, by: try Self.id(name), identity: identity, at: BlockPoint(height: height, time: now))
    return identity
  }

  /// Files a motion and lets everyone who may vote YES until it is decided.
  @discardableResult
  mutating func carry(_ motion: Motion, by mover: String) throws -> Digest {
    let identity = try act(.motion(motion), by: mover)
    for member in accession.fullMembers where !motion.subjects.contains(member) && member.text != mover {
      guard accession.motion(identity)?.outcome == .open else { break }
      try act(.ballot(MotionBallot(motion: identity, isYes: true)), by: member.text)
    }
    return identity
  }

  mutating func ready(_ name: String) throws {
    let mark = try #require(accession.latestMark)
    try act(.ready(Readiness(height: mark.height, block: mark.digest)), by: name)
  }

  /// Two contradictory votes of a validator in an epoch.
  func exposure(_ name: String, epoch: Epoch, view: View, key: PublicKey? = nil) throws -> Exposure {
    let member = try Self.id(name)
    let key = try #require(key ?? accession.record(of: epoch)?.validators[member]?.node)
    let context = EpochContext(
      network: Self.network, epoch: epoch,
      root: BlockLink(digest: .zero, height: 0, view: 0, parent: .zero, parentView: 0), roster: accession.roster)
    let votes = try ["a", "b"].map { text in
      let subject = VoteSubject.notarize(Digest.sha256(Array(text.utf8)), in: view, of: context)
      return SignedVote(kind: .notarize, statement: try sign(Vote(subject, by: member), key))
    }
    return Exposure(evidence: Evidence(first: votes[0], second: votes[1]), key: key)
  }

  /// Ends the block, judges what it left, and begins the next one. Answers whether the epoch ended.
  @discardableResult
  mutating func endBlock(after milliseconds: Int64 = 100) throws -> Bool {
    let before = accession
    let isClosed = accession.conclude(at: BlockPoint(height: height, time: now))
    _ = accession.takeChanges()
    electorates += accession.takeElectorates()
    try Judge.judge(accession, after: before, isClosed: isClosed, height: height)
    height = try #require(height.next)
    now = Instant(milliseconds: now.milliseconds + milliseconds)
    begin()
    return isClosed
  }

  private mutating func begin() {
    guard let parent = height.previous else { return }
    accession.keep(BlockMark(height: parent, digest: Self.block(parent)))
    accession.advance(to: BlockPoint(height: height, time: now))
  }

  static func block(_ height: Height) -> Digest { Digest.of(.block, height.encoded) }

  // MARK: Reading

  func status(_ name: String) throws -> MemberStatus? { accession.standing(of: try Self.id(name))?.status }

  var validators: [String] { accession.validators.members.map(\.id.text) }

  func outcome(_ identity: Digest) -> MotionOutcome? { accession.motion(identity)?.outcome }
}

extension Bloc {
  /// Expects that a refusal with this reason, and changes nothing.
  mutating func refuses(
    _ act: AccessionAct, by name: String, _ reason: AccessionRefusal, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = accession
    #expect(throws: reason, sourceLocation: sourceLocation) { try self.act(act, by: name) }
    #expect(accession == before, sourceLocation: sourceLocation)
  }
}
