import Accession
import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Trade

/// A restart that this member follows, until a block of the epoch that it opens is final.
struct RestartUnderWay: Sendable {
  let restart: VerifiedRestart
  /// This member's own transaction with the document; nil where it came with the blocks of others.
  let envelope: VerifiedTransaction?
  /// Whether agreement runs in the new epoch already: the start block is here and executed.
  var isOpen = false
  /// How the document is shown to those that execute nothing; there is one once the epoch is open.
  var link: RestartLink?

  var content: RestartContent { restart.content }

  /// Whether the block of that digest lies on the way to the start block, or is the start block.
  func isOnPath(_ digest: Digest) -> Bool {
    content.headers.dropLast(Int(content.tail)).contains { $0.digest == digest } || digest == content.start.digest
  }
}

/// What a member does after more than f validators were lost for good (`Protocol/recovery.md`).
extension Replica {
  /// Whether the member promised not to vote in the epoch that it is in (V1).
  package var isFrozen: Bool {
    Self.isFrozen(frozen, in: chain.state, restart: restart.flatMap { $0.isOpen ? $0.content.newEpoch : nil })
  }

  static func isFrozen(_ frozen: Epoch?, in state: LedgerState, restart: Epoch?) -> Bool {
    guard let frozen else { return false }
    let last = [state.accession.lastRestart?.epoch, restart].compactMap { $0 }.max()
    return last.map { $0 <= frozen } ?? true
  }

  /// What peers' messages are verified by besides the epoch: what a restart that is under way leaves.
  package var restarting: RestartBasis {
    restart.flatMap { $0.isOpen ? $0.restart.basis : nil } ?? RestartBasis(context)
  }

  // MARK: Freezing

  /// Votes no more, and says where the member stands. The driver has it signed and stored before anyone sees it (V2).
  package mutating func freeze(at now: Instant) -> (draft: FreezeDraft, actions: [ReplicaAction])? {
    guard let me, halted == nil else { return nil }
    frozen = max(frozen ?? .zero, context.epoch)
    run(consensus.freeze(), at: now)
    journal.flush(into: &actions)
    defer { actions.removeAll() }
    let open = chain.order.compactMap { chain[$0] }.sorted { $0.header.view < $1.header.view }
    let closing = open.compactMap { block -> ClosingBlock? in
      guard let execution = block.execution, execution.closesEpoch else { return nil }
      return ClosingBlock(digest: block.header.digest, successor: execution.state.validators)
    }
    let draft = FreezeDraft(
      member: me, context: context, notarisation: consensus.highestNotarisation?.certificate,
      finalisation: consensus.highestFinalisation?.certificate, lastVoted: consensus.highestVoted,
      headers: [chain.header] + open.map(\.header), closing: closing)
    return (draft, actions)
  }

  // MARK: Following a restart

  /// Follows a restart whose signatures were verified on this epoch, with this member's transaction of it. Answers what
  /// speaks against it here; nothing has changed then.
  package mutating func follow(
    _ restart: VerifiedRestart, _ envelope: VerifiedTransaction?, at now: Instant
  ) -> (problem: RestartProblem?, actions: [ReplicaAction]) {
    if let under = self.restart ?? nil, under.restart.digest == restart.digest { return (nil, []) }
    if let problem = objection(to: restart) { return (problem, []) }
    self.restart = RestartUnderWay(restart: restart, envelope: envelope)
    settle(at: now)
    defer { actions.removeAll() }
    return (nil, actions)
  }

  /// What this member's own history has against a restart.
  private func objection(to restart: VerifiedRestart) -> RestartProblem? {
    if let other = self.restart { return .otherRestart(other.restart.digest) }
    guard restart.basis.epoch == context.epoch else { return .otherEpoch(restart.basis.epoch, expected: context.epoch) }
    let own = VotedBlock(digest: chain.header.digest, view: chain.header.view)
    if own.digest == restart.content.root.digest || restart.content.start.digest == own.digest { return nil }
    guard chain.header.height < restart.start.height else { return .notExtended(own, liars: []) }
    let headers = restart.content.headers
    if let first = headers.first, chain.header.height < first.height {
      return first.height == chain.header.height.next && first.parent != own.digest ? .notExtended(own, liars: []) : nil
    }
    return headers.contains { $0.digest == own.digest } ? nil : .notExtended(own, liars: [])
  }

  /// Opens the epoch of a restart as soon as its start block is executed; until then what is missing is fetched.
  mutating func openRestart(at now: Instant) {
    guard let under = restart, !under.isOpen, halted == nil else { return }
    let start = under.restart.start
    guard let header = chain.header(of: start.digest) else {
      return fetch(start.digest, of: start.view, from: context.leader(of: start.view))
    }
    guard let state = chain.state(after: start.digest) else {
      if !(chain[start.digest]?.isWanted ?? true) || missing.isEmpty { want(start.digest, at: now) }
      guard chain.state(after: start.digest) != nil else { return }
      return openRestart(at: now)
    }
    if let problem = state.restartProblem(of: under.content, on: header) {
      restart = nil
      actions.append(.report(.restartRefused(problem)))
      return
    }
    open(under, header, state, at: now)
  }

