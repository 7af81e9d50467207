import API
import CBOR
import Consensus
import Cryptography
import Foundation
import Ledger
import Membership
import Negotiation
import Replica
import Storage
import Synchronization
import Trade

/// What the API's routes answer. Reads are of the last published state and of the journal's committed part; nothing here waits for the loop
/// but a submission.
struct APIHandlers: Sendable {
  let facts: NodeFacts
  let published: Published
  let history: CommittedHistory
  let submitter: Submitter
  let telemetry: Telemetry
  let desk: DeskHolder
  /// Asks the loop how the member is.
  let health: @Sendable () async -> ReplicaHealth

  func read(_ query: APIQuery) async throws(APIRefusal) -> APIAnswer {
    switch query.path.first {
    case "healthz" where query.path.count == 1:
      // Asked for the loop's sake: a loop that no longer turns does not answer, and the one who asks notices.
      _ = await health()
      return .json(ReadinessReport(ready: true, reason: nil))
    case "readyz" where query.path.count == 1: return await readiness
    case "metrics" where query.path.count == 1: return await metrics
    case "v1": return try await readVersioned(query)
    default: throw .noRoute
    }
  }

  func write(_ query: APIQuery, body: [UInt8]) async throws(APIRefusal) -> APIAnswer {
    switch query.path {
    case ["v1", "transactions"]: return try await submit(query, body)
    case ["v1", "desk", "sheet"]: return .json(try await desk.service.take(sheet: try deskStatement(body, .deskSheet)))
    case ["v1", "desk", "approve"]:
      return .json(try await desk.service.take(approval: try deskStatement(body, .deskApproval)))
    default:
      throw query.path.first == "v1" && Self.readable.contains(query.path.dropFirst().first ?? "")
        ? .methodNotAllowed : .noRoute
    }
  }

  private static let readable = [
    "status", "members", "motions", "epochs", "items", "dockets", "table", "explain", "bundle", "snapshot", "genesis",
    "blocks", "evidence",
  ]

  private func readVersioned(_ query: APIQuery) async throws(APIRefusal) -> APIAnswer {
    let rest = Array(query.path.dropFirst())
    switch rest.first {
    case "status" where rest.count == 1: return .json(await status.report)
    case "genesis" where rest.count == 1: return .cbor(facts.genesis.genesis.encoded)
    case "members" where rest.count == 1: return .json(members)
    case "motions": return try motions(rest)
    case "epochs" where rest.count == 1: return .json(membership.epochs)
    case "items": return try items(rest)
    case "dockets": return try await dockets(rest)
    case "table": return try table(rest, query)
    case "explain" where rest.count == 1: return .json(try await explanation(query))
    case "bundle" where rest.count == 1: return .cbor(try await proofs.bundle(query))
    case "snapshot" where rest.count == 1: return .cbor(try await proofs.snapshot())
    case "blocks" where rest.count == 2: return .json(try await block(rest[1]))
    case "evidence" where rest.count == 1: return .json(try evidence)
    case "desk" where rest.count == 1: return .json(try await desk.service.report())
    case "transactions", "desk": throw .methodNotAllowed
    default: throw .noRoute
    }
  }

  private var committed: CommittedView { published.committed }

  private var reader: StateReader { StateReader(state: committed.state) }

  // MARK: Process

  private var status: StatusReports {
    get async {
      let health = await health()
      return StatusReports(facts: facts, committed: committed, health: health)
    }
  }

  private var readiness: APIAnswer {
    get async {
      let reason = await status.obstacle
      return .json(ReadinessReport(ready: reason == nil, reason: reason), status: reason == nil ? 200 : 503)
    }
  }

  private var metrics: APIAnswer {
    get async {
      await status.record(in: telemetry.registry)
      return .text(telemetry.registry.text())
    }
  }

  // MARK: Committed state

  private var membership: MembershipReports { MembershipReports(reader: reader) }

  private func motions(_ path: [String]) throws(APIRefusal) -> APIAnswer {
    switch path.count {
    case 1: return .json(membership.motions)
    case 2: return .json(try membership.motion(path[1]))
    default: throw .noRoute
    }
  }

