import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// Tells one half of the members one thing and the other half another: as a leader it proposes two blocks in one view,
/// as a voter it notarizes both, finalizes to the ones what it nullifies to the others, and never keeps silent about a
/// block that it saw.
///
/// Defeated by counting: two quorums share more members than agreement bears Byzantine ones (rules R8 and R9 of
/// `Protocol/consensus.md`), and no honest member signs both sides (R5 to R7). What it signs is evidence against it
/// (R16).
struct Equivocator: Adversary {
  var corruption: Corruption
  /// By view: which half hears which side.
  private var halves: [UInt64: [Bool]] = [:]

  init(corruption: Corruption) { self.corruption = corruption }

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    switch message {
    case .proposal(let proposal, let outline): return propose(message, proposal, outline, to: recipients)
    case .agreement(.vote(let vote)): return self.vote(message, vote, to: recipients)
    case .agreement(.certificate), .agreement(.status), .agreement(.request), .agreement(.proposal), .transactions,
      .wantTransactions, .wantBlock, .block, .wantRange, .range:
      return [Parcel(message: message, recipients: recipients)]
    }
  }

  /// Which members hear the first side in a view. Accomplices hear both. Once chosen it stays, so that both sides can
  /// grow.
  private mutating func firstSide(_ view: View) -> [Bool] {
    if let chosen = halves[view.number] { return chosen }
    // Accomplices choose alike: the view decides, not chance.
    var chance = SplitMix64(seed: view.number &* 0x5851_F42D_4C95_7F2D &+ 1)
    var side = corruption.network.members.indices.map { _ in chance.below(2) == 0 }
    let honest = side.indices.filter { !corruption.accomplices.contains($0) }
    if Set(honest.map { side[$0] }).count < 2, let first = honest.first { side[first].toggle() }
    halves[view.number] = side
    return side
  }

  private mutating func propose(
    _ message: PeerMessage, _ proposal: ProposalMessage, _ outline: BlockOutline, to recipients: [Int]
  ) -> [Parcel] {
    let side = firstSide(proposal.link.view)
    let (ones, others) = (recipients.filter { side[$0] }, recipients.filter { !side[$0] })
    // The same block a millisecond later: another digest, and as valid as the first unless a deadline lies in between.
    guard let later = try? outline.header.timestamp.adding(milliseconds: 1),
      let other = corruption.proposal(outline.header.with(timestamp: later), like: proposal, outline, to: others)
    else { return [Parcel(message: message, recipients: recipients)] }
    corruption.attacks += 1
    return [Parcel(message: message, recipients: ones, signatures: [proposal.notarize.signature]), other]
  }

  private mutating func vote(_ message: PeerMessage, _ vote: SignedVote, to recipients: [Int]) -> [Parcel] {
    guard let content = try? vote.decoded().content else { return [] }
    let side = firstSide(content.view)
    let (ones, others) = (recipients.filter { side[$0] }, recipients.filter { !side[$0] })
    let contrary: VoteSubject =
      switch content.kind {
      case .notarize, .finalize: .nullify(content.view, of: corruption.context)
      case .nullify:
        .finalize(Digest.of(.history, content.opener.bytes), in: content.view, of: corruption.context)
      }
    corruption.attacks += 1
    return [
      Parcel(message: message, recipients: ones, signatures: [vote.statement.signature]),
      corruption.vote(contrary, to: others),
    ]
  }
}