  private mutating func open(
    _ under: RestartUnderWay, _ start: BlockHeader, _ state: LedgerState, at now: Instant
  ) {
    var under = under
    (under.isOpen, under.link) = (true, link(of: under.restart))
    let path = openPath(to: start.digest)
    for digest in path { journal.later(storing(digest)) }
    restart = under
    endEpoch(keeping: Set(path))
    let next = under.restart.context(roster: state.roster)
    (peers, context) = (Peers(roster: next.roster, after: peers, entering: next.epoch), next)
    movePool()
    let fresh = ConsensusRecovery.fresh(in: next, isOldCopy: beginning.isOldCopy || hasVoted(in: next.epoch))
    consensus = Consensus(context: next, me: voter(in: next), recovered: fresh, patience: patience)
    (view, workTip, workKnown, isWorkInDoubt) = (consensus.view, next.root.digest, false, true)
    agreementEvents.append(.started)
    actions.append(.epochEntered(next))
    actions.append(.report(.restarted(under.restart.digest, next.epoch)))
    for member in next.roster.members where member.id != me { sendStatus(to: member.id) }
  }

  private func hasVoted(in epoch: Epoch) -> Bool { beginning.lastVoted.map { $0 >= epoch } ?? false }

  /// The open blocks from the last final one to that one, ascending.
  private func openPath(to digest: Digest) -> [Digest] {
    var (path, next): ([Digest], Digest) = ([], digest)
    while let open = chain[next] {
      path.append(next)
      next = open.header.parent
    }
    return path.reversed()
  }

  /// Shows the epoch's roster by the state after the start block, or before it where it closed the epoch.
  private func link(of restart: VerifiedRestart) -> RestartLink? {
    let start = restart.content.start
    let block = restart.content.successor == nil ? start.digest : start.parent
    return chain.state(after: block).flatMap { RestartLink(document: restart.document, state: $0, after: block) }
  }

  // MARK: The first blocks

  /// What the first block of a restarted epoch takes; nil for any other block.
  func restartCandidates(on parent: BlockLink) -> [VerifiedTransaction]? {
    guard let under = restart, under.isOpen, parent.digest == under.restart.start.digest else { return nil }
    return under.envelope.map { [$0] } ?? []
  }

  /// Whether the restart itself is what there is to do on that tip.
  func isRestartDue(on tip: BlockLink) -> Bool { restartCandidates(on: tip).map { !$0.isEmpty } ?? false }

  /// The blocks that are final because a block of the restarted epoch is, ascending: those on the way to its start (V7).
  mutating func finalByRestart(with block: FinalisedBlock) -> [FinalisedBlock] {
    guard let under = restart, under.isOpen else { return [] }
    return openPath(to: under.restart.start.digest).compactMap { chain[$0]?.header.link }.map { link in
      FinalisedBlock(link: link, finalisation: block.finalisation, notarisation: nil, nullifications: [])
    }
  }

  /// The first block of the restarted epoch is final: the restart is history.
  mutating func concludeRestart(_ block: Block) {
    guard block.restart != nil, let under = restart else { return }
    restart = nil
    guard let link = under.link else { return }
    links.append(.restart(link))
    journal.later([.epochClosed(under.content.epoch, .restart(link))])
  }

  // MARK: Learning of it from blocks

  /// A range led across a restart of this member's epoch: it follows, unless its own history says otherwise; then it
  /// stops, and keeps both (V8).
  mutating func follow(_ restart: VerifiedRestart, in range: VerifiedRange, at now: Instant) {
    guard self.restart?.isOpen != true else { return }
    if self.restart?.restart.digest != restart.digest {
      self.restart = nil
      if let problem = objection(to: restart) {
        if case .otherEpoch = problem { return }
        return halt(.contradictedRestart(restart.document, finalised: chain.header.link, problem))
      }
      self.restart = RestartUnderWay(restart: restart, envelope: nil)
    }
    openRestart(at: now)
  }
}

// MARK: Starting again with a restart under way

extension Replica {
  /// Takes up a restart that the member followed before its process ended; nil where the document no longer leaves the
  /// member's epoch.
  static func restart(
    _ envelope: SignedTransaction?, leaving context: EpochContext, by verifier: some SignatureVerifier
  ) -> RestartUnderWay? {
    guard let envelope, let verified = try? envelope.verified(restarting: RestartBasis(context), by: verifier) else {
      return nil
    }
    return RestartUnderWay(restart: verified.restart, envelope: verified.transaction)
  }
}

extension RestartUnderWay {
  /// Goes on in the epoch of the restart, if its start block is in the journal.
  mutating func reopen(in chain: Chain, _ context: inout EpochContext) {
    let start = content.start
    guard let header = chain.header(of: start.digest), let state = chain.state(after: start.digest),
      state.restartProblem(of: content, on: header) == nil
    else { return }
    let block = content.successor == nil ? start.digest : start.parent
    link = chain.state(after: block).flatMap { RestartLink(document: restart.document, state: $0, after: block) }
    isOpen = true
    context = restart.context(roster: state.roster)
  }
}

extension Chain {
  /// Executes what the journal holds above the last final block, parents first.
  mutating func executeOpen() {
    for digest in order {
      guard let open = self[digest], let block = open.block, let parent = header(of: open.header.parent),
        let state = state(after: parent.digest)
      else { continue }
      if let execution = try? state.judging(block, on: parent) { update(digest) { $0.execution = execution } }
    }
  }
}
