import CBOR
import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
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
  /// The signatures of all votes that were ever durable here.
  private(set) var signatures: Set<[UInt8]> = []
  /// Every certificate that was ever durable here: a journal keeps them for ever.
  private(set) var archive: [Certificate] = []
  private var view: EpochView?
  private var pool: [Digest] = []
  /// By epoch, ascending: how it led to the next.
  private(set) var links: [EpochLink] = []
  private var closed: [Epoch] = []
  private var evidence: [Evidence] = []
  private var frozen: Epoch?

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
      if lastVoted.map({ $0.precedes(place) }) ?? true { lastVoted = place }
    case .viewEntered(let epoch, let entered): view = EpochView(epoch, entered)
    case .certificate(let certificate): keep(certificate)
    case .transactions(let transactions): for transaction in transactions { bodies[transaction.identity] = transaction }
    case .block(let outline):
      if outlines.updateValue(outline, forKey: outline.digest) == nil { open.append(outline.digest) }
    case .committed(let block): commit(block)
    case .poolAdded(let identities): pool += identities
    case .poolRemoved(let identities): pool.removeAll { identities.contains($0) }
    case .abandoned(let digests): open.removeAll { digests.contains($0) }
    case .snapshot(let snapshot): self.snapshot = snapshot
    case .evidence(let found): if !evidence.contains(found) { evidence.append(found) }
    case .epochClosed(let epoch, let link):
      guard !closed.contains(epoch) else { return }
      closed.append(epoch)
      links.append(link)
    case .frozen(let epoch, _): frozen = epoch
    }
  }

  /// Whether a member has ever run on this disk.
  var isUsed: Bool { !signatures.isEmpty || !committed.isEmpty }

  /// Drops what a journal must keep: the certificates of views that are final.
  mutating func forgetFinalViews() {
    guard let last = committed.last?.header.view else { return }
    archive.removeAll { $0.view <= last }
  }

  private mutating func keep(_ certificate: Certificate) {
    archive.append(certificate)
    if certificate.kind != .finalize {
      certificates.append(certificate)
    } else if finalisation.map({ $0.place.precedes(certificate.place) }) ?? true {
      finalisation = certificate
    }
  }

  private mutating func commit(_ block: CommittedBlock) {
    committed.append(block)
    keep(block.finalisation)
    open.removeAll { $0 == block.header.digest }
    // The views of an epoch that is over are of no use, those of its tail among them.
    let last = EpochView(block.header.epoch, block.closesEpoch ? View(.max) : block.header.view)
    votes.removeAll { !last.precedes(EpochView($0.content.epoch, $0.content.view)) }
    certificates.removeAll { !last.precedes($0.place) }
  }

  /// A block with its bodies; nil where a torn commit has lost some.
  private func block(_ digest: Digest) -> Block? {
    guard let outline = outlines[digest] else { return nil }
    return Block(outline: outline, transactions: outline.transactions.compactMap { bodies[$0] })
  }

  /// What the member starts from, as a journal gives it back.
  func recovery(isOldCopy: Bool, isFirstStart: Bool) -> JournalRecovery {
    // Through its bytes, as a real journal keeps it. One that cannot be read back is as good as none.
    let snapshot = self.snapshot.flatMap { try? Snapshot(decoding: $0.encoded) }
    let height = snapshot?.header.height ?? .zero
    return JournalRecovery(
      snapshot: snapshot, links: links,
      committed: committed.filter { $0.header.height > height }.compactMap { block($0.header.digest) },
      finalisation: finalisation,
      open: open.compactMap { block($0) }.sorted { $0.header.view < $1.header.view },
      certificates: certificates.sorted { $0.place.precedes($1.place) },
      votes: votes.map { SignedVote($0) }, lastVoted: lastVoted, view: view, pool: pool.compactMap { bodies[$0] },
      isOldCopy: isOldCopy, isFirstStart: isFirstStart, evidence: evidence, frozen: frozen)
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

extension EpochView {
  func precedes(_ other: EpochView) -> Bool { (epoch, view) < (other.epoch, other.view) }
}

extension Certificate {
  var place: EpochView { EpochView(subject.epoch, view) }
}

/// The guard beside a disk: the last votes that were sent, which the disk must hold if it is the newest.
struct SimulatedGuard {
  private static let votes = 8
  private var signatures: [[UInt8]] = []
  private var isThere = true

  mutating func note(_ writes: [JournalWrite]) {
    for case .vote(let vote) in writes { signatures.append(vote.statement.signature) }
    isThere = isThere || !signatures.isEmpty
    signatures = signatures.suffix(Self.votes)
  }

  /// Whether no vote was ever sent, as far as the guard can tell.
  var isBlank: Bool { signatures.isEmpty }

  /// The guard is gone.
  mutating func lose() { (signatures, isThere) = ([], false) }

  /// Whether the disk is older than what the member signed, or nobody can tell.
  func shows(oldCopy disk: SimulatedDisk) -> Bool {
    guard isThere else { return disk.isUsed }
    return !signatures.allSatisfy(disk.signatures.contains)
  }
}
