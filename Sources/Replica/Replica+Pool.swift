import Consensus
import Cryptography
import Ledger
import Membership
import Trade

/// Submissions and the pool, and what counts as work.
extension Replica {
  /// Takes a local client's transaction: into the pool, to every member, and the client waits.
  mutating func submit(_ transaction: VerifiedTransaction, _ ticket: SubmissionTicket, at now: Instant) {
    guard submissions.count < ReplicaLimits.waitingSubmitters else {
      actions.append(.answer(ticket, .refused(.busy)))
      return
    }
    let time = max(now, chain.header.timestamp)
    if let refusal = chain.state.refusal(of: transaction, at: time) {
      actions.append(.answer(ticket, .refused(.ledger(refusal))))
      return
    }
    do throws(Pool.Rejection) {
      try pool.add(transaction)
      actions.append(.broadcast(.transactions([transaction.signed])))
    } catch {
      switch error {
      case .known: break
      case .full: return actions.append(.answer(ticket, .refused(.poolFull)))
      case .stranger: return actions.append(.answer(ticket, .refused(.ledger(.stranger))))
      }
    }
    submissions.add(ticket, for: transaction.identity)
    if !workKnown { isWorkInDoubt = true }
  }

  /// Takes a transaction that a peer sent. One that the ledger would refuse, and one too many, is dropped: whoever
  /// waits for it sends it again.
  mutating func relayed(_ transaction: VerifiedTransaction) {
    if let refusal = chain.state.refusal(of: transaction, at: chain.header.timestamp), refusal != .tooFarAhead {
      return
    }
    guard (try? pool.add(transaction)) != nil else { return }
    if !workKnown { isWorkInDoubt = true }
  }

  /// Forgets transactions that no block can take any more, and tells their submitters.
  mutating func forgetExpired() {
    guard !pool.isEmpty else { return }
    poolSwept = chain.header.timestamp
    let expired = pool.expire(before: chain.header.timestamp)
    guard !expired.isEmpty else { return }
    isWorkInDoubt = true
    let stored = expired.filter(\.isStored).map(\.identity)
    if !stored.isEmpty { journal.later([.poolRemoved(stored)]) }
    for gone in expired {
      for ticket in submissions.take(gone.identity) { actions.append(.answer(ticket, .refused(.expired))) }
    }
  }

  /// Tells agreement whether there is work: a transaction that the next block could take, a deadline that passed, the
  /// heartbeat.
  mutating func reconsiderWork(at now: Instant) {
    let tip = consensus.tip
    guard isWorkInDoubt || tip.digest != workTip || workAlarm.map({ $0 <= now }) ?? true else { return }
    guard let header = chain.header(of: tip.digest), let state = chain.state(after: tip.digest) else { return }
    (isWorkInDoubt, workTip) = (false, tip.digest)
    let alarm = nextAlarm(header, state)
    let (isDue, time) = (alarm <= now, max(now, header.timestamp))
    let isOpen = state.epoch == context.epoch
    let isWanted = isOpen && pool.first { state.refusal(of: $0, at: time) == nil } != nil
    let isKnown = isDue || isRestartDue(on: tip) || isWanted
    setWorkAlarm(alarm, isDue: isDue, at: now)
    if isKnown, wantedBuild?.isHeld == true { build(at: now) }
    guard isKnown != workKnown else { return }
    workKnown = isKnown
    agreementEvents.append(.workKnown(isKnown))
  }

  /// When the next deadline of a docket passes, or the next sign of life is due. Nothing of it is done in a tail.
  func nextAlarm(_ header: BlockHeader, _ state: LedgerState) -> Instant {
    guard state.epoch == context.epoch else { return Self.never }
    let heartbeat = (try? header.timestamp.adding(milliseconds: parameters.heartbeat)) ?? Self.never
    return min(heartbeat, state.nextDeadline ?? Self.never)
  }

  private static let never = Instant(milliseconds: .max)

  private mutating func setWorkAlarm(_ alarm: Instant, isDue: Bool, at now: Instant) {
    guard workAlarm != alarm || isDue else { return }
    workAlarm = alarm
    if isDue || alarm == Self.never {
      actions.append(.stop(.work))
    } else if let wait = try? alarm.milliseconds(since: now) {
      actions.append(.start(.work, milliseconds: max(1, wait)))
    }
  }
}
