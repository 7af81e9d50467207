import Consensus
import Ledger
import Replica

/// What a member keeps is bounded, whatever others send: restated in plain numbers.
struct BoundsJudge {
  /// Answers what is too much.
  func judge(_ member: SimulatedMember, height: Int) -> String? {
    guard let replica = member.replica else { return nil }
    let sizes = replica.sizes
    let views = Int(clamping: replica.currentView.number) - Int(clamping: replica.finalised.view.number)
    let limits: [(String, Int, Int)] = [
      ("statements of one member in its pool", sizes.largestShare, 1_024),
      ("submitters that wait", sizes.submitters, 8_192),
      ("blocks known by digest alone", sizes.missing, 64),
      ("blocks that nobody asked for", sizes.unasked, 64),
      ("executed blocks", sizes.executed, 257),
      // One notarised block and own choices a view, unasked ones, and a range of final ones on their way.
      ("blocks above the final one", sizes.open, 64 + 3 * max(1, views) + 512),
      ("views of agreement", sizes.views, max(1, views) + 2),
      ("final blocks without bodies", sizes.finalWaiting, max(1, height)),
      ("reads under way", sizes.reads, 2 * 64),
      // A vote, its certificates and a block at a time; a disk may do nothing for a second.
      ("writes that wait", sizes.writes, 4_096),
      ("timers", member.timers.count, 16),
      ("messages in its queues", member.inbox.count, 24 + 3),
    ]
    guard let broken = limits.first(where: { $0.1 > $0.2 }) else { return nil }
    return "has \(broken.1) \(broken.0), more than \(broken.2)"
  }
}
