import Replica

/// Keeps what it hears, and sends it again and again, to anyone, long after its time: votes and proposals of others,
/// certificates, statuses, transactions that are in blocks already.
///
/// Defeated by names and limits in whatever is signed: a vote belongs to one epoch and view and counts once (R8, R30),
/// a certificate says only what was said (R9), a status speaks for the sender of the session alone (R23, M2), and a
/// transaction takes effect once (L11).
struct Replayer: Adversary {
  private static let kept = 96

  var corruption: Corruption
  private var heard: [PeerMessage] = []

  init(corruption: Corruption) { self.corruption = corruption }

  var isActive: Bool { true }

  mutating func hear(_ message: PeerMessage, from sender: Int) -> PeerMessage? {
    if heard.count < Self.kept {
      heard.append(message)
    } else if corruption.chance.below(4) == 0 {
      // Old ones stay for long, so that some are from the beginning.
      heard[corruption.chance.below(Self.kept)] = message
    }
    return message
  }

  mutating func act() -> [Parcel] {
    guard !heard.isEmpty else { return [] }
    return (0..<4).map { _ in
      corruption.attacks += 1
      let message = heard[corruption.chance.below(heard.count)]
      return Parcel(message: message, recipients: corruption.some())
    }
  }
}
