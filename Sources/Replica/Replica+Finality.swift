import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Trade

/// Blocks that agreement calls final and whose bodies or parents are not here yet, ascending.
struct FinalQueue: Sendable {
  private var blocks: [FinalisedBlock] = []
  private var first = 0

  var isEmpty: Bool { first == blocks.count }

  var count: Int { blocks.count - first }

  var next: FinalisedBlock? { isEmpty ? nil : blocks[first] }

  mutating func append(_ block: FinalisedBlock) { blocks.append(block) }

  mutating func removeFirst() {
    first += 1
    if first == blocks.count || first > 1_024 {
      blocks.removeFirst(first)
      first = 0
    }
  }
}

/// Submissions whose submitters wait for an answer.
struct Submissions: Sendable {
  private var waiting: [Digest: [SubmissionTicket]] = [:]
  private(set) var count = 0

  mutating func add(_ ticket: SubmissionTicket, for identity: Digest) {
    waiting[identity, default: []].append(ticket)
    count += 1
  }

  mutating func take(_ identity: Digest) -> [SubmissionTicket] {
    guard count > 0, let tickets = waiting.removeValue(forKey: identity) else { return [] }
    count -= tickets.count
    return tickets
  }

  /// All of them, ascending.
  mutating func takeAll() -> [SubmissionTicket] {
    let tickets = waiting.values.flatMap { $0 }.sorted { $0.number < $1.number }
    waiting.removeAll()
    count = 0
    return tickets
  }
}

/// What follows when blocks become final.
extension Replica {
  /// Commits final blocks in their order, as far as they are executed.
  mutating func commitFinal(at now: Instant) {
    while let notice = finalQueue.next, halted == nil {
      let digest = notice.link.digest
      if chain[digest]?.execution == nil { want(digest, at: now) }
      guard let open = chain[digest] else { return }
      if let fault = open.fault { return contradict(open, fault) }
      guard let execution = open.execution, let block = open.block else { return }
      let certificate = notice.finalisation.certificate
      let isClosing = execution.closesEpoch && block.header.epoch == context.epoch
      guard let tail = isClosing ? tail(of: block.header, to: certificate) : [] else { return }
      finalQueue.removeFirst()
      commit(block, execution, certificate, tail)
    }
  }

  /// Commits what was final before its bodies came: whatever brought the last of them, it is executed now.
  mutating func commitLate(at now: Instant) {
    guard let notice = finalQueue.next, let open = chain[notice.link.digest] else { return }
    let isJudgeable = open.block != nil && chain.state(after: open.header.parent) != nil
    if isJudgeable || open.fault != nil { commitFinal(at: now) }
  }

  /// The headers that lead from a closing block to the one that finalises it; nil while one of them is missing, which is
  /// then asked for.
  private mutating func tail(of closing: BlockHeader, to certificate: Certificate) -> [BlockHeader]? {
    var (tail, next, view): ([BlockHeader], Digest, View) = ([], certificate.block ?? closing.digest, certificate.view)
    while next != closing.digest {
      guard let header = chain[next]?.header, header.height > closing.height else {
        fetch(next, of: view, from: context.leader(of: view))
        return nil
      }
      tail.append(header)
      (next, view) = (header.parent, header.parentView)
    }
    return tail.reversed()
  }

  /// A final block is not what this member's own execution gives: it stops, and never adopts the other state.
  private mutating func contradict(_ open: OpenBlock, _ fault: String) {
    var found = chain.header.stateRoot
    if let block = open.block, let state = chain.state(after: open.header.parent),
      let parent = chain.header(of: open.header.parent)
    {
      found = state.executing(block.transactions, at: open.header.timestamp, on: parent).roots.state
    }
    halt(
      .contradictedExecution(
        height: open.header.height, block: open.outline.digest, expected: open.header.stateRoot, found: found,
        fault: fault))
  }

  private mutating func commit(
    _ block: Block, _ execution: Execution, _ finalisation: Certificate, _ tail: [BlockHeader]
  ) {
    let committed = CommittedBlock(
      header: block.header, finalisation: finalisation, tail: tail, closesEpoch: execution.closesEpoch,
      outcomes: execution.outcomes, changes: execution.changes)
    journal.later(storing(block.digest) + [.committed(committed)])
    let stored = Set(chain.order.filter { chain[$0]?.isStored ?? false })
    let abandoned = chain.finalise(block.digest).filter(stored.contains)
    if !abandoned.isEmpty { journal.later([.abandoned(abandoned)]) }
    missing.dropThrough(block.header.view)
    recent.append(StoredBlock(block: block, finalisation: finalisation, tail: tail))
    newlyFinal.append(FinalBlock(block: block, committed: committed))
    // A block whose time is early may carry what is still to come: that waits on, and so does whoever submitted it.
    let settled = execution.outcomes.filter { $0.result != .refused(.tooFarAhead) }
    forget(settled)
    answer(settled, in: block)
    // Once a second of chain time is enough: a sweep walks over the whole pool.
    if block.header.timestamp.milliseconds / 1_000 != poolSwept.milliseconds / 1_000 { forgetExpired() }
    concludeRestart(block)
    if execution.closesEpoch, block.header.epoch == context.epoch {
      enterEpoch(after: committed)
    } else if block.header.epoch == context.epoch {
      takeSnapshot(finalisation)
    }
  }

  private mutating func forget(_ settled: [TransactionOutcome]) {
    let removed = settled.map(\.identity).filter { pool.remove($0) == .stored }
    if !removed.isEmpty { journal.later([.poolRemoved(removed)]) }
  }

  private mutating func answer(_ settled: [TransactionOutcome], in block: Block) {
    guard submissions.count > 0 else { return }
    for outcome in settled {
      for ticket in submissions.take(outcome.identity) {
        let receipt = SubmissionReceipt(
          identity: outcome.identity, height: block.header.height, block: block.digest,
          timestamp: block.header.timestamp, result: outcome.result)
        actions.append(.answer(ticket, .committed(receipt)))
      }
    }
  }

  /// Writes the state down from time to time, so that a restart need not replay everything.
  private mutating func takeSnapshot(_ finalisation: Certificate) {
    guard chain.header.height.steps(since: snapshotHeight) >= snapshotInterval,
      let snapshot = Snapshot(of: chain.state, header: chain.header, finalisation: finalisation)
    else { return }
    snapshotHeight = chain.header.height
    journal.later([.snapshot(snapshot)])
  }

  /// Tells the driver what became final during this event.
  mutating func announceFinal() {
    guard !newlyFinal.isEmpty else { return }
    actions.append(.committed(newlyFinal))
    newlyFinal.removeAll()
  }
}
