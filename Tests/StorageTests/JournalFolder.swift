import Consensus
import struct Consensus.Certificate
import Cryptography
import Foundation
import Ledger
import Membership
import Storage

/// A folder that holds a journal and its guard, removed when the test lets go of it.
final class JournalFolder {
  let path: String
  let owner: StorageOwner

  init(owner: StorageOwner) throws {
    path = NSTemporaryDirectory() + "journal-" + UUID().uuidString
    self.owner = owner
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// What a crash leaves behind: a copy of the files as they are, while the first process still has them open.
  init(crashOf other: JournalFolder) throws {
    path = NSTemporaryDirectory() + "journal-" + UUID().uuidString
    owner = other.owner
    try FileManager.default.copyItem(atPath: other.path, toPath: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var data: String { path + "/data" }
  var guardFile: String { path + "/guard" }
  var database: String { data + "/journal.sqlite" }
  var log: String { database + "-wal" }

  func open(as owner: StorageOwner? = nil) throws(StorageError) -> Storage {
    try Storage(folder: data, guardPath: guardFile, owner: owner ?? self.owner)
  }

  /// Changes one byte of a file, at a place from its beginning.
  func flip(_ file: String, at offset: Int) throws {
    var bytes = try Data(contentsOf: URL(filePath: file))
    bytes[offset] ^= 0x10
    try bytes.write(to: URL(filePath: file))
  }

  func size(_ file: String) throws -> Int { try Data(contentsOf: URL(filePath: file)).count }
}

extension TestNetwork {
  var owner: StorageOwner { StorageOwner(network: genesis.network.description, member: "USA") }

  /// The writes that make the block of that place final, its bodies and its own finalisation included.
  func writes(ofBlock place: Int) throws -> [JournalWrite] {
    let (block, execution) = (blocks[place], executions[place])
    return [
      .transactions(block.transactions), .block(block.outline), try committed(place, execution, by: block.header),
    ]
  }

  /// The write that makes a block final by the finalisation of a block that may be a descendant.
  func committed(_ place: Int, _ execution: Execution, by certified: BlockHeader) throws -> JournalWrite {
    .committed(
      CommittedBlock(
        header: blocks[place].header, finalisation: try certificate(.finalize, on: certified).certificate,
        outcomes: execution.outcomes, changes: execution.changes))
  }

  /// Makes the whole chain final in a journal, block by block.
  func commitAll(to storage: Storage) throws {
    for place in blocks.indices { try storage.commit(try writes(ofBlock: place)) }
  }

  func ownVote(_ kind: VoteKind, on header: BlockHeader) throws -> Attested<Vote> {
    try vote(kind, on: header, by: try member("USA"))
  }
}
