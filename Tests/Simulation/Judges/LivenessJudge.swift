import Consensus
import Ledger
import Replica

/// Once the network is well, everything goes on, within a bound that is counted in message delays Δ: the next block
/// becomes final, and then one after the other; what is final with one honest member is final with all; and whoever
/// waits for an answer gets it.
///
/// The bound is 12 + 15(f + 2) + 4(2ᵇ − 1) delays, with n members, f = ⌊(n − 1) / 3⌋, and b of them Byzantine:
/// - 10 until each member has told the others again where it stands, if its word was lost before, plus 2 until that and
///   the answer have arrived: from then on everyone honest votes, and is in the same view or the next;
/// - views: at most f in a row have leaders that do nothing, one may pass while its honest leader fetches what it lacks,
///   one brings a final block. Each ends after a time-out of 3Δ doubled twice at most, plus 3 until all know;
/// - 4, 8, 16 … for asking Byzantine members in vain for the blocks that are missing, each once.
/// It is made of worst cases, which do not come together: a world is far quicker as a rule.
struct LivenessJudge {
  let bound: Int64
  /// Δ in microseconds.
  let delta: Int64
  private let healing: Int64
  /// By height, beginning with 1: when the first honest member held it final.
  private var times: [Int64] = []
  /// The longest wait after the faults, in hundredths of the bound.
  private(set) var slowest: Int64 = 0

  init(_ network: SimulatedNetwork, byzantine: Int, healing: Int64) {
    delta = network.genesis.content.ledger.delta * 1_000
    bound = Self.bound(network, byzantine: byzantine)
    self.healing = healing
  }

  /// The bound in microseconds.
  static func bound(_ network: SimulatedNetwork, byzantine: Int) -> Int64 {
    let borne = Int64((network.members.count - 1) / 3)
    let delays = 12 + 15 * (borne + 2) + 4 * ((Int64(1) << Int64(byzantine)) - 1)
    return delays * network.genesis.content.ledger.delta * 1_000
  }

  /// A member holds a height final; answers whether that took too long.
  mutating func committed(_ height: Int, by place: Int, at now: Int64, since start: Int64) -> String? {
    if height == times.count + 1 {
      let last = max(times.last ?? 0, healing)
      times.append(now)
      if now > healing, let late = tooLong(since: last, now) {
        return "the first block after height \(height - 1) took \(late)"
      }
    }
    guard height >= 1, height <= times.count, now > healing else { return nil }
    guard let late = tooLong(since: max(times[height - 1], healing, start), now) else { return nil }
    return "height \(height) came to member \(place) \(late) after the first member had it"
  }

  private mutating func tooLong(since time: Int64, _ now: Int64) -> String? {
    slowest = max(slowest, (now - time) * 100 / bound)
    return now - time > bound ? "\((now - time) / 1_000) ms, with a bound of \(bound / 1_000) ms" : nil
  }

  /// The last word; nobody waits for members that left.
  func conclude(_ ledger: LedgerJudge, _ world: World, without departed: Set<Int>) -> String? {
    let last = max(times.last ?? 0, healing)
    if world.now - last > bound { return "nothing has become final for \((world.now - last) / 1_000) ms" }
    for (machine, member) in world.members.enumerated() where !world.isByzantine(machine) {
      guard member.firstStart != nil, !departed.contains(machine) else { continue }
      guard let replica = member.replica else { return "member \(machine) is down at the end" }
      let height = Int(clamping: replica.finalised.height.number)
      if height != ledger.height(of: machine) { return "member \(machine) holds height \(height) and never said so" }
      let start = max(healing, member.firstStart ?? 0)
      let due = times.filter { world.now - max($0, start) > bound }.count
      guard height >= due, height > 0 || due == 0 else {
        let waiting = replica.health.waiting.sentence
        return "member \(machine) is at height \(height) when others have long passed \(due): \(waiting)"
      }
    }
    return nil
  }
}
