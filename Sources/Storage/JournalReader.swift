import CBOR
import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Foundation
import GRDB
import Ledger
import Membership
import Trade

/// Reads the journal back: every blob's checksum is compared and every value decoded, and what does not fit is named with its place.
struct JournalReader {
  let database: Database
  let path: String

  /// Everything that a member must know again. Whether the journal is an old copy is for the guard to say.
  func recovery() throws -> JournalRecovery {
    let finalisation = try latestFinalisation()
    let snapshot = try self.snapshot()
    let begin = Int64(clamping: snapshot?.header.height.number ?? 0)
    let top = max(begin, try Int64.fetchOne(database, sql: "SELECT max(height) FROM chain") ?? 0)
    // A finalisation may be ahead of the last final block, whose descendants are not all here: votes and certificates between
    // the two still count.
    // A state that was taken over stands above the blocks that were here before it.
    let last = try place("SELECT epoch, view FROM chain WHERE height >= ? ORDER BY height DESC LIMIT 1", [begin])
    let place = last ?? snapshot.map { EpochView($0.header.epoch, $0.header.view) }
    return JournalRecovery(
      snapshot: snapshot, links: try links(),
      committed: try committed(above: begin, to: top),
      finalisation: finalisation, open: try open(above: top), certificates: try certificates(above: place),
      votes: try ownVotes(above: place),
      lastVoted: try self.place("SELECT epoch, view FROM own_votes ORDER BY epoch DESC, view DESC LIMIT 1"),
      view: try self.place("SELECT epoch, view FROM entered_view"),
      pool: try pool(), evidence: try newestEvidence(),
      frozen: try Int64.fetchOne(database, sql: "SELECT max(epoch) FROM freezes").map { Epoch(UInt64(clamping: $0)) })
  }

  /// How much evidence a member takes up again.
  private static let mostEvidence = 64

  private func newestEvidence() throws -> [Evidence] {
    let sql = "SELECT evidence, checksum FROM evidence ORDER BY epoch DESC, view DESC, member LIMIT ?"
    return try Row.fetchAll(database, sql: sql, arguments: [Self.mostEvidence]).map(evidence).reversed()
  }

  func firstHeight() throws -> UInt64? {
    try Int64.fetchOne(database, sql: "SELECT min(height) FROM chain").map { UInt64(clamping: $0) }
  }

  private func place(_ sql: String, _ arguments: StatementArguments = []) throws -> EpochView? {
    guard let row = try Row.fetchOne(database, sql: sql, arguments: arguments) else { return nil }
    let (epoch, view) = (row["epoch"] as Int64? ?? 0, row["view"] as Int64? ?? 0)
    return EpochView(Epoch(UInt64(clamping: epoch)), View(UInt64(clamping: view)))
  }

  /// How one epoch led to the next, ascending.
  func links() throws -> [EpochLink] {
    try Row.fetchAll(database, sql: "SELECT epoch, link, checksum FROM epoch_links ORDER BY epoch").map { row in
      let place = "epoch_links \(row["epoch"] as Int64? ?? 0)"
      let bytes = try Blob.checked(row, "link", path: path, place: place)
      return try decode(place) { () throws(CBORError) in try EpochLink(decoding: bytes) }
    }
  }

  /// The finalised block of a height, with its bodies.
  func block(at height: UInt64) throws -> Block? {
    let sql = "SELECT blocks.* FROM chain JOIN blocks ON blocks.digest = chain.digest WHERE chain.height = ?"
    guard let row = try Row.fetchOne(database, sql: sql, arguments: [Int64(clamping: height)]) else { return nil }
    return try block(from: row)
  }

  /// The outcomes of the finalised block of a height.
  func outcomes(at height: UInt64) throws -> [TransactionOutcome]? {
    let sql = "SELECT outcomes, checksum FROM chain WHERE height = ?"
    guard let row = try Row.fetchOne(database, sql: sql, arguments: [Int64(clamping: height)]) else { return nil }
    let place = "results of height \(height)"
    let bytes = try Blob.checked(row, "outcomes", path: path, place: place)
    return try decode(place) { () throws(CBORError) in
      var reader = CBORReader(bytes)
      let outcomes = try reader.list(of: TransactionOutcome.self, max: LedgerLimits.transactionsPerBlock)
      try reader.finish()
      return outcomes
    }
  }

