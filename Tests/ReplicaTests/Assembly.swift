import Accession
import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// What changes the members of a parliament: motions and ballots, signed by those whom it takes.
extension Parliament {
  static let later = Instant(milliseconds: start.milliseconds + 60_000)

  func admission(of id: MemberID) throws -> RosterChange {
    let member = try Self.entry(id, keys)
    let possessions = try Admission.certified.map { role in
      try Self.sign(
        Possession(member: id, role: role, key: member.key(role)), try some(keys[id]?[role]), genesis.network)
    }
    let approved = RosterChange.approvedAdmission(of: member)
    return .admit(Admission(member: member, possessions: possessions, approval: try approval(of: approved, by: id)))
  }

  func rotation(of id: MemberID, _ role: KeyRole, to key: PrivateKey) throws -> RosterChange {
    let possession = Possession(member: id, role: role, key: key.publicKey)
    let approved = RosterChange.approvedRotation(of: id, role, to: key.publicKey)
    return .rotate(
      Rotation(
        member: id, role: role, key: key.publicKey, possession: try Self.sign(possession, key, genesis.network),
        approval: try approval(of: approved, by: id)))
  }

  private func approval(of change: Digest, by id: MemberID) throws -> SignedStatement {
    let root = try some(keys[id]?[.root])
    let content = RootApproval(
      member: id, root: root.publicKey, notAfter: Self.later.milliseconds, change: change)
    return try Self.sign(content, root, genesis.network)
  }

  func motion(_ changes: [RosterChange], by signer: MemberID, entry: Instant? = nil) throws -> SignedTransaction {
    try signed(
      .accession(
        .motion(
          Motion(
            title: "Test", instrument: Digest.sha256([1]), closes: Self.later, entry: entry, changes: changes))),
      by: signer)
  }

  func ballot(on motion: SignedTransaction, by signer: MemberID) throws -> SignedTransaction {
    try signed(.accession(.ballot(MotionBallot(motion: motion.identity, isYes: true))), by: signer)
  }

  func signed(_ body: TransactionBody, by signer: MemberID) throws -> SignedTransaction {
    let content = Transaction(signer: signer, notAfter: Self.later, body: body)
    let key = try some(keys[signer]?[body.statementType.role])
    return try SignedTransaction(Self.sign(content, key, genesis.network), as: body.statementType)
  }
}

extension Session {
  /// Submits a motion and as many ballots as carry it, mover included. The last ballot closes the epoch.
  mutating func carry(_ changes: [RosterChange], by electors: [MemberID], entry: Instant? = nil) throws {
    let mover = try some(electors.first)
    let motion = try parliament.motion(changes, by: mover, entry: entry)
    try submitAndCommit(motion, to: mover)
    for elector in electors.dropFirst() {
      try submitAndCommit(try parliament.ballot(on: motion, by: elector), to: elector)
    }
  }

  /// Submits a transaction and lets time pass until it is final.
  mutating func submitAndCommit(_ transaction: SignedTransaction, to member: MemberID) throws {
    nextTicket += 1
    let ticket = nextTicket
    clock = try clock.adding(milliseconds: 10)
    try submit(transaction, ticket, to: member)
    for _ in 0..<12 where answers[ticket] == nil { try expire { $0 != .heartbeat && $0 != .work } }
    guard case .committed(let receipt) = answers[ticket], receipt.result == .accepted else {
      throw NotCommitted(outcome: answers[ticket])
    }
  }
}

struct NotCommitted: Error {
  let outcome: SubmissionOutcome?
}
