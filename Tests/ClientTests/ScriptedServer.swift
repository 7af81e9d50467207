import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// A server on a free loopback port that answers as a test tells it to.
struct ScriptedServer {
  /// What the server does with one request.
  enum Answer: Sendable {
    case status(Int, body: String, keepAlive: Bool = true)
    /// A body of so many bytes.
    case large(Int)
    case silence
    case hangUp
  }

  private let channel: any Channel
  let port: Int

  /// Serves until ``stop()``; `script` sees the number of the connection, of the request on it, and the request's path.
  static func start(_ script: @escaping @Sendable (Int, Int, String) -> Answer) async throws -> ScriptedServer {
    let counter = ConnectionCounter()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandler(ScriptHandler(connection: counter.next(), script))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return ScriptedServer(channel: channel, port: channel.localAddress?.port ?? 0)
  }

  func stop() async { try? await channel.close() }
}

/// Numbers the connections in the order in which they are accepted.
private final class ConnectionCounter: Sendable {
  private let count = NIOLockedValueBox(0)

  func next() -> Int {
    count.withLockedValue { value in
      defer { value += 1 }
      return value
    }
  }
}

private final class ScriptHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let connection: Int
  private let script: @Sendable (Int, Int, String) -> ScriptedServer.Answer
  private var requests = 0
  private var path = ""

  init(connection: Int, _ script: @escaping @Sendable (Int, Int, String) -> ScriptedServer.Answer) {
    (self.connection, self.script) = (connection, script)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): path = head.uri
    case .body: break
    case .end:
      let answer = script(connection, requests, path)
      requests += 1
      send(answer, context)
    }
  }

  private func send(_ answer: ScriptedServer.Answer, _ context: ChannelHandlerContext) {
    switch answer {
    case .status(let status, let body, let keepAlive): respond(status, body, keepAlive, context)
    case .large(let count): respond(200, String(repeating: "x", count: count), true, context)
    case .silence: break
    case .hangUp: context.close(promise: nil)
    }
  }

  private func respond(_ status: Int, _ body: String, _ keepAlive: Bool, _ context: ChannelHandlerContext) {
    let headers = HTTPHeaders([
      ("Content-Type", "application/json"), ("Content-Length", String(body.utf8.count)),
      ("Connection", keepAlive ? "keep-alive" : "close"),
    ])
    let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !keepAlive {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      end.whenComplete { _ in bound.value.close(promise: nil) }
    }
  }
}
