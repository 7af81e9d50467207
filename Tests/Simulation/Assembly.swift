import Accession
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Replica
import Trade

/// Who belongs to the network, in a world of growth: what is put to the members, one thing after the other.
struct Assembly {
  enum Stage {
    /// A wave of members joins, until all of them vote in agreement.
    case joining([Int])
    /// A member's key of that role gives way to another.
    case rotating(Int, KeyRole)
    /// Members leave.
    case leaving([Int])
  }

  private(set) var stages: [Stage] = []
  /// When the last motion was filed.
  fileprivate var filed: Int64?

  init(_ setting: Setting) {
    let newcomers = (0..<setting.members).filter { !setting.founders.contains($0) }
    // By strides, so that each wave comes in between those that are there.
    let order = newcomers.indices.map { newcomers[$0 * 7 % newcomers.count] }
    let spread = Set(order).count == newcomers.count ? order : newcomers
    let first = max(1, newcomers.count * 11 / 47)
    guard newcomers.count >= 2 else { return }
    let leaving = stride(from: 1, to: setting.members, by: 3).prefix(setting.members / 3)
    stages = [
      .joining(Array(spread.prefix(first))), .joining(Array(spread.dropFirst(first))),
      .rotating(setting.founders[0], .node), .rotating(spread[0], .authority), .rotating(spread[1], .root),
      .leaving(Array(leaving)),
    ]
  }

  mutating func next() {
    stages.removeFirst()
    filed = nil
  }
}

extension World {
  /// Looks how far the members are by the state of one of them, and puts the next thing to them.
  func convene() throws {
    agenda.add(.assembly, at: now + 300_000)
    guard let stage = assembly.stages.first, let speaker = speaker(stage), let mind = members[speaker].mind else {
      return
    }
    let state = mind.replica.state
    if isDone(stage, state) { return assembly.next() }
    // Again if nothing came of it for long: the one who filed it may have crashed before anyone heard.
    if let filed = assembly.filed, now - filed < 6_000_000 { return }
    let changes = try changes(stage, state, speaker)
    guard !changes.isEmpty else { return }
    assembly.filed = now
    let time = clock(speaker)
    let motion = Motion(
      title: "\(stage)", instrument: Digest.sha256([1]), closes: try time.adding(milliseconds: 20_000), changes: changes
    )
    try file(.motion(motion), by: speaker)
  }

  /// An honest founder whom the motion does not concern.
  private func speaker(_ stage: Assembly.Stage) -> Int? {
    setting.founders.first { place in
      guard members[place].isRunning, !isByzantine(place), abs(members[place].shift) <= 400 else { return false }
      switch stage {
      case .joining: return true
      case .rotating(let other, _): return other != place
      case .leaving(let others): return !others.contains(place)
      }
    }
  }

  private func isDone(_ stage: Assembly.Stage, _ state: LedgerState) -> Bool {
    switch stage {
    case .joining(let places): places.allSatisfy { state.validators[network.members[$0].id] != nil }
    case .rotating(let place, let role):
      state.roster[network.members[place].id]?.key(role) != network.members[place].key(role)
    case .leaving(let places): places.allSatisfy { state.roster[network.members[$0].id] == nil }
    }
  }

  private func changes(_ stage: Assembly.Stage, _ state: LedgerState, _ speaker: Int) throws -> [RosterChange] {
    let end = try clock(speaker).adding(milliseconds: 60_000).milliseconds
    switch stage {
    case .joining(let places):
      return places.map { network.members[$0] }.filter { state.roster[$0.id] == nil }.map { admission(of: $0, end) }
    case .rotating(let place, let role):
      guard let member = state.roster[network.members[place].id] else { return [] }
      let key = try SimulatedNetwork.key(place, role, generation: 1)
      let approved = RosterChange.approvedRotation(of: member.id, role, to: key)
      return [
        .rotate(
          Rotation(
            member: member.id, role: role, key: key, possession: possession(member.id, role, key),
            approval: approval(member.id, member.root, approved, end)))
      ]
    case .leaving(let places):
      return places.compactMap { state.roster[network.members[$0].id] }.map { member in
        let approved = RosterChange.approvedWithdrawal(of: member.id)
        return .withdraw(member.id, approval: approval(member.id, member.root, approved, end))
      }
    }
  }

  private func admission(of member: Member, _ end: Int64) -> RosterChange {
    let approved = RosterChange.approvedAdmission(of: member, profile: nil)
    return .admit(
      Admission(
        member: member, possessions: Admission.certified.map { possession(member.id, $0, member.key($0)) },
        approval: approval(member.id, member.root, approved, end)))
  }

  private func possession(_ member: MemberID, _ role: KeyRole, _ key: PublicKey) -> SignedStatement {
    SimulatedNetwork.sign(Possession(member: member, role: role, key: key), by: key, on: network.genesis.network)
  }

  private func approval(_ member: MemberID, _ root: PublicKey, _ change: Digest, _ end: Int64) -> SignedStatement {
    SimulatedNetwork.sign(
      RootApproval(member: member, root: root, notAfter: end, change: change), by: root, on: network.genesis.network)
  }

  /// A member's desk votes for whatever it has not voted on.
  func vote(desk place: Int, on accession: Accession) throws {
    let own = network.members[place].id
    guard accession.standing(of: own)?.status == .full else { return }
    for (identity, record) in accession.motions where record.outcome == .open {
      let isHeard = record.ballots.contains { $0.by.member == own }
      guard !isHeard, !record.motion.subjects.contains(own), isTime(place, "motion \(identity.short)") else { continue }
      try file(.ballot(MotionBallot(motion: identity, isYes: true)), by: place)
    }
  }

  private func file(_ act: AccessionAct, by place: Int) throws {
    let end = try clock(place).adding(milliseconds: 10_000)
    try submit(Transaction(signer: network.members[place].id, notAfter: end, body: .accession(act)), to: place)
  }
}