  /// The certificate that finalises the block of a height: its own, or that of the nearest descendant that has one; with the tail of
  /// the block that it is for.
  func finalisation(covering height: UInt64) throws -> Finalisation? {
    let sql = """
      SELECT chain.height AS height, certificates.certificate, certificates.checksum FROM chain
      JOIN certificates ON certificates.epoch = chain.epoch AND certificates.kind = ?
        AND certificates.view = chain.certified_view
      WHERE chain.height >= ? AND chain.certified = 1 ORDER BY chain.height LIMIT 1
      """
    let arguments: StatementArguments = [Int64(VoteKind.finalize.rawValue), Int64(clamping: height)]
    guard let row = try Row.fetchOne(database, sql: sql, arguments: arguments), let found = row["height"] as Int64?
    else {
      return nil
    }
    return Finalisation(
      certificate: try certificate(from: row, place: "finalisation of height \(found)"),
      height: UInt64(clamping: found), tail: try tail(at: found))
  }

  private func tail(at height: Int64) throws -> [BlockHeader] {
    let sql = "SELECT tail, checksum FROM tails WHERE height = ?"
    guard let row = try Row.fetchOne(database, sql: sql, arguments: [height]) else { return [] }
    let place = "tail of height \(height)"
    let bytes = try Blob.checked(row, "tail", path: path, place: place)
    return try decode(place) { () throws(CBORError) in
      var reader = CBORReader(bytes)
      let headers = try reader.list(of: BlockHeader.self, max: EpochSuccession.mostHeaders)
      try reader.finish()
      return headers
    }
  }

  /// Transactions about a docket that a block contains, in the ledger's order.
  func statements(about docket: String, limit: Int) throws -> [CommittedStatement] {
    let sql = """
      SELECT statement, checksum, height, result FROM transactions
      WHERE docket = ? AND height IS NOT NULL ORDER BY height, number LIMIT ?
      """
    return try Row.fetchAll(database, sql: sql, arguments: [docket, limit]).map(committed)
  }

  /// Transactions about a docket that a block contains and the ledger refused, in the ledger's order.
  func refusals(about docket: String, limit: Int) throws -> [CommittedStatement] {
    let sql = """
      SELECT statement, checksum, height, result FROM transactions
      WHERE docket = ? AND height IS NOT NULL AND result <> ? ORDER BY height, number LIMIT ?
      """
    let arguments: StatementArguments = [docket, TransactionResult.accepted.code, limit]
    return try Row.fetchAll(database, sql: sql, arguments: arguments).map(committed)
  }

  /// A transaction that a block contains, by identity.
  func statement(_ identity: Digest) throws -> CommittedStatement? {
    let sql = "SELECT statement, checksum, height, result FROM transactions WHERE identity = ? AND height IS NOT NULL"
    return try Row.fetchOne(database, sql: sql, arguments: [Blob.value(identity)]).map(committed)
  }

  /// The digests of the votes of one view that this member signed.
  func ownVoteDigests(epoch: UInt64, view: UInt64) throws -> [Digest] {
    let sql = "SELECT number, kind, statement, checksum FROM own_votes WHERE epoch = ? AND view = ?"
    let rows = try Row.fetchAll(database, sql: sql, arguments: [Int64(clamping: epoch), Int64(clamping: view)])
    return try rows.map { Digest.of(.guardFile, try ownVote($0).statement.payload) }
  }

  /// Contradictory votes of members, oldest first.
  func evidence(limit: Int) throws -> [Evidence] {
    let sql = "SELECT evidence, checksum FROM evidence ORDER BY epoch, view, member LIMIT ?"
    return try Row.fetchAll(database, sql: sql, arguments: [limit]).map(evidence)
  }

  private func evidence(_ row: Row) throws -> Evidence {
    let bytes = try Blob.checked(row, "evidence", path: path, place: "evidence")
    return try decode("evidence") { () throws(CBORError) in try Evidence(decoding: bytes) }
  }

