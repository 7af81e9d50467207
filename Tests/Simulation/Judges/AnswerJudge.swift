import Cryptography
import Ledger
import Replica

/// What a submitter was told is true for ever: a submission that was acknowledged as committed is in the final history,
/// at that height and in that block. And nobody who waits is forgotten.
struct AnswerJudge {
  private struct Open {
    let place: Int
    let time: Int64
    /// When it must be answered at the latest; nil where nobody can say.
    let due: Int64?
  }

  private struct Acknowledged {
    let identity: [UInt8]
    let height: Int
    let block: [UInt8]
    let place: Int
  }

  private let healing: Int64
  private let patience: Int64
  private var open: [UInt64: Open] = [:]
  private var order: [UInt64] = []
  private var acknowledged: [Acknowledged] = []
  private var fault: String?

  /// How long a submission may wait once the network is well, in microseconds.
  init(healing: Int64, patience: Int64) { (self.healing, self.patience) = (healing, patience) }

  /// A client hands a transaction to an honest member; `life` is how long it may wait for a block.
  mutating func submitted(_ ticket: UInt64, to place: Int, at time: Int64, life: Int64?) {
    let due = life.map { max(healing, time + min($0, 2_000_000)) + patience }
    open[ticket] = Open(place: place, time: time, due: due)
    order.append(ticket)
  }

  /// The connections to a member that stops are gone: nobody waits there any more.
  mutating func crashed(_ place: Int) {
    order.removeAll { ticket in
      guard open[ticket]?.place == place else { return false }
      open[ticket] = nil
      return true
    }
  }

  mutating func answered(_ ticket: UInt64, by place: Int) {
    guard open.removeValue(forKey: ticket) != nil else {
      fault = fault ?? "member \(place) answered ticket \(ticket), which nobody waits for"
      return
    }
    order.removeAll { $0 == ticket }
  }

  mutating func acknowledge(_ identity: [UInt8], height: Int, block: [UInt8], by place: Int) {
    acknowledged.append(Acknowledged(identity: identity, height: height, block: block, place: place))
  }

  /// Whether all that a member acknowledged is in the history.
  func conclude(_ place: Int, _ ledger: LedgerJudge) -> String? {
    if let fault { return fault }
    for one in acknowledged where one.place == place {
      guard ledger.digest(at: one.height) == one.block, ledger.includes(one.identity, at: one.height) else {
        return "member \(one.place) acknowledged a submission as committed at height \(one.height), and it is not there"
      }
    }
    return nil
  }

  /// Whether someone still waits who should not.
  func forgotten(at now: Int64) -> String? {
    for ticket in order {
      guard let waiting = open[ticket], let due = waiting.due, now > due else { continue }
      return "a submission to member \(waiting.place) at \(waiting.time / 1_000) ms was never answered"
    }
    return nil
  }
}
