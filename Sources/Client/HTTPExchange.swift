import NIOCore
import NIOHTTP1

/// A request as this program makes it: a method, a path with its query, and perhaps a body.
package struct HTTPRequest: Hashable, Sendable {
  package enum Method: String, Hashable, Sendable {
    case get = "GET"
    case post = "POST"
  }

  package let method: Method
  package let path: String
  package let contentType: String?
  package let body: [UInt8]

  package static func get(_ path: String) -> HTTPRequest {
    HTTPRequest(method: .get, path: path, contentType: nil, body: [])
  }

  package static func post(_ path: String, _ body: [UInt8], contentType: String) -> HTTPRequest {
    HTTPRequest(method: .post, path: path, contentType: contentType, body: body)
  }
}

/// A whole answer.
package struct HTTPAnswer: Hashable, Sendable {
  package let status: Int
  package let contentType: String
  package let body: [UInt8]
}

/// How an exchange can fail on the wire, before anyone knows which node it was with.
enum ExchangeFailure: Error {
  /// The connection closed; `answered` tells whether any byte of an answer had come.
  case closed(answered: Bool)
  case timedOut
  case tooLarge
  case malformed(String)
}

/// One request waiting for its answer.
struct PendingExchange: Sendable {
  let request: HTTPRequest
  let limit: Int
  let timeout: TimeAmount
  let promise: EventLoopPromise<HTTPAnswer>
}

/// Runs one exchange after the other on one connection. It lives on its channel's event loop; a second exchange that arrives before
/// the first has ended is a fault of the caller and is refused.
final class HTTPExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = PendingExchange
  typealias OutboundOut = HTTPClientRequestPart

  private let host: String
  private var current: PendingExchange?
  private var deadline: Scheduled<Void>?
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []

  init(host: String) { self.host = host }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let exchange = unwrapOutboundIn(data)
    guard current == nil else {
      exchange.promise.fail(ExchangeFailure.malformed("two requests at once on one connection"))
      return
    }
    (current, head, body) = (exchange, nil, [])
    let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: exchange.timeout) {
      handler.value.end(context: loopBound.value, .failure(ExchangeFailure.timedOut))
    }
    send(exchange.request, context: context, promise: promise)
  }

  private func send(_ request: HTTPRequest, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
    var headers = HTTPHeaders([("Host", host), ("Accept", "application/json, application/cbor")])
    if let type = request.contentType {
      headers.add(name: "Content-Type", value: type)
      headers.add(name: "Content-Length", value: String(request.body.count))
    }
    let head = HTTPRequestHead(
      version: .http1_1, method: .init(rawValue: request.method.rawValue), uri: request.path, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if !request.body.isEmpty {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let exchange = current else {
      context.close(promise: nil)
      return
    }
    switch unwrapInboundIn(data) {
    case .head(let received): head = received
    case .body(let part):
      guard body.count + part.readableBytes <= exchange.limit else {
        return end(context: context, .failure(ExchangeFailure.tooLarge))
      }
      body.append(contentsOf: part.readableBytesView)
    case .end:
      guard let head else { return end(context: context, .failure(ExchangeFailure.malformed("no status line"))) }
      let type = head.headers.first(name: "Content-Type") ?? ""
      let answer = HTTPAnswer(status: Int(head.status.code), contentType: type, body: body)
      end(context: context, .success(answer), keepAlive: head.isKeepAlive)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(context: context, .failure(ExchangeFailure.closed(answered: head != nil)))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let failure: ExchangeFailure =
      error is HTTPParserError ? .malformed("\(error)") : .closed(answered: head != nil)
    end(context: context, .failure(failure))
  }

  /// Ends the exchange under way. A connection that did not end its answer properly is of no further use.
  private func end(
    context: ChannelHandlerContext, _ result: Result<HTTPAnswer, any Error>, keepAlive: Bool = false
  ) {
    deadline?.cancel()
    deadline = nil
    let exchange = current
    (current, head, body) = (nil, nil, [])
    exchange?.promise.completeWith(result)
    if !keepAlive { context.close(promise: nil) }
  }
}