  /// Final blocks from a height on, ascending, ending with the first block at or beyond so many bytes that has a finalisation of its own,
  /// or with the last there is.
  func blocks(from height: UInt64, bytes: Int) throws -> [CertifiedBody] {
    var (blocks, size, next): ([CertifiedBody], Int, UInt64) = ([], 0, height)
    while let block = try block(at: next), let finalisation = try finalisation(covering: next) {
      let isOwn = finalisation.height == next
      blocks.append(
        CertifiedBody(
          block: block, finalisation: finalisation.certificate, tail: isOwn ? finalisation.tail : []))
      size += block.byteCount
      next += 1
      if size >= bytes, isOwn { break }
    }
    return blocks
  }

  private func committed(_ row: Row) throws -> CommittedStatement {
    let transaction = try transaction(from: row)
    return CommittedStatement(
      transaction: transaction, height: UInt64(clamping: row["height"] as Int64? ?? 0), result: row["result"] ?? "")
  }

  func snapshotHeight() throws -> UInt64? {
    try Int64.fetchOne(database, sql: "SELECT max(height) FROM snapshots").map { UInt64(clamping: $0) }
  }

  func snapshot() throws -> Snapshot? {
    let sql = "SELECT height, snapshot, checksum FROM snapshots ORDER BY height DESC LIMIT 1"
    guard let row = try Row.fetchOne(database, sql: sql) else { return nil }
    let bytes = try Blob.checked(row, "snapshot", path: path, place: "snapshots")
    return try decode("snapshots") { () throws(CBORError) in try Snapshot(decoding: bytes) }
  }

  private func latestFinalisation() throws -> Certificate? {
    let sql = "SELECT certificate, checksum FROM certificates WHERE kind = ? ORDER BY epoch DESC, view DESC LIMIT 1"
    let row = try Row.fetchOne(database, sql: sql, arguments: [Int64(VoteKind.finalize.rawValue)])
    return try row.map { try certificate(from: $0, place: "certificates: the last finalisation") }
  }

  private func committed(above low: Int64, to high: Int64) throws -> [Block] {
    let sql = """
      SELECT chain.height AS place, blocks.* FROM chain LEFT JOIN blocks ON blocks.digest = chain.digest
      WHERE chain.height > ? ORDER BY chain.height
      """
    var (blocks, expected): ([Block], Int64) = ([], low + 1)
    let rows = try Row.fetchCursor(database, sql: sql, arguments: [low])
    while let row = try rows.next() {
      guard row["place"] as Int64? == expected, row["outline"] as Data? != nil else {
        throw damaged("chain: the block of height \(expected) is missing")
      }
      let block = try block(from: row)
      guard block.header.height.number == UInt64(clamping: expected) else {
        throw damaged("blocks: another block stands at height \(expected)")
      }
      blocks.append(block)
      expected += 1
    }
    guard expected == max(low, high) + 1 else { throw damaged("chain: the block of height \(expected) is missing") }
    return blocks
  }

  private func open(above top: Int64) throws -> [Block] {
    let sql = "SELECT * FROM blocks WHERE height > ? ORDER BY view"
    return try Row.fetchAll(database, sql: sql, arguments: [top]).map(block)
  }

  private func certificates(above place: EpochView?) throws -> [Certificate] {
    let sql = """
      SELECT certificate, checksum FROM certificates
      WHERE kind <> ? AND (epoch > ? OR epoch = ? AND view > ?) ORDER BY epoch, view, kind
      """
    let arguments: StatementArguments = [Int64(VoteKind.finalize.rawValue)] + Self.above(place)
    return try Row.fetchAll(database, sql: sql, arguments: arguments).map {
      try certificate(from: $0, place: "certificates")
    }
  }

  private func ownVotes(above place: EpochView?) throws -> [SignedVote] {
    let sql = """
      SELECT number, kind, statement, checksum FROM own_votes
      WHERE epoch > ? OR epoch = ? AND view > ? ORDER BY number
      """
    return try Row.fetchAll(database, sql: sql, arguments: Self.above(place)).map(ownVote)
  }

