import Cryptography
import Membership

/// A member's own votes: chosen, signed, stored, and only then sent.
extension Consensus {
  /// R12: the choice enters the state before the signature is asked for, so that no second, contradictory one can be asked for.
  private mutating func choose(_ subject: VoteSubject) {
    guard let me else { return }
    let at = rounds.ensure(subject.view)
    rounds[at].choice.set(subject)
    signing.append(subject)
    outbox.append(.sign(Vote(subject, by: context.validators.members[me].id)))
  }

  /// R5: notarizes the block of the current view, unless the member nullified the view or chose another block.
  mutating func castNotarize(_ block: Digest) {
    let choice = rounds[view: view]?.choice ?? Choice()
    guard mayVote(in: view), !choice.nullify, choice.notarize == nil else { return }
    choose(.notarize(block, in: view, of: context))
  }

  /// R6: nullifies the current view, also after its own `notarize`, never after its own `finalize`.
  mutating func castNullify() {
    let choice = rounds[view: view]?.choice ?? Choice()
    guard mayVote(in: view), !choice.nullify, choice.finalize == nil else { return }
    choose(.nullify(view, of: context))
  }

  /// R7: finalizes the notarised block of a view, unless the member nullified the view or notarized another block in it.
  mutating func castFinalize(in view: View) {
    guard let round = rounds[view: view], let block = round.notarisation?.block, mayVote(in: view) else { return }
    let choice = round.choice
    guard !choice.nullify, choice.finalize == nil, choice.notarize == nil || choice.notarize == block else { return }
    choose(.finalize(block, in: view, of: context))
  }

  /// R13: a signature came: the vote goes to storage, with all that must be durable together with it.
  mutating func signed(_ vote: Attested<Vote>) {
    guard vote.signer == me.map({ context.validators.members[$0].id }),
      let place = signing.firstIndex(of: vote.content.subject)
    else { return }
    signing.remove(at: place)
    guard vote.content.view > finalised.view, mayVote(in: vote.content.view) else { return }
    if vote.content.kind == .notarize { completeProposal(with: vote) }
    lastVoted = max(lastVoted ?? vote.content.view, vote.content.view)
    let block = vote.content.kind == .notarize ? link(of: vote.content) : nil
    let ticket = persist(vote, block: block)
    storing.append(StoredVote(ticket: ticket, vote: vote))
  }

  private func link(of vote: Vote) -> BlockLink? {
    vote.block.flatMap { rounds.link(of: $0, in: vote.view) }
  }

  /// R14: hands out one record: the vote, the block that it notarises, and every certificate accepted since the last record.
  private mutating func persist(_ vote: Attested<Vote>?, block: BlockLink?) -> Ticket {
    lastTicket &+= 1
    let ticket = Ticket(lastTicket)
    let record = ConsensusRecord(view: view, vote: vote, block: block, certificates: unsaved)
    unsaved.removeAll(keepingCapacity: true)
    savedView = view
    outbox.append(.persist(record, ticket))
    return ticket
  }

  /// Hands out what no vote will take along. While a signature is awaited the record waits for it: one commit instead of two.
  mutating func flush() {
    guard signing.isEmpty, !unsaved.isEmpty || savedView != view else { return }
    _ = persist(nil, block: nil)
  }

  /// R13: what is durable becomes visible, in order; only now does the member count its own vote.
  mutating func persisted(_ ticket: Ticket) {
    while let first = storing.first, first.ticket <= ticket {
      storing.removeFirst()
      show(first.vote)
    }
  }

  private mutating func show(_ vote: Attested<Vote>) {
    guard let me, mayVote(in: vote.content.view) else { return }
    outbox.append(.broadcast(message(for: vote.content, SignedVote(vote))))
    if vote.content.view > finalised.view { count(vote, by: me) }
  }

  /// The message that carries an own vote: the leader's `notarize` travels in its proposal.
  func message(for vote: Vote, _ signed: SignedVote) -> ConsensusMessage {
    if vote.kind == .notarize, let proposal = rounds[view: vote.view]?.proposal,
      proposal.notarize.signer == vote.member, proposal.link.digest == vote.block
    {
      return .proposal(ProposalMessage(proposal))
    }
    return .vote(signed)
  }

  /// The member's own visible votes above a view, ascending, with what carries each.
  func ownVotes(above least: View) -> [(vote: Vote, message: ConsensusMessage)] {
    guard let me else { return [] }
    var votes: [(vote: Vote, message: ConsensusMessage)] = []
    for round in rounds.list[rounds.firstPlace(from: least)...] where round.view > least {
      guard let ballot = round.ballot(of: me) else { continue }
      for subject in ballot.subjects(in: round.view, of: context) {
        guard let signature = ballot.signature(of: subject) else { continue }
        let vote = Vote(subject, by: context.validators.members[me].id)
        votes.append((vote, message(for: vote, signedVote(subject, signature, by: me))))
      }
    }
    return votes
  }
}
