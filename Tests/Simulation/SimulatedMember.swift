import Ledger
import Membership
import Replica
import Trade

/// A member in the world: its replica while it runs, and what outlives it.
struct SimulatedMember {
  /// Writes that are on their way to the disk.
  struct Writing {
    let writes: [JournalWrite]
    let ticket: PersistTicket
  }

  var number: Int
  /// How far this member's clock is from the world's, in milliseconds.
  let skew: Int64
  /// Nil while the member is down.
  var replica: Replica?
  var disk = SimulatedDisk()
  /// The disk as it was a while ago, and how many lists were written in all.
  private var older = SimulatedDisk()
  private var lists = 0
  /// Counts the runs: what was meant for an earlier one is void.
  private(set) var life = 0
  private(set) var writing: [Writing] = []
  /// When the last list of writes under way will be durable.
  private var busyUntil: Int64 = 0
  /// Until when the disk does nothing.
  var stalledUntil: Int64 = 0
  var timers: [ReplicaTimer: Int] = [:]
  var generations = 0

  init(number: Int, skew: Int64) { (self.number, self.skew) = (number, skew) }

  func isUp(_ life: Int) -> Bool { replica != nil && self.life == life }

  mutating func start(on network: SimulatedNetwork) throws(RecoveryError) {
    life += 1
    replica = try Replica(
      genesis: network.genesis, me: network.members[number].id, recovering: disk.recovery(), by: KeyedDigest(),
      snapshotInterval: 16)
  }

  /// Takes writes to the disk, and answers when they will be durable: one list after the other.
  mutating func write(_ writes: [JournalWrite], _ ticket: PersistTicket, at now: Int64, latency: Int64) -> Int64 {
    writing.append(Writing(writes: writes, ticket: ticket))
    busyUntil = max(now, busyUntil, stalledUntil) + latency
    return busyUntil
  }

  /// The oldest list of writes is durable.
  mutating func becameDurable() -> PersistTicket? {
    guard !writing.isEmpty else { return nil }
    let done = writing.removeFirst()
    lists += 1
    if lists.isMultiple(of: 8) { older = disk }
    disk.apply(done.writes)
    return done.ticket
  }

  /// Stops. So many of the lists under way are durable, though the member never heard of it.
  mutating func crash(durable: Int, isLying: Bool) {
    for done in writing.prefix(durable) { disk.apply(done.writes) }
    if isLying { disk = older }
    writing.removeAll()
    timers.removeAll()
    (replica, busyUntil, stalledUntil) = (nil, 0, 0)
  }
}
