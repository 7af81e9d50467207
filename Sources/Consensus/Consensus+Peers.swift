import Cryptography
import Membership

/// Starting, and helping one another to catch up.
extension Consensus {
  /// Puts back what the records hold. Nothing is counted, sent or asked for before the start.
  mutating func recover(_ recovered: ConsensusRecovery) {
    for link in recovered.links where link.view > finalised.view && link.parentView < link.view {
      rounds[rounds.ensure(link.view)].links.append(link)
    }
    for certificate in recovered.certificates.sorted(by: { $0.view < $1.view }) { recover(certificate) }
    for vote in recovered.votes where vote.content.subject.belongs(to: context) {
      lastVoted = max(lastVoted ?? vote.content.view, vote.content.view)
      guard vote.content.view > finalised.view else { continue }
      rounds[rounds.ensure(vote.content.view)].choice.set(vote.content.subject)
      view = max(view, vote.content.view)
    }
    savedView = view
    entry = nil
    if let finalisation, finalisation.view.next == view { entry = finalisation }
    for certificate in recovered.certificates where certificate.view.next == view { entry = certificate }
  }

  private mutating func recover(_ certificate: VerifiedCertificate) {
    guard certificate.subject.belongs(to: context), certificate.view > finalised.view else { return }
    let at = rounds.ensure(certificate.view)
    switch certificate.kind {
    case .notarize:
      if rounds[at].notarisation == nil { rounds[at].notarisation = certificate }
      highestNotarised = max(highestNotarised, certificate.view)
    case .nullify: rounds[at].nullification = certificate
    case .finalize:
      pending = certificate
      highestNotarised = max(highestNotarised, certificate.view)
    }
    view = max(view, certificate.view.next ?? certificate.view)
  }

  /// R15: sends the stored bytes of own votes again, counts them, and takes up where the records end.
  mutating func start() {
    let votes = stored.filter { $0.content.subject.belongs(to: context) && $0.content.view > finalised.view }
      .sorted { ($0.content.view, $0.content.kind.rawValue) < ($1.content.view, $1.content.kind.rawValue) }
    stored = []
    for vote in votes { completeProposal(with: vote) }
    for vote in votes { outbox.append(.broadcast(message(for: vote.content, SignedVote(vote)))) }
    if let me { for vote in votes { count(vote, by: me) } }
    for round in rounds.list {
      guard let block = round.notarisation?.block, round.link(of: block) == nil else { continue }
      fetch(block, in: round.view)
    }
    if case .oldCopy = standing { report(.oldCopy) }
  }

  /// R21, R22: whether the member has heard enough to vote.
  mutating func review() {
    switch standing {
    case .following, .voting, .halted: return
    case .listening(let heard):
      guard heard.count(where: { $0 }) + 1 >= context.quorum.quorum else { return }
      standing = .voting(floor: floor)
      report(.voting)
    case .oldCopy(let views):
      // A view that no certificate has led to may be a lie, and does not count until one does.
      let reached = views.compactMap { $0 }.filter { $0 <= view }
      guard reached.count >= context.quorum.quorum, let highest = reached.max(), let floor = highest.next else {
        return
      }
      standing = .voting(floor: floor)
      report(.votesAgain(above: floor))
    }
    // The time of the view starts anew for a member that could not vote in it before.
    if let at = rounds.place(of: view) { rounds[at].isTimedOut = false }
    for round in rounds.list { castFinalize(in: round.view) }
  }

  /// R22: a vote of its own that the member does not know shows that it runs on an old copy, or that its key is used elsewhere too.
  /// Where it does not vote any more, a forgotten vote does no harm and is no news.
  func lacks(_ vote: Attested<Vote>) -> Bool {
    guard vote.content.subject.belongs(to: context), vote.content.view > floor else { return false }
    guard let lastVoted, vote.content.view <= lastVoted else { return true }
    guard let me, vote.content.view > finalised.view else { return false }
    return rounds[view: vote.content.view]?.ballot(of: me)?.signature(of: vote.content.subject) == nil
  }

  /// The view up to which the member does not vote: while it does not vote at all, the one before its last vote, below which its
  /// records may have a gap from a time as an old copy.
  private var floor: View {
    if case .voting(let floor) = standing { return floor }
    return max(context.root.view, lastVoted?.previous ?? context.root.view)
  }

