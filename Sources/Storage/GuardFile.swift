import CBOR
import Cryptography
import Glibc
import Membership

/// What this node signed last, kept outside the database, so that a database that lacks it shows itself as an old copy.
package struct GuardRecord: Hashable, Sendable {
  /// How many votes are remembered: those of the last views, since a member votes up to three times in a view.
  package static let mostVotes = 8

  /// One vote, by what it says. The text of a vote is its deterministic encoding.
  package struct SignedVote: Hashable, Sendable, CBORCodable {
    package let epoch: UInt64
    package let view: UInt64
    /// The digest of the vote's encoding.
    package let digest: Digest

    package init(epoch: UInt64, view: UInt64, digest: Digest) {
      (self.epoch, self.view, self.digest) = (epoch, view, digest)
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(3)
      writer.unsigned(epoch)
      writer.unsigned(view)
      writer.value(digest)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 3)
      epoch = try reader.unsigned()
      view = try reader.unsigned()
      digest = try reader.value()
      reader.leave()
    }
  }

  /// Whose it is: network and member, as the database has them.
  package let owner: String
  /// How many records were written before this one.
  package var sequence: UInt64
  /// The last votes, oldest first.
  package var votes: [SignedVote]
  /// The last epoch in which the node promised to vote no more (`Protocol/recovery.md`, V2); nil if it never did.
  package var frozen: UInt64?

  package init(owner: String, sequence: UInt64 = 0, votes: [SignedVote] = [], frozen: UInt64? = nil) {
    (self.owner, self.sequence, self.votes, self.frozen) = (owner, sequence, votes, frozen)
  }

  /// The record after further votes.
  package func adding(_ new: [SignedVote], frozen epoch: UInt64? = nil) -> GuardRecord {
    GuardRecord(
      owner: owner, sequence: sequence &+ 1, votes: Array((votes + new).suffix(Self.mostVotes)),
      frozen: [frozen, epoch].compactMap { $0 }.max())
  }
}

extension GuardRecord: CBORCodable {
  package func encode(to writer: inout CBORWriter) {
    writer.array(frozen == nil ? 3 : 4)
    writer.text(owner)
    writer.unsigned(sequence)
    writer.list(votes)
    if let frozen { writer.unsigned(frozen) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    let count = try reader.array(max: 4)
    guard count >= 3 else { throw .wrongCount }
    owner = try reader.text(max: 128)
    sequence = try reader.unsigned()
    votes = try reader.list(max: Self.mostVotes)
    frozen = count == 4 ? try reader.unsigned() : nil
    reader.leave()
  }
}

/// The guard file: two slots that are written in turn, each with a checksum, so that a torn write leaves the other one whole.
///
/// Its size never changes after its making, so that a sync of the data alone is enough. Used by one thread at a time.
final class GuardFile {
  /// What was found when the file was opened.
  enum Finding: Hashable, Sendable {
    case missing
    /// It is there, and no vote was ever written to it: this member follows, or has not voted yet.
    case blank
    /// The newest whole record; `isWhole` is false where the other slot is neither blank nor whole.
    case record(GuardRecord, isWhole: Bool)
    /// No slot is whole.
    case damaged
  }

  static let slotSize = 1024
  private static let slots = 2

  let path: String
  private let file: Int32
  private var written: UInt64 = 0

  private init(path: String, file: Int32) { (self.path, self.file) = (path, file) }

  deinit { close(file) }

  /// Opens the file, or makes it with blank slots where there is none.
  static func open(_ path: String) throws(StorageError) -> (file: GuardFile, finding: Finding) {
    let existing = Glibc.open(path, O_RDWR | O_CLOEXEC)
    if existing >= 0 {
      let file = GuardFile(path: path, file: existing)
      return (file, try file.read())
    }
    guard errno == ENOENT else { throw SystemFailure.storageError(path) }
    let made = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard made >= 0 else { throw SystemFailure.storageError(path) }
    let file = GuardFile(path: path, file: made)
    try file.put([UInt8](repeating: 0, count: slotSize * slots), at: 0)
    guard fsync(made) == 0 else { throw SystemFailure.storageError(path) }
    try syncFolder(of: path)
    return (file, .missing)
  }

  /// Makes a record durable: after the return it is on the disk.
  func write(_ record: GuardRecord) throws(StorageError) {
    let content = record.encoded
    var slot: [UInt8] = [UInt8(truncatingIfNeeded: content.count >> 8), UInt8(truncatingIfNeeded: content.count)]
    slot += content
    slot += Digest.of(.guardFile, content).bytes
    slot += [UInt8](repeating: 0, count: max(0, Self.slotSize - slot.count))
    try put(slot, at: Int(record.sequence % UInt64(Self.slots)) * Self.slotSize)
    guard fdatasync(file) == 0 else { throw SystemFailure.storageError(path) }
  }

  private func put(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
    let written = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
    guard written == bytes.count else { throw SystemFailure.storageError(path) }
  }

  private func read() throws(StorageError) -> Finding {
    var bytes = [UInt8](repeating: 0, count: Self.slotSize * Self.slots)
    let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else { throw SystemFailure.storageError(path) }
    guard count == bytes.count else { return .damaged }
    let slots = (0..<Self.slots).map { Array(bytes[$0 * Self.slotSize..<($0 + 1) * Self.slotSize]) }
    let records = slots.map(Self.decode)
    guard let newest = records.compactMap({ $0 }).max(by: { $0.sequence < $1.sequence }) else {
      return slots.allSatisfy { $0.allSatisfy { $0 == 0 } } ? .blank : .damaged
    }
    let isWhole = zip(slots, records).allSatisfy { slot, record in record != nil || slot.allSatisfy { $0 == 0 } }
    return .record(newest, isWhole: isWhole)
  }

  private static func decode(_ slot: [UInt8]) -> GuardRecord? {
    let length = Int(slot[0]) << 8 | Int(slot[1])
    guard length > 0, 2 + length + Digest.size <= slot.count else { return nil }
    let content = Array(slot[2..<2 + length])
    guard Digest(slot[(2 + length)..<(2 + length + Digest.size)]) == Digest.of(.guardFile, content) else { return nil }
    return try? GuardRecord(decoding: content)
  }

  /// A new file's name is durable only once its folder is.
  private static func syncFolder(of path: String) throws(StorageError) {
    let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : "."
    let handle = Glibc.open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw SystemFailure.storageError(path) }
    defer { close(handle) }
    guard fsync(handle) == 0 else { throw SystemFailure.storageError(path) }
  }
}

/// Turns the last error of the operating system into one of storage.
enum SystemFailure {
  static func storageError(_ path: String) -> StorageError {
    let number = errno
    switch number {
    case ENOSPC, EDQUOT, EFBIG: return .diskFull(path: path)
    default: return .failed(path: path, reason: strerror(number).map { String(cString: $0) } ?? "error \(number)")
    }
  }
}
