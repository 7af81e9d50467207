import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// A recent block that a declaration of readiness may name.
package struct BlockMark: Hashable, Sendable {
  package let height: Height
  package let digest: Digest

  package init(height: Height, digest: Digest) { (self.height, self.digest) = (height, digest) }
}

/// Who may negotiate from now on, and with which votes if a motion named them.
package struct ElectorateChange: Hashable, Sendable {
  /// The full members, ascending.
  package let members: [MemberID]
  package let votes: [ItemVotes]?

  package init(members: [MemberID], votes: [ItemVotes]?) { (self.members, self.votes) = (members, votes) }
}

/// Who belongs to the bloc, with which keys, and who of them takes part in agreement: a value that acts and block times
/// move (`Protocol/membership.md`).
///
/// Law: equal acts at equal times lead to equal entries. A refused act changes nothing. Policy votes and validators
/// have nothing to do with each other: neither is computed from the other.
package struct Accession: Hashable, Sendable {
  package let terms: AccessionTerms
  /// Everyone who may have sessions and sign, suspended members included.
  package internal(set) var roster: Roster
  var standings: [MemberID: MemberStanding] = [:]
  /// The customs profiles of everyone who is, or was, a full member with one.
  var profiles: [MemberID: CustomsProfile] = [:]
  var motionRecords: [Digest: MotionRecord] = [:]
  /// The motions that are open or wait for their entry, ascending.
  var live: [Digest] = []
  /// Every key that ever stood on the roster, by the digest that is its entry's key.
  var keyRecords: [Digest: KeyRecord] = [:]
  /// All epochs, ascending; the last one is that of the next block.
  package internal(set) var epochs: [EpochRecord]
  var faultRecords: [FaultKey: FaultRecord] = [:]
  var restarts: [Epoch: RestartRecord] = [:]
  /// By height.
  package internal(set) var upgrades: [RulesUpgrade] = []
  /// By height.
  package internal(set) var recent: [BlockMark] = []

  // What happened within a block and is taken at its end.
  var touched: Set<EntryKey> = []
  var electorates: [ElectorateChange] = []
  /// Whether the roster is another than at the beginning of the block.
  var isRosterChanged = false
  /// Whether anything happened that may change the validators.
  var isStirred = false
  /// Members that left or were suspended within this block: what they were before is over.
  var departed: Set<MemberID> = []

  /// Everyone on the roster is a full member and a validator of epoch 0.
  package init(_ terms: AccessionTerms, roster: Roster, profiles: [CustomsProfile] = [], at time: Instant) {
    (self.terms, self.roster) = (terms, roster)
    epochs = [EpochRecord(epoch: .zero, closing: .zero, validators: ValidatorSet(roster))]
    touched.insert(.epoch(.zero))
    for profile in profiles {
      guard let member = MemberID(profile.member.text) else { continue }
      self.profiles[member] = profile
      touched.insert(.profile(member))
    }
    for member in roster.members {
      standings[member.id] = MemberStanding(status: .full, since: time, motion: nil)
      touched.formUnion([.standing(member.id), .member(member.id)])
      for role in KeyRole.allCases { enter(member.key(role), of: member.id, role, from: .zero) }
    }
  }

  /// Carries out an act in the block of that height and time. The identity is that of the transaction.
  package mutating func apply(
    _ act: AccessionAct, by member: MemberID, identity: Digest, at point: BlockPoint
  ) throws(AccessionRefusal) {
    let by = Signing(member: member, transaction: identity, at: point.time)
    switch act {
    case .motion(let motion): try file(motion, by, at: point)
    case .ballot(let ballot): try cast(ballot, by, at: point)
    case .ready(let readiness): try declare(readiness, by)
    case .evidence(let exposure): try record(exposure, by)
    }
  }

  /// The keys of the entries that changed since the last call, ascending.
  package mutating func takeChanges() -> [EntryKey] {
    defer { touched = [] }
    return touched.sorted()
  }

  /// What the negotiation has to take up, in order.
  package mutating func takeElectorates() -> [ElectorateChange] {
    defer { electorates = [] }
    return electorates
  }
}

/// The block in which something happens.
package struct BlockPoint: Hashable, Sendable {
  package let height: Height
  package let time: Instant

  package init(height: Height, time: Instant) { (self.height, self.time) = (height, time) }
}

// MARK: Reading

extension Accession {
  /// The epoch of the next block.
  package var epoch: Epoch { record.epoch }

  /// Who takes part in agreement in that epoch.
  package var validators: ValidatorSet { record.validators }

  /// The record of the last epoch; there is one from genesis on.
  var record: EpochRecord { epochs[epochs.count - 1] }

  /// The member's customs profile, if it has one.
  package func profile(of member: MemberID) -> CustomsProfile? { profiles[member] }

  package func record(of epoch: Epoch) -> EpochRecord? { epochs.place(of: epoch, by: \.epoch).map { epochs[$0] } }

  package func standing(of member: MemberID) -> MemberStanding? { standings[member] }

  /// The members that negotiate and vote, ascending.
  package var fullMembers: [MemberID] { roster.members.map(\.id).filter { standings[$0]?.status == .full } }

  /// Whether nothing that the member signs counts.
  package func isSuspended(_ member: MemberID) -> Bool { standings[member]?.status == .suspended }

  /// Whether there is evidence against the member that no ballot has settled.
  package func isExposed(_ member: MemberID) -> Bool {
    let settled = standings[member]?.settledBefore ?? .zero
    return faultRecords.keys.contains { $0.member == member && $0.epoch >= settled }
  }

  /// Whether the member's declaration of readiness holds.
  package func isReady(_ member: MemberID, at now: Instant) -> Bool {
    standings[member]?.readyUntil.map { $0 > now } ?? false
  }

  package func motion(_ identity: Digest) -> MotionRecord? { motionRecords[identity] }

  /// All motions, by the time of their filing, then by identity.
  package var motions: [(identity: Digest, record: MotionRecord)] {
    motionRecords.keys.sorted().compactMap { identity in motionRecords[identity].map { (identity, $0) } }.sorted {
      ($0.record.by.at, $0.identity) < ($1.record.by.at, $1.identity)
    }
  }

  /// The recorded evidence, ascending.
  package var faults: [FaultKey] { faultRecords.keys.sorted() }

  /// The key's record, for keys that stand or stood on the roster.
  package func record(of key: PublicKey) -> KeyRecord? { keyRecords[Digest.of(.key, key.encoded)] }

  /// The latest block that a declaration of readiness may name; nil in a network without any block.
  package var latestMark: BlockMark? { recent.last }

  /// The version of the rules by which the block of that height is executed.
  package func rulesVersion(at height: Height) -> UInt64 {
    upgrades.last { $0.height <= height.number }?.version ?? terms.rulesVersion
  }

  /// The earliest instant at which something happens here although nobody sends anything; nil if there is none.
  package var nextDeadline: Instant? { live.compactMap { motionRecords[$0]?.deadline }.min() }
}

extension MotionRecord {
  /// When it closes, or what it changes enters; nil once that is over.
  var deadline: Instant? {
    switch outcome {
    case .open: motion.closes
    case .adopted: motion.entry
    case .entered, .lapsed, .void: nil
    }
  }
}
