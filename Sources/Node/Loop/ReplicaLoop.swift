import CBOR
import Consensus
import Cryptography
import Ledger
import Logging
import Membership
import Replica
import Storage
import Trade
import Transport

/// The one thread that owns the member's replica: events in, actions out, and nothing decided here.
///
/// All events that wait are applied together; what they want written becomes durable in one commit; only then do the replica's answers to it
/// go out. A failing commit ends the loop with nothing sent that waited for it.
final class ReplicaLoop {
  /// What the loop is made from.
  struct Parts: Sendable {
    var replica: Replica
    let storage: Storage
    let signer: NodeSigner
    let verification: Verification
    let verifiers: VerifierPool
    var sender: any FrameSender
    let inbox: Inbox<LoopEvent>
    let published: Published
    let telemetry: Telemetry
    let clock: NodeClock
    let logger: Logger
    let haltNotice: HaltNotice
    let door: RecoveryDoor
    var followers = EpochFollowers()
    let office: StateOffice
    /// Makes the replica that a journal gives back.
    let recover: @Sendable (JournalRecovery) throws(RecoveryError) -> Replica
    /// Reads old blocks beside the loop and puts them into the inbox.
    let read: @Sendable (_ from: UInt64, _ bytes: Int, ReadTicket) -> Void
  }

  var parts: Parts
  private var timers = TimerTable()
  /// A state that is being taken over from another member.
  var fetch = StateFetch()
  private var writes: [JournalWrite] = []
  private var tickets: [PersistTicket] = []
  /// New transactions that the peers do not have yet.
  private var unshared: [SignedTransaction] = []
  /// The last committed block among what waits to be written.
  private var stored: Height?
  private var submissions: [SubmissionTicket: Submission] = [:]
  private var nextSubmission: UInt64 = 0
  private var nextSweep: MonotonicTime?
  private var connected: Set<MemberID> = []
  private var inlineLeft = 0
  var failure: NodeFailure?
  /// When the operator's folder is looked at next.
  private var nextLook = MonotonicTime.now
  private var isStopping = false

  init(_ parts: Parts) { self.parts = parts }

  /// Runs until it is told to stop, or until storage fails; answers why, where it did.
  func run() -> NodeFailure? {
    freezeIfAsked()
    step { $0.handle(.started, at: $1) }
    settle()
    while !isStopping, failure == nil {
      let events = parts.inbox.take(until: nextWake)
      let begin = MonotonicTime.now
      inlineLeft = events.count <= Self.mostInline ? events.count : 0
      for event in events { apply(event) }
      fireTimers()
      sweepSubmissions()
      lookAtDoor()
      settle()
      parts.telemetry.turn(events: events.count, since: begin)
    }
    flush()
    for submission in submissions.values { submission.progress(.outcome(.refused(.halted))) }
    let health = parts.replica.health
    parts.inbox.close { Self.decline($0, health) }
    return failure
  }

  /// Writes down what the replica had put off: a node that was asked to end leaves nothing to be fetched anew.
  private func flush() {
    guard failure == nil else { return }
    step { $0.handle(.expired(.flush), at: $1) }
    settle()
  }

  /// Answers whoever asked too late.
  private static func decline(_ event: LoopEvent, _ health: ReplicaHealth) {
    switch event {
    case .submission(_, let submission): submission.progress(.outcome(.refused(.halted)))
    case .question(let answer): answer(health)
    case .connected, .disconnected, .frame, .decoded, .verified, .read, .state, .failed, .stop: break
    }
  }

  private func lookAtDoor() {
    guard failure == nil, MonotonicTime.now >= nextLook else { return }
    nextLook = .now.adding(milliseconds: RecoveryDoor.pause)
    freezeIfAsked()
    restartIfAsked()
  }

  func step(_ body: (inout Replica, Instant) -> [ReplicaAction]) {
    let (now, event) = parts.clock.look()
    note(event)
    for action in body(&parts.replica, now) { perform(action) }
  }

