import Consensus
import Cryptography
import Dispatch
import Foundation
import Ledger
import Logging
import Membership
import Replica
import Storage
import Synchronization
import Transport

/// The threads around one replica: the loop, the verifiers before it, and the reader of old blocks beside it.
final class NodeEngine: Sendable {
  let material: NodeMaterial
  let handlers: APIHandlers
  let published: Published
  let standing: Storage.Standing
  let clock: NodeClock
  /// The epoch in which the node starts.
  let context: EpochContext
  private let inbox = Inbox<LoopEvent>()
  private let verifiers: VerifierPool
  private let reader = DispatchQueue(label: "journal.serve")
  private let history: CommittedHistory
  private let prepared: Mutex<ReplicaLoop.Parts?>
  private let thread = Mutex<DedicatedThread?>(nil)
  private let ending = Ending()
  private let connected = Mutex(Set<MemberID>())
  private let logger: Logger

  /// Opens the journal and recovers the replica. No thread of the loop runs before ``start()``.
  init(
    _ configuration: NodeConfiguration, _ material: NodeMaterial, seams: NodeSeams, logger: Logger
  ) throws(NodeFailure) {
    let notice = HaltNotice(guardFile: configuration.guardFile)
    if let reason = notice.reason { throw .halted(path: notice.path, reason: reason) }
    let telemetry = Telemetry()
    let (storage, recovery) = try Self.open(configuration, material)
    let door = RecoveryDoor(
      data: configuration.data, member: configuration.member, network: material.genesis.network)
    let recover = { @Sendable (recovery: JournalRecovery) throws(RecoveryError) -> Replica in
      try Replica(
        genesis: material.genesis, me: configuration.member, recovering: recovery, by: material.verifier,
        nodeKeys: material.signer.publicKeys, restarting: door.envelope(material.signer),
        snapshotInterval: seams.snapshotInterval)
    }
    let replica: Replica
    do throws(RecoveryError) { replica = try recover(recovery) } catch {
      throw .recovery(error.sentence)
    }
    try Self.checkKeys(configuration, material, replica.context.roster)
    material.signer.enter(replica.context)
    context = replica.context
    (self.material, self.logger, history, standing) = (material, logger, storage.history, storage.standing)
    let clock = NodeClock(bound: material.genesis.content.ledger.clockBound, read: seams.clock)
    self.clock = clock
    published = Published(
      CommittedView(header: replica.finalised, finalisation: recovery.finalisation, state: replica.state))
    let verifier = EpochVerifier(
      PeerMessageVerifier(context: replica.context, restarting: replica.restarting, scheme: material.verifier))
    let verification = Verification(verifier: verifier, telemetry: telemetry, logger: logger)
    let inbox = inbox
    verifiers = VerifierPool(threads: ProcessInfo.processInfo.activeProcessorCount) { job in
      switch job {
      case .decode(let frame): if let message = verification.decode(frame) { inbox.put(.decoded(message, frame)) }
      case .verify(let message, let frame, let known):
        guard let verified = verification.verify(message, in: frame, known: known) else { return }
        inbox.put(.verified(verified, frame))
      }
    }
    handlers = APIHandlers(
      facts: NodeFacts(
        member: configuration.member, genesis: material.genesis, verifier: material.verifier, started: .now,
        clock: clock, sign: { [signer = material.signer] (request) throws(KeyError) in try signer.sign(request) }),
      published: published, history: history,
      submitter: Submitter(
        inbox: inbox, verifier: verifier, history: history, published: published, telemetry: telemetry),
      telemetry: telemetry, desk: DeskHolder(),
      health: { await withCheckedContinuation { waiting in inbox.put(.question { waiting.resume(returning: $0) }) } })
    let serve = Self.server(of: history, on: reader, into: inbox)
    prepared = Mutex(
      ReplicaLoop.Parts(
        replica: replica, storage: storage, signer: material.signer, verification: verification, verifiers: verifiers,
        sender: NoSender(), inbox: inbox,
        published: published, telemetry: telemetry, clock: clock, logger: logger,
        haltNotice: notice, door: door,
        office: StateOffice(
          genesis: material.genesis, history: storage.history, signer: material.signer, member: configuration.member,
          verifier: material.verifier),
        recover: recover, read: serve))
  }

  /// Says where frames go, and what follows the replica into its epochs. Before ``start()``, once.
  func connect(to sender: any FrameSender, _ followers: EpochFollowers) {
    prepared.withLock {
      $0?.sender = sender
      $0?.followers = followers
    }
  }

  /// A key file of another member, or of no use yet, is a mistake that is better found before anything is signed.
  private static func checkKeys(
    _ configuration: NodeConfiguration, _ material: NodeMaterial, _ roster: Roster
  ) throws(NodeFailure) {
    let known = [roster, material.proved?.roster].compactMap { $0?[configuration.member]?.node }
    guard known.isEmpty || known.contains(where: material.signer.publicKeys.contains) else {
      throw .foreignKey(configuration.member, path: configuration.nodeKey)
    }
  }