  private var members: MemberList {
    let profiles = reader.profiles
    return MemberList(
      members: committed.state.roster.members.map { member in
        MemberReport(
          member, profile: profiles.first { $0.member.text == member.id.text },
          standing: membership.standing(of: member.id))
      }, chair: committed.state.negotiation.electorate.chair.text)
  }

  private func items(_ path: [String]) throws(APIRefusal) -> APIAnswer {
    let reader = reader
    func report(_ item: Item) -> ItemReport { ItemReport(item, votes: reader.value(ItemVotes.self, .votes(item.id))) }
    if path.count == 1 { return .json(ItemList(items: reader.values(of: Item.self, .items).map(report))) }
    let name = path.dropFirst().joined(separator: "/")
    guard let id = ItemID(name), let item = reader.item(id) else { throw .notFound("there is no item \(name)") }
    return .json(report(item))
  }

  private func dockets(_ path: [String]) async throws(APIRefusal) -> APIAnswer {
    let reports = DocketReports(committed: await published.committedAndStored(), history: history)
    switch path.count {
    case 1: return .json(reports.list())
    case 2: return .json(try reports.docket(path[1]))
    default: throw .noRoute
    }
  }

  private func table(_ path: [String], _ query: APIQuery) throws(APIRefusal) -> APIAnswer {
    let reports = TableReports(committed: committed)
    if path == ["table", "history"] { return .json(try reports.history(item: try query.required("item"))) }
    guard path.count == 1 else { throw .noRoute }
    if try query.flag("pending") { return .json(reports.pending(item: query.text("item"))) }
    return .json(try reports.table(version: try query.number("version"), item: query.text("item")))
  }

  private func explanation(_ query: APIQuery) async throws(APIRefusal) -> ExplainReport {
    let (docket, item) = (try query.required("docket"), try query.required("item"))
    let reports = HistoryReports(committed: await published.committedAndStored(), history: history)
    return try reports.explanation(docket: docket, item: item)
  }

  private var proofs: BundleReports {
    get async {
      BundleReports(facts: facts, committed: await published.committedAndStored(), history: history)
    }
  }

  private func block(_ name: String) async throws(APIRefusal) -> BlockReport {
    let committed = await published.committedAndStored()
    let height = name == "head" ? committed.header.height.number : UInt64(name)
    guard let height else { throw .parameter("height", "a number or head") }
    return try HistoryReports(committed: committed, history: history).block(at: height)
  }

  private var evidence: EvidenceList {
    get throws(APIRefusal) { try HistoryReports(committed: committed, history: history).evidence() }
  }

  // MARK: Statements

  private func submit(_ query: APIQuery, _ body: [UInt8]) async throws(APIRefusal) -> APIAnswer {
    let transaction = try submitter.verified(body)
    switch query.text("wait") {
    case nil: return .json(try await submitter.submit(transaction), status: 202)
    case "committed":
      let milliseconds = Int(clamping: try query.number("timeout") ?? 30_000)
      guard (1...APILimits.longestWait).contains(milliseconds) else {
        throw .parameter("timeout", "1 to \(APILimits.longestWait)")
      }
      return .json(try await submitter.submit(transaction, within: milliseconds))
    default: throw .parameter("wait", "committed")
    }
  }

  /// A statement by the authority key of this node's own member, verified.
  private func deskStatement(_ body: [UInt8], _ wanted: StatementType) throws(APIRefusal) -> SignedStatement {
    do throws(AttestationError) {
      let (type, statement) = try StatementEnvelope.decode(body)
      guard type == wanted else { throw .wrongType }
      try facts.verifyOwn(statement, as: type, on: committed.state.roster)
      return statement
    } catch {
      throw APIRefusal(error)
    }
  }
}

/// Where the API finds the desk: it starts after the API does, and many nodes have none.
final class DeskHolder: Sendable {
  private let held = Mutex<(any DeskService)?>(nil)

  func set(_ service: any DeskService) { held.withLock { $0 = service } }

  /// Throws `NO_DESK` where there is none.
  var service: any DeskService {
    get throws(APIRefusal) {
      guard let service = held.withLock({ $0 }) else { throw .noDesk }
      return service
    }
  }
}