  private func apply(_ event: LoopEvent) {
    guard failure == nil, !isStopping else { return Self.decline(event, parts.replica.health) }
    switch event {
    case .connected(let member):
      connected.insert(member)
      step { $0.handle(.connected(member), at: $1) }
    case .disconnected(let member):
      connected.remove(member)
      step { $0.handle(.disconnected(member), at: $1) }
    case .frame(let frame): look(at: frame)
    case .decoded(let message, let frame): look(at: message, in: frame, .bulk)
    case .verified(let message, let frame): take(message, from: frame.sender)
    case .submission(let transaction, let submission): submit(transaction, submission)
    case .read(let blocks, let ticket): step { $0.handle(.read(blocks, ticket), at: $1) }
    case .state(let event): take(event)
    case .question(let answer): answer(parts.replica.health)
    case .failed(let reason): failure = reason
    case .stop: isStopping = true
    }
  }

  /// A large frame is decoded beside the loop. Of everything else the replica first says whether it is worth verifying at all.
  private func look(at frame: InboundFrame) {
    guard !StateMessage.isOne(frame.bytes) else { return take(frame) }
    let lane = FrameLane(frame.bytes)
    switch lane {
    case .bulk: parts.verifiers.put(.decode(frame), lane)
    case .agreement, .transactions:
      if let message = parts.verification.decode(frame) { look(at: message, in: frame, lane) }
    }
  }

  /// Verifies here what came alone: then no other thread need wake up for it. What came in numbers is for all cores.
  private func look(at message: PeerMessage, in frame: InboundFrame, _ lane: FrameLane) {
    guard let known = parts.replica.screen(message) else { return parts.telemetry.screened() }
    let isInline =
      switch lane {
      case .agreement: inlineLeft > 0
      case .transactions: inlineLeft > 0 && parts.verifiers.isIdle
      case .bulk: false
      }
    guard isInline else { return parts.verifiers.put(.verify(message, frame, known), lane) }
    inlineLeft -= 1
    if let verified = parts.verification.verify(message, in: frame, known: known) { take(verified, from: frame.sender) }
  }

  /// What was verified after its session had ended is let go: the members compare their status anew at the next.
  private func take(_ message: VerifiedPeerMessage, from member: MemberID) {
    guard connected.contains(member) else { return }
    if case .proposal(_, let outline) = message { compareClocks(outline.header, from: member) }
    step { $0.handle(.received(message, from: member), at: $1) }
  }

  /// The time in a leader's own proposal tells how this machine's clock compares with the leader's.
  private func compareClocks(_ header: BlockHeader, from member: MemberID) {
    guard header.proposer == member else { return }
    let quorum = parts.replica.context.quorum
    note(
      parts.clock.hear(
        header.timestamp, from: member, in: header.view, witness: quorum.witness, others: quorum.members - 1))
  }

  private func note(_ event: ClockWatch.Event?) {
    if let event { parts.telemetry.clock(event, parts.clock.reading, parts.logger) }
  }

  private func submit(_ transaction: VerifiedTransaction, _ submission: Submission) {
    nextSubmission += 1
    let ticket = SubmissionTicket(nextSubmission)
    submissions[ticket] = submission
    step { $0.handle(.submitted(transaction, ticket), at: $1) }
    // Still here: it was neither refused at once nor known to be committed.
    if submissions[ticket] != nil { submission.progress(.accepted) }
  }

  /// Events that come together in greater numbers than this have their signatures verified by other threads.
  private static let mostInline = 2

  /// What transactions are sent together at most, unless one alone is larger: small enough to travel with the votes.
  private static let sharedBytes = 48 * 1024
  private static let statementOverhead = 128

  /// Deadlines of clients are looked at this often, and only while somebody waits.
  private static let sweepPause: Int64 = 250

