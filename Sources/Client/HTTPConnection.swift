import NIOCore
import NIOHTTP1
import NIOPosix

/// The bounds of one exchange.
package struct HTTPLimits: Hashable, Sendable {
  /// How long the whole exchange may take, in seconds.
  package let seconds: Int
  /// The largest answer in bytes.
  package let answer: Int

  package init(seconds: Int, answer: Int) { (self.seconds, self.answer) = (seconds, answer) }

  /// What suits reads for people: 30 s, 64 MiB.
  package static let standard = HTTPLimits(seconds: 30, answer: 64 << 20)

  /// What suits whole states and proofs of all versions: 10 min, 1 GiB.
  package static let whole = HTTPLimits(seconds: 600, answer: 1 << 30)
}

/// One keep-alive connection to a node's loopback API, opened on first use and again after the node closed it.
///
/// Plain HTTP/1.1: the API listens on loopback only. Requests on one connection follow each other; who wants several at once opens
/// several connections. Not to be used by two tasks at the same time: the second is refused.
package actor HTTPConnection {
  package nonisolated let address: NodeAddress
  private var channel: (any Channel)?
  private var isBusy = false

  package init(_ address: NodeAddress) { self.address = address }

  /// Sends a request and awaits the whole answer. A connection that the node closed while idle is opened anew, once.
  package func send(_ request: HTTPRequest, limits: HTTPLimits = .standard) async throws(NodeError) -> HTTPAnswer {
    guard !isBusy else { throw .unexpectedAnswer(node: address.description, reason: "two requests at once") }
    isBusy = true
    defer { isBusy = false }
    let reused = channel?.isActive == true
    do { return try await exchange(request, limits) } catch {
      guard reused, case ExchangeFailure.closed(answered: false) = error else { throw translated(error, limits) }
    }
    channel = nil
    do { return try await exchange(request, limits) } catch { throw translated(error, limits) }
  }

  /// Closes the connection; the next request opens it again.
  package func close() async {
    try? await channel?.close()
    channel = nil
  }

  private func exchange(_ request: HTTPRequest, _ limits: HTTPLimits) async throws -> HTTPAnswer {
    let channel = try await open()
    let promise = channel.eventLoop.makePromise(of: HTTPAnswer.self)
    let exchange = PendingExchange(
      request: request, limit: limits.answer, timeout: .seconds(Int64(limits.seconds)), promise: promise)
    channel.writeAndFlush(exchange).whenFailure { _ in promise.fail(ExchangeFailure.closed(answered: false)) }
    return try await promise.futureResult.get()
  }

  private func open() async throws -> any Channel {
    if let channel, channel.isActive { return channel }
    let host = address.host
    let opened = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .connectTimeout(.seconds(3))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(HTTPExchangeHandler(host: host))
        }
      }
      .connect(host: address.host, port: address.port).get()
    channel = opened
    return opened
  }

  private func translated(_ error: any Error, _ limits: HTTPLimits) -> NodeError {
    let node = address.description
    guard let failure = error as? ExchangeFailure else { return .unreachable(node: node, reason: Self.reason(error)) }
    switch failure {
    case .closed(answered: false): return .unreachable(node: node, reason: "it closed the connection")
    case .closed(answered: true): return .unreachable(node: node, reason: "it closed the connection amid its answer")
    case .timedOut: return .timedOut(node: node, seconds: limits.seconds)
    case .tooLarge: return .answerTooLarge(node: node, limit: limits.answer)
    case .malformed(let reason): return .unexpectedAnswer(node: node, reason: reason)
    }
  }

  private static func reason(_ error: any Error) -> String {
    if let error = error as? NIOConnectionError {
      guard let first = error.connectionErrors.first else { return "the name \(error.host) has no address" }
      return reason(first.error)
    }
    if let error = error as? IOError {
      return switch error.errnoCode {
      case 111: "connection refused; is floord running there?"
      case let code: "system error \(code)"
      }
    }
    if let error = error as? ChannelError, case .connectTimeout = error { return "no answer within 3 s" }
    return "\(error)"
  }
}
