import Cryptography
import Glibc
import Membership
import NIOCore
import NIOPosix
import Synchronization

/// A member's sessions with all others: frames in, frames out. It decides nothing about what is in a frame.
///
/// ```
/// let mesh = try Mesh(configuration: configuration) { event in inbox.append(event) }
/// try await mesh.start()
/// mesh.broadcast(frame, .consensus)
/// await mesh.shutdown()
/// ```
/// One thread does the work of all sessions; the program's own threads only leave frames and look at counters. A mesh
/// that was made must be shut down, also where ``start()`` failed.
package final class Mesh: Sendable {
  private enum Stage {
    case made
    case started(any Channel)
    case ended
  }

  private let group: MultiThreadedEventLoopGroup
  private let loop: any EventLoop
  private let links = LinkTable()
  private let switchboard: NIOLoopBoundBox<Switchboard>
  private let configuration: MeshConfiguration
  private let stage = Mutex(Stage.made)

  /// Checks the identity; opens nothing yet. `handler` is called on the mesh's own thread and must not block.
  package init(
    configuration: MeshConfiguration, handler: @escaping @Sendable (MeshEvent) -> Void
  ) throws(TransportError) {
    let context = try TLSContext(configuration.identity)
    // A newcomer's own entry may stand on a roster that it does not know yet.
    if let pins = configuration.roster[configuration.member]?.pins {
      guard configuration.identity.chain.contains(where: { pins.contains($0.subjectPublicKeyDigest) }) else {
        throw .notPinned(configuration.member)
      }
    }
    self.configuration = configuration
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let (loop, links) = (group.next(), links)
    self.group = group
    self.loop = loop
    switchboard = .makeBoxSendingValue(
      Switchboard(configuration: configuration, tlsContext: context, links: links, loop: loop, handler: handler),
      eventLoop: loop)
  }

  /// Listens, then dials the others. Answers the address, with the port that the system chose where 0 was asked for.
  @discardableResult
  package func start() async throws(TransportError) -> PeerAddress {
    guard stage.withLock({ if case .made = $0 { true } else { false } }) else { throw .alreadyStarted }
    let address = configuration.listen
    let listener = try await listen(on: address)
    let isEnded = stage.withLock { stage in
      guard case .made = stage else { return true }
      stage = .started(listener)
      return false
    }
    guard !isEnded else { throw .alreadyStarted }
    update(roster: configuration.roster, peers: configuration.peers)
    return listener.localAddress?.port.flatMap { PeerAddress(host: address.host, port: $0) } ?? address
  }

  private func listen(on address: PeerAddress) async throws(TransportError) -> any Channel {
    let switchboard = switchboard
    let bootstrap = SocketOptions.server(ServerBootstrap(group: group)).childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture { try switchboard.value.prepare(channel, dialled: nil) }
    }
    do { return try await bootstrap.bind(host: address.host, port: address.port).get() } catch {
      if (error as? IOError)?.errnoCode == EADDRINUSE { throw .portInUse(address) }
      throw .cannotListen(address, reason: SystemReason.of(error))
    }
  }

  /// Takes over a roster and the members' addresses. Sessions that the roster no longer permits are closed; a member
  /// that it adds is dialled where it has an address. Without effect unless the mesh runs.
  ///
  /// Of members that are on the roster `before` too, the keys and pins of before count for a while besides the new ones
  /// (S26).
  package func update(roster: Roster, before: Roster? = nil, peers: [MemberID: PeerAddress]) {
    let switchboard = switchboard
    stage.withLock { stage in
      // Under the lock, since an event loop that has ended takes nothing more.
      guard case .started = stage else { return }
      loop.execute { switchboard.value.update(roster: roster, before: before, peers: peers) }
    }
  }

  /// Takes over the roster alone; the addresses stay.
  package func update(roster: Roster, before: Roster?) {
    let switchboard = switchboard
    stage.withLock { stage in
      guard case .started = stage else { return }
      loop.execute {
        switchboard.value.update(roster: roster, before: before, peers: switchboard.value.configuration.peers)
      }
    }
  }

  /// Takes over the members' addresses alone. Those of members that are not on the roster yet wait until they are.
  package func update(peers: [MemberID: PeerAddress]) {
    let switchboard = switchboard
    stage.withLock { stage in
      guard case .started = stage else { return }
      loop.execute { switchboard.value.update(peers: peers) }
    }
  }

  /// Takes over a certificate, a key and anchors for the sessions to come; those that live stay. Whether a roster pins the
  /// certificate, the other members say.
  package func update(identity: TransportIdentity) throws(TransportError) {
    let (switchboard, context) = (switchboard, try TLSContext(identity))
    stage.withLock { stage in
      guard case .started = stage else { return }
      loop.execute { switchboard.value.tlsContext = context }
    }
  }

  /// Leaves a frame for one member and returns at once. The array is not copied.
  @discardableResult
  package func send(_ frame: [UInt8], to member: MemberID, _ priority: Priority) -> SendOutcome {
    links[member]?.send(frame, priority) ?? .notConnected
  }

  /// Leaves a frame for every connected member; a slow one does not hold the others up.
  package func broadcast(_ frame: [UInt8], _ priority: Priority) {
    for link in links.all { _ = link.send(frame, priority) }
  }

  /// Who has a session now, ascending.
  package var connectedMembers: [MemberID] { links.all.filter(\.isConnected).map(\.member) }

  /// What passed between this node and each other member, ascending.
  package var counters: [(member: MemberID, counters: LinkCounters)] { links.all.map { ($0.member, $0.counters) } }

  /// Closes every session and the listener, and ends the thread. No event comes after it returned.
  package func shutdown() async {
    let listener = stage.withLock { stage -> (any Channel)? in
      defer { stage = .ended }
      if case .started(let channel) = stage { return channel }
      return nil
    }
    let switchboard = switchboard
    // Closing what is closed already fails, and there is nothing to do about it.
    try? await listener?.close().get()
    try? await loop.submit { switchboard.value.stop() }.get()
    try? await group.shutdownGracefully()
  }
}
