import Consensus
import Cryptography
import Ledger
import Membership
import Trade

/// A block that agreement wants made.
struct WantedBuild: Sendable {
  let view: View
  let parent: BlockLink
  /// Whether an empty block will do.
  var mayBeEmpty: Bool
  /// It waits for work, not for its parent.
  var isHeld = false
}

/// Proposals: made, received, judged. Valid, invalid and not yet judgeable are kept apart: what is missing is fetched,
/// and only agreement's time-out ends the wait.
extension Replica {
  /// Agreement asks for a block.
  ///
  /// It may do so because of work that the parent has done meanwhile: then the block waits for other work, and becomes
  /// an empty one only if the parent is still not final after a while.
  mutating func wantBuild(_ view: View, on parent: BlockLink, at now: Instant) {
    wantedBuild = WantedBuild(view: view, parent: parent, mayBeEmpty: !workKnown)
    build(at: now)
  }

  /// Makes the wanted block, if its parent is executed and there is something to put into it.
  mutating func build(at now: Instant) {
    guard let me, let wanted = wantedBuild, wanted.view == view else { return }
    guard let header = chain.header(of: wanted.parent.digest), let state = chain.state(after: wanted.parent.digest)
    else {
      want(wanted.parent.digest, at: now)
      return
    }
    guard let timestamp = Self.blockTime(after: header.timestamp, at: now) else { return }
    guard knowsRules(after: header, state) else { return }
    let candidates = candidates(for: wanted, on: state, at: timestamp)
    guard !candidates.isEmpty || wanted.mayBeEmpty || nextAlarm(header, state) <= now else { return hold() }
    wantedBuild = nil
    do throws(BlockFault) {
      let made = try state.proposing(
        candidates, on: header, epoch: context.epoch, view: wanted.view, at: timestamp, by: me)
      var open = OpenBlock(made.block)
      (open.execution, open.isWanted) = (made.execution, true)
      chain.add(open)
      agreementEvents.append(.built(made.block.link))
    } catch {
      actions.append(
        .report(.invalidBlock(header.digest, wanted.view, reason: "cannot build on it: \(error.sentence)")))
    }
  }

  /// What a block can take; nothing on a closing block, whose tail is empty.
  private func candidates(
    for wanted: WantedBuild, on state: LedgerState, at timestamp: Instant
  ) -> [VerifiedTransaction] {
    if let restart = restartCandidates(on: wanted.parent) { return restart }
    guard state.epoch == context.epoch else { return [] }
    return pool.take(
      startingAt: Int(wanted.view.number % UInt64(context.roster.members.count)),
      bytes: Int(parameters.blockBytes) - Block.overhead, count: LedgerLimits.transactionsPerBlock
    ) { state.refusal(of: $0, at: timestamp) == nil }
  }

  /// There is no work for the wanted block: agreement is told so, and an empty block comes when the parent stays
  /// without finality.
  private mutating func hold() {
    isWorkInDoubt = true
    guard let wanted = wantedBuild, !wanted.isHeld else { return }
    wantedBuild?.isHeld = true
    actions.append(.start(.emptyBlock, milliseconds: parameters.delta))
  }

  /// The pause is over: an empty block helps a parent that is not final yet.
  mutating func endPause(at now: Instant) {
    guard let wanted = wantedBuild, wanted.isHeld, wanted.parent.view > chain.header.view else { return }
    wantedBuild?.mayBeEmpty = true
    build(at: now)
  }

  /// The later of this member's clock and the parent's time plus 1 ms.
  private static func blockTime(after parent: Instant, at now: Instant) -> Instant? {
    guard let next = try? parent.adding(milliseconds: 1) else { return nil }
    return max(now, next)
  }

  /// Keeps what a live proposal is about, and hands the proposal to agreement.
  mutating func receive(_ proposal: Proposal, _ outline: BlockOutline, from sender: MemberID, at now: Instant) {
    if chain[outline.digest] == nil {
      guard admit(outline) else { return }
      var open = OpenBlock(outline: outline)
      (open.arrived, open.source) = (now, sender)
      open.fill { pool[$0] }
      chain.add(open)
    } else {
      chain.update(outline.digest) { if $0.arrived == nil { $0.arrived = now } }
    }
    agreementEvents.append(.proposal(proposal))
  }

  /// Whether there is room for one more block that nobody asked for; makes room by dropping the one of the highest
  /// view.
  private mutating func admit(_ outline: BlockOutline) -> Bool {
    guard outline.header.view > chain.header.view, outline.header.height > chain.header.height else { return false }
    let unasked = chain.order.compactMap { digest in
      chain[digest].flatMap { $0.isWanted || $0.isStored ? nil : $0.header }
    }
    guard unasked.count(where: { $0.view == outline.header.view }) < ReplicaLimits.proposalsPerView else {
      return false
    }
    guard unasked.count >= ReplicaLimits.waitingBlocks else { return true }
    guard let furthest = unasked.max(by: { ($0.view, $0.digest) < ($1.view, $1.digest) }),
      outline.header.view < furthest.view
    else { return false }
    chain.remove(furthest.digest)
    actions.append(.report(.dropped("proposals: the one of view \(furthest.view)")))
    return true
  }

