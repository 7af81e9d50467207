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
  /// What each member wrote down, in order.
  private(set) var written: [MemberID: [JournalWrite]] = [:]
  private(set) var reports: [MemberID: [ReplicaReport]] = [:]
  private(set) var entered: [MemberID: [Epoch]] = [:]
  /// Votes of these kinds that this member sends reach nobody.
  var muted: Set<VoteKind> = []
  /// Node keys by which members sign besides those of the start.
  var spare: [PublicKey: PrivateKey] = [:]
  private var proposals: UInt64 = 1_000_000
  var nextTicket: UInt64 = 500_000
  var clock = Instant(milliseconds: Parliament.start.milliseconds + 1_000)
  /// Messages that did not verify where they arrived.
  private(set) var refused: [(at: MemberID, message: PeerMessage)] = []
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

  mutating func start(
    _ member: MemberID, _ journal: JournalRecovery = .nothing, restarting: SignedTransaction? = nil
  ) throws {
    replicas[member] = try parliament.replica(member, journal, restarting: restarting)
    try handle(.started, at: member)
    try connect()
  }

  mutating func start(_ replica: Replica, as member: MemberID) throws {
    replicas[member] = replica
    timers[member] = [:]
    try handle(.started, at: member)
    try connect()
  }

  mutating func submit(_ transaction: SignedTransaction, _ ticket: UInt64, to member: MemberID) throws {
    let context = try some(replicas[member]).context
    let verified = try transaction.verified(on: context.roster, network: context.network, by: SystemVerifier())
    try handle(.submitted(verified, SubmissionTicket(ticket)), at: member)
  }

  /// Hands one event to a member, and carries on until nothing moves any more.
  mutating func handle(_ event: ReplicaEvent, at member: MemberID) throws {
    queue.append((member, event))
    try settle()
  }

  /// Does something to a member that is no event, and carries on until nothing moves any more.
  mutating func change(_ member: MemberID, _ body: (inout Replica, Instant) throws -> [ReplicaAction]) throws {
    guard var replica = replicas[member] else { throw Missing() }
    let actions = try body(&replica, clock)
    replicas[member] = replica
    for action in actions { try carryOut(action, of: member) }
    try settle()
  }

  /// Ends a member's process.
  mutating func stop(_ member: MemberID) { replicas[member] = nil }

  /// Notes what a member wrote down beside its actions.
  mutating func write(_ writes: [JournalWrite], at member: MemberID) { written[member, default: []] += writes }

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
    case .persist(let writes, let ticket):
      written[member, default: []] += writes
      queue.append((member, .persisted(ticket)))
    case .send(let message, let other): try deliver(message, from: member, to: [other])
    case .broadcast(let message):
      var others = replicas.keys.sorted().filter { $0 != member }
      if case .transactions = message { others.removeAll { deaf.contains($0) } }
      try deliver(message, from: member, to: others)
    case .sign(let vote): queue.append((member, .signed(try attested(vote))))
    case .propose(let body): try propose(body, by: member)
    case .epochEntered(let context): entered[member, default: []].append(context.epoch)
    case .start(let timer, let milliseconds): timers[member, default: [:]][timer] = milliseconds
    case .stop(let timer): timers[member]?[timer] = nil
    case .read(_, _, let ticket): queue.append((member, .read([], ticket)))
    case .committed(let blocks): committed[member, default: []] += blocks
    case .answer(let ticket, let outcome): answers[ticket.number] = outcome
    case .report(let report): reports[member, default: []].append(report)
    case .halt(let reason): halts[member] = reason
    }
  }

  /// Signs as a member's node does: by the key that the epoch has for it.
  private func attested(_ vote: Vote) throws -> Attested<Vote> {
    let context = try some(replicas[vote.member]).context
    let statement = try Parliament.sign(vote, try nodeKey(of: vote.member, in: context), context.network)
    return try SignedVote(kind: vote.kind, statement: statement).attested(in: context, by: SystemVerifier())
  }

  private func nodeKey(of member: MemberID, in context: EpochContext) throws -> PrivateKey {
    let wanted = try some(context.roster[member]).node
    let first = try some(parliament.keys[member]?[.node])
    return first.publicKey == wanted ? first : try some(spare[wanted])
  }

  private mutating func propose(_ body: TransactionBody, by member: MemberID) throws {
    let context = try some(replicas[member]).context
    let content = Transaction(signer: member, notAfter: try clock.adding(milliseconds: 60_000), body: body)
    let statement = try Parliament.sign(content, try nodeKey(of: member, in: context), context.network)
    let signed = try SignedTransaction(statement, as: body.statementType)
    proposals += 1
    let verified = try signed.verified(on: context.roster, network: context.network, by: SystemVerifier())
    queue.append((member, .submitted(verified, SubmissionTicket(proposals))))
  }

  private mutating func deliver(_ message: PeerMessage, from member: MemberID, to others: [MemberID]) throws {
    sent.append((member, message))
    guard !cut.contains(member) else { return }
    if case .agreement(.vote(let vote)) = message, muted.contains(vote.kind) { return }
    let decoded = try PeerMessage(decoding: message.encoded)
    for other in others where replicas[other] != nil && !cut.contains(other) {
      guard let known = replicas[other]?.screen(decoded) else { continue }
      let context = try some(replicas[other]).context
      let verifier = PeerMessageVerifier(
        context: context, restarting: replicas[other]?.restarting, scheme: SystemVerifier())
      guard let verified = try? verifier.verified(decoded, from: member, known: known) else {
        refused.append((other, decoded))
        continue
      }
      let event = ReplicaEvent.received(verified, from: member)
      if case .transactions = message, late.contains(other) {
        parked.append((other, event))
      } else {
        queue.append((other, event))
      }
    }
  }
}
