import Cryptography
import Membership
import Synchronization
import Testing
import Transport

/// A network of members with keys, authorities and leaves of their own, in memory.
struct TestNetwork {
  struct Party {
    let id: MemberID
    let nodeKey: PrivateKey
    let authority: CertificateAuthority
    let leaf: Certificate
    let leafKey: PrivateKey

    var chain: [Certificate] { [leaf, authority.certificate] }
  }

  let parties: [Party]
  let roster: Roster
  let network = NetworkID(Digest.of(.genesis, Array("transport tests".utf8)))

  init(_ names: [String]) throws {
    var (parties, members): ([Party], [Member]) = ([], [])
    for name in names {
      let id = try #require(MemberID(name))
      let authority = try CertificateAuthority.create(name: "\(name) CA")
      let leafKey = try PrivateKey.generate(.es256)
      let party = Party(
        id: id, nodeKey: try PrivateKey.generate(), authority: authority,
        leaf: try authority.issue(name: "\(name) node", key: leafKey), leafKey: leafKey)
      parties.append(party)
      members.append(try Self.member(party, pins: [authority.certificate.subjectPublicKeyDigest]))
    }
    self.parties = parties
    roster = try Roster(members)
  }

  static func member(_ party: Party, pins: [Digest]) throws -> Member {
    Member(
      id: party.id, name: party.id.text, kind: .state, root: try PrivateKey.generate().publicKey,
      authority: try PrivateKey.generate().publicKey, node: party.nodeKey.publicKey, pins: pins)
  }

  /// The roster without one member.
  func roster(without index: Int) throws -> Roster {
    try Roster(roster.members.filter { $0.id != parties[index].id })
  }

  var anchors: [Certificate] { parties.map(\.authority.certificate) }

  func identity(_ index: Int) -> TransportIdentity {
    TransportIdentity(chain: parties[index].chain, key: parties[index].leafKey, trustAnchors: anchors)
  }

  /// A configuration that listens on a port that the system chooses, and waits for nothing for long.
  func configuration(
    _ index: Int, peers: [MemberID: PeerAddress] = [:], adjust: (inout MeshConfiguration) -> Void = { _ in }
  ) throws -> MeshConfiguration {
    let (key, network) = (parties[index].nodeKey, network)
    var configuration = MeshConfiguration(
      member: parties[index].id, network: network, roster: roster, identity: identity(index),
      listen: try #require(PeerAddress(host: "127.0.0.1", port: 0)), peers: peers,
      sign: { request throws(KeyError) in try key.sign(request, network) })
    configuration.timing.firstRetry = 5
    configuration.timing.longestRetry = 50
    configuration.timing.courtesy = 20
    adjust(&configuration)
    return configuration
  }
}

/// A mesh with everything that it reported, which a test can wait for.
final class ObservedMesh: Sendable {
  let mesh: Mesh
  let events: EventLog
  let id: MemberID
  let address: PeerAddress

  init(_ configuration: MeshConfiguration) async throws {
    let events = EventLog()
    mesh = try Mesh(configuration: configuration) { events.append($0) }
    (self.events, id) = (events, configuration.member)
    address = try await mesh.start()
  }
}

/// Collects events; a waiter resumes as soon as its condition holds.
final class EventLog: Sendable {
  private struct Waiter {
    let number: Int
    let condition: ([MeshEvent]) -> Bool
    let continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var events: [MeshEvent] = []
    var waiters: [Waiter] = []
    var nextNumber = 0
  }

  private let state = Mutex(State())

  var all: [MeshEvent] { state.withLock { $0.events } }

  func append(_ event: MeshEvent) {
    let ready = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
      state.events.append(event)
      let events = state.events
      let ready = state.waiters.filter { $0.condition(events) }
      state.waiters.removeAll { waiter in ready.contains { $0.number == waiter.number } }
      return ready.map(\.continuation)
    }
    for continuation in ready { continuation.resume(returning: true) }
  }

  /// Waits until the condition holds of everything that was reported so far. The suite's time limit ends what never
  /// comes.
  func wait(
    until condition: @escaping @Sendable ([MeshEvent]) -> Bool, location: SourceLocation = #_sourceLocation
  ) async {
    let number = state.withLock { state in
      defer { state.nextNumber += 1 }
      return state.nextNumber
    }
    let came = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let holds = state.withLock { state -> Bool? in
          if condition(state.events) { return true }
          guard !Task.isCancelled else { return false }
          state.waiters.append(Waiter(number: number, condition: condition, continuation: continuation))
          return nil
        }
        if let holds { continuation.resume(returning: holds) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        let place = state.waiters.firstIndex { $0.number == number }
        return place.map { state.waiters.remove(at: $0) }
      }
      waiter?.continuation.resume(returning: false)
    }
    #expect(came, "what was waited for did not come: \(all.suffix(10))", sourceLocation: location)
  }

  /// Hands the frames over that were reported so far, and lets go of them.
  func takeFrames() -> [InboundFrame] {
    state.withLock { state in
      let frames = state.events.frames
      state.events.removeAll { if case .received = $0 { true } else { false } }
      return frames
    }
  }
}

extension [MeshEvent] {
  /// Who is connected after these events.
  var connected: Set<MemberID> {
    var members: Set<MemberID> = []
    for event in self {
      switch event {
      case .connected(let member, _): members.insert(member)
      case .disconnected(let member, _): members.remove(member)
      case .received, .refused, .unreachable: continue
      }
    }
    return members
  }

  var frames: [InboundFrame] { compactMap { if case .received(let frame) = $0 { frame } else { nil } } }

  var refusals: [SessionEnd] { compactMap { if case .refused(_, let end) = $0 { end } else { nil } } }

  var unreachable: [SessionEnd] { compactMap { if case .unreachable(_, let end) = $0 { end } else { nil } } }

  var ends: [SessionEnd] { compactMap { if case .disconnected(_, let end) = $0 { end } else { nil } } }
}

/// Starts a mesh for every party, tells each where those of higher ids listen, so that no two sessions compete, and
/// waits until all are connected.
func startMeshes(
  _ network: TestNetwork, adjust: (inout MeshConfiguration) -> Void = { _ in }
) async throws -> [ObservedMesh] {
  var meshes: [ObservedMesh] = []
  for index in network.parties.indices {
    meshes.append(try await ObservedMesh(network.configuration(index, adjust: adjust)))
  }
  let peers = Dictionary(uniqueKeysWithValues: meshes.map { ($0.id, $0.address) })
  for mesh in meshes { mesh.mesh.update(roster: network.roster, peers: peers.filter { mesh.id < $0.key }) }
  let others = meshes.count - 1
  for mesh in meshes { await mesh.events.wait { $0.connected.count == others } }
  return meshes
}

func shutDown(_ meshes: [ObservedMesh]) async {
  for mesh in meshes { await mesh.mesh.shutdown() }
}

extension PrivateKey {
  /// Signs what the transport asks for.
  func sign(_ request: SigningRequest, _ network: NetworkID) throws(KeyError) -> SignedStatement {
    try request.signed(algorithm: publicKey.algorithm, network: network) { message throws(KeyError) in
      try signature(over: message)
    }
  }
}
