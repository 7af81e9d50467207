import API
import CBOR
import Client
import Consensus
import Cryptography
import Foundation
import GRDB
import Ledger
import Logging
import Membership
import Node
import Replica
import Storage
import Testing
import Transport

/// What a node does not start from, and what it does not go on after.
@Suite("Start and end", .timeLimit(.minutes(2)))
struct StartTests {
  private func failure(_ configuration: NodeConfiguration) async -> NodeFailure? {
    do throws(NodeFailure) {
      let node = try await MemberNode.start(configuration, output: LogOutput(format: .text, level: .critical))
      node.stop()
      _ = await node.run()
      return nil
    } catch {
      return error
    }
  }

  private func prepared() async throws -> (network: RunningNetwork, configuration: NodeConfiguration) {
    let network = try RunningNetwork(["AUS"])
    let member = try some(MemberID("AUS"))
    try await network.write(member)
    return (network, try await network.configuration(member))
  }

  @Test("a port in use is named, with the address, for sessions and for the API")
  func ports() async throws {
    try await withNetwork(["AUS"]) { network in
      let member = try some(MemberID("AUS"))
      let node = try await some(network.nodes[member])
      var configuration = try await network.configuration(member)
      configuration.data += "-other"
      configuration.guardFile += "-other"
      configuration.listen = node.listen
      #expect(await failure(configuration) == .transport(.portInUse(node.listen)))
      configuration.listen = try some(PeerAddress("127.0.0.1:0"))
      configuration.api = node.api
      let found = try #require(await failure(configuration))
      #expect(found.code == "API_CANNOT_LISTEN")
      #expect(found.sentence.contains("the port is in use"))
      #expect(found.exitStatus == 3)
    }
  }

  @Test("a genesis that was changed, a key of somebody else, a public key file and a stranger's name are refused")
  func files() async throws {
    let (network, configuration) = try await prepared()
    let path = network.path(configuration.member)
    var changed = configuration
    changed.genesis = path + "/changed.cbor"
    var bytes = network.world.genesis.genesis.encoded
    bytes[40] ^= 1
    try Data(bytes).write(to: URL(filePath: changed.genesis))
    #expect(await failure(changed)?.exitStatus == 4)
    var foreign = configuration
    foreign.nodeKey = path + "/tls.pem"
    #expect(await failure(foreign) == .foreignKey(configuration.member, path: foreign.nodeKey))
    var stranger = configuration
    stranger.member = try some(MemberID("ZZZ"))
    #expect(await failure(stranger) == .notAMember(stranger.member))
    var missing = configuration
    missing.nodeKey = path + "/none.pem"
    #expect(await failure(missing)?.code == "KEY")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: configuration.nodeKey)
    #expect(await failure(configuration)?.code == "KEY")
  }

  @Test("golden vectors that do not come out refuse the start")
  func vectors() async throws {
    var (network, configuration) = try await prepared()
    let original = try String(contentsOfFile: try some(configuration.vectors), encoding: .utf8)
    let path = network.path(configuration.member) + "/vectors.json"
    configuration.vectors = path
    #expect(await failure(configuration)?.code == "FILE")
    try Data("{}".utf8).write(to: URL(filePath: path))
    #expect(await failure(configuration)?.code == "VECTORS_FORMAT")
    let range = try some(original.range(of: "102900000"))
    try Data(original.replacingCharacters(in: range, with: "102900001").utf8).write(to: URL(filePath: path))
    let found = try #require(await failure(configuration))
    #expect(found.code == "SELFTEST_FAILED")
    #expect(found.exitStatus == 1)
  }

  @Test("a member that stopped for good stays stopped over a restart, and says why")
  func halted() async throws {
    let (network, configuration) = try await prepared()
    // The network's folder goes with it.
    defer { withExtendedLifetime(network) {} }
    let folder = URL(filePath: configuration.guardFile).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let notice = HaltNotice(guardFile: configuration.guardFile)
    #expect(notice.reason == nil)
    try notice.write(
      .contradictedExecution(
        height: Height(7), block: .zero, expected: .zero, found: .zero, fault: "another state root"))
    let found = try #require(await failure(configuration))
    #expect(found.code == "HALTED")
    #expect(found.exitStatus == 5)
    #expect(found.sentence.contains("height 7"))
  }

  @Test("a second node on the same journal is refused")
  func inUse() async throws {
    try await withNetwork(["AUS"]) { network in
      let configuration = try await network.configuration(try some(MemberID("AUS")))
      #expect(await failure(configuration)?.code == "DATABASE_IN_USE")
    }
  }

  @Test("a commit that fails ends the node with its reason, and nothing is confirmed that waited for it")
  func failingCommit() async throws {
    let network = try RunningNetwork(["AUS"])
    let node = try await network.start("AUS")
    var unsafe = Configuration()
    unsafe.allowsUnsafeTransactions = true
    let path = try await network.configuration(try some(MemberID("AUS"))).data + "/journal.sqlite"
    let database = try DatabaseQueue(path: path, configuration: unsafe)
    let client = try await network.client("AUS")
    let memorandum = try network.memorandum("never", by: "AUS")
    try await database.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    async let answer = client.submit(memorandum.statement, as: .memorandum, wait: .committed(milliseconds: 20_000))
    let confirmed = try? await answer
    #expect(confirmed == nil)
    let ended = try await network.stop("AUS")
    #expect(ended?.code == "DATABASE_IN_USE")
    #expect(ended?.exitStatus == 5)
    try await database.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    #expect(node.api.port > 0)
  }
}
