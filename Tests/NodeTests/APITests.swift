import API
import CBOR
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Testing
import Trade

@testable import Node

@Suite("API", .timeLimit(.minutes(2)))
struct APITests {
  private struct Answer {
    let status: Int
    let code: String
  }

  private func get(_ client: NodeClient, _ path: String) async throws -> Answer {
    try answer(try await client.connection.send(.get(path)))
  }

  private func post(_ client: NodeClient, _ path: String, _ body: [UInt8]) async throws -> Answer {
    try answer(try await client.connection.send(.post(path, body, contentType: "application/cbor")))
  }

  private func answer(_ answer: HTTPAnswer) throws -> Answer {
    let failure = try? JSONDecoder().decode(APIFailure.self, from: Data(answer.body))
    return Answer(status: answer.status, code: failure?.code ?? "")
  }

  private func envelope(_ type: StatementType, _ statement: SignedStatement) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(2)
    writer.value(type)
    writer.value(statement)
    return writer.bytes
  }

  @Test("reads answer with the committed state, and what is not there with 404")
  func reads() async throws {
    try await withNetwork(["AUS"]) { network in
      let client = try await network.client("AUS")
      let status = try await client.status()
      #expect(status.member == "AUS")
      #expect(status.network == network.world.genesis.network.description)
      #expect(status.connected == 1)
      #expect(status.table == nil)
      #expect(status.process.residentBytes > 0)
      #expect(try await client.genesis() == network.world.genesis.genesis.encoded)
      #expect(try await client.members().members.map(\.member) == ["AUS"])
      #expect(try await client.items().items.isEmpty)
      #expect(try await client.dockets().dockets.isEmpty)
      #expect(try await client.table().rows.isEmpty)
      #expect(try await client.table(pending: true).pending)
      #expect(try await client.evidence().evidence.isEmpty)
      #expect(try await client.readiness().ready)
      #expect(try await client.metrics().contains("# TYPE pricefloor_height gauge\n"))
      for path in [
        "/v1/items/lithium/carbonate@1", "/v1/dockets/none", "/v1/table?version=9", "/v1/table/history?item=a/b",
        "/v1/blocks/99999", "/v1/explain?docket=a&item=b/c@1",
      ] {
        let found = try await get(client, path)
        #expect(found.status == 404 && found.code == "NOT_FOUND", "\(path)")
      }
      #expect(try await get(client, "/v1/bundle?item=lithium/carbonate@1").status == 404)
    }
  }

  @Test("requests that make no sense are refused by code")
  func nonsense() async throws {
    try await withNetwork(["AUS"]) { network in
      let client = try await network.client("AUS")
      let cases: [(String, Int, String)] = [
        ("/", 404, "NO_ROUTE"), ("/v2/status", 404, "NO_ROUTE"), ("/v1/status/more", 404, "NO_ROUTE"),
        ("/v1/table?version=last", 400, "BAD_PARAMETER"), ("/v1/table?pending=1", 400, "BAD_PARAMETER"),
        ("/v1/table/history", 400, "BAD_PARAMETER"), ("/v1/blocks/first", 400, "BAD_PARAMETER"),
        ("/v1/bundle?item=lithium", 400, "BAD_PARAMETER"), ("/v1/transactions", 405, "METHOD_NOT_ALLOWED"),
        ("/v1/desk", 503, "NO_DESK"),
      ]
      for (path, status, code) in cases {
        let found = try await get(client, path)
        #expect(found.status == status && found.code == code, "\(path): \(found)")
      }
      #expect(try await post(client, "/v1/status", []).code == "METHOD_NOT_ALLOWED")
      #expect(try await post(client, "/v1/nothing", []).code == "NO_ROUTE")
    }
  }

  @Test("bad submissions are refused by code, change nothing, and the connection goes on")
  func submissions() async throws {
    try await withNetwork(["AUS"]) { network in
      let client = try await network.client("AUS")
      let good = try network.memorandum("good", by: "AUS")
      var trailing = good.encoded
      trailing.append(0)
      var forged = good.statement.signature
      forged[3] ^= 1
      let path = "/v1/transactions?wait=committed"
      let cases: [(String, [UInt8], Int, String)] = [
        ("malformed", [0xFF, 0x00], 400, "MALFORMED"), ("empty", [], 400, "MALFORMED"),
        ("trailing byte", trailing, 400, "MALFORMED"),
        ("indefinite array", [0x9F] + good.encoded.dropFirst() + [0xFF], 400, "MALFORMED"),
        ("wrong type", envelope(.ballot, good.statement), 403, "WRONG_TYPE"),
        ("no transaction", envelope(.status, good.statement), 403, "WRONG_TYPE"),
        (
          "wrong signature",
          envelope(
            .memorandum,
            SignedStatement(algorithm: .eddsa, payload: good.statement.payload, signature: forged)), 403,
          "BAD_SIGNATURE"
        ),
        (
          "wrong algorithm",
          envelope(
            .memorandum,
            SignedStatement(algorithm: .es256, payload: good.statement.payload, signature: good.statement.signature)),
          403, "WRONG_ALGORITHM"
        ),
        ("stranger", try stranger(network), 403, "STRANGER"),
        ("other network", try otherNetwork(network), 403, "BAD_SIGNATURE"),
        ("stale", try network.memorandum("old", by: "AUS", life: -5_000).encoded, 422, "STALE"),
        ("too far ahead", try network.memorandum("far", by: "AUS", life: 86_400_000).encoded, 422, "TOO_FAR_AHEAD"),
        ("too large", [UInt8](repeating: 0, count: APILimits.requestBytes + 1), 413, "TOO_LARGE"),
      ]
      for (name, body, status, code) in cases {
        let found = try await post(client, path, body)
        #expect(found.status == status && found.code == code, "\(name): \(found)")
      }
      #expect(try await post(client, "/v1/transactions?wait=soon", good.encoded).code == "BAD_PARAMETER")
      #expect(try await post(client, path + "&timeout=0", good.encoded).code == "BAD_PARAMETER")
      #expect(
        try await client.submit(good.statement, as: .memorandum, wait: .committed(milliseconds: 20_000)).result == "OK")
    }
  }

  @Test("submitting the same bytes again answers with their first result")
  func replay() async throws {
    try await withNetwork(["AUS"]) { network in
      let client = try await network.client("AUS")
      let statement = try network.memorandum("twice", by: "AUS").statement
      let first = try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 20_000))
      let second = try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 20_000))
      #expect(first.state == .committed)
      #expect(second.height == first.height)
      #expect(second.result == "OK")
      let third = try await client.submit(
        try network.memorandum("later", by: "AUS").statement, as: .memorandum, wait: .accepted)
      #expect(third.state == .pending)
    }
  }

  @Test("without a quorum a submission waits, and the wait ends when it was asked to")
  func overdue() async throws {
    try await withNetwork(["AUS", "EUN"]) { network in
      try await network.stop("EUN")
      let client = try await network.client("AUS")
      let body = try network.memorandum("alone", by: "AUS").encoded
      let found = try await post(client, "/v1/transactions?wait=committed&timeout=300", body)
      #expect(found.status == 503)
      #expect(found.code == "WAIT_EXCEEDED")
      #expect(try await client.readiness().ready == false)
      #expect(try await client.status().waitingFor?.contains("waits for members") == true)
    }
  }

  private func stranger(_ network: RunningNetwork) throws -> [UInt8] {
    let key = try PrivateKey.generate()
    let notAfter = Instant(milliseconds: WallClock.now.milliseconds + 60_000)
    let content = Transaction(signer: try some(MemberID("ZZZ")), notAfter: notAfter, body: .memorandum([1]))
    return envelope(.memorandum, try TestNetwork.sign(content, key, network.world.genesis.network))
  }

  private func otherNetwork(_ network: RunningNetwork) throws -> [UInt8] {
    let notAfter = Instant(milliseconds: WallClock.now.milliseconds + 60_000)
    let member = try some(MemberID("AUS"))
    let content = Transaction(signer: member, notAfter: notAfter, body: .memorandum([1]))
    let key = try some(network.world.keys[member]?[.authority])
    return envelope(.memorandum, try TestNetwork.sign(content, key, NetworkID(Digest.sha256([1]))))
  }
}
