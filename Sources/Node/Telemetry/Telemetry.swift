import Consensus
import CoreMetrics
import Cryptography
import Ledger
import Logging
import Membership
import Replica
import Transport

/// The node's counters and distributions. Names and labels are listed in `Protocol/api.md`.
package final class Telemetry: Sendable {
  package let registry: PrometheusRegistry
  private let blocks: Counter
  private let transactions: Counter
  private let refused: Counter
  private let commitTime: Timer
  private let commitLists: Recorder
  private let turnTime: Timer
  private let turnEvents: Recorder
  private let overflow: Counter
  private let reports: Counter
  private let evidence: Counter
  private let invalidBlocks: Counter
  private let submissions: Counter
  private let screenedMessages: Counter
  private let clockJumps: Counter

  package init(registry: PrometheusRegistry = PrometheusRegistry()) {
    self.registry = registry
    blocks = Counter(label: "pricefloor.blocks.finalised", factory: registry)
    transactions = Counter(label: "pricefloor.transactions.finalised", factory: registry)
    refused = Counter(label: "pricefloor.transactions.refused", factory: registry)
    commitTime = Timer(label: "pricefloor.journal.commit", factory: registry)
    commitLists = Recorder(label: "pricefloor.journal.commit.lists", factory: registry)
    turnTime = Timer(label: "pricefloor.loop.turn", factory: registry)
    turnEvents = Recorder(label: "pricefloor.loop.turn.events", factory: registry)
    overflow = Counter(label: "pricefloor.send.queue.overflow", factory: registry)
    reports = Counter(label: "pricefloor.replica.reports", factory: registry)
    evidence = Counter(label: "pricefloor.evidence", factory: registry)
    invalidBlocks = Counter(label: "pricefloor.blocks.invalid", factory: registry)
    screenedMessages = Counter(label: "pricefloor.messages.screened", factory: registry)
    clockJumps = Counter(label: "pricefloor.clock.jumps", factory: registry)
    submissions = Counter(label: "pricefloor.submissions", factory: registry)
  }

  func commit(lists: Int, since begin: MonotonicTime) {
    commitTime.recordNanoseconds(Self.elapsed(begin))
    commitLists.record(Int64(lists))
  }

  func turn(events: Int, since begin: MonotonicTime) {
    turnTime.recordNanoseconds(Self.elapsed(begin))
    turnEvents.record(Int64(events))
  }

  func committed(_ new: [FinalBlock]) {
    blocks.increment(by: new.count)
    let outcomes = new.flatMap(\.committed.outcomes)
    transactions.increment(by: outcomes.count)
    refused.increment(by: outcomes.count { !$0.result.isAccepted })
  }

  /// Counts a message of a peer that was not worth verifying.
  func screened() { screenedMessages.increment() }

  func submission() { submissions.increment() }

  func queueOverflow(_: MemberID) { overflow.increment() }

  /// Counts a message of a peer that was dropped, by the code of its fault.
  func droppedMessage(_ code: String) {
    Counter(label: "pricefloor.messages.dropped", dimensions: [("code", code)], factory: registry).increment()
  }

  /// Counts and logs what was noticed about this machine's clock.
  func clock(_ event: ClockWatch.Event, _ reading: ClockReading, _ logger: Logger) {
    switch event {
    case .jumped(let milliseconds):
      clockJumps.increment()
      logger.error(
        "\(reading.alarm ?? "this machine's clock jumped")",
        metadata: ["code": "CLOCK_JUMPED", "milliseconds": "\(milliseconds)"])
    case .wrong:
      logger.error(
        "\(reading.alarm ?? "this machine's clock is wrong")",
        metadata: ["code": "CLOCK_WRONG", "milliseconds": "\(reading.offset ?? 0)"])
    case .rightAgain:
      logger.notice("this machine's clock agrees with those of the other members again")
    }
  }

  /// Counts and logs what the replica has to say.
  func report(_ report: ReplicaReport, _ logger: Logger) {
    reports.increment()
    switch report {
    case .agreement(.voting): logger.notice("this member votes from now on")
    case .agreement(.oldCopy):
      logger.warning(
        """
        this node runs on an old copy of its data: it follows, and votes again by itself once it is past whatever it may have \
        signed. Leave it running, keep the guard file, and never run two nodes with this node key
        """)
    case .agreement(.votesAgain(let view)):
      logger.notice("this member votes again, above the views it may have voted in", metadata: ["view": "\(view)"])
    case .agreement(.invalidProposal(let block, let view, let reason)), .invalidBlock(let block, let view, let reason):
      invalidBlocks.increment()
      logger.warning(
        "a proposed block is not valid",
        metadata: ["block": "\(block.short)", "view": "\(view)", "reason": "\(reason)"])
    case .agreement(let other): logger.debug("agreement", metadata: ["report": "\(other)"])
    case .evidence(let found):
      evidence.increment()
      let member = (try? found.first.decoded())?.content.member.text ?? "unknown"
      logger.critical("a member signed contradictory votes; both are kept", metadata: ["member": "\(member)"])
    case .dropped(let what): logger.debug("dropped at a limit", metadata: ["what": "\(what)"])
    case .unwanted(let member, let what):
      logger.debug("unwanted", metadata: ["member": "\(member)", "what": "\(what)"])
    case .catchingUp(let from, let to, let member):
      logger.info("catching up", metadata: ["from": "\(from)", "to": "\(to)", "member": "\(member)"])
    case .restarted(let document, let epoch):
      logger.critical(
        "the network was restarted by its members' root keys",
        metadata: ["document": "\(document)", "epoch": "\(epoch)"])
    case .restartRefused(let problem):
      logger.error("a restart document was refused", metadata: ["reason": "\(problem)"])
    }
  }

  private static func elapsed(_ begin: MonotonicTime) -> Int64 {
    Int64(clamping: MonotonicTime.now.nanoseconds(since: begin))
  }
}
