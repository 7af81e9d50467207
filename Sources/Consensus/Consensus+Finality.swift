import Cryptography
import Membership

/// Finality: from certificates to final blocks, and the end if two of them contradict each other.
extension Consensus {
  private enum Chain {
    /// From the certified block down to the child of the last final one.
    case connected([BlockLink])
    case missing(Gap)
    case contradicted
  }

  /// R10: a finalisation above the last final view: the highest one waits for its links, a lower one counts if it connects at once.
  mutating func acceptFinalisation(_ certificate: VerifiedCertificate) {
    if let pending, pending.view >= certificate.view {
      guard case .connected(let chain) = chain(to: certificate) else { return }
      unsaved.append(certificate)
      return finalise(chain, by: certificate)
    }
    unsaved.append(certificate)
    pending = certificate
    gap = nil
    connect()
  }

  /// R10: makes the pending block and its ancestors final once all links are known; asks for the missing one otherwise (R11).
  mutating func connect() {
    guard let pending, standing != .halted else { return }
    if let gap {
      guard let next = nextGap(from: gap) else { return }
      self.gap = next.view > finalised.view ? next : nil
      if next.view > finalised.view { return fetch(next.block, in: next.view) }
    }
    switch chain(to: pending) {
    case .connected(let chain): finalise(chain, by: pending)
    case .contradicted: halt(against: pending)
    case .missing(let gap):
      self.gap = gap
      fetch(gap.block, in: gap.view)
    }
  }

  /// Where the walk down from a gap ends now; nil if it has not moved.
  private func nextGap(from gap: Gap) -> Gap? {
    var walk = gap
    while walk.view > finalised.view, let link = rounds.link(of: walk.block, in: walk.view) {
      walk = Gap(block: link.parent, view: link.parentView)
    }
    return walk == gap && gap.view > finalised.view ? nil : walk
  }

  private func chain(to certificate: VerifiedCertificate) -> Chain {
    guard var block = certificate.block else { return .contradicted }
    var (view, links) = (certificate.view, [BlockLink]())
    while view > finalised.view {
      guard let link = rounds.link(of: block, in: view) else { return .missing(Gap(block: block, view: view)) }
      guard link.parentView < view else { return .contradicted }
      links.append(link)
      (block, view) = (link.parent, link.parentView)
    }
    return block == finalised.digest && view == finalised.view ? .connected(links) : .contradicted
  }

  private mutating func finalise(_ chain: [BlockLink], by certificate: VerifiedCertificate) {
    guard let last = chain.first else { return }
    for link in chain.reversed() {
      outbox.append(.finalised(describe(link, by: certificate)))
      history.append(link)
    }
    if history.count > Limits.history { history.removeFirst(history.count - Limits.history) }
    finalised = last
    finalisation = certificate
    if let pending, pending.view <= last.view { (self.pending, gap) = (nil, nil) }
    highestNotarised = max(highestNotarised, last.view)
    rounds.dropThrough(last.view)
    signing.removeAll { $0.view <= last.view }
    checkNotarised()
  }

  private func describe(_ link: BlockLink, by certificate: VerifiedCertificate) -> FinalisedBlock {
    let notarisation = rounds[view: link.view]?.notarisation
    let first = link.parentView.next ?? link.parentView
    let between = rounds.list[rounds.firstPlace(from: first)..<rounds.firstPlace(from: link.view)]
    return FinalisedBlock(
      link: link, finalisation: certificate, notarisation: notarisation?.block == link.digest ? notarisation : nil,
      nullifications: between.compactMap(\.nullification))
  }

  /// A link became known, from a proposal, a fetch or synchronisation.
  mutating func learn(_ link: BlockLink) {
    guard link.view > finalised.view, link.parentView < link.view else { return }
    let at = rounds.ensure(link.view)
    guard rounds[at].link(of: link.digest) == nil else { return }
    rounds[at].links.append(link)
    if rounds[at].notarisation?.block == link.digest { notarised(in: link.view) }
  }

  /// A view has a notarisation: tells the driver once the link is known too, and asks for the block until then (R11).
  mutating func notarised(in view: View) {
    guard let round = rounds[view: view], let certificate = round.notarisation, let block = certificate.block else {
      return
    }
    guard let link = round.link(of: block) else { return fetch(block, in: view) }
    outbox.append(.notarised(link, certificate))
    checkNotarised()
  }

  /// R11: the leader of a block's view is the first to be asked for it; in place of itself the member asks the next one.
  mutating func fetch(_ block: Digest, in view: View) {
    let leader = context.leaderIndex(of: view)
    let members = context.validators.members
    let first = leader == me ? (leader + 1) % members.count : leader
    outbox.append(.fetch(block: block, view: view, from: members[first].id))
  }

  /// R28: a notarised block above the last final one that passes it by proves that more than f members broke the rules.
  private mutating func checkNotarised() {
    for round in rounds.list {
      guard let certificate = round.notarisation, let block = certificate.block, let link = round.link(of: block) else {
        continue
      }
      let isAgainst =
        link.parentView < finalised.view
        || (link.parentView == finalised.view && link.parent != finalised.digest)
      if isAgainst { return halt(against: certificate) }
    }
  }

  /// R28: whether a certificate of a view that is not above the last final one contradicts the final blocks that are remembered.
  func isAgainstHistory(_ subject: VoteSubject) -> Bool {
    guard subject.belongs(to: context), subject.view <= finalised.view else { return false }
    switch subject.kind {
    case .finalize:
      guard let oldest = history.first, subject.view >= oldest.view, subject.view > context.root.view else {
        return false
      }
      return !history.contains { $0.view == subject.view && $0.digest == subject.block }
    case .notarize, .nullify:
      guard let finalisation, finalisation.view == subject.view else { return false }
      return finalisation.subject.contradicts(subject)
    }
  }

  /// R28: stops voting for good, keeps both sides and says so.
  mutating func halt(against certificate: VerifiedCertificate) {
    guard standing != .halted else { return }
    standing = .halted
    stopViewTimers()
    signing.removeAll()
    storing.removeAll()
    outbox.append(.halt(.contradictedHistory(finalised: finalised, finalisation, against: certificate)))
  }
}
