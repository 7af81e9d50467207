import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Ledger
import Membership

/// A journal in memory, told write by write what `Storage` is told, and read back as it gives it back.
struct MemoryJournal {
  private var snapshot: Snapshot?
  private var links: [EpochLink] = []
  private var outlines: [Digest: BlockOutline] = [:]
  private var bodies: [Digest: VerifiedTransaction] = [:]
  private(set) var committed: [CommittedBlock] = []
  private var open: [Digest] = []
  private var certificates: [Certificate] = []
  private(set) var votes: [Attested<Vote>] = []
  private var view: EpochView?
  private var pool: [Digest] = []
  private var evidence: [Evidence] = []
  private var frozen: Epoch?

  init(_ writes: some Sequence<JournalWrite>) {
    for write in writes { apply(write) }
  }

  private mutating func apply(_ write: JournalWrite) {
    switch write {
    case .vote(let vote): votes.append(vote)
    case .viewEntered(let epoch, let entered): view = EpochView(epoch, entered)
    case .certificate(let certificate): keep(certificate)
    case .transactions(let transactions): for transaction in transactions { bodies[transaction.identity] = transaction }
    case .block(let outline):
      if outlines.updateValue(outline, forKey: outline.digest) == nil { open.append(outline.digest) }
    case .committed(let block):
      committed.append(block)
      keep(block.finalisation)
      open.removeAll { $0 == block.header.digest }
    case .epochClosed(_, let link): links.append(link)
    case .poolAdded(let identities): pool += identities
    case .poolRemoved(let identities): pool.removeAll { identities.contains($0) }
    case .abandoned(let digests): open.removeAll { digests.contains($0) }
    case .snapshot(let snapshot): self.snapshot = snapshot
    case .evidence(let found): evidence.append(found)
    case .frozen(let epoch, _): frozen = epoch
    }
  }

  private mutating func keep(_ certificate: Certificate) {
    if !certificates.contains(where: { $0.subject == certificate.subject }) { certificates.append(certificate) }
  }

  private func block(_ digest: Digest) -> Block? {
    guard let outline = outlines[digest] else { return nil }
    return Block(outline: outline, transactions: outline.transactions.compactMap { bodies[$0] })
  }

  private func isAbove(_ epoch: Epoch, _ view: View) -> Bool {
    guard let last = committed.last?.header else { return true }
    return epoch > last.epoch || (epoch == last.epoch && view > last.view)
  }

  func recovery(isOldCopy: Bool = false) -> JournalRecovery {
    let height = snapshot?.header.height ?? .zero
    let order: (Certificate, Certificate) -> Bool = { ($0.subject.epoch, $0.view) < ($1.subject.epoch, $1.view) }
    let lastVote = votes.map { EpochView($0.content.epoch, $0.content.view) }
      .max { ($0.epoch, $0.view) < ($1.epoch, $1.view) }
    return JournalRecovery(
      snapshot: snapshot, links: links,
      committed: committed.filter { $0.header.height > height }.compactMap { block($0.header.digest) },
      finalisation: certificates.filter { $0.kind == .finalize }.max(by: order),
      open: open.compactMap { block($0) }.sorted { $0.header.view < $1.header.view },
      certificates: certificates.filter { $0.kind != .finalize && isAbove($0.subject.epoch, $0.view) }
        .sorted(by: order),
      votes: votes.filter { isAbove($0.content.epoch, $0.content.view) }.map { SignedVote($0) }, lastVoted: lastVote,
      view: view, pool: pool.compactMap { bodies[$0] }, isOldCopy: isOldCopy, evidence: evidence,
      frozen: frozen)
  }
}
