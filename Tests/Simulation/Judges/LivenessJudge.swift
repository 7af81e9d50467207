import Consensus
import Ledger
import Replica

/// Once the network is well, everything goes on: every honest member runs, all come to the same height, and that height
/// grows.
struct LivenessJudge {
  private var highest: Int?

  /// Notes how far the world was, a while before its end.
  mutating func inspect(_ ledger: LedgerJudge, _ world: World) { highest = ledger.height }

  func conclude(_ ledger: LedgerJudge, _ world: World) -> String? {
    for (place, member) in world.members.enumerated() where !world.byzantine.contains(place) {
      guard let replica = member.replica else { return "member \(place) is down at the end" }
      let height = Int(clamping: replica.finalised.height.number)
      if height != ledger.height(of: place) { return "member \(place) holds height \(height) final and never said so" }
      guard let highest else { continue }
      guard height >= highest, height > 0 else {
        let waiting = replica.health.waiting.sentence
        return "member \(place) is at height \(height) when others have long passed \(highest): \(waiting)"
      }
    }
    return nil
  }
}
