import API
import Client
import NIOCore
import NIOPosix
import Testing

@Suite("asking a node")
struct ClientTests {
  private func client(_ server: ScriptedServer, seconds: Int = 5, answer: Int = 1 << 20) -> NodeClient {
    NodeClient(NodeAddress(host: "127.0.0.1", port: server.port), limits: HTTPLimits(seconds: seconds, answer: answer))
  }

  private func withServer(
    _ script: @escaping @Sendable (Int, Int, String) -> ScriptedServer.Answer,
    _ body: (ScriptedServer) async throws -> Void
  ) async throws {
    let server = try await ScriptedServer.start(script)
    do { try await body(server) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  private static let ready = #"{"ready": true}"#

  @Test("one connection serves request after request")
  func keepAlive() async throws {
    try await withServer({ connection, _, _ in .status(connection == 0 ? 200 : 500, body: Self.ready) }) { server in
      let client = client(server)
      for _ in 0..<5 {
        let answer = try await client.readiness()
        #expect(answer.ready)
      }
      await client.close()
    }
  }

  @Test("a connection that the node closed while idle is opened again")
  func reopens() async throws {
    try await withServer({ _, request, _ in request == 0 ? .status(200, body: Self.ready) : .hangUp }) { server in
      let client = client(server)
      for _ in 0..<4 {
        let answer = try await client.readiness()
        #expect(answer.ready)
      }
    }
  }

  @Test("a node that hangs up at the first request is not there")
  func hangsUp() async throws {
    try await withServer({ _, _, _ in .hangUp }) { server in
      await #expect(
        throws: NodeError.unreachable(node: "http://127.0.0.1:\(server.port)", reason: "it closed the connection")
      ) {
        try await client(server).readiness()
      }
    }
  }

  @Test("an answer that does not come, and one that does not end")
  func limits() async throws {
    try await withServer({ _, _, path in path == "/readyz" ? .silence : .large(2_000) }) { server in
      let node = "http://127.0.0.1:\(server.port)"
      await #expect(throws: NodeError.timedOut(node: node, seconds: 1)) {
        try await client(server, seconds: 1).readiness()
      }
      await #expect(throws: NodeError.answerTooLarge(node: node, limit: 1_999)) {
        try await client(server, answer: 1_999).genesis()
      }
      let whole = try await client(server, answer: 2_000).genesis()
      #expect(whole.count == 2_000)
    }
  }

  @Test(
    "what a status means",
    arguments: [
      (400, NodeError.refused(code: "MALFORMED", sentence: "why", status: 400), false),
      (404, NodeError.missing(code: "MALFORMED", sentence: "why"), false),
      (422, NodeError.refused(code: "MALFORMED", sentence: "why", status: 422), false),
      (503, NodeError.notReady(code: "MALFORMED", sentence: "why"), true),
    ] as [(Int, NodeError, Bool)])
  func statuses(_ status: Int, _ error: NodeError, _ isUnreachable: Bool) async throws {
    try await withServer({ _, _, _ in .status(status, body: #"{"code": "MALFORMED", "sentence": "why"}"#) }) { server in
      await #expect(throws: error) { try await client(server).members() }
    }
    #expect(error.isUnreachable == isUnreachable)
  }

  @Test(
    "answers that are none", arguments: [(200, "not JSON"), (200, "{}"), (500, "oops"), (418, "")] as [(Int, String)])
  func nonsense(_ status: Int, _ body: String) async throws {
    try await withServer({ _, _, _ in .status(status, body: body) }) { server in
      let error = await #expect(throws: NodeError.self) { try await client(server).members() }
      #expect(error?.code == "ANSWER_UNEXPECTED")
    }
  }

  @Test("the path and the query are encoded")
  func paths() async throws {
    try await withServer({ _, _, path in .status(404, body: #"{"code": "NOT_FOUND", "sentence": "\#(path)"}"#) }) {
      server in
      let client = client(server)
      await #expect(throws: NodeError.missing(code: "NOT_FOUND", sentence: "/v1/dockets/a%20b%2Fc%3F")) {
        try await client.docket("a b/c?")
      }
      await #expect(
        throws: NodeError.missing(code: "NOT_FOUND", sentence: "/v1/table?version=3&item=lithium/carbonate@1")
      ) {
        try await client.table(version: 3, item: "lithium/carbonate@1")
      }
      await #expect(throws: NodeError.missing(code: "NOT_FOUND", sentence: "/v1/items/lithium/carbonate@1")) {
        try await client.item("lithium/carbonate@1")
      }
    }
  }

  @Test("nobody listens")
  func nobody() async throws {
    let server = try await ScriptedServer.start { _, _, _ in .silence }
    await server.stop()
    let error = await #expect(throws: NodeError.self) { try await client(server).status() }
    #expect(error?.code == "NODE_UNREACHABLE")
  }

  @Test(
    "addresses",
    arguments: [
      ("http://127.0.0.1:7500", "http://127.0.0.1:7500"), ("127.0.0.1:7500", "http://127.0.0.1:7500"),
      ("http://[::1]:80/", "http://[::1]:80"), ("localhost:1", "http://localhost:1"),
    ] as [(String, String)])
  func addresses(_ text: String, _ expected: String) throws {
    #expect(try NodeAddress(text).description == expected)
  }

  @Test(
    "addresses that are none",
    arguments: [
      "", "http://", "http://host", "host:0", "host:65536", "http://host:80/path", "https://host:443/", ":80", "a@b:1",
    ])
  func noAddresses(_ text: String) {
    #expect(throws: NodeError.address(text)) { try NodeAddress(text) }
  }
}
