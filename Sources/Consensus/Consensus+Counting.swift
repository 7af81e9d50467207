import CBOR
import Cryptography
import Membership

/// Votes, certificates and what contradicts.
extension Consensus {
  /// Whether a vote is worth verifying: not a repetition, and not beyond what may still matter. A vote that contradicts one held from
  /// the same member is always wanted (R16).
  package func wants(_ vote: Vote) -> Bool {
    guard vote.subject.belongs(to: context), let index = context.validators.index(of: vote.member) else { return false }
    guard vote.view > finalised.view else { return vote.kind == .nullify }
    guard isCounted(vote.view) else { return false }
    guard let round = rounds[view: vote.view] else { return true }
    if vote.kind == .nullify && vote.view < view { return true }
    let ballot = round.ballot(of: index) ?? Ballot()
    if ballot.subjects(in: vote.view, of: context).contains(where: { $0.contradicts(vote.subject) }) { return true }
    if !round.certificates.allSatisfy({ !$0.subject.contradicts(vote.subject) }) { return true }
    guard ballot.signature(of: vote.subject) == nil else { return false }
    return !round.certificates.contains { $0.subject == vote.subject } && pending?.subject != vote.subject
  }

  /// Whether a certificate is worth verifying: it says something that is not known yet.
  package func wants(_ certificate: Certificate) -> Bool {
    let subject = certificate.subject
    guard subject.belongs(to: context) else { return false }
    guard subject.view > finalised.view else { return isAgainstHistory(subject) }
    guard subject != pending?.subject else { return false }
    return !(rounds[view: subject.view]?.certificates.contains { $0.subject == subject } ?? false)
  }

  /// Whether a message is worth verifying, by what it claims to say.
  package func wants(_ message: ConsensusMessage) -> Bool {
    switch message {
    case .vote(let vote): (try? vote.decoded()).map { wants($0.content) } ?? false
    case .certificate(let certificate): wants(certificate)
    case .proposal(let proposal): wants(proposal)
    case .status, .request: true
    }
  }

  /// A view's first proposal is wanted; another one only to expose its leader, once.
  private func wants(_ proposal: ProposalMessage) -> Bool {
    guard proposal.link.view > finalised.view else { return false }
    guard let round = rounds[view: proposal.link.view], let first = round.proposal else { return true }
    return first.link.digest != proposal.link.digest
      && !round.exposed.contains(context.leaderIndex(of: proposal.link.view))
  }

  /// R8: counts a verified vote, or says why not.
  mutating func receive(_ vote: Attested<Vote>) {
    guard vote.content.subject.belongs(to: context) else { return report(.otherEpoch(vote.content.epoch)) }
    guard let index = context.validators.index(of: vote.signer) else { return }
    // R13: an own vote counts when it is stored, never because it comes back; one that is not stored here is lost for good.
    if index == me { return lacks(vote) ? becomeOldCopy() : () }
    guard vote.content.view <= view.next ?? view else {
      return report(.voteTooFarAhead(vote.signer, vote.content.view))
    }
    let isRepeated = holds(vote.content, by: index)
    remember(vote, by: index)
    if isCounted(vote.content.view), !isRepeated { count(vote, by: index) }
    if vote.content.kind == .nullify { answerNullify(of: vote.content.view, by: vote.signer, isRepeated) }
  }

  /// Whether votes of a view are counted: above the last final view, not too far behind, at most one view ahead.
  func isCounted(_ voted: View) -> Bool {
    voted > finalised.view && voted <= view.next ?? view && view.steps(since: voted) <= Limits.pastViews
  }

  private func holds(_ vote: Vote, by index: Int) -> Bool {
    rounds[view: vote.view]?.ballot(of: index)?.signature(of: vote.subject) != nil
  }

  /// Keeps the votes of a member's highest view, which `status` names to it (R21).
  private mutating func remember(_ vote: Attested<Vote>, by index: Int) {
    if vote.content.view > latest[index].view { latest[index] = Latest(view: vote.content.view) }
    guard vote.content.view == latest[index].view else { return }
    let signed = SignedVote(vote)
    guard !latest[index].votes.contains(where: { $0.kind == signed.kind }) else { return }
    latest[index].votes.append(signed)
    latest[index].votes.sort { $0.kind.rawValue < $1.kind.rawValue }
  }

