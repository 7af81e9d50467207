import Consensus
import Ledger
import Membership
import Replica
import Trade

/// A machine in the world: its member's replica while it runs, and what outlives it.
struct SimulatedMember {
  /// Writes that are on their way to the disk.
  struct Writing {
    let writes: [JournalWrite]
    let ticket: PersistTicket
  }

  /// What a crash does to the lists of writes under way.
  struct Crash {
    /// So many are durable, though the member never hears of it.
    let durable: Int
    /// Of the next one so many writes survive.
    let torn: Int
    let isGuardBehind: Bool
    let isLying: Bool
  }

  /// A crash that waits for the machine to write something.
  struct Doom {
    let before: Int64
    let isTorn: Bool
  }

  /// The place in the roster of the member whose keys the machine has.
  let place: Int
  /// How far this machine's clock is from the world's, in milliseconds.
  let skew: Int64
  /// How far it has jumped beyond that.
  var shift: Int64 = 0
  /// Nil while the machine is down.
  private(set) var mind: Mind?
  /// The epoch in which it signs and verifies.
  var context: EpochContext?
  var disk = SimulatedDisk()
  var guardian = SimulatedGuard()
  /// A copy of the disk that was made on purpose.
  private var copy: SimulatedDisk?
  /// Disk and guard as they were a while ago, and how many lists were written in all.
  private var older = (disk: SimulatedDisk(), guardian: SimulatedGuard())
  private var lists = 0
  /// Counts the runs: what was meant for an earlier one is void.
  private(set) var life = 0
  private(set) var writing: [Writing] = []
  /// When the last list of writes under way will be durable.
  private var busyUntil: Int64 = 0
  /// Until when the disk does nothing.
  var stalledUntil: Int64 = 0
  /// Until when the disk is slow.
  var slowUntil: Int64 = 0
  var doom: Doom?
  /// When it first started; nil for one that has not joined.
  var firstStart: Int64?
  var inbox = Inbox()
  var timers: [ReplicaTimer: Int] = [:]
  var generations = 0

  init(place: Int, skew: Int64) { (self.place, self.skew) = (place, skew) }

  /// A copy of the replica: for judges and desks.
  var replica: Replica? { mind?.replica }

  var isRunning: Bool { mind != nil }

  func isUp(_ life: Int) -> Bool { mind != nil && self.life == life }

  /// Starts with what the disk holds; answers whether that is an old copy.
  mutating func start(on network: SimulatedNetwork, isForgetful: Bool) throws(RecoveryError) -> Bool {
    life += 1
    let isOldCopy = guardian.shows(oldCopy: disk)
    mind = Mind(
      try Replica(
        genesis: network.genesis, me: network.members[place].id,
        recovering: disk.recovery(
          isOldCopy: isOldCopy && !isForgetful, isFirstStart: !disk.isUsed && guardian.isBlank),
        by: KeyedDigest(), snapshotInterval: 16))
    context = mind?.replica.context
    return isOldCopy
  }

  /// Takes writes to the disk, and answers when they will be durable: one list after the other.
  mutating func write(_ writes: [JournalWrite], _ ticket: PersistTicket, at now: Int64, latency: Int64) -> Int64 {
    writing.append(Writing(writes: writes, ticket: ticket))
    busyUntil = max(now, busyUntil, stalledUntil) + (now < slowUntil ? 25 * latency : latency)
    return busyUntil
  }

  /// The oldest list of writes is durable, and its votes are in the guard.
  mutating func becameDurable(forgetting: Bool) -> PersistTicket? {
    guard !writing.isEmpty else { return nil }
    let done = writing.removeFirst()
    lists += 1
    if lists.isMultiple(of: 8) { older = (disk, guardian) }
    disk.apply(done.writes)
    guardian.note(done.writes)
    if forgetting { disk.forgetFinalViews() }
    return done.ticket
  }

  /// Stops.
  mutating func crash(_ crash: Crash) {
    for done in writing.prefix(crash.durable) {
      disk.apply(done.writes)
      if !crash.isGuardBehind { guardian.note(done.writes) }
    }
    if crash.durable < writing.count, crash.torn > 0 {
      disk.apply(Array(writing[crash.durable].writes.prefix(crash.torn)))
    }
    if crash.isLying { (disk, guardian) = older }
    writing.removeAll()
    timers.removeAll()
    inbox = Inbox()
    (mind, busyUntil, stalledUntil, slowUntil) = (nil, 0, 0, 0)
  }

  /// Makes a copy of the disk as it is.
  mutating func copyDisk() { copy = disk }

  /// Puts the copy in the disk's place; false if there is none.
  mutating func rollBack(isGuardLost: Bool) -> Bool {
    guard let copy else { return false }
    disk = copy
    if isGuardLost { guardian.lose() }
    return true
  }
}

/// Messages that a slow machine has not taken yet: two bounded queues, of which the oldest message makes room.
struct Inbox {
  static let consensusLimit = 24
  static let bulkLimit = 3

  private var consensus: [World.Envelope] = []
  private var bulk: [World.Envelope] = []
  /// Until when the machine is slow.
  var slowUntil: Int64 = 0
  /// Whether the machine is about to take the next message.
  var isServed = false

  var count: Int { consensus.count + bulk.count }

  var isEmpty: Bool { count == 0 }

  /// Puts a message into its queue; true if an older one had to make room.
  mutating func put(_ envelope: World.Envelope, isBounded: Bool) -> Bool {
    switch envelope.message.priority {
    case .consensus:
      consensus.append(envelope)
      guard isBounded, consensus.count > Self.consensusLimit else { return false }
      consensus.removeFirst()
    case .bulk:
      bulk.append(envelope)
      guard isBounded, bulk.count > Self.bulkLimit else { return false }
      bulk.removeFirst()
    }
    return true
  }

  mutating func take() -> World.Envelope? {
    if !consensus.isEmpty { return consensus.removeFirst() }
    return bulk.isEmpty ? nil : bulk.removeFirst()
  }
}

/// A replica in a place of its own, so that it is changed there and never copied.
final class Mind {
  var replica: Replica

  init(_ replica: Replica) { self.replica = replica }
}
