import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Foundation
import GRDB
import Ledger
import Membership

/// What a node keeps: its journal and the guard beside it.
///
/// One thread commits; any thread may read what is committed. An error of ``commit(_:)`` is final: nothing that waited for the commit may be
/// seen, and the process ends.
///
/// Unchecked because ``commit(_:)`` is the only part with state, and one thread calls it.
package final class Storage: @unchecked Sendable {
  /// Whether the journal is the member's newest, as far as the guard can tell.
  package enum Standing: Hashable, Sendable {
    /// Nothing was ever written: the first start.
    case new
    case current
    /// The journal lacks what the guard knows, or there is no guard to tell. The text says which.
    case oldCopy(String)
  }

  /// What readers on other threads use.
  package let history: CommittedHistory
  package let standing: Standing
  private let database: JournalDatabase
  private let guardFile: GuardFile
  private var record: GuardRecord
  /// Whether, as far as anything here says, the member has never voted.
  private let hasNeverVoted: Bool

  /// Opens or makes the journal in a folder, and compares it with the guard file.
  package init(folder: String, guardPath: String, owner: StorageOwner) throws(StorageError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotOpen(path: folder, reason: (error as NSError).localizedDescription)
    }
    database = try JournalDatabase(folder: folder, owner: owner)
    history = CommittedHistory(database: database)
    let (file, finding) = try GuardFile.open(guardPath)
    guardFile = file
    if case .record(let record, _) = finding, record.owner != owner.text { throw .foreignGuard(path: guardPath) }
    let contents = try database.read { database in
      Contents(
        hasVotes: try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM own_votes)") ?? false,
        hasChain: try Bool.fetchOne(
          database, sql: "SELECT EXISTS (SELECT 1 FROM chain) OR EXISTS (SELECT 1 FROM snapshots)") ?? false)
    }
    (standing, record) = try Self.compare(finding, contents, with: database, owner: owner, path: guardPath)
    hasNeverVoted = standing == .new || (finding == .blank && !contents.hasVotes)
  }

  /// What a journal holds when it is opened.
  private struct Contents {
    let hasVotes: Bool
    /// Final blocks, or a state that was taken over.
    let hasChain: Bool
  }

  /// What the member must know again.
  package func recovery() throws(StorageError) -> JournalRecovery {
    var recovery = try database.read { try JournalReader(database: $0, path: database.path).recovery() }
    if case .oldCopy = standing { recovery.isOldCopy = true }
    recovery.isFirstStart = hasNeverVoted
    recovery.frozen = [recovery.frozen, record.frozen.map { Epoch($0) }].compactMap { $0 }.max()
    return recovery
  }

  /// Makes all of it durable in one commit; votes are in the guard too when the call returns.
  package func commit(_ writes: [JournalWrite]) throws(StorageError) {
    var votes: [GuardRecord.SignedVote] = []
    var frozen: UInt64?
    try database.write { database in
      let writer = JournalWriter(database: database)
      for write in writes {
        try writer.apply(write)
        if case .vote(let vote) = write { votes.append(Self.signed(vote)) }
        if case .frozen(let epoch, _) = write { frozen = max(frozen ?? 0, epoch.number) }
      }
    }
    guard !votes.isEmpty || frozen != nil else { return }
    record = record.adding(votes, frozen: frozen)
    try guardFile.write(record)
  }

  /// Takes over a final state that was verified, with the links that prove its epoch, into a journal that holds nothing: everything
  /// begins after it.
  package func begin(with snapshot: Snapshot, links: [(epoch: Epoch, link: EpochLink)]) throws(StorageError) {
    try database.write { database in
      let writer = JournalWriter(database: database)
      for (epoch, link) in links { try writer.apply(.epochClosed(epoch, link)) }
      try writer.apply(.certificate(snapshot.finalisation))
      try writer.apply(.snapshot(snapshot))
      try writer.show(snapshot)
    }
  }

  private static func signed(_ vote: Attested<Vote>) -> GuardRecord.SignedVote {
    GuardRecord.SignedVote(
      epoch: vote.content.epoch.number, view: vote.content.view.number,
      digest: Digest.of(.guardFile, vote.statement.payload))
  }

  private static func compare(
    _ finding: GuardFile.Finding, _ contents: Contents, with database: JournalDatabase, owner: StorageOwner,
    path: String
  ) throws(StorageError) -> (Standing, GuardRecord) {
    let blank = GuardRecord(owner: owner.text)
    switch finding {
    case .missing:
      let isEmpty = !contents.hasVotes && !contents.hasChain
      return (isEmpty ? .new : .oldCopy("the guard file \(path) is missing"), blank)
    case .blank:
      guard !contents.hasVotes else { return (.oldCopy("the guard file \(path) knows no vote"), blank) }
      return (contents.hasChain ? .current : .new, blank)
    case .damaged:
      return (.oldCopy("the guard file \(path) is damaged"), blank)
    case .record(let record, let isWhole):
      guard isWhole else { return (.oldCopy("the guard file \(path) is damaged in part"), record) }
      for vote in record.votes {
        let known = try database.read {
          try JournalReader(database: $0, path: database.path).ownVoteDigests(epoch: vote.epoch, view: vote.view)
        }
        guard known.contains(vote.digest) else {
          return (.oldCopy("the journal lacks a vote of view \(vote.view) that the guard file \(path) names"), record)
        }
      }
      return (.current, record)
    }
  }
}

