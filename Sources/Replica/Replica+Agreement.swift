import Consensus
import Cryptography
import Ledger
import Membership
import Trade

/// What agreement wants done, and what it is told in return.
extension Replica {
  mutating func run(_ wanted: [Consensus.Action], at now: Instant) {
    let epoch = context.epoch
    for action in wanted {
      // What agreement wanted in an epoch that has ended meanwhile is void.
      guard halted == nil, context.epoch == epoch else { return }
      run(action, at: now)
    }
  }

  private mutating func run(_ action: Consensus.Action, at now: Instant) {
    switch action {
    case .build(let view, let parent): wantBuild(view, on: parent, at: now)
    case .judge(let link): judge(link, at: now)
    case .sign(let vote): actions.append(.sign(vote))
    case .persist(let record, let ticket): persist(record, ticket)
    case .broadcast(let message): broadcast(message)
    case .send(let member, let message): send(message, to: member)
    case .startTimer(let timer, let milliseconds): actions.append(.start(.agreement(timer), milliseconds: milliseconds))
    case .stopTimer(let timer): actions.append(.stop(.agreement(timer)))
    case .shareWork: shareWork()
    case .entered(let view): self.view = view
    case .notarised(let link, _):
      chain.update(link.digest) { $0.isNotarised = true }
      want(link.digest, at: now)
    case .finalised(let block):
      for earlier in finalByRestart(with: block) { finalQueue.append(earlier) }
      finalQueue.append(block)
      commitFinal(at: now)
    case .fetch(let block, let view, let member): fetch(block, of: view, from: member)
    case .evidence(let evidence):
      journal.later([.evidence(evidence)])
      actions.append(.report(.evidence(evidence)))
      expose(evidence)
    case .report(let report): actions.append(.report(.agreement(report)))
    case .halt(let reason): halt(.agreement(reason))
    }
  }

  /// Writes a record of agreement: the vote with its block and all bodies, and the certificates, in one commit.
  private mutating func persist(_ record: ConsensusRecord, _ ticket: Consensus.Ticket) {
    var writes: [JournalWrite] = [.viewEntered(context.epoch, record.view)]
    writes += record.certificates.map { .certificate($0.certificate) }
    if let block = record.block { writes += storing(block.digest) }
    if let vote = record.vote { writes.append(.vote(vote)) }
    // A vote waits for its record. A record without one may wait for the next that has one: nothing is visible of it
    // before.
    if record.vote == nil {
      journal.later(writes, for: ticket)
    } else {
      journal.now(writes, for: ticket, into: &actions)
    }
  }

  /// The writes that put an open block with its bodies into the journal, if they are not there yet.
  mutating func storing(_ digest: Digest) -> [JournalWrite] {
    guard let open = chain[digest], !open.isStored, let block = open.block else { return [] }
    chain.update(digest) { $0.isStored = true }
    guard !block.transactions.isEmpty else { return [.block(open.outline)] }
    return [.transactions(block.transactions), .block(open.outline)]
  }

  private mutating func broadcast(_ message: ConsensusMessage) {
    if let message = outgoing(message) { actions.append(.broadcast(message)) }
  }

  private mutating func send(_ message: ConsensusMessage, to member: MemberID) {
    if let message = outgoing(message) { actions.append(.send(message, to: member)) }
  }

  /// A proposal travels with its outline; everything else as it is.
  private func outgoing(_ message: ConsensusMessage) -> PeerMessage? {
    switch message {
    case .proposal(let proposal):
      guard let outline = chain[proposal.link.digest]?.outline else { return nil }
      return .proposal(proposal, outline)
    case .vote, .certificate, .status, .request: return .agreement(message)
    }
  }

  /// Takes an event of agreement that a peer's message stands for.
  mutating func receive(_ event: Consensus.Event, from sender: MemberID, at now: Instant) {
    if case .peerStatus(_, let status) = event {
      note(status.status, of: sender, at: now)
      if peers.takeGreeting(of: sender) { sendStatus(to: sender) }
    }
    agreementEvents.append(event)
  }

  /// R30: where a member stands counts in any epoch; it may be ahead.
  mutating func note(_ status: ConsensusStatus, of sender: MemberID, at now: Instant) {
    peers.note(status, of: sender)
    doubtFirstStart(at: now)
    synchronise(with: sender)
    sayReady(at: now)
  }

  /// The view's time ran out: every member gets the transactions that this one waits for, as many as one message takes.
  private mutating func shareWork() {
    let (state, time) = (chain.state(after: consensus.tip.digest) ?? chain.state, chain.header.timestamp)
    let waiting = pool.take(
      startingAt: 0, bytes: ReplicaLimits.transactionBytesPerMessage, count: ReplicaLimits.transactionsPerMessage
    ) { state.refusal(of: $0, at: time) == nil }
    guard !waiting.isEmpty else { return }
    journal.later(pool.storing(waiting))
    actions.append(.broadcast(.transactions(waiting.map(\.signed))))
  }

  mutating func connected(to member: MemberID) {
    guard peers.isMember(member) else { return }
    peers.connected(member)
    sendStatus(to: member)
  }

  mutating func heartbeat(at now: Instant) {
    actions.append(.start(.heartbeat, milliseconds: parameters.heartbeat))
    for member in context.roster.members where member.id != me { sendStatus(to: member.id) }
    forgetExpired()
    speakUp(at: now)
  }

  mutating func sendStatus(to member: MemberID) {
    actions.append(.send(.agreement(.status(consensus.status(for: member))), to: member))
  }
}
