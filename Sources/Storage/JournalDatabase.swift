import Foundation
import GRDB
import Glibc

/// One node's SQLite database: a connection that writes, and one that reads while the other writes.
///
/// WAL with `synchronous=FULL`: a commit that returned is on the disk. Both settings are read back, and any other answer refuses the start.
final class JournalDatabase: Sendable {
  static let fileName = "journal.sqlite"

  let path: String
  let writer: DatabaseQueue
  let reader: DatabaseQueue
  private let lock: FileLock

  /// Opens or makes the database in a folder that exists. Sets up a new one for the owner; refuses one of another.
  init(folder: String, owner: StorageOwner) throws(StorageError) {
    let path = folder + "/" + Self.fileName
    self.path = path
    lock = try FileLock(path: folder + "/lock", protecting: path)
    do {
      writer = try Self.connect(path, readonly: false)
      try Self.refuseUnsafe(writer)
      try Self.prepare(writer, path: path, owner: owner)
      reader = try Self.connect(path, readonly: true)
    } catch let error as StorageError {
      throw error
    } catch {
      throw DatabaseFailure.storageError(error, path: path, opening: true)
    }
  }

  /// Runs one transaction; it is durable when the call returns.
  func write(_ body: (Database) throws -> Void) throws(StorageError) {
    do {
      try writer.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          try body(database)
          return .commit
        }
      }
    } catch let error as StorageError {
      throw error
    } catch {
      throw DatabaseFailure.storageError(error, path: path)
    }
  }

  /// Reads beside the writer, as of the last commit.
  func read<Value>(_ body: (Database) throws -> Value) throws(StorageError) -> Value {
    do {
      return try reader.read(body)
    } catch let error as StorageError {
      throw error
    } catch {
      throw DatabaseFailure.storageError(error, path: path)
    }
  }

  private static func connect(_ path: String, readonly: Bool) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = readonly
    configuration.foreignKeysEnabled = false
    configuration.label = readonly ? "journal.read" : "journal.write"
    // Somebody's sqlite3 may hold the file for a moment, when it opens or closes it. Nobody may hold it for long.
    configuration.busyMode = .timeout(2)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA cache_size = -16384")
      guard !readonly else { return }
      try database.execute(sql: "PRAGMA journal_mode = WAL")
      try database.execute(sql: "PRAGMA synchronous = FULL")
      // Large enough that a checkpoint, which syncs the database file, is rare.
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 4096")
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  private static func refuseUnsafe(_ queue: DatabaseQueue) throws {
    let (mode, level) = try queue.inDatabase { database in
      (
        try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "unknown",
        try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? -1
      )
    }
    guard mode == "wal" else { throw StorageError.notDurable(setting: "journal_mode", found: mode) }
    guard level == 2 else { throw StorageError.notDurable(setting: "synchronous", found: String(level)) }
  }

  private static func prepare(_ queue: DatabaseQueue, path: String, owner: StorageOwner) throws {
    let format = try queue.inDatabase { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
    guard format <= Schema.version else {
      throw StorageError.newerSchema(path: path, found: format, known: Schema.version)
    }
    guard format == 0 || format == Schema.version else {
      throw StorageError.olderSchema(path: path, found: format, known: Schema.version)
    }
    if format == 0 { try create(queue, path: path, owner: owner) }
    try queue.inDatabase { database in
      let problem = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
      guard problem == "ok" else { throw StorageError.damaged(path: path, place: problem) }
      let network = try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'network'") ?? "none"
      guard network == owner.network else {
        throw StorageError.otherNetwork(path: path, found: network, wanted: owner.network)
      }
      let member = try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'member'") ?? "none"
      guard member == owner.member else {
        throw StorageError.otherMember(path: path, found: member, wanted: owner.member)
      }
    }
  }

  private static func create(_ queue: DatabaseQueue, path: String, owner: StorageOwner) throws {
    try queue.inDatabase { database in
      let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
      guard tables == 0 else { throw StorageError.damaged(path: path, place: "a database without a format number") }
      try database.inTransaction(.immediate) {
        try database.execute(sql: Schema.journal)
        try database.execute(sql: Schema.readable)
        for (key, value) in [("network", owner.network), ("member", owner.member)] {
          try database.execute(sql: "INSERT INTO meta VALUES (?, ?)", arguments: [key, value])
        }
        try database.execute(sql: "PRAGMA user_version = \(Schema.version)")
        return .commit
      }
    }
  }
}

/// Whose database it is.
package struct StorageOwner: Hashable, Sendable {
  /// The network's identity in hexadecimal.
  package let network: String
  package let member: String

  package init(network: String, member: String) { (self.network, self.member) = (network, member) }

  /// The same in one text, as the guard file has it.
  var text: String { "\(network)/\(member)" }
}

/// An advisory lock that ends with the process: a second node on the same folder would vote with the same key.
final class FileLock: Sendable {
  private let file: Int32

  init(path: String, protecting database: String) throws(StorageError) {
    file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw .cannotOpen(path: path, reason: strerror(errno).map { String(cString: $0) } ?? "unknown error")
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      Glibc.close(file)
      throw .inUse(path: database)
    }
  }

  deinit { Glibc.close(file) }
}

/// Turns what SQLite and GRDB say into an error of storage.
enum DatabaseFailure {
  static func storageError(_ error: any Error, path: String, opening: Bool = false) -> StorageError {
    guard let error = error as? DatabaseError else { return .failed(path: path, reason: "\(error)") }
    let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_FULL: return .diskFull(path: path)
    // The statements are fixed: one that does not fit the tables shows that the tables are not those that were made.
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR: return .damaged(path: path, place: reason)
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .inUse(path: path)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY: return .cannotOpen(path: path, reason: reason)
    default: return opening ? .cannotOpen(path: path, reason: reason) : .failed(path: path, reason: reason)
    }
  }
}
