import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// Replicas that are connected to one another, with disks that are fast and messages that all arrive: a test steps
/// through what happens.
struct Session {
  let parliament: Parliament
  private(set) var replicas: [MemberID: Replica] = [:]
  private(set) var committed: [MemberID: [FinalBlock]] = [:]
  private(set) var answers: [UInt64: SubmissionOutcome] = [:]
  private(set) var halts: [MemberID: ReplicaHalt] = [:]
  private(set) var timers: [MemberID: [ReplicaTimer: Int64]] = [:]
  private(set) var sent: [(from: MemberID, message: PeerMessage)] = []
  var clock = Instant(milliseconds: Parliament.start.milliseconds + 1_000)
  /// Members that nothing reaches and nothing leaves.
  var cut: Set<MemberID> = []
  /// Members that new transactions do not reach.
  var deaf: Set<MemberID> = []
  /// Members whom transactions reach only when they are released.
  var late: Set<MemberID> = []
  private var parked: [(MemberID, ReplicaEvent)] = []
  private var queue: [(MemberID, ReplicaEvent)] = []

  init(_ parliament: Parliament, running: [MemberID]? = nil) throws {
    self.parliament = parliament
    for member in running ?? parliament.members { replicas[member] = try parliament.replica(member) }
    for member in replicas.keys.sorted() { queue.append((member, .started)) }
    try connect()
  }

  /// Connects all members that run to one another.
  mutating func connect() throws {
    for member in replicas.keys.sorted() {
      for other in replicas.keys.sorted() where other != member { queue.append((member, .connected(other))) }
    }
    try settle()
  }

  mutating func start(_ member: MemberID, _ journal: JournalRecovery = .nothing) throws {
    replicas[member] = try parliament.replica(member, journal)
    try handle(.started, at: member)
    try connect()
  }

  mutating func submit(_ transaction: SignedTransaction, _ ticket: UInt64, to member: MemberID) throws {
    try handle(.submitted(try parliament.verified(transaction), SubmissionTicket(ticket)), at: member)
  }

  /// Hands one event to a member, and carries on until nothing moves any more.
  mutating func handle(_ event: ReplicaEvent, at member: MemberID) throws {
    queue.append((member, event))
    try settle()
  }

  /// Lets what was held back arrive, after everything else.
  mutating func release() throws {
    queue += parked
    parked.removeAll()
    late.removeAll()
    try settle()
  }

  /// Lets every timer of some kind run out everywhere, once.
  mutating func expire(where isWanted: (ReplicaTimer) -> Bool) throws {
    for member in replicas.keys.sorted() {
      for timer in (timers[member] ?? [:]).keys.filter(isWanted).sorted(by: { "\($0)" < "\($1)" }) {
        timers[member]?[timer] = nil
        queue.append((member, .expired(timer)))
      }
    }
    try settle()
  }

  private mutating func settle() throws {
    var (next, steps) = (0, 0)
    while next < queue.count {
      let (member, event) = queue[next]
      next += 1
      steps += 1
      guard steps < 100_000 else { throw Missing() }
      guard let actions = replicas[member]?.handle(event, at: clock) else { continue }
      for action in actions { try carryOut(action, of: member) }
    }
    queue.removeAll()
  }

  private mutating func carryOut(_ action: ReplicaAction, of member: MemberID) throws {
    switch action {
    case .persist(_, let ticket): queue.append((member, .persisted(ticket)))
    case .send(let message, let other): try deliver(message, from: member, to: [other])
    case .broadcast(let message):
      var others = parliament.members.filter { $0 != member }
      if case .transactions = message { others.removeAll { deaf.contains($0) } }
      try deliver(message, from: member, to: others)
    case .sign(let vote): queue.append((member, .signed(try parliament.attested(vote))))
    case .start(let timer, let milliseconds): timers[member, default: [:]][timer] = milliseconds
    case .stop(let timer): timers[member]?[timer] = nil
    case .read(_, _, let ticket): queue.append((member, .read([], ticket)))
    case .committed(let blocks): committed[member, default: []] += blocks
    case .answer(let ticket, let outcome): answers[ticket.number] = outcome
    case .report: break
    case .halt(let reason): halts[member] = reason
    }
  }

  private mutating func deliver(_ message: PeerMessage, from member: MemberID, to others: [MemberID]) throws {
    sent.append((member, message))
    guard !cut.contains(member) else { return }
    let decoded = try PeerMessage(decoding: message.encoded)
    for other in others where replicas[other] != nil && !cut.contains(other) {
      guard let known = replicas[other]?.screen(decoded) else { continue }
      let event = ReplicaEvent.received(
        try parliament.verifier.verified(decoded, from: member, known: known), from: member)
      if case .transactions = message, late.contains(other) {
        parked.append((other, event))
      } else {
        queue.append((other, event))
      }
    }
  }
}
