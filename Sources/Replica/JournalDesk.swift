import Consensus
import Ledger

/// What this member writes down, and what waits for it.
///
/// Writes that something waits for go out at once. Those that nothing waits for ride along with the next of these, or
/// go when the flush timer runs out: so that a block costs no commit of its own.
struct JournalDesk: Sendable {
  /// How long writes that nothing waits for may lie, in milliseconds.
  static let patience: Int64 = 25

  private var waiting: [JournalWrite] = []
  private var issued: UInt64 = 0
  /// Tickets of agreement by the ticket of their writes, ascending.
  private var pending: [(ticket: PersistTicket, record: Consensus.Ticket)] = []
  /// Records of agreement whose writes lie here.
  private var unissued: [Consensus.Ticket] = []
  private var isTimerRunning = false

  /// How many writes lie here, and how many records wait to become durable.
  var waitingCount: Int { waiting.count + unissued.count + pending.count }

  /// Writes that nothing waits for.
  mutating func later(_ writes: [JournalWrite]) { waiting += writes }

  /// A record of agreement that can wait.
  mutating func later(_ writes: [JournalWrite], for record: Consensus.Ticket) {
    waiting += writes
    unissued.append(record)
  }

  /// Writes a record that agreement waits for, after all that lies here.
  mutating func now(_ writes: [JournalWrite], for record: Consensus.Ticket, into actions: inout [ReplicaAction]) {
    later(writes, for: record)
    issue(into: &actions)
  }

  /// Writes what lies here.
  mutating func flush(into actions: inout [ReplicaAction]) {
    isTimerRunning = false
    guard !waiting.isEmpty else { return }
    issue(into: &actions)
  }

  /// Starts the flush timer if something lies here that nothing else will take along soon.
  mutating func flushSoon(into actions: inout [ReplicaAction]) {
    guard !waiting.isEmpty, !isTimerRunning else { return }
    isTimerRunning = true
    actions.append(.start(.flush, milliseconds: Self.patience))
  }

  /// The records of agreement that are durable with that ticket, ascending.
  mutating func persisted(_ ticket: PersistTicket) -> [Consensus.Ticket] {
    let durable = pending.prefix { $0.ticket <= ticket }.map(\.record)
    pending.removeFirst(durable.count)
    return durable
  }

  /// Nobody waits for the records of agreement any more; what they hold is written all the same.
  mutating func forgetRecords() {
    pending.removeAll()
    unissued.removeAll()
  }

  private mutating func issue(into actions: inout [ReplicaAction]) {
    issued += 1
    let ticket = PersistTicket(issued)
    actions.append(.persist(waiting, ticket))
    waiting.removeAll()
    pending += unissued.map { (ticket, $0) }
    unissued.removeAll()
  }
}