  private var nextWake: MonotonicTime? {
    [timers.next, nextSweep, nextLook].compactMap { $0 }.min()
  }

  private func sweepSubmissions() {
    guard !submissions.isEmpty else {
      nextSweep = nil
      return
    }
    let now = MonotonicTime.now
    guard now >= nextSweep ?? now else { return }
    nextSweep = now.adding(milliseconds: Self.sweepPause)
    for (ticket, submission) in submissions where submission.deadline.map({ $0 <= now }) ?? false {
      submissions.removeValue(forKey: ticket)
      submission.progress(.overdue)
    }
  }

  private func fireTimers() {
    while failure == nil, let timer = timers.takeExpired(at: .now) { step { $0.handle(.expired(timer), at: $1) } }
  }

  /// Makes durable what waits, hands the tickets back, and goes on until nothing is left to write.
  func settle() {
    shareTransactions()
    defer { shareTransactions() }
    while failure == nil, !tickets.isEmpty {
      let (writes, tickets) = (writes, tickets)
      self.writes.removeAll(keepingCapacity: true)
      self.tickets.removeAll(keepingCapacity: true)
      let begin = MonotonicTime.now
      do throws(StorageError) { try parts.storage.commit(writes) } catch {
        failure = .storage(error)
        return
      }
      parts.telemetry.commit(lists: tickets.count, since: begin)
      if let stored { parts.published.stored(stored) }
      stored = nil
      for ticket in tickets { step { $0.handle(.persisted(ticket), at: $1) } }
    }
  }

  private func perform(_ action: ReplicaAction) {
    switch action {
    case .persist(let list, let ticket):
      for case .committed(let block) in list { stored = block.header.height }
      writes += list
      tickets.append(ticket)
    case .send(let message, let member): send(message, to: member)
    case .broadcast(.transactions(let transactions)): unshared += transactions
    case .broadcast(let message):
      // What it may refer to goes first.
      shareTransactions()
      broadcast(message)
    case .sign(let vote): sign(vote)
    case .start(let timer, let milliseconds): timers.start(timer, end: .now.adding(milliseconds: milliseconds))
    case .stop(let timer): timers.stop(timer)
    case .read(let height, let bytes, let ticket): parts.read(height.number, bytes, ticket)
    case .committed(let blocks): commit(blocks)
    case .epochEntered(let context): enter(context)
    case .propose(let body): propose(body)
    case .answer(let ticket, let outcome): submissions.removeValue(forKey: ticket)?.progress(.outcome(outcome))
    case .report(let report):
      parts.telemetry.report(report, parts.logger)
      if case .catchingUp(let from, let to, let member) = report { considerState(from: from, to: to, member) }
    case .halt(let reason):
      parts.logger.critical("this member has stopped for good", metadata: ["reason": "\(reason.sentence)"])
      // A newer program goes on with the same data: no notice is to hold it up.
      guard !reason.endsWithNewerProgram else { return }
      do throws(KeyError) { try parts.haltNotice.write(reason) } catch {
        parts.logger.critical("the notice of it could not be written: \(error.sentence)")
      }
    }
  }

  /// Goes on with another replica, recovered from a journal that begins with that state.
  func replace(by replica: Replica, _ snapshot: Snapshot) {
    (writes, tickets, unshared, timers) = ([], [], [], TimerTable())
    for submission in submissions.values { submission.progress(.outcome(.refused(.busy))) }
    submissions = [:]
    parts.replica = replica
    if replica.context != parts.verification.verifier.current.context { enter(replica.context) }
    parts.published.publish(
      CommittedView(header: replica.finalised, finalisation: snapshot.finalisation, state: replica.state))
    parts.published.stored(replica.finalised.height)
    step { $0.handle(.started, at: $1) }
    for member in connected.sorted() { step { $0.handle(.connected(member), at: $1) } }
  }

