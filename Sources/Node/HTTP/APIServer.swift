import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Transport

/// The HTTP server of the API on its loopback address.
final class APIServer: Sendable {
  let address: PeerAddress
  private let group: ServiceGroup
  private let serving: Task<Void, any Error>

  private init(address: PeerAddress, group: ServiceGroup, serving: Task<Void, any Error>) {
    (self.address, self.group, self.serving) = (address, group, serving)
  }

  /// Listens; answers when connections are accepted.
  static func start(
    _ address: PeerAddress, handlers: APIHandlers, logger: Logger
  ) async throws(NodeFailure) -> APIServer {
    let (ports, bound) = AsyncStream.makeStream(of: Int.self)
    var quiet = logger
    quiet.logLevel = .critical
    let application = Application(
      responder: APIResponder(handlers: handlers, logger: logger),
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port), serverName: "floord"),
      onServerRunning: { channel in bound.yield(channel.localAddress?.port ?? address.port) }, logger: quiet)
    let group = ServiceGroup(configuration: .init(services: [application], logger: quiet))
    let serving = Task {
      defer { bound.finish() }
      try await group.run()
    }
    for await port in ports {
      let found = PeerAddress(host: address.host, port: port) ?? address
      return APIServer(address: found, group: group, serving: serving)
    }
    do {
      try await serving.value
      throw NodeFailure.api(address, reason: "it ended at once")
    } catch let failure as NodeFailure {
      throw failure
    } catch {
      throw .api(address, reason: reason(error))
    }
  }

  /// Lets requests under way end, and returns when the port is closed.
  func stop() async {
    await group.triggerGracefulShutdown()
    _ = await serving.result
  }

  private static func reason(_ error: any Error) -> String {
    guard let failure = error as? IOError else { return "\(error)" }
    return failure.errnoCode == EADDRINUSE ? "the port is in use" : failure.description
  }
}
