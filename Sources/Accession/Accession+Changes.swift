import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// How far a motion is.
enum MotionStage {
  /// To be judged, as if it took effect at once: approvals must hold now, and votes must fit exactly.
  case filing
  /// Adopted before its entry: those admitted are on the roster from now on, and nothing else happens.
  case signature
  /// Taking effect.
  case entry
}

/// What a motion changes (`Protocol/membership.md`, sections 3 and 4).
extension Accession {
  /// This value with what the motion changes at that stage, or the first reason against it.
  func carrying(
    _ motion: Motion, _ identity: Digest, at point: BlockPoint, stage: MotionStage
  ) throws(AccessionRefusal) -> Accession {
    guard Self.areCompatible(motion.changes) else { throw .changesConflict }
    var next = self
    var members = roster.members
    let isSigned = if case .adopted = motionRecords[identity]?.outcome { true } else { false }
    for change in motion.changes {
      switch change {
      case .admit(let admission):
        if isSigned {
          next.promote(admission, signedBy: identity, at: point.time)
        } else {
          try judgeApproval(change, by: admission.member.root, at: point.time, stage)
          try next.admit(admission, to: &members, identity, stage, at: point.time)
        }
      case .suspend, .reinstate, .withdraw, .rotate, .pins, .rules:
        if stage == .signature { continue }
        try next.carry(change, on: self, &members, identity, stage, at: point)
      }
    }
    try next.setRoster(members)
    if stage != .signature { try next.setElectorate(motion, before: self, stage, at: point.time) }
    next.isStirred = true
    return next
  }

  /// At most one change a member, but for several different keys and the pins; one of the rules (A4).
  private static func areCompatible(_ changes: [RosterChange]) -> Bool {
    var seen: [(MemberID?, Int)] = []
    for change in changes {
      let kind: Int
      switch change {
      case .rotate(let rotation): kind = 1 + Int(rotation.role.rawValue)
      case .pins: kind = 100
      case .admit, .suspend, .reinstate, .withdraw, .rules: kind = 0
      }
      let clashes = seen.contains { $0.0 == change.subject && ($0.1 == kind || $0.1 == 0 || kind == 0) }
      if clashes { return false }
      seen.append((change.subject, kind))
    }
    return true
  }

  private mutating func carry(
    _ change: RosterChange, on before: Accession, _ members: inout [Member], _ identity: Digest, _ stage: MotionStage,
    at point: BlockPoint
  ) throws(AccessionRefusal) {
    if case .rules(let version, let height) = change { return try plan(version, from: height, at: point) }
    guard let subject = change.subject, let place = members.place(of: subject, by: \.id) else { throw .memberUnknown }
    if change.isOwnAffair {
      guard let root = before.roster[subject]?.root else { throw .memberUnknown }
      try judgeApproval(change, by: root, at: point.time, stage)
    }
    switch change {
    case .suspend: try suspend(subject, identity, at: point.time)
    case .reinstate: try reinstate(subject, identity, at: point.time)
    case .withdraw:
      leave(members.remove(at: place), identity, at: point.time)
    case .rotate(let rotation):
      guard record(of: rotation.key) == nil else { throw .keyUsed }
      guard rotation.key.isAcceptable else { throw .keyUnacceptable }
      expire(members[place].key(rotation.role))
      members[place] = members[place].replacing(rotation.role, by: rotation.key)
      enter(rotation.key, of: subject, rotation.role, from: epoch.next ?? epoch)
      touched.insert(.member(subject))
      isRosterChanged = true
    case .pins(_, let pins, _):
      guard !pins.isEmpty, Set(pins).count == pins.count, pins != members[place].pins else { throw .pinsUnlawful }
      members[place] = members[place].replacing(pins: pins)
      touched.insert(.member(subject))
      isRosterChanged = true
    case .admit, .rules: break
    }
  }

  /// The approval was signed by that root key, and held when the motion was filed (A6).
  private func judgeApproval(
    _ change: RosterChange, by root: PublicKey, at now: Instant, _ stage: MotionStage
  ) throws(AccessionRefusal) {
    guard let approval = change.approvalContent, approval.root == root else { throw .approvalForeign }
    guard stage != .filing || approval.notAfter >= now.milliseconds else { throw .approvalExpired }
  }

  // MARK: Members

  private mutating func admit(
    _ admission: Admission, to members: inout [Member], _ identity: Digest, _ stage: MotionStage, at now: Instant
  ) throws(AccessionRefusal) {
    let member = admission.member
    let place = members.lowerBound(of: member.id, by: \.id)
    guard place == members.count || members[place].id != member.id else { throw .memberExists }
    guard Set(member.pins).count == member.pins.count else { throw .pinsUnlawful }
    guard admission.profile.map({ terms.admits($0, of: member.id) }) ?? true else { throw .profileUnlawful }
    for role in KeyRole.allCases {
      guard record(of: member.key(role)) == nil else { throw .keyUsed }
      enter(member.key(role), of: member.id, role, from: epoch.next ?? epoch)
    }
    members.insert(member, at: place)
    // Evidence of an earlier membership is no matter of the new one.
    standings[member.id] = MemberStanding(
      status: stage == .signature ? .signatory : .full, since: now, motion: identity,
      settledBefore: epoch.next ?? epoch)
    touched.formUnion([.member(member.id), .standing(member.id)])
    if stage != .signature { enter(admission.profile, of: member.id) }
    isRosterChanged = true
  }

  private mutating func enter(_ profile: CustomsProfile?, of member: MemberID) {
    guard profiles[member] != profile else { return }
    profiles[member] = profile
    touched.insert(.profile(member))
  }

