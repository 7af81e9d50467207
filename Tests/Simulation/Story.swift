import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// Events and actions in a line of words, for people who follow what happened in a world.
enum Story {
  static func text(of event: ReplicaEvent, _ actions: [ReplicaAction]) -> String {
    ([text(of: event)] + actions.map { "  → " + text(of: $0) }).joined(separator: "\n")
  }

  private static func text(of event: ReplicaEvent) -> String {
    switch event {
    case .started: "started"
    case .connected(let member): "connected to \(member)"
    case .disconnected(let member): "disconnected from \(member)"
    case .received(let message, let sender): "\(text(of: message)) from \(sender)"
    case .submitted(let transaction, let ticket): "submitted \(transaction.identity.short) as \(ticket.number)"
    case .signed(let vote): "signed \(text(of: vote.content))"
    case .persisted(let ticket): "persisted \(ticket.number)"
    case .expired(let timer): "expired \(timer)"
    case .read(let blocks, _): "read \(blocks.count) blocks"
    }
  }

  private static func text(of message: VerifiedPeerMessage) -> String {
    switch message {
    case .agreement(.vote(let vote)): text(of: vote.content)
    case .agreement(.certificate(let certificate)): text(of: certificate.subject, "certificate")
    case .agreement(.peerStatus(_, let status)): text(of: status)
    case .agreement(let event): "\(String("\(event)".prefix(120)))"
    case .elsewhere(let status): "status of epoch \(status.epoch), height \(status.finalisedHeight)"
    case .proposal(let proposal, let outline):
      "proposal \(text(of: proposal.link)) with \(outline.transactions.count) at \(outline.header.timestamp.text)"
    case .transactions(let transactions):
      "transactions \(transactions.map { $0.identity.short }.joined(separator: " "))"
    case .wantTransactions(let block, let identities): "wants \(identities.count) transactions of \(block.short)"
    case .wantBlock(let digest): "wants block \(digest.short)"
    case .block(let outline): "block \(text(of: outline.header.link))"
    case .wantRange(let height): "wants blocks from \(height)"
    case .range(let range): "range of \(range.blocks.count) blocks and \(range.descendants.count) headers"
    }
  }

  private static func text(of status: VerifiedStatus) -> String {
    let votes = status.votes.map { text(of: $0.content) }
    return "status height \(status.status.finalisedHeight) view \(status.status.view) votes \(votes)"
  }

  private static func text(of action: ReplicaAction) -> String {
    switch action {
    case .persist(let writes, let ticket): "persist \(ticket.number): \(writes.count) writes"
    case .send(let message, let member): "send \(String("\(message)".prefix(60))) to \(member)"
    case .broadcast(let message): "broadcast \(String("\(message)".prefix(60)))"
    case .sign(let vote): "sign \(text(of: vote))"
    case .start(let timer, let milliseconds): "start \(timer) for \(milliseconds)"
    case .stop(let timer): "stop \(timer)"
    case .read(let height, _, _): "read from \(height)"
    case .committed(let blocks): "committed \(blocks.map { text(of: $0.block.link) })"
    case .epochEntered(let context): "enters epoch \(context.epoch) with \(context.validators.members.count) validators"
    case .propose(let body): "propose \(String("\(body)".prefix(80)))"
    case .answer(let ticket, let outcome): "answer \(ticket.number): \(String("\(outcome)".prefix(80)))"
    case .report(let report): "report \(String("\(report)".prefix(200)))"
    case .halt(let reason): "halt: \(reason.sentence)"
    }
  }

  private static func text(of vote: Vote) -> String { text(of: vote.subject, vote.member.text) }

  private static func text(of subject: VoteSubject, _ who: String) -> String {
    "\(subject.kind)(\(subject.view), \(subject.block?.short ?? "-")) by \(who)"
  }

  private static func text(of link: BlockLink) -> String {
    "\(link.digest.short) h\(link.height) v\(link.view) on \(link.parent.short) v\(link.parentView)"
  }
}
