import CBOR
import Cryptography
import Membership
import Testing
import Transport

@Suite("The life of sessions", .timeLimit(.minutes(1)))
struct LifecycleTests {
  private let network: TestNetwork

  init() throws { network = try TestNetwork(["AUS", "USA"]) }

  private var low: TestNetwork.Party { network.parties[0] }
  private var high: TestNetwork.Party { network.parties[1] }

  /// Dials a mesh as another member, up to the mesh's own greeting.
  private func join(
    _ address: PeerAddress, as party: TestNetwork.Party, identity: TransportIdentity, to peer: MemberID
  ) throws -> RawPeer {
    let raw = try RawPeer.dial(address, try TLSContext(identity))
    #expect(raw.handshake())
    try raw.sendFrame(raw.hello(party, to: peer, network: network.network))
    let answer = try Hello(decoding: SignedStatement(decoding: raw.nextFrame()).payload)
    #expect(answer.member == peer && answer.peer == party.id && answer.role == .server)
    #expect(answer.channelBinding == raw.tls.channelBinding)
    return raw
  }

  @Test("a new session from the same side replaces the old one, and only one stands")
  func replaced() async throws {
    let mesh = try await ObservedMesh(network.configuration(0))
    let first = try join(mesh.address, as: high, identity: network.identity(1), to: low.id)
    let second = try join(mesh.address, as: high, identity: network.identity(1), to: low.id)
    await mesh.events.wait { $0.ends == [.replaced] && $0.connected.count == 1 }
    #expect(first.read() == .closed)
    try second.sendFrame([1, 2])
    await mesh.events.wait { $0.frames.map(\.bytes) == [[1, 2]] }
    #expect(mesh.mesh.counters.first?.counters.sessions == 2)
    await mesh.mesh.shutdown()
    #expect(second.read() == .closed)
  }

  @Test("the session that the lower id dialled outlives the other's")
  func duplicate() async throws {
    let listener = try RawListener()
    let mesh = try await ObservedMesh(network.configuration(0, peers: [high.id: listener.address]))
    let dialled = try listener.accept(try TLSContext(network.identity(1)))
    #expect(dialled.handshake())
    _ = try dialled.nextFrame()
    // Between the mesh's greeting and the answer the other side dials, and is live first.
    let dialling = try join(mesh.address, as: high, identity: network.identity(1), to: low.id)
    try dialled.sendFrame(dialled.hello(high, to: low.id, role: .server, network: network.network))
    await mesh.events.wait { $0.ends == [.duplicate] && $0.connected.count == 1 }
    #expect(dialling.read() == .closed)
    // Once more from that side: it is turned away, and nobody is told, since nothing is wrong.
    let again = try RawPeer.dial(mesh.address, try TLSContext(network.identity(1)))
    #expect(again.handshake())
    try again.sendFrame(again.hello(high, to: low.id, network: network.network))
    #expect(again.read() == .closed)
    mesh.mesh.send([7], to: high.id, .bulk)
    #expect(dialled.read() == .frame([7]))
    #expect(mesh.events.all.refusals.isEmpty && mesh.events.all.ends.count == 1)
    await mesh.mesh.shutdown()
  }

  @Test("a member that goes and returns is dialled until it is there")
  func reconnects() async throws {
    var meshes = try await startMeshes(network)
    for _ in 1...3 {
      let address = meshes[1].address
      await meshes[1].mesh.shutdown()
      let before = meshes[0].events.all.unreachable.count
      await meshes[0].events.wait { $0.connected.isEmpty && $0.unreachable.count > before }
      #expect(meshes[0].mesh.send([1], to: high.id, .consensus) == .notConnected)
      meshes[1] = try await ObservedMesh(network.configuration(1) { $0.listen = address })
      await meshes[0].events.wait { $0.connected.count == 1 }
      #expect(meshes[0].mesh.send([1], to: high.id, .consensus) == .queued)
      await meshes[1].events.wait { $0.frames.count == 1 }
    }
    #expect(meshes[0].mesh.counters.first?.counters.sessions == 4)
    await shutDown(meshes)
  }

