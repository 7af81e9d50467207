import CBOR
import Client
import Consensus
import Cryptography
import Foundation
import Ledger
import Logging
import Membership
import Negotiation
import Node
import Trade
import Transport

/// Real nodes in this process: TLS between them on loopback, journals in a temporary folder, ports chosen by the system.
///
/// The first node dials nobody, and each further one those before it, since no port is known before a node listens.
actor RunningNetwork {
  let world: TestNetwork
  let folder: String
  private var authorities: [MemberID: CertificateAuthority] = [:]
  private(set) var nodes: [MemberID: MemberNode] = [:]
  private var runs: [MemberID: Task<NodeFailure?, Never>] = [:]
  /// What the nodes that are started from now on take from the machine.
  var seams = NodeSeams()
  private var adjustments: [MemberID: @Sendable (inout NodeConfiguration) -> Void] = [:]

  init(_ names: [String]) throws {
    folder = NSTemporaryDirectory() + "nodes-" + UUID().uuidString
    var authorities: [MemberID: CertificateAuthority] = [:]
    for name in names { authorities[try some(MemberID(name))] = try CertificateAuthority.create(name: name) }
    let pins = authorities.mapValues(\.certificate.subjectPublicKeyDigest)
    world = try TestNetwork(names: names) { content in
      content.time = Instant(milliseconds: WallClock.now.milliseconds - 1_000)
      content.ledger.delta = 200
      content.ledger.clockBound = 10_000
      content.negotiation = .customary
      content.members = content.members.map { member in
        Member(
          id: member.id, name: member.name, kind: member.kind, root: member.root, authority: member.authority,
          node: member.node, pins: pins[member.id].map { [$0] } ?? [])
      }
    }
    self.authorities = authorities
    for name in names { try furnish(try some(MemberID(name))) }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  nonisolated func path(_ member: MemberID) -> String { folder + "/" + member.text }

  private nonisolated func furnish(_ member: MemberID) throws {
    try FileManager.default.createDirectory(atPath: path(member), withIntermediateDirectories: true)
  }

  /// Writes what a node of the member reads.
  func write(_ member: MemberID) throws {
    let (place, authority) = (path(member), try some(authorities[member]))
    guard !FileManager.default.fileExists(atPath: place + "/node.pem") else { return }
    try Data(world.genesis.genesis.encoded).write(to: URL(filePath: place + "/genesis.cbor"))
    try KeyFile.create(try some(world.keys[member]?[.node]), at: place + "/node.pem")
    let key = try PrivateKey.generate(.es256)
    let leaf = try authority.issue(name: "\(member) node", key: key)
    try KeyFile.create(key, at: place + "/tls.pem")
    try KeyFile.createPublic(try leaf.pem() + authority.certificate.pem(), at: place + "/chain.pem")
    var anchors: [UInt8] = []
    for other in authorities.keys.sorted() where other != member {
      anchors += try some(authorities[other]).certificate.pem()
    }
    try KeyFile.createPublic(anchors, at: place + "/anchors.pem")
  }

  func configuration(_ member: MemberID) throws -> NodeConfiguration {
    let others = nodes.filter { $0.key != member }.map { "  \($0.key): \($0.value.listen)" }.sorted()
    let vectors = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../Protocol/Vectors/floors.json")
    let text = """
      member: \(member)
      genesis: genesis.cbor
      data: data
      guard: guard
      keys: {node: node.pem}
      tls: {certificate: chain.pem, key: tls.pem, anchors: [anchors.pem]}
      listen: 127.0.0.1:0
      api: {listen: "127.0.0.1:0"}
      vectors: \(vectors.standardizedFileURL.path)
      \(others.isEmpty ? "" : "peers:\n" + others.joined(separator: "\n"))
      """
    return try NodeConfiguration.parse(text, file: path(member) + "/floord.yaml")
  }

  func set(snapshotInterval: UInt64) { seams.snapshotInterval = snapshotInterval }

  /// What of a member's configuration is to be other than the usual one.
  func adjust(_ member: MemberID, _ change: @escaping @Sendable (inout NodeConfiguration) -> Void) {
    adjustments[member] = change
  }

  @discardableResult
  func start(_ name: String) async throws -> MemberNode {
    let member = try some(MemberID(name))
    try write(member)
    let output = LogOutput(format: .text, level: .critical)
    var configuration = try configuration(member)
    adjustments[member]?(&configuration)
    let node = try await MemberNode.start(configuration, output: output, seams: seams)
    nodes[member] = node
    runs[member] = Task { await node.run() }
    return node
  }

  /// Stops a node cleanly, and answers why it ended, if not for that.
  @discardableResult
  func stop(_ name: String) async throws -> NodeFailure? {
    let member = try some(MemberID(name))
    nodes.removeValue(forKey: member)?.stop()
    return await runs.removeValue(forKey: member)?.value ?? nil
  }

  func stopAll() async throws { for member in nodes.keys.sorted() { try await stop(member.text) } }

  func client(_ name: String) throws -> NodeClient {
    let node = try some(nodes[try some(MemberID(name))])
    return NodeClient(NodeAddress(host: node.api.host, port: node.api.port))
  }

  /// A memorandum of a member, signed, to be included within a minute.
  nonisolated func memorandum(_ text: String, by name: String, life: Int64 = 60_000) throws -> SignedTransaction {
    let notAfter = Instant(milliseconds: WallClock.now.milliseconds + life)
    return try world.signed(
      Transaction(signer: try some(MemberID(name)), notAfter: notAfter, body: .memorandum(Array(text.utf8))))
  }
}

/// Runs a test on started nodes and stops them whatever happens.
func withNetwork(_ names: [String], _ body: (RunningNetwork) async throws -> Void) async throws {
  let network = try RunningNetwork(names)
  do {
    for name in names { try await network.start(name) }
    try await body(network)
    try await network.stopAll()
  } catch {
    try await network.stopAll()
    throw error
  }
}
