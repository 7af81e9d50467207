/// What keeps the journal from being opened, read or written. The process does not go on after one of a write: what waited for that
/// write must not be seen.
package enum StorageError: Error, Hashable, Sendable {
  /// The folder or the file cannot be made or opened.
  case cannotOpen(path: String, reason: String)
  /// Another process works with the database.
  case inUse(path: String)
  /// The database belongs to another network.
  case otherNetwork(path: String, found: String, wanted: String)
  /// The database belongs to another member's node.
  case otherMember(path: String, found: String, wanted: String)
  /// A newer program wrote the database.
  case newerSchema(path: String, found: Int, known: Int)
  /// A program from before members could change wrote the database.
  case olderSchema(path: String, found: Int, known: Int)
  /// What is in the file is not what was written; the place says where that shows.
  case damaged(path: String, place: String)
  /// The guard file can be read, but is not one of this node.
  case foreignGuard(path: String)
  case diskFull(path: String)
  /// A setting on which durability rests did not hold.
  case notDurable(setting: String, found: String)
  /// Any other failure of the operating system or of SQLite.
  case failed(path: String, reason: String)

  /// The stable code of this error.
  package var code: String {
    switch self {
    case .cannotOpen: "DATABASE_CANNOT_OPEN"
    case .inUse: "DATABASE_IN_USE"
    case .otherNetwork: "DATABASE_OF_OTHER_NETWORK"
    case .otherMember: "DATABASE_OF_OTHER_MEMBER"
    case .newerSchema: "DATABASE_NEWER"
    case .olderSchema: "DATABASE_OLDER"
    case .damaged: "DATABASE_DAMAGED"
    case .foreignGuard: "GUARD_FOREIGN"
    case .diskFull: "DISK_FULL"
    case .notDurable: "DATABASE_NOT_DURABLE"
    case .failed: "DATABASE_FAILED"
    }
  }

  /// What is wrong and what helps, in one sentence.
  package var sentence: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "\(path) cannot be opened (\(reason)); check the path, its permissions and that the disk is writable"
    case .inUse(let path):
      "\(path) is in use by another process; two nodes must never share a database, stop the other one first"
    case .otherNetwork(let path, let found, let wanted):
      "\(path) belongs to the network \(found), the genesis is that of \(wanted); configure another data folder"
    case .otherMember(let path, let found, let wanted):
      "\(path) belongs to the node of \(found), not of \(wanted); configure another data folder"
    case .newerSchema(let path, let found, let known):
      "\(path) has format \(found), this program knows up to \(known); use the program that wrote it"
    case .olderSchema(let path, let found, let known):
      "\(path) has format \(found), this program needs \(known): move it away together with its -wal and -shm files, and the node "
        + "will fetch the history from the other members"
    case .damaged(let path, let place):
      "\(path) is damaged (\(place)); it is left as it is: move it away together with its -wal and -shm files, and the node "
        + "will fetch the history from the other members and follow until it is safe to vote"
    case .foreignGuard(let path):
      "\(path) is not this node's guard file; restore the right one, or remove it and the node will follow until it is safe to vote"
    case .diskFull(let path):
      "the disk of \(path) is full; nothing that was confirmed is lost: make room and start again"
    case .notDurable(let setting, let found):
      "the database's \(setting) is \(found): commits would not be durable, so the node does not start"
    case .failed(let path, let reason): "\(path): \(reason)"
    }
  }
}
