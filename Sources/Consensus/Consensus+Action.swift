import Cryptography
import Membership

extension Consensus {
  /// What a member wants done, in this order.
  package enum Action: Hashable, Sendable {
    /// Make a block of this view on this parent and answer `built`; an empty one if there is no work.
    case build(View, parent: BlockLink)
    /// Judge this block, the first proposal of the current view, and answer `judged` when that is possible.
    case judge(BlockLink)
    /// Sign this vote with the node key and answer `signed`.
    case sign(Vote)
    /// Make the record durable in one commit and answer `persisted`. Tickets are durable in order; several may share a commit.
    case persist(ConsensusRecord, Ticket)
    /// Send to every other validator and follower.
    case broadcast(ConsensusMessage)
    case send(to: MemberID, ConsensusMessage)
    case startTimer(Timer, milliseconds: Int64)
    case stopTimer(Timer)
    /// The view's time ran out: send every member the transactions that it waits for (R20).
    case shareWork(View)
    /// The member moved on to a view.
    case entered(View)
    /// A block was notarised, and its link is known.
    case notarised(BlockLink, VerifiedCertificate)
    /// A block is final. Given in order of height, without a gap.
    case finalised(FinalisedBlock)
    /// Find the block of this digest, first at the hinted member, and answer `blockKnown`.
    case fetch(block: Digest, view: View, from: MemberID)
    /// A member signed two contradictory votes; once for each member and view. To be kept.
    case evidence(Evidence)
    /// Something was ignored or changed; for logs and counters.
    case report(Report)
    /// The member has stopped voting for good. To be kept and shown.
    case halt(Halt)
  }

  /// What was ignored, and why: never a reason to stop.
  package enum Report: Hashable, Sendable {
    /// A vote, certificate or request of another epoch, or of one opened by another block.
    case otherEpoch(Epoch)
    /// A vote for a view further ahead than the next one.
    case voteTooFarAhead(MemberID, View)
    /// A proposal for a view that its certificates do not lead to.
    case proposalTooFarAhead(MemberID, View)
    /// A proposal that cannot be valid, whatever its contents: the member nullifies.
    case invalidProposal(Digest, View, reason: String)
    /// The member votes from now on.
    case voting
    /// The member runs on an old copy of its data, and only follows (R22).
    case oldCopy
    /// The member ran on an old copy, and votes again above this view.
    case votesAgain(above: View)
    /// A peer's view number is at the end of its range.
    case viewsExhausted
  }

  /// Why a member stopped voting for good.
  package enum Halt: Hashable, Sendable {
    /// A certificate contradicts what this member holds final (R28). Both are kept: more than f members broke the rules.
    case contradictedHistory(finalised: BlockLink, VerifiedCertificate?, against: VerifiedCertificate)
  }
}

/// A final block, with the certificates that the member held when it became final.
package struct FinalisedBlock: Hashable, Sendable {
  package let link: BlockLink
  /// The finalisation of this block or of its first descendant that has one.
  package let finalisation: VerifiedCertificate
  /// The block's own notarisation, where the member held it.
  package let notarisation: VerifiedCertificate?
  /// The nullifications of the views between the parent and the block, ascending, where the member held them.
  package let nullifications: [VerifiedCertificate]

  package init(
    link: BlockLink, finalisation: VerifiedCertificate, notarisation: VerifiedCertificate?,
    nullifications: [VerifiedCertificate]
  ) {
    (self.link, self.finalisation, self.notarisation) = (link, finalisation, notarisation)
    self.nullifications = nullifications
  }
}