  /// What lies above a view of its epoch, and all of later epochs: the epoch twice, then the view.
  private static func above(_ place: EpochView?) -> StatementArguments {
    guard let place else { return [-1, -1, -1] }
    let epoch = Int64(clamping: place.epoch.number)
    return [epoch, epoch, Int64(clamping: place.view.number)]
  }

  private func ownVote(_ row: Row) throws -> SignedVote {
    let place = "own_votes \(row["number"] as Int64? ?? 0)"
    let bytes = try Blob.checked(row, "statement", path: path, place: place)
    guard let kind = (row["kind"] as Int64?).flatMap({ UInt8(exactly: $0) }).flatMap(VoteKind.init) else {
      throw damaged("\(place): a vote of unknown kind")
    }
    return SignedVote(
      kind: kind, statement: try decode(place) { () throws(CBORError) in try SignedStatement(decoding: bytes) })
  }

  private func pool() throws -> [VerifiedTransaction] {
    let sql =
      "SELECT identity, statement, checksum FROM transactions WHERE height IS NULL AND pooled = 1 ORDER BY number"
    return try Row.fetchAll(database, sql: sql).map(transaction)
  }

  private func block(from row: Row) throws -> Block {
    let digest = Blob.digest(row, "digest")
    let place = "blocks \(digest?.short ?? "without a digest")"
    let bytes = try Blob.checked(row, "outline", path: path, place: place)
    let outline = try decode(place) { () throws(CBORError) in try BlockOutline(decoding: bytes) }
    guard outline.digest == digest else { throw damaged("\(place): the header has another digest") }
    let bodies = try outline.transactions.map(body)
    guard let block = Block(outline: outline, transactions: bodies) else {
      throw damaged("\(place): its transactions are others")
    }
    return block
  }

  private func body(_ identity: Digest) throws -> VerifiedTransaction {
    let statement = try database.cachedStatement(
      sql: "SELECT identity, statement, checksum FROM transactions WHERE identity = ?")
    guard let row = try Row.fetchOne(statement, arguments: [Blob.value(identity)]) else {
      throw damaged("transactions: \(identity.short) is missing")
    }
    let transaction = try transaction(from: row)
    guard transaction.identity == identity else { throw damaged("transactions \(identity.short): it is another one") }
    return transaction
  }

  private func transaction(from row: Row) throws -> VerifiedTransaction {
    let bytes = try Blob.checked(row, "statement", path: path, place: "transactions")
    return try decode("transactions") { () throws(CBORError) in try VerifiedTransaction(fromJournal: bytes) }
  }

  private func certificate(from row: Row, place: String) throws -> Certificate {
    let bytes = try Blob.checked(row, "certificate", path: path, place: place)
    return try decode(place) { () throws(CBORError) in try Certificate(decoding: bytes) }
  }

  private func decode<Value>(_ place: String, _ body: () throws(CBORError) -> Value) throws -> Value {
    do throws(CBORError) { return try body() } catch { throw damaged("\(place): \(error)") }
  }

  private func damaged(_ place: String) -> StorageError { .damaged(path: path, place: place) }
}

/// A transaction in the ledger, with its block's height and what became of it.
package struct CommittedStatement: Hashable, Sendable {
  package let transaction: VerifiedTransaction
  package let height: UInt64
  /// The code of the result, as the ledger has it.
  package let result: String

  package var isAccepted: Bool { result == TransactionResult.accepted.code }
}

/// A final block with its bodies, and the finalisation of it or of the first descendant that has one.
package struct CertifiedBody: Hashable, Sendable {
  package let block: Block
  package let finalisation: Certificate
  /// The tail headers from a closing block to the one that its finalisation is for.
  package let tail: [BlockHeader]
}

/// A finalisation as the journal has it.
package struct Finalisation: Hashable, Sendable {
  package let certificate: Certificate
  /// The height of the block of the ledger that it is for, or whose tail it ends.
  package let height: UInt64
  /// The headers from that block, which closed an epoch, to the one that the certificate names; empty where it names the block.
  package let tail: [BlockHeader]
}
