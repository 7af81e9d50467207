import Consensus
import Cryptography
import Membership
import Replica

/// Signs whatever there is to sign: with each `notarize` one for another block, with each `finalize` a `nullify`, with
/// each `nullify` a `finalize`, and shows all of it to everyone.
///
/// Defeated by counting each member once for each kind and view (R8), by quorums that share an honest member (R9), and
/// exposed at once, since two votes that contradict each other are evidence wherever they meet (R16).
struct DoubleVoter: Adversary {
  var corruption: Corruption

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    let own = Parcel(message: message, recipients: recipients)
    guard case .agreement(.vote(let vote)) = message, let said = try? vote.decoded().content else { return [own] }
    let other = Digest.of(.history, said.opener.bytes)
    let contrary: VoteSubject =
      switch said.kind {
      case .notarize: .notarize(other, in: said.view, of: corruption.context)
      case .finalize: .nullify(said.view, of: corruption.context)
      case .nullify: .finalize(other, in: said.view, of: corruption.context)
      }
    corruption.attacks += 1
    let second = corruption.vote(contrary, to: recipients)
    return corruption.chance.below(2) == 0 ? [own, second] : [second, own]
  }
}
