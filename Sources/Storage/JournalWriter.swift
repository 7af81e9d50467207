import CBOR
import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import GRDB
import Ledger
import Membership
import Negotiation
import Trade

/// Puts journal writes into the tables, with statements that are prepared once.
struct JournalWriter {
  let database: Database

  func apply(_ write: JournalWrite) throws {
    switch write {
    case .vote(let vote): try insert(vote)
    case .viewEntered(let epoch, let view):
      try run("INSERT OR REPLACE INTO entered_view VALUES (1, ?, ?)", [number(epoch.number), number(view.number)])
    case .certificate(let certificate): try insert(certificate)
    case .transactions(let transactions): for transaction in transactions { try insert(transaction) }
    case .block(let outline): try insert(outline)
    case .committed(let block): try commit(block)
    case .epochClosed(let epoch, let link): try insert(link, of: epoch)
    case .poolAdded(let identities):
      for identity in identities { try run("UPDATE transactions SET pooled = 1 WHERE identity = ?", [blob(identity)]) }
    case .poolRemoved(let identities):
      // What a block took out of the pool keeps its mark: it no longer matters there, and one write a transaction is saved.
      for identity in identities {
        try run("UPDATE transactions SET pooled = 0 WHERE identity = ? AND height IS NULL", [blob(identity)])
      }
    case .abandoned(let digests):
      for digest in digests { try run("DELETE FROM blocks WHERE digest = ?", [blob(digest)]) }
    case .snapshot(let snapshot): try insert(snapshot)
    case .evidence(let evidence): try insert(evidence)
    case .frozen(let epoch, let statement):
      let bytes = statement.encoded
      try run(
        "INSERT OR REPLACE INTO freezes VALUES (?, ?, ?)",
        [number(epoch.number), blob(bytes), Checksum.of(bytes).databaseValue])
    }
  }

  private func insert(_ vote: Attested<Vote>) throws {
    let subject = vote.content.subject
    let statement = vote.statement.encoded
    try run(
      "INSERT OR IGNORE INTO own_votes (epoch, view, kind, statement, checksum) VALUES (?, ?, ?, ?, ?)",
      [
        number(subject.epoch.number), number(subject.view.number), Int64(subject.kind.rawValue).databaseValue,
        blob(statement), Checksum.of(statement).databaseValue,
      ])
  }

  private func insert(_ evidence: Evidence) throws {
    guard let vote = try? evidence.first.decoded().content else { return }
    let bytes = evidence.encoded
    try run(
      "INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?, ?)",
      [
        number(vote.epoch.number), number(vote.view.number), text(vote.member.text), blob(bytes),
        Checksum.of(bytes).databaseValue,
      ])
  }

  private func insert(_ certificate: Certificate) throws {
    let bytes = certificate.encoded
    try run(
      "INSERT OR IGNORE INTO certificates VALUES (?, ?, ?, ?, ?)",
      [
        number(certificate.subject.epoch.number), Int64(certificate.kind.rawValue).databaseValue,
        number(certificate.view.number), blob(bytes), Checksum.of(bytes).databaseValue,
      ])
  }

  private func insert(_ link: EpochLink, of epoch: Epoch) throws {
    let bytes = link.encoded
    try run(
      "INSERT OR IGNORE INTO epoch_links VALUES (?, ?, ?)",
      [number(epoch.number), blob(bytes), Checksum.of(bytes).databaseValue])
  }

  private func insert(_ transaction: VerifiedTransaction) throws {
    let bytes = transaction.signed.encoded
    // Of all transactions, acts alone belong to a docket.
    let docket = if case .act(let act) = transaction.content.body { text(act.docket.text) } else { DatabaseValue.null }
    try run(
      "INSERT OR IGNORE INTO transactions (identity, type, signer, docket, statement, checksum) VALUES (?, ?, ?, ?, ?, ?)",
      [
        blob(transaction.identity), text(transaction.signed.type.rawValue), text(transaction.signer.text), docket,
        blob(bytes), Checksum.of(bytes).databaseValue,
      ])
  }