  private func enter(_ context: EpochContext) {
    let before = parts.verification.verifier.current.context.roster
    parts.signer.enter(context)
    parts.verification.verifier.enter(context, restarting: parts.replica.restarting)
    parts.followers.enter(context, before)
    parts.logger.notice(
      "entered an epoch",
      metadata: [
        "epoch": "\(context.epoch)", "height": "\(context.root.height)",
        "validators": "\(context.validators.members.count)", "members": "\(context.roster.members.count)",
      ])
  }

  /// Has the ledger told what the replica wants to say, by the node key. What cannot be signed or is refused comes to nothing: the replica
  /// asks again.
  private func propose(_ body: TransactionBody) {
    let verifier = parts.verification.verifier.current
    let life = min(Self.ownPatience, parts.replica.parameters.longestTransactionLife)
    guard let me = parts.replica.me, let notAfter = try? parts.clock.now.adding(milliseconds: life) else { return }
    let content = Transaction(signer: me, notAfter: notAfter, body: body)
    do {
      let signed = try SignedTransaction(try parts.signer.sign(SigningRequest(content)), as: content.statementType)
      let verified = try verifier.verified(signed)
      let logger = parts.logger
      submit(verified, Submission(deadline: nil) { Self.note($0, content.statementType, logger) })
    } catch {
      parts.logger.warning(
        "a statement of this node's own could not be made",
        metadata: ["type": "\(content.statementType.rawValue)", "reason": "\(error)"])
    }
  }

  /// How long a transaction of the node's own may wait for its block, in milliseconds.
  private static let ownPatience: Int64 = 60_000

  private static func note(_ progress: Submission.Progress, _ type: StatementType, _ logger: Logger) {
    guard case .outcome(let outcome) = progress else { return }
    let metadata: Logger.Metadata = ["type": "\(type.rawValue)", "outcome": "\(outcome)"]
    logger.debug("a statement of this node's own was settled", metadata: metadata)
  }

  private func broadcast(_ message: PeerMessage) {
    parts.sender.broadcast(message.encoded, Priority(message.priority))
  }

  /// Sends the new transactions of a turn together: one frame and one wake-up of each peer instead of one for each.
  private func shareTransactions() {
    while !unshared.isEmpty {
      var (count, bytes) = (0, 0)
      for transaction in unshared where bytes < Self.sharedBytes {
        bytes += transaction.statement.payload.count + Self.statementOverhead
        count += 1
      }
      broadcast(.transactions(Array(unshared.prefix(count))))
      unshared.removeFirst(count)
    }
  }

  private func send(_ message: PeerMessage, to member: MemberID) {
    // The replica asks again by its own timer, should the state not come.
    if case .wantRange = message, fetch.isUnderWay { return }
    switch parts.sender.send(message.encoded, to: member, Priority(message.priority)) {
    case .queued, .notConnected: break
    case .full, .displacedOlder: parts.telemetry.queueOverflow(member)
    case .wrongSize: parts.logger.error("a frame of wrong size was not sent", metadata: ["member": "\(member)"])
    }
  }

  private func sign(_ vote: Vote) {
    do throws(KeyError) {
      let attested = try parts.signer.attested(vote)
      step { $0.handle(.signed(attested), at: $1) }
    } catch {
      failure = .key(error)
    }
  }

  private func commit(_ blocks: [FinalBlock]) {
    guard let last = blocks.last else { return }
    noteRestart(in: blocks)
    parts.published.publish(
      CommittedView(
        header: last.block.header, finalisation: last.committed.finalisation, state: parts.replica.state))
    parts.telemetry.committed(blocks)
    parts.logger.debug(
      "finalised",
      metadata: ["height": "\(last.block.header.height)", "transactions": "\(last.block.transactions.count)"])
  }
}

extension Priority {
  init(_ priority: MessagePriority) {
    switch priority {
    case .consensus: self = .consensus
    case .bulk: self = .bulk
    }
  }
}
