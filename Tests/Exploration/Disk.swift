import Consensus
import Cryptography
import Membership

/// What an honest member's driver has stored, and what waits to be: the part of it from which a start makes its recovery.
struct Disk: Hashable {
  struct Contents: Hashable {
    /// The number of the block that opened the epoch, and of the last final one.
    var opener = 0
    var final = 0
    var finalisation: VerifiedCertificate?
    var view: View = 1
    /// Statements and blocks, as bits.
    var votes: UInt64 = 0
    var links: UInt64 = 0
    /// Ascending by statement.
    var certificates: [VerifiedCertificate] = []
    var lastVoted: View?
  }

  enum Write: Hashable {
    case record(ConsensusRecord, Consensus.Ticket, opener: Int)
    case final(block: Int, VerifiedCertificate)
    case block(Int)
    /// The closing block is final: the records of the epoch before are of no more use.
    case epoch(openedBy: Int)
  }

  private(set) var durable = Contents()
  private(set) var waiting: [Write] = []

  mutating func hand(_ write: Write) { waiting.append(write) }

  /// Makes what was handed out durable up to the first record, and answers its ticket and epoch.
  mutating func commit(_ universe: Universe) -> (ticket: Consensus.Ticket, opener: Int)? {
    while !waiting.isEmpty {
      let write = waiting.removeFirst()
      apply(write, universe)
      if case .record(_, let ticket, let opener) = write { return (ticket, opener) }
    }
    return nil
  }

  /// A crash: what waits is lost, or all of it was durable already without anybody knowing.
  mutating func crash(keepingWhatWaits isKept: Bool, _ universe: Universe) {
    if isKept { for write in waiting { apply(write, universe) } }
    waiting = []
  }

  mutating func forgetVotes() { (durable.votes, durable.lastVoted) = (0, nil) }

  private mutating func apply(_ write: Write, _ universe: Universe) {
    switch write {
    case .record(let record, _, _):
      durable.view = max(durable.view, record.view)
      if let vote = record.vote, let statement = universe.statement(vote.content.subject) {
        durable.votes |= 1 << UInt64(statement)
        durable.lastVoted = max(durable.lastVoted ?? 0, vote.content.view)
      }
      if let block = record.block, let number = universe.block(block.digest) { durable.links |= 1 << UInt64(number) }
      for certificate in record.certificates { keep(certificate, universe) }
    case .final(let block, let finalisation):
      (durable.final, durable.finalisation) = (block, finalisation)
    case .block(let number): durable.links |= 1 << UInt64(number)
    case .epoch(let block):
      let root = universe.blocks[block].link
      durable = Contents(
        opener: block, final: block, view: root.view.next ?? root.view, votes: durable.votes, links: durable.links)
    }
  }

  private mutating func keep(_ certificate: VerifiedCertificate, _ universe: Universe) {
    guard !durable.certificates.contains(where: { $0.subject == certificate.subject }) else { return }
    durable.certificates.append(certificate)
    durable.certificates.sort {
      (universe.statement($0.subject) ?? .max) < (universe.statement($1.subject) ?? .max)
    }
  }

  /// The sum of the records above the last final block.
  func recovery(of member: Int, in universe: Universe) -> ConsensusRecovery {
    let final = universe.blocks[durable.final].link
    let votes = universe.statements.filter {
      durable.votes >> UInt64($0.number) & 1 == 1 && $0.opener == durable.opener && $0.subject.view > final.view
    }
    let links = universe.blocks.filter {
      durable.links >> UInt64($0.number) & 1 == 1 && $0.opener == durable.opener && $0.link.view > final.view
    }
    return ConsensusRecovery(
      finalised: final, finalisation: durable.finalisation, view: durable.view, votes: votes.map { $0.votes[member] },
      certificates: durable.certificates.filter { $0.view > final.view }, links: links.map(\.link),
      lastVoted: durable.lastVoted, isOldCopy: false)
  }

  /// What of it counts for the future, as numbers.
  func form(in universe: Universe) -> [UInt64] {
    var words = [UInt64(durable.opener), UInt64(durable.final), durable.view.number, durable.votes, durable.links]
    words.append(durable.lastVoted.map { $0.number + 1 } ?? 0)
    words.append(Self.set(durable.certificates, universe))
    for write in waiting {
      switch write {
      case .record(let record, _, let opener):
        let vote = record.vote.flatMap { universe.statement($0.content.subject) }
        words += [
          1, UInt64(opener), record.view.number, UInt64(vote.map { $0 + 1 } ?? 0),
          Self.set(record.certificates, universe),
        ]
        words.append(UInt64(record.block.flatMap { universe.block($0.digest) } ?? 0))
      case .final(let block, _): words += [2, UInt64(block)]
      case .block(let number): words += [3, UInt64(number)]
      case .epoch(let block): words += [4, UInt64(block)]
      }
    }
    return words
  }

  private static func set(_ certificates: [VerifiedCertificate], _ universe: Universe) -> UInt64 {
    certificates.reduce(0) { set, certificate in
      universe.statement(certificate.subject).map { set | 1 << UInt64($0) } ?? set
    }
  }
}
