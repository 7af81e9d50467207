import Consensus
import Cryptography
import Membership

/// What a driver stores for agreement, with commits that a crash can cut off. It keeps no more than the records say.
struct Disk {
  enum Write {
    case record(ConsensusRecord, Consensus.Ticket)
    case final(FinalisedBlock)
    case block(BlockLink)
  }

  struct Contents {
    var finalised: BlockLink
    var finalisation: VerifiedCertificate?
    var view: View = 1
    var votes: [Attested<Vote>] = []
    var certificates: [VerifiedCertificate] = []
    var links: [BlockLink] = []
    var lastVoted: View?
  }

  private(set) var durable: Contents
  private(set) var waiting: [Write] = []

  init(root: BlockLink) { durable = Contents(finalised: root) }

  init(contents: Contents) { durable = contents }

  mutating func write(_ write: Write) { waiting.append(write) }

  /// The last ticket handed out and not yet durable.
  var lastTicket: Consensus.Ticket? {
    for write in waiting.reversed() { if case .record(_, let ticket) = write { return ticket } }
    return nil
  }

  /// Makes everything durable up to the record of a ticket.
  mutating func commit(through ticket: Consensus.Ticket) {
    while let first = waiting.first {
      if case .record(_, let number) = first, number > ticket { return }
      apply(waiting.removeFirst())
    }
  }

  /// A crash: of what waits, only the first `count` writes survive.
  mutating func crash(keeping count: Int) {
    for write in waiting.prefix(count) { apply(write) }
    waiting = []
  }

  /// What a broken store would do.
  mutating func forgetVotes() { (durable.votes, durable.lastVoted) = ([], nil) }

  private mutating func apply(_ write: Write) {
    switch write {
    case .record(let record, _):
      durable.view = max(durable.view, record.view)
      if let vote = record.vote {
        durable.votes.append(vote)
        durable.lastVoted = max(durable.lastVoted ?? 0, vote.content.view)
      }
      if let block = record.block { durable.links.append(block) }
      durable.certificates += record.certificates
    case .final(let block):
      durable.finalised = block.link
      durable.finalisation = block.finalisation
      let view = block.link.view
      durable.votes.removeAll { $0.content.view <= view }
      durable.certificates.removeAll { $0.view <= view && $0 != block.finalisation }
      durable.links.removeAll { $0.view <= view }
    case .block(let link):
      if link.view > durable.finalised.view, !durable.links.contains(link) { durable.links.append(link) }
    }
  }

  func recovery(isOldCopy: Bool = false) -> ConsensusRecovery {
    ConsensusRecovery(
      finalised: durable.finalised, finalisation: durable.finalisation, view: durable.view, votes: durable.votes,
      certificates: durable.certificates, links: durable.links, lastVoted: durable.lastVoted, isOldCopy: isOldCopy)
  }
}