  @Test("a member that drops the connection in the middle of a frame")
  func cutOff() async throws {
    let mesh = try await ObservedMesh(network.configuration(0))
    var raw: RawPeer? = try join(mesh.address, as: high, identity: network.identity(1), to: low.id)
    try raw?.send(RawPeer.header(100) + [1, 2, 3])
    raw = nil
    await mesh.events.wait { $0.ends.count == 1 }
    #expect(mesh.events.all.frames.isEmpty)
    await mesh.mesh.shutdown()
  }

  @Test("a frame that is too large or empty ends the session", arguments: [0, 4 * 1024 * 1024 + 1])
  func frameSize(size: Int) async throws {
    let mesh = try await ObservedMesh(network.configuration(0))
    let raw = try join(mesh.address, as: high, identity: network.identity(1), to: low.id)
    try raw.sendFrame([1])
    try raw.send(RawPeer.header(size))
    await mesh.events.wait { $0.ends == [size == 0 ? .emptyFrame : .frameTooLarge(size)] }
    #expect(mesh.events.all.frames.map(\.bytes) == [[1]])
    #expect(mesh.mesh.send([], to: high.id, .bulk) == .wrongSize)
    #expect(mesh.mesh.send([UInt8](repeating: 0, count: 4 * 1024 * 1024 + 1), to: high.id, .bulk) == .wrongSize)
    await mesh.mesh.shutdown()
  }

  @Test("a roster without the member, with another key or another pin ends its session")
  func roster() async throws {
    let otherKey = Member(
      id: high.id, name: "", kind: .state, root: try PrivateKey.generate().publicKey,
      authority: try PrivateKey.generate().publicKey, node: try PrivateKey.generate().publicKey,
      pins: [high.authority.certificate.subjectPublicKeyDigest])
    let own = try #require(network.roster[low.id])
    let rosters = [
      try network.roster(without: 1), try Roster([own, otherKey]),
      try Roster([own, TestNetwork.member(high, pins: [low.authority.certificate.subjectPublicKeyDigest])]),
    ]
    for changed in rosters {
      let mesh = try await ObservedMesh(network.configuration(0))
      let raw = try join(mesh.address, as: high, identity: network.identity(1), to: low.id)
      mesh.mesh.update(roster: network.roster, peers: [:])
      await mesh.events.wait { $0.connected.count == 1 }
      mesh.mesh.send([1], to: high.id, .bulk)
      #expect(raw.read() == .frame([1]))
      mesh.mesh.update(roster: changed, peers: [:])
      await mesh.events.wait { $0.ends == [.notPermitted] }
      #expect(raw.read() == .closed)
      let again = try RawPeer.dial(mesh.address, try TLSContext(network.identity(1)))
      #expect(again.handshake())
      try again.sendFrame(again.hello(high, to: low.id, network: network.network))
      await mesh.events.wait { $0.refusals.count == 1 }
      await mesh.mesh.shutdown()
    }
  }