  /// Counts a vote that is new; one that contradicts what its member said before is evidence instead (R16).
  mutating func count(_ vote: Attested<Vote>, by index: Int) {
    let subject = vote.content.subject
    let at = rounds.ensure(subject.view)
    if let held = contradiction(to: subject, by: index) {
      return expose(index, in: subject.view, held, SignedVote(vote))
    }
    guard !(rounds[at].ballot(of: index)?.holds(subject.kind) ?? false) else { return }
    let count = rounds[at].record(
      subject, signature: vote.statement.signature, by: index, of: context.validators.members.count)
    // R9: the vote that completes a quorum makes the certificate.
    if count == context.quorum.quorum {
      let signatures = rounds[at].signatures(of: subject, quorum: count)
      accept(VerifiedCertificate(assembled: Certificate(subject: subject, signatures: signatures)))
    }
  }

  /// A vote of the member, from its ballot or from a certificate, that contradicts the subject.
  private func contradiction(to subject: VoteSubject, by index: Int) -> SignedVote? {
    if let ballot = rounds[view: subject.view]?.ballot(of: index) {
      for held in ballot.subjects(in: subject.view, of: context) where held.contradicts(subject) {
        if let signature = ballot.signature(of: held) { return signedVote(held, signature, by: index) }
      }
    }
    for certificate in certificates(about: subject.view) where certificate.subject.contradicts(subject) {
      let entry = certificate.certificate.signatures.first { Int($0.index) == index }
      if let entry { return signedVote(certificate.subject, entry.signature, by: index) }
    }
    return nil
  }

  /// Every certificate held about one view.
  private func certificates(about view: View) -> [VerifiedCertificate] {
    var held = rounds[view: view]?.certificates ?? []
    if let pending, pending.view == view { held.append(pending) }
    if let finalisation, finalisation.view == view { held.append(finalisation) }
    return held
  }

  /// The signed form of a vote: its payload is the one encoding of its content.
  func signedVote(_ subject: VoteSubject, _ signature: [UInt8], by index: Int) -> SignedVote {
    let member = context.validators.members[index]
    return SignedVote(
      kind: subject.kind,
      statement: SignedStatement(
        algorithm: member.node.algorithm, payload: Vote(subject, by: member.id).encoded, signature: signature))
  }

  /// R16: reports two contradictory votes, once for each member and view.
  private mutating func expose(_ index: Int, in view: View, _ first: SignedVote, _ second: SignedVote) {
    if view > finalised.view {
      let at = rounds.ensure(view)
      guard !rounds[at].exposed.contains(index) else { return }
      rounds[at].exposed.append(index)
    }
    outbox.append(.evidence(Evidence(first: first, second: second)))
  }

  /// R9: takes a certificate, made here or verified, and goes where it leads.
  mutating func accept(_ certificate: VerifiedCertificate) {
    guard certificate.subject.belongs(to: context) else { return report(.otherEpoch(certificate.subject.epoch)) }
    guard standing != .halted else { return }
    guard certificate.view > finalised.view else {
      if isAgainstHistory(certificate.subject) {
        crossExamine(certificate)
        halt(against: certificate)
      }
      return
    }
    let at = rounds.ensure(certificate.view)
    switch certificate.kind {
    case .notarize:
      if rounds[at].notarisation?.subject == certificate.subject { return }
      crossExamine(certificate)
      guard rounds[at].notarisation == nil else { return }
      rounds[at].notarisation = certificate
      unsaved.append(certificate)
      highestNotarised = max(highestNotarised, certificate.view)
      enter(after: certificate)
      notarised(in: certificate.view)
      castFinalize(in: certificate.view)
    case .nullify:
      guard rounds[at].nullification == nil else { return }
      crossExamine(certificate)
      rounds[at].nullification = certificate
      unsaved.append(certificate)
      enter(after: certificate)
    case .finalize:
      guard pending?.subject != certificate.subject else { return }
      crossExamine(certificate)
      enter(after: certificate)
      acceptFinalisation(certificate)
    }
  }

  /// R16: looks for members whose signature in the certificate contradicts a vote of theirs, from a ballot or another certificate.
  private mutating func crossExamine(_ certificate: VerifiedCertificate) {
    for entry in certificate.certificate.signatures {
      guard let held = contradiction(to: certificate.subject, by: Int(entry.index)),
        let second = certificate.vote(of: entry, in: context)
      else { continue }
      expose(Int(entry.index), in: certificate.view, held, second)
    }
  }

  /// R2: a certificate of a view lets the member into the next one; it never goes back.
  private mutating func enter(after certificate: VerifiedCertificate) {
    guard let next = certificate.view.next else { return report(.viewsExhausted) }
    guard next > view else { return }
    stopViewTimers()
    view = next
    entry = certificate
    owesEntry = true
    outbox.append(.entered(next))
  }
}