  /// A signatory becomes a full member; one that left or was suspended meanwhile does not.
  private mutating func promote(_ admission: Admission, signedBy identity: Digest, at now: Instant) {
    let member = admission.member.id
    guard var standing = standings[member], standing.status == .signatory, standing.motion == identity else { return }
    (standing.status, standing.since) = (.full, now)
    standings[member] = standing
    touched.insert(.standing(member))
    enter(admission.profile, of: member)
    isRosterChanged = true
  }

  private mutating func suspend(_ member: MemberID, _ identity: Digest, at now: Instant) throws(AccessionRefusal) {
    guard var standing = standings[member], [.full, .signatory].contains(standing.status) else {
      throw .memberNotFull
    }
    (standing.status, standing.since, standing.motion, standing.readyUntil) = (.suspended, now, identity, nil)
    standings[member] = standing
    departed.insert(member)
    touched.insert(.standing(member))
    isRosterChanged = true
  }

  /// Ends a suspension and settles the evidence of all epochs up to this one (A16).
  private mutating func reinstate(_ member: MemberID, _ identity: Digest, at now: Instant) throws(AccessionRefusal) {
    guard var standing = standings[member] else { throw .memberUnknown }
    guard standing.status == .suspended || isExposed(member) else { throw .nothingToReinstate }
    if standing.status == .suspended {
      (standing.status, standing.since, standing.motion) = (.full, now, identity)
      isRosterChanged = true
    }
    standing.settledBefore = epoch.next ?? epoch
    standings[member] = standing
    touched.insert(.standing(member))
  }

  private mutating func leave(_ member: Member, _ identity: Digest, at now: Instant) {
    for role in KeyRole.allCases { expire(member.key(role)) }
    standings[member.id] = MemberStanding(
      status: .withdrawn, since: now, motion: identity, settledBefore: standings[member.id]?.settledBefore ?? .zero)
    departed.insert(member.id)
    touched.formUnion([.member(member.id), .standing(member.id)])
    isRosterChanged = true
  }

  /// Takes those off the roster again whom a motion admitted that came to nothing.
  mutating func removeSignatories(of identity: Digest, at point: BlockPoint) {
    let gone = roster.members.filter { member in
      guard let standing = standings[member.id] else { return false }
      return standing.status == .signatory && standing.motion == identity
    }
    guard !gone.isEmpty, let rest = try? Roster(roster.members.filter { !gone.contains($0) }) else { return }
    for member in gone { leave(member, identity, at: point.time) }
    roster = rest
    isStirred = true
  }

  // MARK: Keys and rules

  mutating func enter(_ key: PublicKey, of member: MemberID, _ role: KeyRole, from first: Epoch) {
    let record = KeyRecord(key: key, member: member, role: role, first: first)
    keyRecords[Digest.of(.key, key.encoded)] = record
    touched.insert(.key(key))
  }

  private mutating func expire(_ key: PublicKey) {
    let last = epoch
    keyRecords[Digest.of(.key, key.encoded)]?.last = last
    touched.insert(.key(key))
  }

  private mutating func plan(
    _ version: UInt64, from height: UInt64, at point: BlockPoint
  ) throws(AccessionRefusal) {
    guard version > upgrades.last?.version ?? terms.rulesVersion else { throw .rulesVersionNotLater }
    guard height > max(point.height.number, upgrades.last?.height ?? 0) else { throw .rulesHeightPassed }
    upgrades.append(RulesUpgrade(version: version, height: height))
    touched.insert(.upgrades)
  }

  // MARK: What must hold afterwards

  private mutating func setRoster(_ members: [Member]) throws(AccessionRefusal) {
    guard members != roster.members else { return }
    do throws(RosterError) { roster = try Roster(members) } catch {
      switch error {
      case .empty: throw .noMemberLeft
      case .tooMany: throw .tooManyMembers
      case .duplicateMember: throw .memberExists
      case .duplicateKey: throw .keyUsed
      case .unacceptableKey: throw .keyUnacceptable
      case .missingPin: throw .pinsUnlawful
      }
    }
  }

  /// The full members with their votes, and the numbers that must not fall (A9 to A11).
  private mutating func setElectorate(
    _ motion: Motion, before: Accession, _ stage: MotionStage, at now: Instant
  ) throws(AccessionRefusal) {
    let (old, new) = (before.fullMembers, fullMembers)
    guard !new.isEmpty else { throw .noMemberLeft }
    guard new.count <= max(terms.mostMembers, old.count) else { throw .windowsTooShort }
    let (was, left) = (before.candidates(at: now).count, candidates(at: now).count)
    let fewest = was >= AccessionTerms.fewestValidators ? AccessionTerms.fewestValidators : 1
    guard left > 0, left >= was || left >= fewest else { throw .tooFewValidators }
    guard new != old || motion.votes != nil else { return }
    if !terms.items.isEmpty {
      let hasNew = new.contains { old.place(of: $0, by: \.self) == nil }
      guard !hasNew || motion.votes != nil else { throw .votesMissing }
      guard terms.votes.isPossible(for: new.count) else { throw .votesImpossible }
    }
    if stage == .filing, let votes = motion.votes {
      guard terms.votes.admits(votes, on: terms.items, of: new) else { throw .votesUnlawful }
    }
    electorates.append(ElectorateChange(members: new, votes: motion.votes))
  }
}

extension Member {
  func replacing(_ role: KeyRole, by key: PublicKey) -> Member {
    Member(
      id: id, name: name, kind: kind, root: role == .root ? key : root,
      authority: role == .authority ? key : authority, node: role == .node ? key : node, pins: pins)
  }

  func replacing(pins: [Digest]) -> Member {
    Member(id: id, name: name, kind: kind, root: root, authority: authority, node: node, pins: pins)
  }
}
