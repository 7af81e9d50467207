import Consensus
import Cryptography
import Foundation
import GRDB
import Ledger
import Membership
import Testing
import Trade

@testable import Storage

/// Journals that a node must not start from: each is refused by its own error, and left as it is.
@Suite("Damage")
struct DamageTests {
  private func journal() throws -> (folder: JournalFolder, network: TestNetwork) {
    var network = try TestNetwork()
    for number in 0..<4 { try network.append([try network.memorandum("block \(number)")]) }
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    try network.commitAll(to: storage)
    return (try JournalFolder(crashOf: folder), network)
  }

  /// Runs SQL on a journal that no node has open, as an operator's or a vandal's hand would.
  private func change(_ folder: JournalFolder, _ sql: String) throws {
    try DatabaseQueue(path: folder.database).writeWithoutTransaction { try $0.execute(sql: sql) }
  }

  private func error(_ folder: JournalFolder, as owner: StorageOwner? = nil) -> StorageError? {
    do throws(StorageError) {
      _ = try folder.open(as: owner).recovery()
      return nil
    } catch {
      return error
    }
  }

  @Test("the database of another network, or of another member, is refused")
  func foreign() throws {
    let (folder, network) = try journal()
    let other = StorageOwner(network: String(repeating: "0", count: 64), member: "USA")
    #expect(
      error(folder, as: other)
        == .otherNetwork(path: folder.database, found: network.owner.network, wanted: other.network))
    let neighbour = StorageOwner(network: network.owner.network, member: "JPN")
    #expect(error(folder, as: neighbour) == .otherMember(path: folder.database, found: "USA", wanted: "JPN"))
  }

  @Test("a database of a newer or an older format is refused")
  func newer() throws {
    let (folder, _) = try journal()
    try change(folder, "PRAGMA user_version = 99")
    #expect(error(folder) == .newerSchema(path: folder.database, found: 99, known: Schema.version))
    try change(folder, "PRAGMA user_version = 1")
    #expect(error(folder) == .olderSchema(path: folder.database, found: 1, known: Schema.version))
  }

  @Test("a database that another node has open is refused")
  func inUse() throws {
    let network = try TestNetwork()
    let folder = try JournalFolder(owner: network.owner)
    let first = try folder.open()
    #expect(error(folder) == .inUse(path: folder.database))
    #expect(first.standing == .new)
  }

  @Test("a file that is no database is named as damaged")
  func noDatabase() throws {
    let (folder, _) = try journal()
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.database + suffix) }
    try Data(repeating: 0x5A, count: 8_192).write(to: URL(filePath: folder.database))
    guard case .damaged(let path, _) = error(folder) else {
      Issue.record("not named as damaged: \(String(describing: error(folder)))")
      return
    }
    #expect(path == folder.database)
    #expect(try Data(contentsOf: URL(filePath: folder.database)).count == 8_192)
  }

  @Test(
    "a changed bit in any blob of the journal is named with its table",
    arguments: [
      ("blocks", "UPDATE blocks SET outline = zeroblob(length(outline)) WHERE height = 2"),
      ("transactions", "UPDATE transactions SET statement = zeroblob(length(statement)) WHERE number = 3"),
      ("certificates", "UPDATE certificates SET certificate = zeroblob(length(certificate)) WHERE view = 4"),
      ("transactions", "DELETE FROM transactions WHERE number = 2"),
      ("blocks", "UPDATE blocks SET digest = randomblob(32) WHERE height = 3"),
      ("chain", "DELETE FROM chain WHERE height = 2"),
    ])
  func blobs(table: String, sql: String) throws {
    let (folder, _) = try journal()
    try change(folder, sql)
    guard case .damaged(_, let place) = error(folder) else {
      Issue.record("not named as damaged: \(String(describing: error(folder)))")
      return
    }
    #expect(place.hasPrefix(table) || place.hasPrefix("chain"))
  }

  @Test("a flipped bit on any page of the file is named, or changes nothing that the node needs")
  func pages() throws {
    let (folder, _) = try journal()
    try change(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
    let whole = try folder.open().recovery()
    let size = try folder.size(folder.database)
    for offset in stride(from: 100, to: size, by: 1_021) {
      let copy = try JournalFolder(crashOf: folder)
      try copy.flip(copy.database, at: offset)
      do throws(StorageError) {
        // What SQLite does not notice lies in free space, in a column for people, or in an index.
        let found = try copy.open().recovery()
        #expect(found.committed == whole.committed && found.finalisation == whole.finalisation, "offset \(offset)")
      } catch {
        #expect(
          ["DATABASE_DAMAGED", "DATABASE_CANNOT_OPEN", "DATABASE_OF_OTHER_NETWORK", "DATABASE_NEWER"].contains(
            error.code), "offset \(offset): \(error)")
      }
    }
  }

  @Test("a full disk is named, and what was committed before is kept")
  func full() throws {
    var network = try TestNetwork()
    for number in 0..<3 { try network.append([try network.memorandum("block \(number)")]) }
    let folder = try JournalFolder(owner: network.owner)
    try FileManager.default.createDirectory(atPath: folder.data, withIntermediateDirectories: true)
    let database = try JournalDatabase(folder: folder.data, owner: network.owner)
    let commit = { (writes: [JournalWrite]) throws(StorageError) in
      try database.write { connection in
        let writer = JournalWriter(database: connection)
        for write in writes { try writer.apply(write) }
      }
    }
    try commit(try network.writes(ofBlock: 0))
    try database.writer.writeWithoutTransaction { connection in
      let pages = try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0
      try connection.execute(sql: "PRAGMA max_page_count = \(pages)")
    }
    let large = try (0..<40).map { try network.memorandum(String(repeating: "x", count: 4_000) + "\($0)") }
    #expect(throws: StorageError.diskFull(path: folder.database)) { try commit([.transactions(large)]) }
    #expect(try database.read { try JournalReader(database: $0, path: database.path).recovery() }.committed.count == 1)
  }

  @Test("the finished connection is in WAL mode with full synchronisation")
  func settings() throws {
    let network = try TestNetwork()
    let folder = try JournalFolder(owner: network.owner)
    try FileManager.default.createDirectory(atPath: folder.data, withIntermediateDirectories: true)
    let database = try JournalDatabase(folder: folder.data, owner: network.owner)
    let (mode, level) = try database.writer.inDatabase { connection in
      (
        try String.fetchOne(connection, sql: "PRAGMA journal_mode"),
        try Int.fetchOne(connection, sql: "PRAGMA synchronous")
      )
    }
    #expect(mode == "wal")
    #expect(level == 2)
  }
}