  mutating func becomeOldCopy() {
    switch standing {
    case .listening, .voting:
      standing = .oldCopy(views: Array(repeating: nil, count: context.validators.members.count))
      signing.removeAll()
      storing.removeAll()
      report(.oldCopy)
    case .following, .oldCopy, .halted: return
    }
  }

  /// R23: a peer said where it stands.
  mutating func receive(_ status: VerifiedStatus, from peer: MemberID) {
    guard status.status.epoch == context.epoch, status.status.opener == context.opener else {
      return report(.otherEpoch(status.status.epoch))
    }
    if let index = context.validators.index(of: peer), index != me {
      if let me, status.votes.contains(where: { $0.signer == context.validators.members[me].id && lacks($0) }) {
        becomeOldCopy()
      }
      hear(status.status.view, from: index)
    }
    supply(peer, at: status)
  }

  private mutating func hear(_ view: View, from index: Int) {
    switch standing {
    case .listening(var heard):
      guard index < heard.count else { return }
      heard[index] = true
      standing = .listening(heard: heard)
    case .oldCopy(var views):
      guard index < views.count else { return }
      views[index] = view
      standing = .oldCopy(views: views)
    case .following, .voting, .halted: return
    }
  }

  /// R23: what this member tells a peer on a new session and at every heartbeat.
  package func status(for peer: MemberID) -> ConsensusStatus {
    let votes = context.validators.index(of: peer).map { latest[$0].votes } ?? []
    return ConsensusStatus(context: context, finalised: finalised, view: view, votes: votes)
  }

  /// R23: sends a peer what it lacks by its own word: the last finalisation, the certificates of its view and above, own votes.
  mutating func supply(_ peer: MemberID, at status: VerifiedStatus) {
    let its = status.status
    if its.finalisedView < finalised.view, let finalisation { send(finalisation, to: peer) }
    if its.view < view {
      if let entry, entry != finalisation { send(entry, to: peer) }
      let above = max(its.view.previous ?? its.view, finalised.view)
      sendCertificates(above: above, below: view, except: entry, to: peer)
    }
    let named = status.votes.filter { $0.signer == me.map { context.validators.members[$0].id } }.map(\.content)
    let newest = named.map(\.view).max() ?? its.finalisedView
    for (vote, message) in ownVotes(above: max(its.finalisedView, finalised.view))
    where vote.view > newest || (vote.view == newest && !named.contains(vote)) {
      outbox.append(.send(to: peer, message))
    }
  }

  /// R25: answers a request for certificates.
  mutating func answer(_ request: CertificateRequest, to peer: MemberID) {
    guard request.epoch == context.epoch, request.opener == context.opener else {
      return report(.otherEpoch(request.epoch))
    }
    if request.above < finalised.view, let finalisation { send(finalisation, to: peer) }
    sendCertificates(above: max(request.above, finalised.view), below: request.below, except: nil, to: peer)
  }

  private mutating func sendCertificates(
    above: View, below: View, except sent: VerifiedCertificate?, to peer: MemberID
  ) {
    var left = Limits.suppliedCertificates
    for round in rounds.list[rounds.firstPlace(from: above)...] where round.view > above && round.view < below {
      for certificate in round.certificates where left > 0 && certificate != sent {
        left -= 1
        send(certificate, to: peer)
      }
    }
  }

  private mutating func send(_ certificate: VerifiedCertificate, to peer: MemberID) {
    outbox.append(.send(to: peer, .certificate(certificate.certificate)))
  }

  /// R26: the leader of a new view gets the certificate that opened it from everyone who entered, unless it has proposed already.
  mutating func announceEntry() {
    guard owesEntry else { return }
    owesEntry = false
    guard let me, context.leaderIndex(of: view) != me, rounds[view: view]?.proposal == nil, let entry else { return }
    send(entry, to: leader)
  }

  /// R27: a member that nullifies a view which others have left, or in which others see no work, lacks a certificate.
  mutating func answerNullify(of nullified: View, by member: MemberID, _ isRepeated: Bool) {
    if nullified <= finalised.view {
      if let finalisation { send(finalisation, to: member) }
    } else if nullified < view, isRepeated {
      for certificate in rounds[view: nullified]?.certificates ?? [] { send(certificate, to: member) }
      if let entry, entry.view > nullified { send(entry, to: member) }
    } else if nullified == view, isIdle, let finalisation {
      send(finalisation, to: member)
    }
  }
}
