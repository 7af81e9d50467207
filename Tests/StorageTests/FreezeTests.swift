import Consensus
import Cryptography
import Foundation
import Ledger
import Membership
import Testing

@testable import Storage

/// A promise never to vote again is kept in two places (`Protocol/recovery.md`, V2).
@Suite("Frozen")
struct FreezeTests {
  private func freeze(_ network: TestNetwork) throws -> JournalWrite {
    let member = try network.member("USA")
    let context = network.genesis.context
    let freeze = Freeze(
      member: member, epoch: context.epoch, opener: context.opener, notarised: nil, finalised: nil, lastVoted: 1)
    let key = try some(network.keys[member]?[.node])
    return .frozen(context.epoch, try TestNetwork.sign(freeze, key, network.genesis.network))
  }

  @Test("the journal and the guard both know it, and later votes of the guard do not forget it")
  func both() throws {
    var network = try TestNetwork()
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    try network.append()
    try storage.commit([.vote(try network.ownVote(.notarize, on: network.tip))])
    #expect(try storage.recovery().frozen == nil)
    try storage.commit([try freeze(network)])
    #expect(try storage.recovery().frozen == 0)
    try storage.commit([.vote(try network.ownVote(.finalize, on: network.tip))])
    let again = try JournalFolder(crashOf: folder).open()
    #expect(again.standing == .current)
    #expect(try again.recovery().frozen == 0)
  }

  @Test("a database restored from a backup knows it by the guard, and one without its guard by itself")
  func each() throws {
    let network = try TestNetwork()
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    let backup = try JournalFolder(crashOf: folder)
    try storage.commit([try freeze(network)])
    try FileManager.default.removeItem(atPath: backup.guardFile)
    try FileManager.default.copyItem(atPath: folder.guardFile, toPath: backup.guardFile)
    #expect(try backup.open().recovery().frozen == 0)
    let unguarded = try JournalFolder(crashOf: folder)
    try FileManager.default.removeItem(atPath: unguarded.guardFile)
    #expect(try unguarded.open().recovery().frozen == 0)
  }
}
