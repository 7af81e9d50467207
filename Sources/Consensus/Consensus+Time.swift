import Membership

/// Time as events: when timers run, and what their end means.
extension Consensus {
  /// R18: idle while the highest notarised block is final, and neither the driver, a valid proposal of this view nor the votes of
  /// f + 1 members for it speak of work.
  package var isIdle: Bool {
    guard highestNotarised <= max(finalised.view, pending?.view ?? finalised.view), !isWorkKnown else { return false }
    guard let at = rounds.place(of: view) else { return true }
    return rounds[at].judgement != .valid && rounds[at].voters < context.quorum.witness
  }

  /// Starts what should run and stops what should not.
  mutating func setTimers() {
    guard standing != .halted, !isIdle else { return stopViewTimers() }
    if viewTimer == nil, !(rounds.place(of: view).map { rounds[$0].isTimedOut } ?? false) {
      viewTimer = view
      let timeout = patience.timeout(of: view, finalised: finalised.view, faults: context.quorum.faults)
      outbox.append(.startTimer(.view(view), milliseconds: timeout))
    }
    if retryTimer == nil { startRetry() }
  }

  mutating func stopViewTimers() {
    if let running = viewTimer { outbox.append(.stopTimer(.view(running))) }
    viewTimer = nil
    stopLull()
  }

  mutating func startLull() {
    guard lullTimer == nil else { return }
    lullTimer = view
    outbox.append(.startTimer(.lull(view), milliseconds: patience.lull))
  }

  mutating func stopLull() {
    if let running = lullTimer { outbox.append(.stopTimer(.lull(running))) }
    lullTimer = nil
  }

  private mutating func startRetry() {
    retryTimer = view
    outbox.append(.startTimer(.retry, milliseconds: patience.retry))
  }

  mutating func expired(_ timer: Timer) {
    switch timer {
    case .view(let expired):
      guard expired == view, viewTimer == expired else { return }
      viewTimer = nil
      giveUp()
    case .lull(let expired):
      guard expired == view, lullTimer == expired else { return }
      lullTimer = nil
      rounds[rounds.ensure(view)].isLullOver = true
    case .retry:
      guard let started = retryTimer else { return }
      retryTimer = nil
      guard !isIdle else { return }
      if started == view { sendAgain() }
      startRetry()
    }
  }

  /// R20: the view's time is over: nullifies it, and sends everyone what this member waits for, even if it may not vote.
  private mutating func giveUp() {
    let at = rounds.ensure(view)
    rounds[at].isTimedOut = true
    castNullify()
    if let proposal = rounds[at].proposal, isVisible(proposal) {
      outbox.append(.broadcast(.proposal(ProposalMessage(proposal))))
    }
    outbox.append(.shareWork(view))
  }

  /// R13: an own proposal is shown to nobody before its vote is stored.
  private func isVisible(_ proposal: Proposal) -> Bool {
    guard let me, proposal.notarize.signer == context.validators.members[me].id else { return true }
    return rounds[view: proposal.view]?.ballot(of: me)?.notarize != nil
  }

  /// R24: a view in which nothing moved: sends the own votes again, the proposal with them, the certificate that
  /// opened the view, and after the view's time the work too.
  private mutating func sendAgain() {
    let place = rounds.place(of: view)
    if let place { rounds[place].hasAsked = false }
    if let entry { outbox.append(.broadcast(.certificate(entry.certificate))) }
    let votes = ownVotes(above: finalised.view)
    var views = 0
    var (oldest, last) = (finalised.view, View?.none)
    for (vote, _) in votes.reversed() where vote.view != last {
      (views, last) = (views + 1, vote.view)
      if views > Limits.repeatedViews { oldest = max(oldest, vote.view) }
    }
    for (vote, message) in votes where vote.view > oldest { outbox.append(.broadcast(message)) }
    if place.map({ rounds[$0].isTimedOut }) ?? false { outbox.append(.shareWork(view)) }
  }
}
