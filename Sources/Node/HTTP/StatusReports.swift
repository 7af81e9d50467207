import API
import Consensus
import CoreMetrics
import Cryptography
import Ledger
import Membership
import Negotiation
import Replica
import Trade

/// What a node never changes while it runs.
struct NodeFacts: Sendable {
  let member: MemberID
  let genesis: VerifiedGenesis
  let verifier: CachingVerifier
  let started: MonotonicTime
  let clock: NodeClock
  /// Signs by the node key what is no vote.
  let sign: @Sendable (SigningRequest) throws(KeyError) -> SignedStatement

  /// Verifies a statement by the authority key that this node's own member has now. Its payload begins with the member's name.
  func verifyOwn(
    _ statement: SignedStatement, as type: StatementType, on roster: Roster
  ) throws(AttestationError) {
    guard let key = roster[member]?.authority else { throw .stranger(member) }
    guard key.algorithm == statement.algorithm else { throw .wrongAlgorithm(member) }
    let message = SignedStatement.signedBytes(
      payload: statement.payload, type: type, algorithm: statement.algorithm, network: genesis.network)
    guard verifier.isValid(signature: statement.signature, of: message, by: key) else { throw .badSignature(member) }
  }
}

/// The node's condition, for people and for a monitoring system.
struct StatusReports: Sendable {
  let facts: NodeFacts
  let committed: CommittedView
  let health: ReplicaHealth

  var report: StatusReport {
    let content = facts.genesis.content
    let now = facts.clock.now
    return StatusReport(
      member: facts.member.text, network: facts.genesis.network.description, networkName: content.name,
      version: NodeVersion.text, rulesVersion: committed.header.rulesVersion, epoch: health.epoch.number,
      view: health.view.number, head: HeadReport(committed.header), table: table(at: now), peers: peers,
      connected: connected, members: committed.state.roster.members.count,
      quorum: committed.state.validators.quorum.quorum,
      pool: PoolReport(transactions: health.pooled), voting: health.isVoting,
      waitingFor: health.waiting.sentence, longestLifetime: content.ledger.longestTransactionLife,
      clock: InstantValue(now), clockAlarm: facts.clock.reading.alarm, process: process)
  }

  /// Why the node takes part in nothing now; nil where it does.
  var obstacle: String? {
    switch health.waiting {
    case .halted, .frozen, .members, .statuses, .oldCopy, .key: health.waiting.sentence
    case .blocks, .bodies, .agreement, .deadline, .work, .readiness: nil
    }
  }

  private var connected: Int { health.peers.count { $0.isConnected } }

  /// Sets the gauges that are read off the present state.
  func record(in registry: PrometheusRegistry) {
    func gauge(_ label: String, _ value: some BinaryInteger, _ dimensions: [(String, String)] = []) {
      Gauge(label: "pricefloor.\(label)", dimensions: dimensions, factory: registry).record(Int64(clamping: value))
    }
    let (now, statistics) = (facts.clock.now, ProcessStatistics.now())
    gauge("height", committed.header.height.number)
    gauge("view", health.view.number)
    gauge("epoch", health.epoch.number)
    gauge("validators", committed.state.validators.members.count)
    gauge("validating", health.isValidator ? 1 : 0)
    gauge("block.age.milliseconds", Self.age(of: committed.header.timestamp, at: now))
    gauge("members.connected", connected)
    gauge("members.total", committed.state.roster.members.count)
    gauge("quorum", committed.state.validators.quorum.quorum)
    gauge("voting", health.isVoting ? 1 : 0)
    gauge("halted", health.halt == nil ? 0 : 1)
    gauge("pool.transactions", health.pooled)
    gauge("submitters", health.submitters)
    let clock = facts.clock.reading
    gauge("clock.alarm", clock.isWrong ? 1 : 0)
    gauge("clock.offset.milliseconds", clock.offset ?? 0)
    gauge("process.resident.bytes", statistics.residentBytes)
    gauge("process.cpu.milliseconds", statistics.cpuMilliseconds)
    for peer in health.peers where !peer.isSelf {
      let dimensions = [("member", peer.member.text)]
      gauge("member.connected", peer.isConnected ? 1 : 0, dimensions)
      gauge("member.height", peer.height?.number ?? 0, dimensions)
    }
    recordDomain(gauge, at: now)
  }

  private func recordDomain(_ gauge: (String, Int64, [(String, String)]) -> Void, at now: Instant) {
    let reader = StateReader(state: committed.state)
    let table = reader.table
    gauge("table.version", Int64(clamping: table?.version ?? 0), [])
    gauge("table.rows", Int64(table?.rowCount ?? 0), [])
    gauge("table.age.milliseconds", table.map { Self.age(of: $0.effectiveAt, at: now) } ?? 0, [])
    let rows = table.map { reader.rows(of: $0.version) } ?? []
    gauge("table.rows.carried", Int64(rows.count { $0.carried > 0 }), [])
    let lapse = rows.compactMap(\.lapsesAt).min().map { -Self.age(of: $0, at: now) }
    gauge("table.next.lapse.milliseconds", lapse ?? 0, [])
    let live = reader.values(of: DocketRecord.self, .dockets).filter(\.isLive)
    gauge("dockets.open", Int64(live.count), [])
    for docket in live {
      for lot in reader.lots(of: docket.id) {
        guard let closes = lot.closes else { continue }
        let dimensions = [("docket", docket.id.text), ("lot", String(lot.number))]
        gauge("docket.deadline.milliseconds", -Self.age(of: closes, at: now), dimensions)
        guard lot.phase == .commit || lot.phase == .reveal else { continue }
        let voters = committed.state.negotiation.electorate(of: docket.id)?.members.count ?? 0
        let sheets = reader.sheets(of: docket.id).filter { $0.place == lot.place }
        let answered = lot.phase == .commit ? sheets.count : sheets.count { $0.revealed != nil }
        gauge("docket.proposals.missing", Int64(voters - answered), dimensions)
      }
    }
  }

  private func table(at now: Instant) -> TableHead? {
    StateReader(state: committed.state).table.map { table in
      TableHead(
        version: table.version, effectiveAt: InstantValue(table.effectiveAt), rows: Int(table.rowCount),
        docket: table.docket, age: Self.age(of: table.effectiveAt, at: now))
    }
  }

  private var peers: [PeerReport] {
    health.peers.filter { !$0.isSelf }.map { peer in
      PeerReport(member: peer.member.text, connected: peer.isConnected, height: peer.height?.number)
    }
  }

  private var process: ProcessReport {
    let statistics = ProcessStatistics.now()
    return ProcessReport(
      identifier: ProcessStatistics.identifier,
      uptime: Int64(clamping: MonotonicTime.now.nanoseconds(since: facts.started) / 1_000_000),
      residentBytes: statistics.residentBytes, peakResidentBytes: statistics.peakResidentBytes,
      cpuTime: statistics.cpuMilliseconds)
  }

  private static func age(of instant: Instant, at now: Instant) -> Int64 {
    (try? now.milliseconds(since: instant)) ?? 0
  }
}
