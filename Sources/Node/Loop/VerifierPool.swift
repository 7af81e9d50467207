import Foundation
import Membership
import Transport

/// The threads that decode and verify peers' frames before the loop sees them.
///
/// Each peer has two lanes, for what agreement waits for and for the rest. A lane is worked on by one thread at a time, so that its order
/// stays; lanes of agreement go first, the peers in turn. Every waiting frame holds its session's credit, which bounds the lanes.
/// Unchecked because the condition's lock guards all of it.
final class VerifierPool: @unchecked Sendable {
  private struct Lane {
    let peer: MemberID
    let isUrgent: Bool
    var frames: [InboundFrame] = []
    var isBusy = false
  }

  /// How many frames a thread takes from a lane before it looks whether another lane is more urgent.
  private static let turn = 16

  private let condition = NSCondition()
  private var lanes: [Lane] = []
  private var next = 0
  private var isStopped = false
  private var threads: [DedicatedThread] = []

  /// `work` is called on the pool's threads, for the frames of one lane in order.
  init(threads count: Int, work: @escaping @Sendable (InboundFrame) -> Void) {
    threads = (0..<max(1, count)).map { index in
      DedicatedThread(name: "verify-\(index)") { [unowned self] in self.run(work) }
    }
  }

  func put(_ frame: InboundFrame) {
    let isUrgent = FrameLane.isUrgent(frame.bytes)
    condition.lock()
    defer { condition.unlock() }
    if let index = lanes.firstIndex(where: { $0.peer == frame.sender && $0.isUrgent == isUrgent }) {
      lanes[index].frames.append(frame)
    } else {
      lanes.append(Lane(peer: frame.sender, isUrgent: isUrgent, frames: [frame]))
    }
    condition.signal()
  }

  /// Frames that wait.
  var backlog: Int {
    condition.lock()
    defer { condition.unlock() }
    return lanes.reduce(0) { $0 + $1.frames.count }
  }

  /// Lets the threads finish what they hold, drops what waits, and returns when they have ended.
  func stop() {
    condition.lock()
    isStopped = true
    lanes = []
    condition.broadcast()
    condition.unlock()
    for thread in threads { thread.join() }
  }

  private func run(_ work: (InboundFrame) -> Void) {
    while let (lane, frames) = takeTurn() {
      for frame in frames { work(frame) }
      finishTurn(lane)
    }
  }

  private func takeTurn() -> (lane: Int, frames: [InboundFrame])? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if isStopped { return nil }
      if let index = ready(urgent: true) ?? ready(urgent: false) {
        next = index + 1
        lanes[index].isBusy = true
        let frames = Array(lanes[index].frames.prefix(Self.turn))
        lanes[index].frames.removeFirst(frames.count)
        return (index, frames)
      }
      condition.wait()
    }
  }

  private func ready(urgent: Bool) -> Int? {
    let order = lanes.indices.map { (next + $0) % lanes.count }
    return order.first { lanes[$0].isUrgent == urgent && !lanes[$0].isBusy && !lanes[$0].frames.isEmpty }
  }

  private func finishTurn(_ index: Int) {
    condition.lock()
    defer { condition.unlock() }
    guard index < lanes.count else { return }
    lanes[index].isBusy = false
    if !lanes[index].frames.isEmpty { condition.signal() }
  }
}

/// Sorts frames into lanes by what they say of themselves, before anything is decoded. A wrong word costs the sender's own frames their order.
enum FrameLane {
  /// The largest frame of transactions that goes with the votes.
  private static let smallTransactions = 64 * 1024

  /// A peer message is an array of two whose first item is its tag, one byte for all that exist.
  static func isUrgent(_ frame: [UInt8]) -> Bool {
    guard frame.count > 1 else { return false }
    switch frame[1] {
    case 0, 1, 3, 4, 5: return true
    case 2: return frame.count <= smallTransactions
    default: return false
    }
  }
}
