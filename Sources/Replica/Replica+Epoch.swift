import Consensus
import struct Consensus.Evidence
import Cryptography
import Ledger
import Membership
import Trade

/// What a run of a member began with: it decides how every epoch of the run begins.
struct Beginning: Hashable, Sendable {
  /// The data were older than the member's past (R22).
  let isOldCopy: Bool
  /// There were no data and no guard: the member never ran, or all of its past is lost.
  let isFirstStart: Bool
  /// The last epoch in which the journal has a vote of the member.
  let lastVoted: Epoch?
}

extension EpochContext {
  /// The epoch of the block after a state, given the block that opened it.
  init(of state: LedgerState, openedBy opener: BlockHeader) {
    self.init(
      network: state.network, epoch: state.epoch, root: opener.link, validators: state.validators, roster: state.roster)
  }
}

/// From one epoch to the next (`Protocol/consensus.md`, R32 to R36; `Protocol/replica.md`, M25 to M29).
extension Replica {
  /// The closing block is final: what belonged to its epoch goes, and agreement begins anew on it (R33, R34).
  mutating func enterEpoch(after closing: CommittedBlock) {
    let next = EpochContext(of: chain.state, openedBy: closing.header)
    keepLink(of: closing)
    let isContinued = if case .voting = consensus.standing { true } else { false }
    endEpoch()
    (peers, context) = (Peers(roster: next.roster, after: peers, entering: next.epoch), next)
    movePool()
    let isForgotten = beginning.isFirstStart && !isContinued && peers.isPassed(next.root.height, in: next.epoch)
    let fresh = ConsensusRecovery.fresh(
      in: next, isOldCopy: beginning.isOldCopy || isForgotten, isContinued: isContinued)
    consensus = Consensus(context: next, me: voter(in: next), recovered: fresh, patience: patience)
    (view, workTip, workKnown, isWorkInDoubt) = (consensus.view, closing.header.digest, false, true)
    agreementEvents.append(.started)
    actions.append(.epochEntered(next))
    for member in next.roster.members where member.id != me { sendStatus(to: member.id) }
  }

  /// The member that votes here in an epoch: nil for a follower, and where its key is not at hand.
  func voter(in epoch: EpochContext) -> MemberID? { isFrozen ? nil : Self.voter(me, nodeKeys, in: epoch) }

  static func voter(_ me: MemberID?, _ nodeKeys: [PublicKey]?, in epoch: EpochContext) -> MemberID? {
    guard let me, let key = epoch.validators[me]?.node, nodeKeys?.contains(key) ?? true else { return nil }
    return me
  }

  /// Writes down how this epoch led to the next, for those that have executed nothing.
  private mutating func keepLink(of closing: CommittedBlock) {
    guard
      let succession = EpochSuccession(
        headers: [closing.header] + closing.tail, finalisation: closing.finalisation, state: chain.state)
    else { return }
    links.append(.succession(succession))
    journal.later([.epochClosed(context.epoch, .succession(succession))])
  }

  /// Stops all that ran for the epoch (R33): its timers, its blocks above the closing one, and who waited for them.
  mutating func endEpoch(keeping path: Set<Digest> = []) {
    for case .stopTimer(let timer) in consensus.close() { actions.append(.stop(.agreement(timer))) }
    let stored = chain.abandon(keeping: path)
    if !stored.isEmpty { journal.later([.abandoned(stored)]) }
    journal.forgetRecords()
    agreementEvents.removeAll()
    (finalQueue, missing, wantedBuild) = (FinalQueue(), MissingBlocks(), nil)
    if isFetchTimerRunning { actions.append(.stop(.fetch)) }
    isFetchTimerRunning = false
    actions.append(.stop(.emptyBlock))
    restartSynchronising()
  }

  /// Leaves out of the pool what was verified by a key that counts no more, or what the ledger would refuse now.
  mutating func movePool() {
    let (state, time) = (chain.state, chain.header.timestamp)
    let moved = pool.moved(to: context.roster) {
      let refusal = state.refusal(of: $0, at: time)
      return refusal == nil || refusal == .tooFarAhead
    }
    pool = moved.pool
    let stored = moved.gone.filter(\.isStored).map(\.identity)
    if !stored.isEmpty { journal.later([.poolRemoved(stored)]) }
    for gone in moved.gone {
      for ticket in submissions.take(gone.identity) { actions.append(.answer(ticket, .refused(.ledger(.keyReplaced)))) }
    }
  }

  /// R36: a member that began with nothing, and validates in an epoch that others have carried on, may have voted in it before all of
  /// its data were lost.
  mutating func doubtFirstStart(at now: Instant) {
    guard beginning.isFirstStart, case .listening = consensus.standing,
      peers.isPassed(context.root.height, in: context.epoch)
    else { return }
    run(consensus.distrustRecords(), at: now)
  }
}
