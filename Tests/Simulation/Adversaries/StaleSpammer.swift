import Consensus
import Cryptography
import Ledger
import Replica

/// Speaks of views that are over: nullifies them late and repeatedly, asks for all certificates there ever were, claims
/// to stand at the beginning or far ahead, and asks for the whole history over and over.
///
/// Defeated by dropping what is final or too far behind (R8, R29), by one small answer to each question (R27, at most 64
/// certificates, R23 and R25), by believing a status in nothing without a certificate (section 10), and by bounds on
/// reads under way (M15, M16).
struct StaleSpammer: Adversary {
  var corruption: Corruption

  var isActive: Bool { true }

  mutating func act() -> [Parcel] {
    let recipients = corruption.some()
    corruption.attacks += 4
    return [stale(to: recipients), request(to: recipients), status(to: corruption.one()), range(to: corruption.one())]
  }

  /// A `nullify` of the current view's past.
  private mutating func stale(to recipients: [Int]) -> Parcel {
    let view = View(UInt64(1 + corruption.chance.below(max(1, Int(clamping: corruption.view.number)))))
    return corruption.vote(.nullify(view, of: corruption.context), to: recipients)
  }

  private func request(to recipients: [Int]) -> Parcel {
    let request = CertificateRequest(context: corruption.context, above: .zero, below: View(.max))
    return Parcel(message: .agreement(.request(request)), recipients: recipients)
  }

  /// Everything in a status but votes is the sender's word.
  private mutating func status(to recipients: [Int]) -> Parcel {
    let far = corruption.chance.below(2) == 0
    let (height, view): (Height, View) = far ? (Height(1_000_000), View(.max)) : (.zero, .zero)
    let claimed = BlockLink(digest: .zero, height: height, view: view, parent: .zero, parentView: .zero)
    let status = ConsensusStatus(context: corruption.context, finalised: claimed, view: view, votes: [])
    return Parcel(message: .agreement(.status(status)), recipients: recipients)
  }

  private func range(to recipients: [Int]) -> Parcel {
    Parcel(message: .wantRange(from: Height(1)), recipients: recipients)
  }
}