  @Test("beside a new roster the one of before counts for a while: then only the new key gets in")
  func overlap() async throws {
    let next = try PrivateKey.generate()
    let entry = try #require(network.roster[high.id])
    let replaced = Member(
      id: high.id, name: "", kind: .state, root: entry.root, authority: entry.authority, node: next.publicKey,
      pins: entry.pins)
    let roster = try Roster([try #require(network.roster[low.id]), replaced])
    let mesh = try await ObservedMesh(network.configuration(0) { $0.timing.overlap = 400 })
    let raw = try join(mesh.address, as: high, identity: network.identity(1), to: low.id)
    await mesh.events.wait { $0.connected.count == 1 }
    mesh.mesh.update(roster: roster, before: network.roster)
    mesh.mesh.send([1], to: high.id, .bulk)
    #expect(raw.read() == .frame([1]))
    await mesh.events.wait { $0.ends == [.notPermitted] }
    #expect(raw.read() == .closed)
    let again = try RawPeer.dial(mesh.address, try TLSContext(network.identity(1)))
    #expect(again.handshake())
    try again.sendFrame(again.hello(high, to: low.id, network: network.network))
    await mesh.events.wait { $0.refusals.count == 1 }
    await mesh.mesh.shutdown()
  }

  @Test("an address of a member that is not on the roster yet waits until it is")
  func newcomer() async throws {
    let newcomer = try await ObservedMesh(network.configuration(1))
    let mesh = try await ObservedMesh(
      network.configuration(0) { [without = try network.roster(without: 1)] in $0.roster = without })
    mesh.mesh.update(peers: [high.id: newcomer.address])
    mesh.mesh.update(roster: network.roster, before: try network.roster(without: 1))
    await mesh.events.wait { $0.connected == [high.id] }
    await mesh.mesh.shutdown()
    await newcomer.mesh.shutdown()
  }

  @Test("a leaf pinned by itself is let in without its authority")
  func pinnedLeaf() async throws {
    let own = try #require(network.roster[low.id])
    let pinned = try Roster([own, TestNetwork.member(high, pins: [high.leaf.subjectPublicKeyDigest])])
    let mesh = try await ObservedMesh(
      network.configuration(0) {
        $0.roster = pinned
        $0.identity = TransportIdentity(chain: low.chain, key: low.leafKey, trustAnchors: [high.leaf])
      })
    let identity = TransportIdentity(chain: [high.leaf], key: high.leafKey, trustAnchors: network.anchors)
    let raw = try join(mesh.address, as: high, identity: identity, to: low.id)
    await mesh.events.wait { $0.connected.count == 1 }
    withExtendedLifetime(raw) {}
    await mesh.mesh.shutdown()
  }

  @Test("a port in use is named, and so is an identity that cannot serve")
  func start() async throws {
    let mesh = try await ObservedMesh(network.configuration(0))
    let second = try Mesh(configuration: network.configuration(1) { $0.listen = mesh.address }) { _ in }
    await #expect(throws: TransportError.portInUse(mesh.address)) { try await second.start() }
    await second.shutdown()
    await #expect(throws: TransportError.alreadyStarted) { try await mesh.mesh.start() }
    await mesh.mesh.shutdown()
    await #expect(throws: TransportError.alreadyStarted) { try await mesh.mesh.start() }

    #expect(throws: TransportError.notPinned(low.id)) {
      try Mesh(configuration: network.configuration(0) { $0.identity = network.identity(1) }) { _ in }
    }
    let mixed = TransportIdentity(chain: low.chain, key: high.leafKey, trustAnchors: [])
    #expect { try TLSContext(mixed) } throws: { ($0 as? TransportError)?.code == "TLS_IDENTITY" }
    let empty = TransportIdentity(chain: [], key: low.leafKey, trustAnchors: [])
    #expect { try TLSContext(empty) } throws: { ($0 as? TransportError)?.code == "TLS_IDENTITY" }
  }

  @Test("many sessions come and go without a trace")
  func soak() async throws {
    let mesh = try await ObservedMesh(network.configuration(0))
    for round in 0..<150 {
      let raw = try RawPeer.dial(mesh.address, try TLSContext(network.identity(1)))
      switch round % 3 {
      case 0: continue
      case 1: #expect(raw.handshake())
      default:
        #expect(raw.handshake())
        try raw.sendFrame(raw.hello(high, to: low.id, network: network.network))
        _ = try raw.nextFrame()
        try raw.sendFrame([UInt8(round)])
      }
    }
    await mesh.events.wait { $0.ends.count == 50 && $0.refusals.count == 100 }
    #expect(mesh.mesh.connectedMembers.isEmpty)
    for _ in 0..<10 { await shutDown(try await startMeshes(network)) }
    await mesh.mesh.shutdown()
  }
}