/// What is committed, for any thread.
package final class CommittedHistory: Sendable {
  private let database: JournalDatabase

  init(database: JournalDatabase) { self.database = database }

  package func block(at height: UInt64) throws(StorageError) -> Block? {
    try read { try $0.block(at: height) }
  }

  package func outcomes(at height: UInt64) throws(StorageError) -> [TransactionOutcome]? {
    try read { try $0.outcomes(at: height) }
  }

  /// The certificate that finalises the block of a height, and the height of the block that it is for.
  package func finalisation(covering height: UInt64) throws(StorageError) -> Finalisation? {
    try read { try $0.finalisation(covering: height) }
  }

  /// How one epoch led to the next, from the genesis on.
  package func links() throws(StorageError) -> [EpochLink] { try read { try $0.links() } }

  /// At most `limit` transactions about a docket, in the ledger's order.
  package func statements(about docket: String, limit: Int) throws(StorageError) -> [CommittedStatement] {
    try read { try $0.statements(about: docket, limit: limit) }
  }

  /// At most `limit` transactions about a docket that the ledger refused, in its order.
  package func refusals(about docket: String, limit: Int) throws(StorageError) -> [CommittedStatement] {
    try read { try $0.refusals(about: docket, limit: limit) }
  }

  /// Contradictory votes of members, oldest first.
  package func evidence(limit: Int) throws(StorageError) -> [Evidence] { try read { try $0.evidence(limit: limit) } }

  /// Final blocks from a height on for a member that catches up; ``JournalReader/blocks(from:bytes:)`` says where they end.
  package func blocks(from height: UInt64, bytes: Int) throws(StorageError) -> [CertifiedBody] {
    try read { try $0.blocks(from: height, bytes: bytes) }
  }

  /// The height of the newest snapshot.
  package func snapshotHeight() throws(StorageError) -> UInt64? { try read { try $0.snapshotHeight() } }

  /// The newest snapshot.
  package func snapshot() throws(StorageError) -> Snapshot? { try read { try $0.snapshot() } }

  /// The height of the first block that is kept: 1, or the one after a state that was taken over. Nil where none is kept yet.
  package func firstHeight() throws(StorageError) -> UInt64? { try read { try $0.firstHeight() } }

  package func statement(_ identity: Digest) throws(StorageError) -> CommittedStatement? {
    try read { try $0.statement(identity) }
  }

  private func read<Value>(_ body: (JournalReader) throws -> Value) throws(StorageError) -> Value {
    try database.read { try body(JournalReader(database: $0, path: database.path)) }
  }
}
