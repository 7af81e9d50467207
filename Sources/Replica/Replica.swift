import Consensus
import Cryptography
import Ledger
import Membership
import Trade

/// One member's whole mind: agreement, ledger, pool and synchronisation, as a value that takes events and answers
/// actions (`Protocol/replica.md`).
///
/// It owns no clock, key, socket or disk. Time comes with each event; signatures are asked for and come back; what is
/// written down is visible to others only after its `persisted`. Everything from peers was verified by a
/// ``PeerMessageVerifier`` beforehand.
package struct Replica: Sendable {
  /// The epoch that this member is in: the one of the next block.
  package internal(set) var context: EpochContext
  package let parameters: LedgerParameters
  /// The member that this replica votes for; nil for one that only follows.
  package let me: MemberID?

  var consensus: Consensus
  var chain: Chain
  var pool: Pool
  var peers: Peers
  /// Final blocks whose bodies or parents are not here yet, ascending.
  var finalQueue = FinalQueue()
  var synchronisation = Synchronisation()
  /// Blocks that are known by their digest only.
  var missing = MissingBlocks()
  var journal = JournalDesk()
  var submissions = Submissions()
  /// Final blocks of late, for members that lag a little.
  var recent = RecentBlocks()
  /// A block that agreement wants made.
  var wantedBuild: WantedBuild?
  /// The view that agreement is in.
  var view: View
  var halted: ReplicaHalt?
  let patience: Patience
  /// The node keys by which the driver can sign, in no order; nil where it signs by whichever is wanted.
  let nodeKeys: [PublicKey]?
  /// What this run began with: it decides how every epoch of it begins.
  let beginning: Beginning
  /// The last epoch in which the member promised to vote no more; nil if it never did.
  package internal(set) var frozen: Epoch?
  /// The restart that the member follows; nil when none is under way.
  var restart: RestartUnderWay?
  /// What this member has to say to the ledger by itself.
  var voice = Voice()
  /// How one epoch led to the next, from the genesis on.
  package internal(set) var links: [EpochLink]
  /// What agreement was last told of work.
  var workKnown = false
  /// The tip against which work was last measured, and whether it must be measured again.
  var workTip: Digest
  var isWorkInDoubt = true
  /// When the work timer runs out, by this member's clock; nil while it does not run.
  var workAlarm: Instant?
  /// The newest snapshot's height.
  var snapshotHeight: Height
  /// How many blocks lie between two snapshots.
  package let snapshotInterval: UInt64
  /// The block time at which the pool was last rid of what had expired.
  var poolSwept = Instant.epoch
  var isFetchTimerRunning = false
  /// Rotates whom to ask when an answer does not come.
  var fetchRound = 0

  /// What this event has led to so far, in order.
  var actions: [ReplicaAction] = []
  /// What agreement is to be told before the event is done with, in order.
  var agreementEvents: [Consensus.Event] = []
  /// Blocks that became final during this event.
  var newlyFinal: [FinalBlock] = []

  /// The state after the last final block.
  package var state: LedgerState { chain.state }

  /// The header of the last final block.
  package var finalised: BlockHeader { chain.header }

  /// The transaction with that identity, if it waits in the pool: verified, so that the same bytes need no second look.
  package func pooled(_ identity: Digest) -> VerifiedTransaction? { pool[identity] }

  /// Takes what happened by this member's clock, and answers what is to be done, in order.
  ///
  /// The clock may jump: nothing that was decided depends on it later.
  package mutating func handle(_ event: ReplicaEvent, at now: Instant) -> [ReplicaAction] {
    guard halted == nil else { return answerHalted(event) }
    take(event, at: now)
    settle(at: now)
    defer { actions.removeAll() }
    return actions
  }

  private mutating func take(_ event: ReplicaEvent, at now: Instant) {
    switch event {
    case .started: start()
    case .connected(let member): connected(to: member)
    case .disconnected(let member): peers.disconnected(member)
    case .received(let message, let sender): receive(message, from: sender, at: now)
    case .submitted(let transaction, let ticket): submit(transaction, ticket, at: now)
    case .signed(let vote): agreementEvents.append(.signed(vote))
    case .persisted(let ticket): agreementEvents += journal.persisted(ticket).map { .persisted($0) }
    case .expired(let timer): expired(timer, at: now)
    case .read(let blocks, let ticket): answerRange(with: blocks, ticket)
    }
  }

  /// Runs agreement until it has nothing more to do, then what follows from where it came to.
  mutating func settle(at now: Instant) {
    openRestart(at: now)
    repeat {
      while !agreementEvents.isEmpty, halted == nil {
        let (events, epoch) = (agreementEvents, context.epoch)
        agreementEvents.removeAll(keepingCapacity: true)
        for event in events where halted == nil && context.epoch == epoch { run(consensus.handle(event), at: now) }
      }
      guard halted == nil else { break }
      commitLate(at: now)
      reconsiderWork(at: now)
    } while !agreementEvents.isEmpty
    if !newlyFinal.isEmpty, halted == nil { sayReady(at: now) }
    announceFinal()
    if synchronisation.progress != nil, halted == nil { continueSynchronising() }
    journal.flushSoon(into: &actions)
  }

  private mutating func receive(_ message: VerifiedPeerMessage, from sender: MemberID, at now: Instant) {
    guard peers.isMember(sender) else { return }
    peers.heard(from: sender, at: now)
    switch message {
    case .agreement(let event): receive(event, from: sender, at: now)
    case .elsewhere(let status): note(status, of: sender, at: now)
    case .proposal(let proposal, let outline): receive(proposal, outline, from: sender, at: now)
    case .transactions(let transactions): receive(transactions, from: sender, at: now)
    case .wantTransactions(let block, let identities): supply(identities, of: block, to: sender)
    case .wantBlock(let digest): supply(digest, to: sender)
    case .block(let outline): receive(outline, from: sender, at: now)
    case .wantRange(let height): supplyRange(from: height, to: sender)
    case .range(let range): receive(range, from: sender, at: now)
    }
  }

  private mutating func expired(_ timer: ReplicaTimer, at now: Instant) {
    switch timer {
    case .agreement(let timer): agreementEvents.append(.expired(timer))
    case .fetch: fetchAgain(at: now)
    case .work: workAlarm = nil
    case .emptyBlock: endPause(at: now)
    case .heartbeat: heartbeat(at: now)
    case .flush: journal.flush(into: &actions)
    case .synchronisation: synchroniseAgain(at: now)
    }
  }

  private mutating func start() {
    agreementEvents.append(.started)
    actions.append(.start(.heartbeat, milliseconds: parameters.heartbeat))
  }

  private func answerHalted(_ event: ReplicaEvent) -> [ReplicaAction] {
    guard case .submitted(_, let ticket) = event else { return [] }
    return [.answer(ticket, .refused(.halted))]
  }

  /// Stops for good: nothing more is sent, signed or committed.
  mutating func halt(_ reason: ReplicaHalt) {
    guard halted == nil else { return }
    halted = reason
    agreementEvents.removeAll()
    journal.flush(into: &actions)
    for ticket in submissions.takeAll() { actions.append(.answer(ticket, .refused(.halted))) }
    actions.append(.halt(reason))
  }
}
