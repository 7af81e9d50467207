import Consensus
import Cryptography
import Ledger
import Membership
import Trade

/// What a member wants done, in this order.
package enum ReplicaAction: Sendable {
  /// Make the writes durable in one commit and answer `persisted`. Lists that wait together may be merged into one
  /// commit, in order.
  case persist([JournalWrite], PersistTicket)
  /// Send to one member, if there is a session; drop it otherwise. The message says its lane.
  case send(PeerMessage, to: MemberID)
  /// Send to every member with a session.
  case broadcast(PeerMessage)
  /// Sign this vote with the node key, verify it, and answer `signed`.
  case sign(Vote)
  case start(ReplicaTimer, milliseconds: Int64)
  case stop(ReplicaTimer)
  /// Read final blocks from storage: from that height on, ascending, ending with the first block at or beyond the bytes
  /// that carries its own finalisation, or with the last there is. Answer `read`.
  case read(from: Height, bytes: Int, ReadTicket)
  /// Blocks became final, ascending without a gap over the life of a member. What is visible outside follows from
  /// these.
  case committed([FinalBlock])
  /// An epoch begins: from here on what peers send is verified in this context, votes are signed by the node key that
  /// it names for this member, and sessions are those that its roster permits.
  case epochEntered(EpochContext)
  /// Make a transaction of this by the member's node key, and hand it over as a submission: this member has something
  /// to say to the ledger. It may come to nothing; the replica asks again.
  case propose(TransactionBody)
  /// What became of a submission. Exactly one for each ticket, unless the process ends first.
  case answer(SubmissionTicket, SubmissionOutcome)
  /// For logs and counters.
  case report(ReplicaReport)
  /// The member has stopped for good, and takes part in nothing any more. To be shown until an operator acts.
  case halt(ReplicaHalt)
}

/// A block that is final, with all that came of it.
package struct FinalBlock: Hashable, Sendable {
  package let block: Block
  package let committed: CommittedBlock

  package init(block: Block, committed: CommittedBlock) { (self.block, self.committed) = (block, committed) }
}

/// What became of a submission.
package enum SubmissionOutcome: Hashable, Sendable {
  /// It is in a final block, with the ledger's result, which may be a coded refusal.
  case committed(SubmissionReceipt)
  /// It is not in any block of this member's pool, and this member waits for it no longer.
  case refused(SubmissionRefusal)
}

/// Where a submission stands in the chain.
package struct SubmissionReceipt: Hashable, Sendable {
  package let identity: Digest
  package let height: Height
  package let block: Digest
  package let timestamp: Instant
  package let result: TransactionResult

  package init(identity: Digest, height: Height, block: Digest, timestamp: Instant, result: TransactionResult) {
    (self.identity, self.height, self.block) = (identity, height, block)
    (self.timestamp, self.result) = (timestamp, result)
  }
}

/// Why a submission was turned away.
package enum SubmissionRefusal: Hashable, Sendable {
  /// The signer's share of the pool is full.
  case poolFull
  /// Too many submitters wait.
  case busy
  /// The ledger would refuse it in the next block.
  case ledger(LedgerRefusal)
  /// Its last instant passed before any block took it.
  case expired
  /// This member has stopped.
  case halted

  package var code: String {
    switch self {
    case .poolFull: "POOL_FULL"
    case .busy: "BUSY"
    case .ledger(let refusal): refusal.code
    case .expired: "EXPIRED"
    case .halted: "HALTED"
    }
  }

  package var sentence: String {
    switch self {
    case .poolFull: "too many statements of this signer wait for a block; try again when some are committed"
    case .busy: "too many submissions wait for an answer at this node; try again"
    case .ledger(let refusal): refusal.sentence
    case .expired: "no block took the statement before its last instant; sign it again with a later one"
    case .halted: "this node has stopped and commits nothing; ask its operator, or another node"
    }
  }

  /// Whether the very same statement may succeed later.
  package var isTemporary: Bool {
    switch self {
    case .poolFull, .busy: true
    case .ledger(let refusal): refusal == .tooFarAhead
    case .expired, .halted: false
    }
  }
}

/// What an operator may want to read in a log.
package enum ReplicaReport: Hashable, Sendable {
  case agreement(Consensus.Report)
  /// A member signed contradictory votes; the journal keeps both.
  case evidence(Evidence)
  /// A proposed block is not valid.
  case invalidBlock(Digest, View, reason: String)
  /// A bound was reached, and something was dropped that can be asked for again.
  case dropped(String)
  /// A peer sent what nobody asked for, or what cannot be.
  case unwanted(MemberID, String)
  /// The member catches up, from its height to a peer's.
  case catchingUp(from: Height, to: Height, MemberID)
  /// The member follows a restart, and is in the epoch that it opens.
  case restarted(Digest, Epoch)
  /// A restart that was accepted by its signatures is not lawful by this member's own execution.
  case restartRefused(RestartProblem)
}

/// Why a member stopped for good.
package enum ReplicaHalt: Hashable, Sendable {
  /// Agreement was contradicted: more than f members broke the rules.
  case agreement(Consensus.Halt)
  /// Executing a final block did not give what its header says. This member never adopts the other state.
  case contradictedExecution(height: Height, block: Digest, expected: Digest, found: Digest, fault: String)
  /// From that height on the network follows rules that this program does not know. A newer program goes on.
  case unknownRules(version: UInt64, from: Height, known: UInt64)
  /// The network was restarted from a block that does not extend what is final here: more than f members broke the rules,
  /// or frozen members lied.
  case contradictedRestart(RestartDocument, finalised: BlockLink, RestartProblem)

  package var sentence: String {
    switch self {
    case .agreement(.contradictedHistory(let finalised, _, let against)):
      "a certificate for view \(against.view) contradicts the final block at height \(finalised.height):"
        + " more than a third of the members broke the rules; both are kept"
    case .contradictedExecution(let height, let block, let expected, let found, let fault):
      "at height \(height) this node's execution contradicts final block \(block.short): \(fault);"
        + " state root in the header \(expected), here \(found)"
    case .unknownRules(let version, let height, let known):
      "from height \(height) on the network follows rules of version \(version), and this program knows those up to"
        + " version \(known): nothing is signed beyond; install a newer version and start it on the same data"
    case .contradictedRestart(let document, let finalised, let problem):
      "the network was restarted by document \(document.content.digest), against the block that is final here at height"
        + " \(finalised.height), \(finalised.digest): \(problem.sentence); both are kept"
    }
  }

  /// Whether a newer program may simply go on with the same data.
  package var endsWithNewerProgram: Bool {
    switch self {
    case .agreement, .contradictedExecution, .contradictedRestart: false
    case .unknownRules: true
    }
  }
}
