import API
import Consensus
import Cryptography
import Foundation
import Hummingbird
import Ledger
import Logging
import Membership
import Replica
import Storage
import Synchronization
import Transport
import Vectors

/// One member's running node: storage, the loop with its replica, the sessions with the others, the API, and the desk where there is one.
///
/// ```
/// let node = try await MemberNode.start(configuration, output: output)
/// let failure = await node.run()        // until stop() or until storage fails
/// ```
package final class MemberNode: Sendable {
  /// Where the others reach this node and where its API listens, with the ports that the system chose where 0 was configured.
  package let listen: PeerAddress
  package let api: PeerAddress
  package let network: NetworkID
  package let published: Published
  private let engine: NodeEngine
  private let mesh: Mesh
  private let server: APIServer
  private let desk: Task<Void, Never>?
  private let logger: Logger

  private init(
    engine: NodeEngine, mesh: Mesh, listen: PeerAddress, server: APIServer, desk: Task<Void, Never>?, logger: Logger
  ) {
    (self.engine, self.mesh, self.listen, self.server) = (engine, mesh, listen, server)
    (self.desk, self.logger) = (desk, logger)
    (api, network, published) = (server.address, engine.material.genesis.network, engine.published)
  }

  /// Starts everything in order; where a part fails, what runs already is stopped before the error is thrown.
  package static func start(
    _ configuration: NodeConfiguration, output: LogOutput, desk factory: DeskFactory? = nil,
    seams: NodeSeams = NodeSeams()
  ) async throws(NodeFailure) -> MemberNode {
    let material = try NodeMaterial.load(configuration, knowing: seams.rules)
    let engine = try NodeEngine(configuration, material, seams: seams, logger: output.logger("node"))
    var (mesh, server): (Mesh?, APIServer?)
    do throws(NodeFailure) {
      let sessions = try makeMesh(configuration, engine)
      mesh = sessions
      engine.connect(to: seams.sender(sessions, material), followers(of: sessions, material))
      let api = try await APIServer.start(configuration.api, handlers: engine.handlers, logger: output.logger("api"))
      server = api
      engine.start()
      let listen = try await open(sessions)
      let desk = try startDesk(factory, configuration, engine, output.logger("desk"))
      let node = MemberNode(
        engine: engine, mesh: sessions, listen: listen, server: api, desk: desk, logger: output.logger("node"))
      node.announce(configuration.member)
      return node
    } catch {
      _ = await engine.stop()
      await server?.stop()
      await mesh?.shutdown()
      throw error
    }
  }

  private func announce(_ member: MemberID) {
    logger.notice(
      "started",
      metadata: [
        "member": "\(member)", "network": "\(network)", "listen": "\(listen)", "api": "\(api)",
        "height": "\(published.committed.header.height)", "journal": "\(engine.standing)",
      ])
  }

  /// Waits until the node has ended, and answers why where it did not end by ``stop()``.
  package func run() async -> NodeFailure? {
    let failure = await engine.finished()
    if let failure { logger.critical("\(failure.sentence)", metadata: ["code": "\(failure.code)"]) }
    desk?.cancel()
    await server.stop()
    await mesh.shutdown()
    engine.close()
    logger.notice("stopped")
    return failure
  }

  /// Asks the node to end; ``run()`` answers when it has.
  package func stop() { engine.requestStop() }

  private static func makeMesh(
    _ configuration: NodeConfiguration, _ engine: NodeEngine
  ) throws(NodeFailure) -> Mesh {
    let material = engine.material
    let settings = MeshConfiguration(
      member: configuration.member, network: material.genesis.network,
      roster: roster(in: engine.context, material),
      identity: material.identity, listen: configuration.listen, peers: configuration.peers,
      sign: { [signer = material.signer] (request) throws(KeyError) in try signer.greet(request) })
    do throws(TransportError) {
      return try Mesh(configuration: settings) { [weak engine] event in engine?.take(event) }
    } catch {
      throw .transport(error)
    }
  }

  /// By which roster members are let in: the present one, or a later one that a bundle proved.
  private static func roster(in context: EpochContext, _ material: NodeMaterial) -> Roster {
    guard let proved = material.proved, proved.epoch > context.epoch else { return context.roster }
    return proved.roster
  }

  private static func followers(of mesh: Mesh, _ material: NodeMaterial) -> EpochFollowers {
    EpochFollowers { context, before in
      mesh.update(roster: roster(in: context, material), before: before)
    }
  }

  /// Takes over what may change while the node runs: the others' addresses, and the TLS identity with the anchors. What cannot be used
  /// is said, and what was before stays.
  package func reload(_ configuration: NodeConfiguration) {
    mesh.update(peers: configuration.peers)
    do {
      try mesh.update(identity: try NodeMaterial.identity(configuration))
      logger.notice("configuration read again", metadata: ["peers": "\(configuration.peers.count)"])
    } catch let error as KeyError {
      logger.error("the TLS files cannot be used, those of before stay", metadata: ["reason": "\(error.sentence)"])
    } catch {
      logger.error("the TLS files cannot be used, those of before stay", metadata: ["reason": "\(error)"])
    }
  }

  /// Says that a configuration could not be read again; the one of before stays.
  package func refuseReload(_ failure: NodeFailure) {
    logger.error(
      "the configuration cannot be read again, that of before stays",
      metadata: ["code": "\(failure.code)", "reason": "\(failure.sentence)"])
  }

  private static func open(_ mesh: Mesh) async throws(NodeFailure) -> PeerAddress {
    do throws(TransportError) { return try await mesh.start() } catch { throw .transport(error) }
  }

  private static func startDesk(
    _ factory: DeskFactory?, _ configuration: NodeConfiguration, _ engine: NodeEngine, _ logger: Logger
  ) throws(NodeFailure) -> Task<Void, Never>? {
    guard let factory, let settings = configuration.desk else { return nil }
    let submitter = engine.handlers.submitter
    let service = try factory(
      DeskSurroundings(
        member: configuration.member, network: engine.material.genesis.network, settings: settings,
        published: engine.published,
        submit: { (transaction) throws(APIRefusal) in
          try await submitter.submit(try submitter.verified(transaction), within: APILimits.longestWait)
        },
        now: { [clock = engine.clock] in clock.now }, logger: logger))
    engine.handlers.desk.set(service)
    return Task { await service.run() }
  }
}
