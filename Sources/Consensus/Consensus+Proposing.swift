import Cryptography
import Membership

/// Proposals: the leader's, and what the others make of it.
extension Consensus {
  /// What is to be said about a block before its contents are looked at.
  private enum Grounds {
    /// Its parent may be built on.
    case sound
    /// It can never be valid.
    case impossible(String)
    /// Certificates are missing: they are asked for.
    case unproven
    /// The parent's link is being fetched.
    case unlinked
  }

  /// R4: takes a proposal: first its certificates, which may lead into its view, then the leader's vote; keeps the view's first one.
  mutating func receive(_ proposal: Proposal) {
    let vote = proposal.notarize.content
    guard vote.subject.belongs(to: context) else { return report(.otherEpoch(vote.epoch)) }
    if let parent = proposal.parentCertificate { accept(parent) }
    for nullification in proposal.nullifications { accept(nullification) }
    guard standing != .halted, proposal.view > finalised.view else { return }
    guard proposal.view <= view.next ?? view else { return report(.proposalTooFarAhead(vote.member, vote.view)) }
    guard isCounted(proposal.view) else { return }
    let at = rounds.ensure(proposal.view)
    if rounds[at].proposal == nil { rounds[at].proposal = proposal }
    if rounds[at].proposal?.link.digest == proposal.link.digest
      || rounds[at].notarisation?.block == proposal.link.digest
    {
      learn(proposal.link)
    }
    receive(proposal.notarize)
  }

  /// R5: asks for a verdict on the first proposal of the current view once its grounds are sound, and votes by the verdict.
  mutating func considerProposal() {
    guard mayVote(in: view), let at = rounds.place(of: view), let proposal = rounds[at].proposal else { return }
    let choice = rounds[at].choice
    guard !choice.nullify, choice.notarize == nil else { return }
    switch rounds[at].judgement {
    case .asked: break
    case .valid: castNotarize(proposal.link.digest)
    case .invalid: castNullify()
    case .open:
      switch grounds(of: proposal.link) {
      case .sound:
        rounds[at].judgement = .asked
        outbox.append(.judge(proposal.link))
      case .impossible(let reason):
        judge(at, .invalid(reason: reason))
      case .unproven:
        askForCertificates(below: view, of: [proposal.notarize.signer])
      case .unlinked: break
      }
    }
  }

  /// The driver's verdict. One that comes after the view was left changes nothing.
  mutating func judged(_ block: Digest, _ verdict: Verdict) {
    guard let at = rounds.place(of: view), rounds[at].judgement == .asked, rounds[at].proposal?.link.digest == block
    else { return }
    judge(at, verdict)
  }

  private mutating func judge(_ at: Int, _ verdict: Verdict) {
    guard let block = rounds[at].proposal?.link.digest else { return }
    switch verdict {
    case .valid:
      rounds[at].judgement = .valid
      castNotarize(block)
    case .invalid(let reason):
      rounds[at].judgement = .invalid
      report(.invalidProposal(block, rounds[at].view, reason: reason))
      castNullify()
    }
  }

  /// R4: a parent may be built on if it is notarised and all views between are nullified; never below the last final block.
  private func grounds(of link: BlockLink) -> Grounds {
    guard link.parentView >= finalised.view else { return .impossible("the parent is older than the last final block") }
    let parent: BlockLink?
    if link.parentView == finalised.view {
      guard link.parent == finalised.digest else { return .impossible("the parent is not the last final block") }
      parent = finalised
    } else {
      guard isNotarised(link.parent, in: link.parentView) else { return .unproven }
      parent = rounds.link(of: link.parent, in: link.parentView)
    }
    guard areNullified(after: link.parentView, before: link.view) else { return .unproven }
    guard let parent else { return .unlinked }
    guard link.height == parent.height.next else { return .impossible("the height is not the parent's plus 1") }
    return .sound
  }

  /// A finalisation proves a notarisation too.
  private func isNotarised(_ block: Digest, in view: View) -> Bool {
    rounds[view: view]?.notarisation?.block == block || (pending?.view == view && pending?.block == block)
  }

