import API
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Answers requests to the loopback API. The routes are those of `Protocol/api.md`; what they answer is in ``APIHandlers``.
struct APIResponder: HTTPResponder {
  typealias Context = BasicRequestContext

  let handlers: APIHandlers
  let logger: Logger

  func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
    do throws(APIRefusal) {
      return try await answer(request)
    } catch {
      if error.status >= 500 {
        logger.debug("refused", metadata: ["path": "\(request.uri.path)", "code": "\(error.failure.code)"])
      }
      return APIAnswer.json(error.failure, status: error.status).response
    }
  }

  private func answer(_ request: Request) async throws(APIRefusal) -> Response {
    guard Self.isLoopback(request.head.authority) else { throw .foreignHost }
    let query = APIQuery(request)
    switch request.method {
    case .get, .head: return try await handlers.read(query).response
    case .post: return try await handlers.write(query, body: try await Self.body(of: request)).response
    default: throw .methodNotAllowed
    }
  }

  /// Whether a request was meant for this machine: a page in a browser that had its own name resolved to loopback names itself here.
  private static func isLoopback(_ authority: String?) -> Bool {
    guard let authority else { return true }
    return ["127.0.0.1", "localhost", "[::1]"].contains { authority == $0 || authority.hasPrefix("\($0):") }
  }

  /// The whole body, within the limit.
  private static func body(of request: Request) async throws(APIRefusal) -> [UInt8] {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > APILimits.requestBytes {
      throw .tooLarge
    }
    do {
      let buffer = try await request.body.collect(upTo: APILimits.requestBytes)
      return [UInt8](buffer: buffer)
    } catch is NIOTooManyBytesError {
      throw .tooLarge
    } catch {
      throw APIRefusal(400, "MALFORMED", "the request's body broke off")
    }
  }
}

/// A request's path in parts and its parameters, decoded.
struct APIQuery: Sendable {
  let path: [String]
  private let parameters: [String: String]

  init(_ request: Request) {
    self.init(
      path: request.uri.path,
      parameters: request.uri.queryParameters.map { (String($0.key), String($0.value)) })
  }

  init(path: String, parameters: [(String, String)]) {
    self.path = path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
    self.parameters = Dictionary(parameters) { first, _ in first }
  }

  func text(_ name: String) -> String? { parameters[name].flatMap { $0.isEmpty ? nil : $0 } }

  func required(_ name: String) throws(APIRefusal) -> String {
    guard let value = text(name) else { throw .parameter(name, "given") }
    return value
  }

  func number(_ name: String) throws(APIRefusal) -> UInt64? {
    guard let text = text(name) else { return nil }
    guard let number = UInt64(text) else { throw .parameter(name, "a number") }
    return number
  }

  func flag(_ name: String) throws(APIRefusal) -> Bool {
    switch text(name) {
    case nil, "false": return false
    case "true": return true
    default: throw .parameter(name, "true or false")
    }
  }
}

/// A body with its type and status.
struct APIAnswer: Sendable {
  let status: Int
  let contentType: String
  let body: [UInt8]

  static func json(_ value: some Encodable, status: Int = 200) -> APIAnswer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // The reports consist of texts, numbers and lists: encoding them cannot fail.
    let body = (try? encoder.encode(value)).map { [UInt8]($0) } ?? []
    return APIAnswer(status: status, contentType: "application/json; charset=utf-8", body: body)
  }

  static func cbor(_ bytes: [UInt8]) -> APIAnswer {
    APIAnswer(status: 200, contentType: "application/cbor", body: bytes)
  }

  static func text(_ text: String) -> APIAnswer {
    APIAnswer(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: [UInt8](text.utf8))
  }

  var response: Response {
    Response(
      status: .init(code: status), headers: [.contentType: contentType],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }
}
