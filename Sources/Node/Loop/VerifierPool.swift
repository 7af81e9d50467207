import Foundation
import Membership
import Replica
import Transport

/// Work on one frame that another thread than the loop's does.
enum VerifierJob: Sendable {
  /// A large frame is decoded there too, and comes back for a first look.
  case decode(InboundFrame)
  case verify(PeerMessage, InboundFrame, KnownParts)

  var frame: InboundFrame {
    switch self {
    case .decode(let frame), .verify(_, let frame, _): frame
    }
  }
}

/// The threads that decode and verify beside the loop, on all cores.
///
/// Lanes of agreement go before those of transactions, and these before bulk; within a lane the peers have turns, so that nobody's flood
/// delays the others. Every waiting frame holds its session's credit, which bounds the queues.
/// Unchecked because the condition's lock guards all of it.
final class VerifierPool: @unchecked Sendable {
  private struct Queue {
    let peer: MemberID
    let lane: FrameLane
    var jobs: [VerifierJob] = []
    var first = 0

    var isEmpty: Bool { first == jobs.count }

    mutating func takeFirst() -> VerifierJob {
      defer {
        first += 1
        if first == jobs.count || first > 1_024 {
          jobs.removeFirst(first)
          first = 0
        }
      }
      return jobs[first]
    }
  }

  private let condition = NSCondition()
  private var queues: [Queue] = []
  private var waiting = 0
  private var busy = 0
  private var turn = 0
  private var isStopped = false
  private var threads: [DedicatedThread] = []

  /// `work` is called on the pool's threads; jobs of one peer may overtake one another.
  init(threads count: Int, work: @escaping @Sendable (VerifierJob) -> Void) {
    threads = (0..<max(1, count)).map { index in
      DedicatedThread(name: "verify-\(index)") { [unowned self] in self.run(work) }
    }
  }

  func put(_ job: VerifierJob, _ lane: FrameLane) {
    let peer = job.frame.sender
    condition.lock()
    defer { condition.unlock() }
    if let index = queues.firstIndex(where: { $0.peer == peer && $0.lane == lane }) {
      queues[index].jobs.append(job)
    } else {
      queues.append(Queue(peer: peer, lane: lane, jobs: [job]))
    }
    waiting += 1
    condition.signal()
  }

  /// Whether nothing waits and nothing is worked on.
  var isIdle: Bool {
    condition.lock()
    defer { condition.unlock() }
    return waiting == 0 && busy == 0
  }

  /// Lets the threads finish what they hold, drops what waits, and returns when they have ended.
  func stop() {
    condition.lock()
    isStopped = true
    (queues, waiting) = ([], 0)
    condition.broadcast()
    condition.unlock()
    for thread in threads { thread.join() }
  }

  private func run(_ work: (VerifierJob) -> Void) {
    while let job = take() {
      work(job)
      condition.lock()
      busy -= 1
      condition.unlock()
    }
  }

  private func take() -> VerifierJob? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped {
      if waiting > 0, let index = FrameLane.allCases.lazy.compactMap({ self.next(in: $0) }).first {
        turn = index + 1
        waiting -= 1
        busy += 1
        return queues[index].takeFirst()
      }
      condition.wait()
    }
    return nil
  }

  private func next(in lane: FrameLane) -> Int? {
    let order = queues.indices.lazy.map { (self.turn + $0) % self.queues.count }
    return order.first { self.queues[$0].lane == lane && !self.queues[$0].isEmpty }
  }
}