  func start() {
    guard let parts = prepared.withLock({ $0.take() }) else { return }
    let ending = ending
    let started = DedicatedThread(name: "replica") { ending.end(ReplicaLoop(parts).run()) }
    thread.withLock { $0 = started }
  }

  /// What the sessions report, on the mesh's thread.
  func take(_ event: MeshEvent) {
    switch event {
    case .connected(let member, let session):
      logger.info("connected", metadata: ["member": "\(member)", "remote": "\(session.remote)"])
      connected.withLock { _ = $0.insert(member) }
      inbox.put(.connected(member))
    case .disconnected(let member, let reason):
      logger.info(
        "disconnected", metadata: ["member": "\(member)", "code": "\(reason.code)", "reason": "\(reason.sentence)"])
      connected.withLock { _ = $0.remove(member) }
      inbox.put(.disconnected(member))
    case .received(let frame): inbox.put(.frame(frame))
    case .refused(let remote, let reason):
      logger.warning(
        "a session was refused",
        metadata: ["remote": "\(remote)", "code": "\(reason.code)", "reason": "\(reason.sentence)"])
    case .unreachable(let member, let reason):
      // Who finds nobody to talk to, while others hang up, may be greeting by a key that they do not know any more.
      if reason == .closedByPeer, connected.withLock({ $0.isEmpty }) { material.signer.passOn() }
      logger.debug(
        "not reached", metadata: ["member": "\(member)", "code": "\(reason.code)", "reason": "\(reason.sentence)"])
    }
  }

  func requestStop() { inbox.put(.stop) }

  func finished() async -> NodeFailure? { await ending.wait() }

  /// Ends everything, also where ``start()`` was never called.
  func stop() async -> NodeFailure? {
    requestStop()
    if prepared.withLock({ $0.take() }) != nil { ending.end(nil) }
    let failure = await finished()
    close()
    return failure
  }

  /// Ends the threads around the loop, after the loop.
  func close() {
    verifiers.stop()
    published.finish()
    thread.withLock { $0.take() }?.join()
  }

  private static func open(
    _ configuration: NodeConfiguration, _ material: NodeMaterial
  ) throws(NodeFailure) -> (Storage, JournalRecovery) {
    let owner = StorageOwner(network: material.genesis.network.description, member: configuration.member.text)
    do {
      let storage = try Storage(folder: configuration.data, guardPath: configuration.guardFile, owner: owner)
      let recovery = try storage.recovery()
      guard storage.standing == .new, let files = configuration.snapshot else { return (storage, recovery) }
      let begin = try StartingState.read(files, material)
      try storage.begin(with: begin.snapshot, links: begin.links)
      return (storage, try storage.recovery())
    } catch let error as StorageError {
      throw .storage(error)
    } catch let error as NodeFailure {
      throw error
    } catch {
      throw .recovery("\(error)")
    }
  }

  private static func server(
    of history: CommittedHistory, on queue: DispatchQueue, into inbox: Inbox<LoopEvent>
  ) -> @Sendable (UInt64, Int, ReadTicket) -> Void {
    { height, bytes, ticket in
      queue.async {
        do throws(StorageError) {
          let blocks = try history.blocks(from: height, bytes: bytes)
          inbox.put(
            .read(
              blocks.map { StoredBlock(block: $0.block, finalisation: $0.finalisation, tail: $0.tail) }, ticket))
        } catch {
          inbox.put(.failed(.storage(error)))
        }
      }
    }
  }
}

/// Stands in for the mesh until there is one: nobody is connected yet.
private struct NoSender: FrameSender {
  func send(_ frame: [UInt8], to member: MemberID, _ priority: Priority) -> SendOutcome { .notConnected }
  func broadcast(_ frame: [UInt8], _ priority: Priority) {}
}

/// How the loop ended, for whoever waits for it, before or after.
private final class Ending: Sendable {
  private enum State {
    case running([CheckedContinuation<NodeFailure?, Never>])
    case ended(NodeFailure?)
  }

  private let state = Mutex(State.running([]))

  func end(_ failure: NodeFailure?) {
    let waiting = state.withLock { state -> [CheckedContinuation<NodeFailure?, Never>] in
      guard case .running(let waiting) = state else { return [] }
      state = .ended(failure)
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: failure) }
  }

  func wait() async -> NodeFailure? {
    await withCheckedContinuation { continuation in
      let ended = state.withLock { state -> NodeFailure?? in
        switch state {
        case .running(let waiting):
          state = .running(waiting + [continuation])
          return nil
        case .ended(let failure): return .some(failure)
        }
      }
      if let ended { continuation.resume(returning: ended) }
    }
  }
}
