import Consensus

/// How much a replica keeps at the moment, as counts: for those who watch that bounds hold.
package struct ReplicaSizes: Hashable, Sendable {
  /// Transactions of the member that has the most of them in the pool.
  package let largestShare: Int
  /// Local submitters that wait for an answer.
  package let submitters: Int
  /// Blocks above the last final one.
  package let open: Int
  /// Those of them that nobody asked for.
  package let unasked: Int
  /// Those of them that were executed.
  package let executed: Int
  /// Blocks that are known by their digest only.
  package let missing: Int
  /// Final blocks whose bodies or parents are not here yet.
  package let finalWaiting: Int
  /// Views of which agreement knows something.
  package let views: Int
  /// Writes and records that wait to become durable.
  package let writes: Int
  /// Reads of old blocks under way.
  package let reads: Int
}

extension Replica {
  /// The view that agreement is in.
  package var currentView: View { view }

  /// Whether it votes in the view that it is in: neither listening, nor an old copy, nor in a view that an old copy still leaves
  /// out (R22).
  package var isVotingNow: Bool {
    if case .voting(let floor) = consensus.standing { view > floor && halted == nil } else { false }
  }

  /// What the replica keeps. Costs a walk over the open blocks.
  package var sizes: ReplicaSizes {
    let open = chain.order.compactMap { chain[$0] }
    return ReplicaSizes(
      largestShare: pool.largestShare, submitters: submissions.count, open: open.count,
      unasked: open.count { !$0.isWanted && !$0.isStored }, executed: open.count { $0.execution != nil },
      missing: missing.wanted.count, finalWaiting: finalQueue.count, views: consensus.openViews,
      writes: journal.waitingCount, reads: synchronisation.reads.count)
  }
}