  private func areNullified(after parent: View, before view: View) -> Bool {
    guard let first = parent.next, first < view else { return true }
    let between = rounds.list[rounds.firstPlace(from: first)..<rounds.firstPlace(from: view)]
    return UInt64(between.count { $0.nullification != nil }) == view.steps(since: first)
  }

  /// R3: the leader of the current view asks for a block, once, if there is a reason for one and a parent to build on.
  mutating func propose() {
    guard let me, context.leaderIndex(of: view) == me, mayVote(in: view) else { return }
    let round = rounds[view: view] ?? Round(view: view)
    guard !round.isBuilding, !round.choice.nullify, round.choice.notarize == nil, !isIdle else { return }
    guard let parent = parentToBuildOn() else { return }
    if parent.digest == finalised.digest {
      guard isWorkKnown else { return }
    } else if !isWorkKnown, !round.isLullOver {
      return startLull()
    }
    rounds[rounds.ensure(view)].isBuilding = true
    stopLull()
    outbox.append(.build(view, parent: parent))
  }

  /// R3: the notarised block of the highest view such that every view above it is nullified; nil while something is missing.
  private mutating func parentToBuildOn() -> BlockLink? {
    var candidate = view.previous
    while let above = candidate, above > finalised.view {
      if let pending, pending.view == above, let block = pending.block { return rounds.link(of: block, in: above) }
      let round = rounds[view: above]
      if let block = round?.notarisation?.block { return round?.link(of: block) }
      guard round?.nullification != nil else {
        askForCertificates(below: view, of: witnesses())
        return nil
      }
      candidate = above.previous
    }
    return finalised
  }

  /// The f + 1 members after this one: at least one of them is honest.
  private func witnesses() -> [MemberID] {
    guard let me else { return [] }
    let members = context.validators.members
    return (1...context.quorum.witness).map { members[(me + $0) % members.count].id }.filter { $0 != members[me].id }
  }

  /// R25: asks for what is missing between the last final view and another, once until the next retry.
  private mutating func askForCertificates(below: View, of members: [MemberID]) {
    let at = rounds.ensure(view)
    guard !rounds[at].hasAsked else { return }
    rounds[at].hasAsked = true
    let request = CertificateRequest(context: context, above: finalised.view, below: below)
    for member in members { outbox.append(.send(to: member, .request(request))) }
  }

  /// The block asked for. The leader's choice of it is a `notarize` like any other.
  mutating func built(_ link: BlockLink) {
    guard let me, context.leaderIndex(of: view) == me, link.view == view, let at = rounds.place(of: view),
      rounds[at].isBuilding, rounds[at].choice.notarize == nil, !rounds[at].choice.nullify
    else { return }
    guard case .sound = grounds(of: link) else { return }
    learn(link)
    castNotarize(link.digest)
  }

  /// The leader's own `notarize` is signed: with the certificates that justify the parent it makes the proposal.
  mutating func completeProposal(with vote: Attested<Vote>) {
    guard context.leader(of: vote.content.view) == vote.signer, let at = rounds.place(of: vote.content.view),
      let block = vote.content.block, let link = rounds[at].link(of: block), rounds[at].proposal == nil
    else { return }
    rounds[at].proposal = ownProposal(link, vote)
    rounds[at].judgement = .valid
  }

  /// A proposal with its parent's certificate and the newest nullifications in between.
  func ownProposal(_ link: BlockLink, _ vote: Attested<Vote>) -> Proposal? {
    var parent: VerifiedCertificate?
    if link.parentView == finalised.view {
      parent = finalisation
    } else if link.parentView > finalised.view {
      parent = rounds[view: link.parentView]?.notarisation ?? (pending?.view == link.parentView ? pending : nil)
    }
    guard parent != nil || link.parent == context.root.digest, let first = link.parentView.next else { return nil }
    let between = rounds.list[rounds.firstPlace(from: first)..<rounds.firstPlace(from: link.view)]
    let nullifications = between.compactMap(\.nullification).suffix(ProposalMessage.maximumNullifications)
    return Proposal(link: link, notarize: vote, parentCertificate: parent, nullifications: Array(nullifications))
  }
}
