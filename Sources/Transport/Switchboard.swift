import Membership
import NIOCore
import NIOPosix

/// All sessions of a node and the dialling of those that are missing. Confined to the one event loop, where everything
/// about sessions is decided, so that events have one order.
final class Switchboard {
  private(set) var configuration: MeshConfiguration
  /// The roster of before, as far as its members are still there, while it counts beside the present one.
  private var former: Roster?
  private var overlap: Scheduled<Void>?
  /// What new sessions begin with; those under way keep theirs.
  var tlsContext: TLSContext
  let links: LinkTable
  private let loop: any EventLoop
  private let handler: @Sendable (MeshEvent) -> Void
  private var table: SessionTable
  /// Every connection, live or not yet, by its number.
  private var sessions: [UInt64: SessionHandler] = [:]
  private var diallers: [MemberID: Dialler] = [:]
  private var nextNumber: UInt64 = 1
  private var randomness = SystemRandomNumberGenerator()
  private var isStopping = false

  init(
    configuration: MeshConfiguration, tlsContext: TLSContext, links: LinkTable, loop: any EventLoop,
    handler: @escaping @Sendable (MeshEvent) -> Void
  ) {
    (self.configuration, self.tlsContext, self.links) = (configuration, tlsContext, links)
    (self.loop, self.handler) = (loop, handler)
    table = SessionTable(own: configuration.member)
  }

  func report(_ event: MeshEvent) { handler(event) }

  // MARK: Connections

  /// Sets a new connection up. Strangers may have only so many under way: beyond that the oldest makes room, so that
  /// idle ones cannot keep a member out, whose greeting takes a moment.
  func prepare(_ channel: any Channel, dialled: MemberID?) throws(SessionEnd) {
    guard !isStopping else { throw .shutDown }
    if dialled == nil {
      let underWay = sessions.values.filter { $0.direction == .incoming && $0.member == nil }
      if underWay.count >= configuration.limits.handshakes {
        underWay.min { $0.number < $1.number }?.end(.tooManyHandshakes)
      }
    }
    let session = try SessionHandler(number: nextNumber, dialled: dialled, switchboard: self)
    nextNumber += 1
    sessions[session.number] = session
    do { try channel.pipeline.syncOperations.addHandler(session) } catch {
      sessions[session.number] = nil
      throw .connectionLost("\(error)")
    }
  }

  /// Decides whether a session whose greetings verified stays, and ends the one whose place it takes.
  func admit(_ session: SessionHandler, as member: MemberID) -> Bool {
    let entry = SessionTable.Entry(number: session.number, direction: session.direction)
    switch table.admit(entry, with: member) {
    case .admit: return true
    case .refuse: return false
    case .replace(let old, let reason):
      sessions[old]?.end(reason)
      return true
    }
  }

  func didOpen(_ session: SessionHandler, as member: MemberID) {
    diallers[member]?.rest()
    let info = SessionInfo(number: session.number, direction: session.direction, remote: session.remote)
    report(.connected(member, info))
  }

  /// A connection ended: `member` is who it was, if it had come so far.
  func didEnd(_ session: SessionHandler, as member: MemberID?, age: Int64, _ reason: SessionEnd) {
    sessions[session.number] = nil
    if let member {
      table.remove(session.number, with: member)
      report(.disconnected(member, reason))
      if age >= configuration.timing.longestRetry { diallers[member]?.backoff.reset() }
    } else if let dialled = session.dialled {
      if table[dialled] == nil { report(.unreachable(dialled, reason)) }
    } else if reason != .duplicate {
      report(.refused(session.remote, reason))
    }
    guard let peer = member ?? session.dialled else { return }
    if session.dialled != nil { diallers[peer]?.attempt = .idle }
    dialLater(peer)
  }

  // MARK: Dialling

  /// Takes over a roster and addresses: sessions that it no longer permits end, members that it adds are dialled.
  func update(roster: Roster, before: Roster? = nil, peers: [MemberID: PeerAddress]) {
    configuration.roster = roster
    overlap?.cancel()
    former = before.flatMap { try? Roster($0.members.filter { roster[$0.id] != nil }) }
    if former != nil {
      overlap = loop.assumeIsolated().scheduleTask(in: .milliseconds(configuration.timing.overlap)) { [weak self] in
        self?.former = nil
        self?.closeUnpermitted()
      }
    }
    closeUnpermitted()
    update(peers: peers)
  }

