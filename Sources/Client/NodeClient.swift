import API
import CBOR
import Foundation
import Membership

/// One node, asked through its loopback API over one keep-alive connection.
///
/// Every call throws ``NodeError``: whoever shows it to people needs no further knowledge of HTTP. The routes are those of
/// `Protocol/api.md`.
package struct NodeClient: Sendable {
  package let connection: HTTPConnection
  private let limits: HTTPLimits

  package init(_ address: NodeAddress, limits: HTTPLimits = .standard) {
    connection = HTTPConnection(address)
    self.limits = limits
  }

  package var address: NodeAddress { connection.address }

  package func close() async { await connection.close() }

  // MARK: Process

  /// Whether the node takes part; an answer of "not ready" is an answer.
  package func readiness() async throws(NodeError) -> ReadinessReport {
    let answer = try await connection.send(.get(APIPath.readiness), limits: limits)
    guard answer.status == 200 || answer.status == 503 else { throw failure(answer) }
    return try decoded(answer)
  }

  package func status() async throws(NodeError) -> StatusReport { try await get(APIPath.status) }

  package func metrics() async throws(NodeError) -> String {
    String(decoding: try await bytes(APIPath.metrics), as: UTF8.self)
  }

  // MARK: Committed state

  /// The genesis document as its bytes.
  package func genesis() async throws(NodeError) -> [UInt8] { try await bytes(APIPath.genesis) }

  package func members() async throws(NodeError) -> MemberList { try await get(APIPath.members) }

  package func motions() async throws(NodeError) -> MotionList { try await get(APIPath.motions) }

  package func epochs() async throws(NodeError) -> EpochList { try await get(APIPath.epochs) }

  package func items() async throws(NodeError) -> ItemList { try await get(APIPath.items) }

  /// One item version, as `lithium/carbonate@1`.
  package func item(_ id: String) async throws(NodeError) -> ItemReport {
    try await get("\(APIPath.items)/\(Self.escaped(id, keeping: "/@"))")
  }

  package func dockets() async throws(NodeError) -> DocketList { try await get(APIPath.dockets) }

  package func docket(_ id: String) async throws(NodeError) -> DocketReport {
    try await get("\(APIPath.dockets)/\(Self.escaped(id, keeping: ""))")
  }

  /// The version in force, another version, or the announced rows.
  package func table(
    version: UInt64? = nil, item: String? = nil, pending: Bool = false
  ) async throws(NodeError) -> TableReport {
    try await get(
      APIPath.table, [("version", version.map(String.init)), ("item", item), ("pending", pending ? "true" : nil)])
  }

  package func history(item: String) async throws(NodeError) -> HistoryReport {
    try await get(APIPath.history, [("item", item)])
  }

  package func explanation(docket: String, item: String) async throws(NodeError) -> ExplainReport {
    try await get(APIPath.explain, [("docket", docket), ("item", item)])
  }

  /// A bundle as its bytes: of what one of the parameters of `/v1/bundle` names, or without any of the whole table.
  package func bundle(_ query: [(String, String?)] = []) async throws(NodeError) -> [UInt8] {
    try await bytes(APIPath.bundle, query, within: .whole)
  }

  /// A snapshot behind its signed manifest, as the bytes of both.
  package func snapshot() async throws(NodeError) -> [UInt8] {
    try await bytes(APIPath.snapshot, within: .whole)
  }

  package func block(_ height: UInt64) async throws(NodeError) -> BlockReport {
    try await get("\(APIPath.blocks)/\(height)")
  }

  package func head() async throws(NodeError) -> BlockReport { try await get("\(APIPath.blocks)/head") }

  package func evidence() async throws(NodeError) -> EvidenceList { try await get(APIPath.evidence) }

  // MARK: Submitting

  /// What a submission waits for.
  package enum Wait: Hashable, Sendable {
    /// The pool took it.
    case accepted
    /// A finalised block has it, within so many milliseconds.
    case committed(milliseconds: Int)
  }

  /// Hands a signed transaction to the node.
  package func submit(
    _ statement: SignedStatement, as type: StatementType, wait: Wait
  ) async throws(NodeError) -> SubmissionReport {
    switch wait {
    case .accepted: return try await post(APIPath.transactions, statement, type)
    case .committed(let milliseconds):
      let bounded = min(max(1, milliseconds), APILimits.longestWait)
      return try await post("\(APIPath.transactions)?wait=committed&timeout=\(bounded)", statement, type)
    }
  }

  // MARK: Desk

  package func desk() async throws(NodeError) -> DeskReport { try await get(APIPath.desk) }

  package func submitSheet(_ statement: SignedStatement) async throws(NodeError) -> DeskAnswer {
    try await post(APIPath.deskSheet, statement, .deskSheet)
  }

  package func approve(_ statement: SignedStatement) async throws(NodeError) -> DeskAnswer {
    try await post(APIPath.deskApproval, statement, .deskApproval)
  }

  // MARK: Exchange

  private func get<Answer: Decodable>(
    _ path: String, _ query: [(String, String?)] = []
  ) async throws(NodeError) -> Answer {
    let answer = try await connection.send(.get(Self.path(path, query)), limits: limits)
    guard answer.status == 200 else { throw failure(answer) }
    return try decoded(answer)
  }

  private func bytes(
    _ path: String, _ query: [(String, String?)] = [], within wider: HTTPLimits? = nil
  ) async throws(NodeError) -> [UInt8] {
    let answer = try await connection.send(.get(Self.path(path, query)), limits: wider ?? limits)
    guard answer.status == 200 else { throw failure(answer) }
    return answer.body
  }

  private func post<Answer: Decodable>(
    _ path: String, _ statement: SignedStatement, _ type: StatementType
  ) async throws(NodeError) -> Answer {
    var writer = CBORWriter(reservingCapacity: statement.payload.count + 128)
    writer.array(2)
    writer.value(type)
    writer.value(statement)
    // A wait for a commit is bounded by the node; the connection's own limit must not end it first.
    let patience = HTTPLimits(seconds: limits.seconds + APILimits.longestWait / 1_000, answer: limits.answer)
    let request = HTTPRequest.post(path, writer.bytes, contentType: "application/cbor")
    let answer = try await connection.send(request, limits: patience)
    guard answer.status == 200 || answer.status == 202 else { throw failure(answer) }
    return try decoded(answer)
  }

  private func decoded<Answer: Decodable>(_ answer: HTTPAnswer) throws(NodeError) -> Answer {
    do { return try JSONDecoder().decode(Answer.self, from: Data(answer.body)) } catch {
      throw .unexpectedAnswer(node: address.description, reason: "not the JSON of \(Answer.self)")
    }
  }

  private func failure(_ answer: HTTPAnswer) -> NodeError {
    guard let failure = try? JSONDecoder().decode(APIFailure.self, from: Data(answer.body)) else {
      return .unexpectedAnswer(node: address.description, reason: "status \(answer.status) without a code")
    }
    return switch answer.status {
    case 404: .missing(code: failure.code, sentence: failure.sentence)
    case 500...: .notReady(code: failure.code, sentence: failure.sentence)
    default: .refused(code: failure.code, sentence: failure.sentence, status: answer.status)
    }
  }

  private static func path(_ path: String, _ query: [(String, String?)]) -> String {
    let pairs = query.compactMap { name, value in value.map { "\(name)=\(escaped($0, keeping: "/@"))" } }
    return pairs.isEmpty ? path : "\(path)?\(pairs.joined(separator: "&"))"
  }

  /// Percent-encodes everything but RFC 3986's unreserved characters and those that the place allows.
  private static func escaped(_ text: String, keeping kept: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8).union(kept.utf8)
    return text.utf8.map { byte in
      plain.contains(byte)
        ? String(UnicodeScalar(byte)) : "%" + [UInt8]([byte]).hexadecimalUpper
    }.joined()
  }
}

extension [UInt8] {
  fileprivate var hexadecimalUpper: String {
    map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
