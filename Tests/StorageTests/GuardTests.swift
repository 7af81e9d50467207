import Consensus
import Cryptography
import Foundation
import Ledger
import Membership
import Testing
import Trade

@testable import Storage

/// What an old or a torn copy of a journal looks like, and that it is noticed before it votes.
@Suite("Guard")
struct GuardTests {
  /// A journal with `count` own votes in as many views, each committed alone.
  private func voted(_ count: Int) throws -> (folder: JournalFolder, storage: Storage, network: TestNetwork) {
    var network = try TestNetwork()
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    for _ in 0..<count {
      try network.append()
      try storage.commit([.vote(try network.ownVote(.notarize, on: network.tip))])
    }
    return (folder, storage, network)
  }

  private func isOldCopy(_ standing: Storage.Standing) -> Bool {
    if case .oldCopy = standing { true } else { false }
  }

  @Test("a journal with its own guard is current")
  func current() throws {
    let (folder, _, _) = try voted(12)
    let again = try JournalFolder(crashOf: folder).open()
    #expect(again.standing == .current)
  }

  @Test("a crash between the commit and the guard leaves a journal that is ahead, which is no old copy")
  func between() throws {
    let (folder, storage, network) = try voted(3)
    let older = try Data(contentsOf: URL(filePath: folder.guardFile))
    try storage.commit([.vote(try network.ownVote(.finalize, on: network.tip))])
    let crashed = try JournalFolder(crashOf: folder)
    try older.write(to: URL(filePath: crashed.guardFile))
    #expect(try crashed.open().standing == .current)
  }

  @Test("a database restored from a backup is an old copy, and says so when it recovers")
  func backup() throws {
    let (folder, storage, network) = try voted(3)
    let backup = try JournalFolder(crashOf: folder)
    try storage.commit([.vote(try network.ownVote(.finalize, on: network.tip))])
    try FileManager.default.removeItem(atPath: backup.guardFile)
    try FileManager.default.copyItem(atPath: folder.guardFile, toPath: backup.guardFile)
    let restored = try backup.open()
    #expect(isOldCopy(restored.standing))
    #expect(try restored.recovery().isOldCopy)
  }

  @Test("an empty database beside a guard that knows votes is an old copy")
  func emptied() throws {
    let (folder, _, _) = try voted(2)
    let crashed = try JournalFolder(crashOf: folder)
    try FileManager.default.removeItem(atPath: crashed.data)
    #expect(isOldCopy(try crashed.open().standing))
  }

  @Test("a missing guard beside a journal with votes is an old copy, at every start until it votes again")
  func missing() throws {
    let (folder, _, _) = try voted(2)
    let crashed = try JournalFolder(crashOf: folder)
    try FileManager.default.removeItem(atPath: crashed.guardFile)
    #expect(isOldCopy(try crashed.open().standing))
    #expect(isOldCopy(try crashed.open().standing))
  }

  @Test("a bit flipped in the write-ahead log drops commits in silence, and the guard notices")
  func tornLog() throws {
    let (folder, _, _) = try voted(6)
    let crashed = try JournalFolder(crashOf: folder)
    try crashed.flip(crashed.log, at: try crashed.size(crashed.log) * 3 / 4)
    #expect(isOldCopy(try crashed.open().standing))
  }

  @Test("a write-ahead log that was cut off is noticed")
  func cutLog() throws {
    let (folder, _, _) = try voted(6)
    let crashed = try JournalFolder(crashOf: folder)
    let log = try FileHandle(forWritingTo: URL(filePath: crashed.log))
    try log.truncate(atOffset: UInt64(try crashed.size(crashed.log) / 2))
    try log.close()
    #expect(isOldCopy(try crashed.open().standing))
  }

  @Test("a flipped bit in either slot of the guard is noticed", arguments: [20, 1_044])
  func damagedSlot(offset: Int) throws {
    let (folder, _, _) = try voted(4)
    let crashed = try JournalFolder(crashOf: folder)
    try crashed.flip(crashed.guardFile, at: offset)
    #expect(isOldCopy(try crashed.open().standing))
  }

  @Test("a guard that is no guard is noticed")
  func nonsense() throws {
    let (folder, _, _) = try voted(2)
    let crashed = try JournalFolder(crashOf: folder)
    try Data("not a guard".utf8).write(to: URL(filePath: crashed.guardFile))
    #expect(isOldCopy(try crashed.open().standing))
  }

  @Test("the guard of another member is refused")
  func foreign() throws {
    let (folder, _, network) = try voted(1)
    let crashed = try JournalFolder(crashOf: folder)
    try FileManager.default.removeItem(atPath: crashed.data)
    let other = StorageOwner(network: network.owner.network, member: "JPN")
    #expect(throws: StorageError.foreignGuard(path: crashed.guardFile)) { try crashed.open(as: other) }
  }

  @Test("a follower's journal beside a blank guard is current, and the member counts as one that never voted")
  func follower() throws {
    var network = try TestNetwork()
    try network.append([try network.memorandum("final")])
    let folder = try JournalFolder(owner: network.owner)
    try folder.open().commit(try network.writes(ofBlock: 0))
    let crashed = try JournalFolder(crashOf: folder)
    let storage = try crashed.open()
    #expect(storage.standing == .current)
    #expect(try storage.recovery().isFirstStart)
    try storage.commit([.vote(try network.ownVote(.finalize, on: network.tip))])
    let voted = try JournalFolder(crashOf: crashed)
    #expect(try !voted.open().recovery().isFirstStart)
    // The same journal beside a guard that knows nothing of its votes.
    let forgetful = try JournalFolder(crashOf: crashed)
    try Data(count: 2 * GuardFile.slotSize).write(to: URL(filePath: forgetful.guardFile))
    guard case .oldCopy = try forgetful.open().standing else {
      Issue.record("a journal with votes beside a blank guard counts as current")
      return
    }
  }

  @Test("the guard remembers the last votes and alternates between its slots")
  func slots() throws {
    let path = NSTemporaryDirectory() + "guard-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (file, finding) = try GuardFile.open(path)
    #expect(finding == .missing)
    var record = GuardRecord(owner: "network/USA")
    for number in 1...20 {
      let vote = GuardRecord.SignedVote(epoch: 0, view: UInt64(number), digest: Digest.sha256([UInt8(number)]))
      record = record.adding([vote])
      try file.write(record)
      #expect(try GuardFile.open(path).finding == .record(record, isWhole: true))
    }
    #expect(record.votes.map(\.view) == Array(13...20))
    #expect(record.sequence == 20)
  }
}
