import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Replica

/// A member's journal in memory: what was durable when the member stopped, and nothing else.
struct SimulatedDisk {
  private var snapshot: Snapshot?
  private var outlines: [Digest: BlockOutline] = [:]
  private var bodies: [Digest: VerifiedTransaction] = [:]
  private(set) var committed: [CommittedBlock] = []
  /// In the order in which they were written.
  private var open: [Digest] = []
  private var certificates: [Certificate] = []
  /// The finalisation of the highest view.
  private var finalisation: Certificate?
  private var votes: [Attested<Vote>] = []
  private var lastVoted: EpochView?
  private var links: [EpochLink] = []
  /// The signatures of all votes that were ever durable here.
  private(set) var signatures: Set<[UInt8]> = []
  private var view: EpochView?
  private var pool: [Digest] = []

  /// How many blocks are final here.
  var height: UInt64 { UInt64(committed.count) }

  mutating func apply(_ writes: [JournalWrite]) {
    for write in writes { apply(write) }
  }

  private mutating func apply(_ write: JournalWrite) {
    switch write {
    case .vote(let vote):
      votes.append(vote)
      signatures.insert(vote.statement.signature)
      let place = EpochView(vote.content.epoch, vote.content.view)
      if lastVoted.map({ ($0.epoch, $0.view) < (place.epoch, place.view) }) ?? true { lastVoted = place }
    case .viewEntered(let epoch, let entered): view = EpochView(epoch, entered)
    case .certificate(let certificate): keep(certificate)
    case .transactions(let transactions): for transaction in transactions { bodies[transaction.identity] = transaction }
    case .block(let outline):
      if outlines.updateValue(outline, forKey: outline.digest) == nil { open.append(outline.digest) }
    case .committed(let block): commit(block)
    case .epochClosed(_, let link): links.append(link)
    case .poolAdded(let identities): pool += identities
    case .poolRemoved(let identities): pool.removeAll { identities.contains($0) }
    case .abandoned(let digests): open.removeAll { digests.contains($0) }
    case .snapshot(let snapshot): self.snapshot = snapshot
    case .evidence: break
    }
  }

  private mutating func keep(_ certificate: Certificate) {
    if certificate.kind != .finalize {
      certificates.append(certificate)
    } else if finalisation.map({ isLater(certificate.subject, than: $0.subject.epoch, $0.view) }) ?? true {
      finalisation = certificate
    }
  }

  private mutating func commit(_ block: CommittedBlock) {
    committed.append(block)
    keep(block.finalisation)
    open.removeAll { $0 == block.header.digest }
    votes.removeAll { !isLater($0.content.subject, than: block.header.epoch, block.header.view) }
    certificates.removeAll { !isLater($0.subject, than: block.header.epoch, block.header.view) }
  }

  private func isLater(_ subject: VoteSubject, than epoch: Epoch, _ view: View) -> Bool {
    (subject.epoch, subject.view) > (epoch, view)
  }

  /// A block with its bodies; nil where a torn commit has lost some.
  private func block(_ digest: Digest) -> Block? {
    guard let outline = outlines[digest] else { return nil }
    return Block(outline: outline, transactions: outline.transactions.compactMap { bodies[$0] })
  }

  /// What the member starts from, as a journal gives it back.
  func recovery() -> JournalRecovery {
    // Through its bytes, as a real journal keeps it. One that cannot be read back is as good as none.
    let snapshot = self.snapshot.flatMap { try? Snapshot(decoding: $0.encoded) }
    let height = snapshot?.header.height ?? .zero
    return JournalRecovery(
      snapshot: snapshot, links: links,
      committed: committed.filter { $0.header.height > height }.compactMap { block($0.header.digest) },
      finalisation: finalisation,
      open: open.compactMap { block($0) }.sorted { $0.header.view < $1.header.view },
      certificates: certificates.sorted { ($0.subject.epoch, $0.view) < ($1.subject.epoch, $1.view) },
      votes: votes.map { SignedVote($0) }, lastVoted: lastVoted, view: view, pool: pool.compactMap { bodies[$0] })
  }

  /// Final blocks from a height on, ending with the first at or beyond the bytes that carries its own finalisation.
  func read(from height: UInt64, bytes: Int) -> [StoredBlock] {
    var (blocks, total): ([StoredBlock], Int) = ([], 0)
    for block in committed where block.header.height.number >= height {
      guard let body = self.block(block.header.digest) else { break }
      blocks.append(StoredBlock(block: body, finalisation: block.finalisation, tail: block.tail))
      total += body.byteCount
      if total >= bytes, block.isCertified { break }
    }
    return blocks
  }
}