  /// Takes over addresses: members that have one now are dialled.
  func update(peers: [MemberID: PeerAddress]) {
    configuration.peers = peers
    let others = configuration.roster.members.map(\.id).filter { $0 != configuration.member }
    links.update(others) { Link(member: $0, limits: configuration.limits, loop: loop) }
    for member in diallers.keys.sorted() where !others.contains(member) || peers[member] != diallers[member]?.address {
      diallers[member]?.rest()
      diallers[member] = nil
    }
    for member in others where diallers[member] == nil {
      guard let address = peers[member] else { continue }
      let timing = configuration.timing
      diallers[member] = Dialler(
        address: address, backoff: Backoff(first: timing.firstRetry, longest: timing.longestRetry))
      dial(member, after: configuration.member < member ? 0 : timing.courtesy)
    }
  }

  /// The rosters by which members are let in.
  var rosters: [Roster] { [configuration.roster] + [former].compactMap(\.self) }

  private func closeUnpermitted() {
    for session in sessions.values.sorted(by: { $0.number < $1.number }) where !session.isPermitted(by: rosters) {
      session.end(.notPermitted)
    }
  }

  private func dialLater(_ member: MemberID) {
    guard table[member] == nil, let pause = diallers[member]?.backoff.next(using: &randomness) else { return }
    dial(member, after: pause)
  }

  /// Dials after a pause in milliseconds, unless there is a session by then or an attempt already.
  private func dial(_ member: MemberID, after pause: Int64) {
    guard !isStopping, table[member] == nil, case .idle? = diallers[member]?.attempt else { return }
    let scheduled = loop.assumeIsolated().scheduleTask(in: .milliseconds(pause)) { [weak self] in
      self?.diallers[member]?.attempt = .idle
      self?.dialNow(member)
    }
    diallers[member]?.attempt = .waiting(scheduled)
  }

  private func dialNow(_ member: MemberID) {
    guard !isStopping, table[member] == nil, let address = diallers[member]?.address else { return }
    diallers[member]?.attempt = .dialling
    let limit = TimeAmount.milliseconds(configuration.timing.handshake)
    SocketOptions.client(ClientBootstrap(group: loop)).connectTimeout(limit)
      .connect(host: address.host, port: address.port)
      .assumeIsolated()
      .whenComplete { [weak self] result in self?.didDial(member, result) }
  }

  private func didDial(_ member: MemberID, _ result: Result<any Channel, any Error>) {
    do throws(SessionEnd) {
      switch result {
      case .success(let channel):
        // The session joins when the connection stands: a name may have several addresses, and only one attempt is to
        // count.
        do throws(SessionEnd) { try prepare(channel, dialled: member) } catch {
          channel.close(promise: nil)
          throw error
        }
      case .failure(let error): throw .cannotConnect(SystemReason.of(error))
      }
    } catch {
      guard !isStopping else { return }
      diallers[member]?.attempt = .idle
      if table[member] == nil { report(.unreachable(member, error)) }
      dialLater(member)
    }
  }

  // MARK: End

  /// Ends everything; answers what completes when the last connection is closed.
  func stop() {
    isStopping = true
    overlap?.cancel()
    for member in diallers.keys.sorted() { diallers[member]?.rest() }
    for session in sessions.values.sorted(by: { $0.number < $1.number }) { session.end(.shutDown) }
  }
}

/// How this node stands to one member that it can dial.
private struct Dialler {
  enum Attempt {
    case idle
    case waiting(Scheduled<Void>)
    case dialling
  }

  let address: PeerAddress
  var backoff: Backoff
  var attempt = Attempt.idle

  init(address: PeerAddress, backoff: Backoff) { (self.address, self.backoff) = (address, backoff) }

  /// Calls a planned attempt off.
  mutating func rest() {
    guard case .waiting(let scheduled) = attempt else { return }
    scheduled.cancel()
    attempt = .idle
  }
}