  mutating func judge(_ link: BlockLink, at now: Instant) {
    chain.update(link.digest) { $0.isJudged = true }
    if let open = chain[link.digest], let fault = lookAt(open) {
      giveVerdict(link.digest, .invalid(reason: fault))
      return
    }
    want(link.digest, at: now)
  }

  /// What is wrong with a proposal before anything is executed: who made it, and its time by this member's clock when
  /// it arrived.
  private func lookAt(_ open: OpenBlock) -> String? {
    let header = open.header
    guard header.proposer == context.leader(of: header.view) else {
      return "\(header.proposer) does not lead view \(header.view)"
    }
    guard let arrived = open.arrived else { return nil }
    guard let distance = try? header.timestamp.milliseconds(since: arrived), distance != .min,
      abs(distance) <= parameters.clockBound
    else { return "its time \(header.timestamp.text) is too far from this member's clock" }
    return nil
  }

  /// Makes sure that a block comes to be executed: its ancestors first, whatever is missing fetched.
  mutating func want(_ digest: Digest, at now: Instant) {
    var next = digest
    while let open = chain[next], open.execution == nil, open.fault == nil {
      chain.update(next) { $0.isWanted = true }
      guard chain.state(after: open.header.parent) == nil else { break }
      next = open.header.parent
    }
    if chain.header(of: next) == nil, let child = chain.children(of: next).first.flatMap({ chain[$0] }),
      child.header.parentView > chain.header.view
    {
      missing.insert(next, view: child.header.parentView, from: child.source)
    }
    advance(from: next, at: now)
    fetchSoon(at: now)
  }

  /// Executes a wanted block if all is there for it, and then its descendants.
  mutating func advance(from digest: Digest, at now: Instant) {
    var ready = [digest]
    while let next = ready.popLast(), halted == nil {
      if next == chain.header.digest || execute(next) { ready += chain.children(of: next).reversed() }
    }
    if let wanted = wantedBuild, !wanted.isHeld, chain.state(after: wanted.parent.digest) != nil { build(at: now) }
  }

  /// Executes one block if it is wanted and judgeable now; true if it is executed.
  private mutating func execute(_ digest: Digest) -> Bool {
    guard let open = chain[digest], open.fault == nil else { return false }
    if open.execution == nil {
      guard open.isWanted else { return false }
      guard let parent = chain.header(of: open.header.parent), let state = chain.state(after: parent.digest),
        let block = open.block, knowsRules(after: parent, state)
      else { return false }
      guard open.header.epoch == context.epoch || restart?.isOnPath(digest) ?? false else {
        refuse(digest, "epoch \(open.header.epoch) is not the present one")
        return false
      }
      do throws(BlockFault) {
        let execution = try state.judging(block, on: parent)
        chain.update(digest) { $0.execution = execution }
        makeRoom(beside: digest)
      } catch {
        refuse(digest, error.sentence)
        return false
      }
    }
    giveVerdict(digest, .valid)
    return true
  }

  /// Drops the overlay of the lowest view where there are too many, but none that this block stands on. What a quorum
  /// notarised stays as a block and is executed again when it is wanted again; anything else of an earlier view can be
  /// fetched again.
  private mutating func makeRoom(beside digest: Digest) {
    guard chain.executedCount > ReplicaLimits.overlays else { return }
    let kept = chain.line(of: digest)
    let others = chain.order.compactMap { chain[$0] }.filter {
      $0.execution != nil && !kept.contains($0.outline.digest)
    }
    guard let oldest = others.min(by: { ($0.header.view, $0.outline.digest) < ($1.header.view, $1.outline.digest) })
    else { return }
    if oldest.isNotarised || oldest.header.view >= view {
      chain.update(oldest.outline.digest) { ($0.execution, $0.isWanted) = (nil, false) }
    } else {
      chain.remove(oldest.outline.digest)
    }
  }

  /// Notes that a block is invalid, and with it everything that is built on it.
  private mutating func refuse(_ digest: Digest, _ reason: String) {
    guard let open = chain[digest] else { return }
    chain.update(digest) { $0.fault = reason }
    actions.append(.report(.invalidBlock(digest, open.header.view, reason: reason)))
    giveVerdict(digest, .invalid(reason: reason))
    for child in chain.children(of: digest) { refuse(child, "its parent is invalid: \(reason)") }
  }

  private mutating func giveVerdict(_ digest: Digest, _ verdict: Consensus.Verdict) {
    guard chain[digest]?.isJudged == true else { return }
    chain.update(digest) { $0.isJudged = false }
    agreementEvents.append(.judged(block: digest, verdict))
  }
}