  private func insert(_ outline: BlockOutline) throws {
    let (header, bytes) = (outline.header, outline.encoded)
    try run(
      "INSERT OR IGNORE INTO blocks VALUES (?, ?, ?, ?, ?, ?)",
      [
        blob(header.digest), number(header.height.number), number(header.epoch.number), number(header.view.number),
        blob(bytes), Checksum.of(bytes).databaseValue,
      ])
  }

  private func commit(_ block: CommittedBlock) throws {
    let header = block.header
    try insert(block.finalisation)
    var outcomes = CBORWriter()
    outcomes.list(block.outcomes)
    try run(
      "INSERT OR IGNORE INTO chain VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [
        number(header.height.number), blob(header.digest), header.timestamp.milliseconds.databaseValue,
        text(header.timestamp.text), number(header.epoch.number), number(header.view.number),
        text(header.proposer.text), block.outcomes.count.databaseValue, text(header.stateRoot.hexadecimal),
        (block.isCertified ? 1 : 0).databaseValue, number(block.finalisation.view.number),
        (block.closesEpoch ? 1 : 0).databaseValue, blob(outcomes.bytes),
        Checksum.of(outcomes.bytes).databaseValue,
      ])
    if !block.tail.isEmpty {
      var tail = CBORWriter()
      tail.list(block.tail)
      try run(
        "INSERT OR IGNORE INTO tails VALUES (?, ?, ?)",
        [number(header.height.number), blob(tail.bytes), Checksum.of(tail.bytes).databaseValue])
    }
    for outcome in block.outcomes {
      // The first result stands: a leader may lawfully include an old transaction again, which comes to REPLAYED or STALE. What came
      // too early alone is still to be decided.
      try run(
        "UPDATE transactions SET height = ?, result = ? WHERE identity = ? AND (height IS NULL OR result = ?)",
        [
          number(header.height.number), text(outcome.result.code), blob(outcome.identity),
          text(LedgerRefusal.tooFarAhead.code),
        ])
    }
    let model = ReadableModel(writer: self)
    for change in block.changes { try model.apply(change) }
  }

  private func insert(_ snapshot: Snapshot) throws {
    let (height, bytes) = (snapshot.header.height, snapshot.encoded)
    try run(
      "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)",
      [number(height.number), blob(bytes), Checksum.of(bytes).databaseValue])
    try run("DELETE FROM snapshots WHERE height < ?", [number(height.number)])
    try run(
      "DELETE FROM own_votes WHERE number <= (SELECT max(number) FROM own_votes) - ?", [Self.keptVotes.databaseValue])
  }

  /// Writes all of a state into the readable tables.
  func show(_ snapshot: Snapshot) throws {
    let model = ReadableModel(writer: self)
    for (section, entries) in zip(StateSection.allCases.filter { $0 != .seen }, snapshot.sections) {
      for entry in entries.entries {
        try model.apply(StateChange(key: EntryKey(section, entry.key), value: entry.value))
      }
    }
  }

  /// How many of the member's own votes are kept at least: all that can lie above the last finalised view, and those in the guard.
  private static let keptVotes: Int64 = 4_096

  func run(_ sql: String, _ values: [DatabaseValue]) throws {
    let statement = try database.cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(values))
    try statement.execute()
  }

  func text(_ value: String) -> DatabaseValue { value.databaseValue }

  func blob(_ bytes: [UInt8]) -> DatabaseValue { Blob.value(bytes) }

  func blob(_ digest: Digest) -> DatabaseValue { Blob.value(digest.bytes) }

  /// Heights, epochs and views start at 0 and grow by one: 2⁶³ of them are never reached.
  func number(_ value: UInt64) -> DatabaseValue { Int64(clamping: value).databaseValue }
}
