import Consensus
import Cryptography
import Ledger
import Membership

/// Everyone means the same by an epoch: its number and the block that opened it stand for one set of validators, epochs
/// follow one another, and that block is the one that all have at that height.
struct EpochJudge {
  struct Voter: Hashable {
    let place: Int
    let name: String
    let key: PublicKey
  }

  private struct Key: Hashable {
    let number: UInt64
    let opener: [UInt8]
  }

  private var voters: [Key: [Voter]] = [:]
  /// In the order in which they were first entered: number, opener, and the height of the opener.
  private var order: [(number: UInt64, opener: [UInt8], height: Int)] = []

  /// How many epochs there were after the first.
  var count: Int { max(0, order.count - 1) }

  func validators(of epoch: Epoch, _ opener: Digest) -> [Voter]? {
    voters[Key(number: epoch.number, opener: opener.bytes)]
  }

  /// An honest member is in an epoch; answers what is wrong with that.
  mutating func entered(_ context: EpochContext, by place: Int, _ places: [MemberID: Int]) -> String? {
    let key = Key(number: context.epoch.number, opener: context.opener.bytes)
    let those = context.validators.members.compactMap { validator in
      places[validator.id].map { Voter(place: $0, name: validator.id.text, key: validator.node) }
    }
    if let known = voters[key] {
      return known == those ? nil : "member \(place) has other validators in epoch \(context.epoch) than others"
    }
    guard those.count == context.validators.members.count, !those.isEmpty else {
      return "epoch \(context.epoch) has validators that nobody is"
    }
    guard those == those.sorted(by: { $0.name < $1.name }) else {
      return "the validators of epoch \(context.epoch) are out of order"
    }
    voters[key] = those
    order.append((context.epoch.number, context.opener.bytes, Int(clamping: context.root.height.number)))
    return nil
  }

  /// Whether the epochs are those of the history.
  func conclude(_ ledger: LedgerJudge) -> String? {
    for (number, one) in order.sorted(by: { $0.number < $1.number }).enumerated() {
      guard one.number == UInt64(number) else { return "epoch \(one.number) was entered and epoch \(number) was not" }
      guard one.height > ledger.height || ledger.digest(at: one.height) == one.opener else {
        return "epoch \(one.number) was opened by a block that is not in the history at height \(one.height)"
      }
    }
    return nil
  }
}
