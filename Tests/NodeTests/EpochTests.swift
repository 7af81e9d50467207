import API
import Accession
import CBOR
import Client
import Consensus
import Cryptography
import Foundation
import Ledger
import Membership
import Testing
import Trade

@testable import Node

@Suite("Epochs of running nodes", .timeLimit(.minutes(3)))
struct EpochTests {
  @Test("a node key is replaced while the nodes run: the member's node has the next key and goes on voting by it")
  func rotation() async throws {
    let names = ["AUS", "EUN", "JPN", "USA"]
    let network = try RunningNetwork(names)
    do {
      let (subject, next) = (try some(MemberID("USA")), try PrivateKey.generate())
      try await network.write(subject)
      try KeyFile.create(next, at: network.path(subject) + "/next.pem")
      await network.adjust(subject) { $0.nextNodeKeys = [network.path(subject) + "/next.pem"] }
      for name in names { try await network.start(name) }
      let closed = try await commit(try motion(network.world, subject, next), network, "AUS")
      for name in names { try await enter(Epoch(1), network, name) }
      // Without EUN the other three are needed, the one with the new key among them.
      try await network.stop("EUN")
      let answer = try await commit(try network.memorandum("after", by: "JPN"), network, "JPN")
      #expect(answer > closed)
      let status = try await network.client("USA").status()
      #expect(status.epoch == 1)
      #expect(status.voting)
      // A node that starts in the new epoch knows it from its journal, and the others by their keys.
      try await network.stop("USA")
      try await network.start("USA")
      _ = try await commit(try network.memorandum("restarted", by: "AUS"), network, "AUS")
      #expect(try await network.client("USA").status().epoch == 1)
      try await network.stopAll()
    } catch {
      try await network.stopAll()
      throw error
    }
  }

  @Test("a node with nothing left begins with a member's state instead of all blocks, and says which blocks it lacks")
  func takenOver() async throws {
    let names = ["AUS", "EUN", "JPN", "USA"]
    try await withNetwork(names) { network in
      let member = try some(MemberID("USA"))
      for number in 0..<3 { _ = try await commit(try network.memorandum("\(number)", by: "AUS"), network, "AUS") }
      try await network.stop("USA")
      let place = network.path(member)
      try FileManager.default.removeItem(atPath: place + "/data")
      try FileManager.default.removeItem(atPath: place + "/guard")
      var reader = CBORReader(try await network.client("AUS").snapshot())
      try reader.array(exactly: 2)
      let (offer, content) = (try reader.value(SnapshotOffer.self), try reader.byteString(max: 1 << 24))
      try Data(offer.encoded).write(to: URL(filePath: place + "/manifest"))
      let files = NodeConfiguration.SnapshotFiles(path: place + "/state", manifest: place + "/manifest")
      await network.adjust(member) { $0.snapshot = files }
      // A byte that is another is noticed before anything is begun with.
      var changed = content
      changed[content.count / 2] ^= 1
      try Data(changed).write(to: URL(filePath: files.path))
      let failure = await #expect(throws: NodeFailure.self) { try await network.start("USA") }
      #expect(failure?.code == "SNAPSHOT")
      try Data(content).write(to: URL(filePath: files.path))
      try await network.start("USA")
      let height = try await commit(try network.memorandum("after", by: "EUN"), network, "EUN")
      try await reach(height, network, "USA")
      let reference = try await network.client("AUS").block(height)
      #expect(try await network.client("USA").block(height).stateRoot == reference.stateRoot)
      await #expect(throws: (any Error).self) { try await network.client("USA").block(1) }
      // From here on its own journal is what it starts from.
      try await network.stop("USA")
      await network.adjust(member) { $0.snapshot = nil }
      try await network.start("USA")
      #expect(try await network.client("USA").status().head.height >= height)
    }
  }

  @Test("a member far behind takes a state over from another one and goes on from there")
  func stateSynchronisation() async throws {
    let names = ["AUS", "EUN", "JPN", "USA"]
    let network = try RunningNetwork(names)
    do {
      await network.set(snapshotInterval: 4)
      for name in names { try await network.start(name) }
      try await network.stop("USA")
      let place = network.path(try some(MemberID("USA")))
      try FileManager.default.removeItem(atPath: place + "/data")
      try FileManager.default.removeItem(atPath: place + "/guard")
      var top: UInt64 = 0
      for number in 0..<14 { top = try await commit(try network.memorandum("\(number)", by: "AUS"), network, "AUS") }
      try await network.start("USA")
      try await reach(top, network, "USA")
      let answer = try await commit(try network.memorandum("after", by: "EUN"), network, "EUN")
      try await reach(answer, network, "USA")
      let reference = try await network.client("AUS").block(answer)
      #expect(try await network.client("USA").block(answer).stateRoot == reference.stateRoot)
      await #expect(throws: (any Error).self) { try await network.client("USA").block(1) }
      try await network.stop("USA")
      try await network.start("USA")
      #expect(try await network.client("USA").status().head.height >= answer)
      try await network.stopAll()
    } catch {
      try await network.stopAll()
      throw error
    }
  }

  private func motion(_ world: TestNetwork, _ member: MemberID, _ key: PrivateKey) throws -> SignedTransaction {
    let network = world.genesis.network
    let (root, later) = (try some(world.keys[member]?[.root]), WallClock.now.milliseconds + 60_000)
    let approval = RootApproval(
      member: member, root: root.publicKey, notAfter: later,
      change: RosterChange.approvedRotation(of: member, .node, to: key.publicKey))
    let rotation = Rotation(
      member: member, role: .node, key: key.publicKey,
      possession: try TestNetwork.sign(
        Possession(member: member, role: .node, key: key.publicKey), key, network),
      approval: try TestNetwork.sign(approval, root, network))
    let motion = Motion(
      title: "A new node key", instrument: Digest.sha256([1]), closes: Instant(milliseconds: later),
      changes: [.rotate(rotation)])
    return try world.signed(
      Transaction(
        signer: try some(MemberID("AUS")), notAfter: Instant(milliseconds: later), body: .accession(.motion(motion))))
  }

  private func commit(
    _ transaction: SignedTransaction, _ network: RunningNetwork, _ name: String
  ) async throws -> UInt64 {
    let answer = try await network.client(name).submit(
      transaction.statement, as: transaction.type, wait: .committed(milliseconds: 30_000))
    #expect(answer.result == "OK")
    return try #require(answer.height)
  }

  /// Waits until a node has finalised that height. Holds nothing of the node afterwards: it is to be stopped and its files let go.
  private func reach(_ height: UInt64, _ network: RunningNetwork, _ name: String) async throws {
    let node = try await network.nodes[some(MemberID(name))]
    for await view in try some(node).published.committedViews() where view.header.height.number >= height { return }
  }

  /// Waits until a node's next block belongs to that epoch.
  private func enter(_ epoch: Epoch, _ network: RunningNetwork, _ name: String) async throws {
    let node = try await network.nodes[some(MemberID(name))]
    for await view in try some(node).published.committedViews() where view.state.epoch >= epoch { return }
  }
}
