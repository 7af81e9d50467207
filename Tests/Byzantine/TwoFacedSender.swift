import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Node
import Replica
import Trade
import Transport

/// Tells one half of the members one thing and the other half another, with its own valid signatures: as a leader it proposes two blocks in
/// one view; as a voter it notarizes a second block, nullifies what it finalizes, and finalizes what it nullifies. Every third member hears
/// both sides, so that the contradiction comes to light.
///
/// Defeated by counting: two quorums share more members than agreement bears Byzantine ones (rules R8 and R9 of `Protocol/consensus.md`).
/// What it signs is evidence against it (R16).
struct TwoFacedSender: FrameSender {
  private let member: MemberID
  private let others: [MemberID]
  private let material: NodeMaterial
  private let sessions: any FrameSender

  init(member: MemberID, material: NodeMaterial, sessions: any FrameSender) {
    (self.member, self.material, self.sessions) = (member, material, sessions)
    others = material.genesis.roster.members.map(\.id).filter { $0 != member }
  }

  func send(_ frame: [UInt8], to receiver: MemberID, _ priority: Priority) -> SendOutcome {
    guard let lie = lie(about: frame), let place = others.firstIndex(of: receiver) else {
      return sessions.send(frame, to: receiver, priority)
    }
    return tell(frame, lie, to: place, priority)
  }

  func broadcast(_ frame: [UInt8], _ priority: Priority) {
    guard let lie = lie(about: frame) else { return sessions.broadcast(frame, priority) }
    for place in others.indices { _ = tell(frame, lie, to: place, priority) }
  }

  private func tell(_ frame: [UInt8], _ lie: [UInt8], to place: Int, _ priority: Priority) -> SendOutcome {
    let outcome = sessions.send(place.isMultiple(of: 2) ? frame : lie, to: others[place], priority)
    guard place.isMultiple(of: 3) else { return outcome }
    return sessions.send(place.isMultiple(of: 2) ? lie : frame, to: others[place], priority)
  }

  /// What contradicts the message; nil where it is none of those that this member lies about.
  private func lie(about frame: [UInt8]) -> [UInt8]? {
    switch try? PeerMessage(decoding: frame) {
    case .proposal(let proposal, let outline): return twin(of: proposal, outline)?.encoded
    case .agreement(.vote(let vote)): return contrary(of: vote)?.encoded
    default: return nil
    }
  }

  /// The same block a millisecond later: another digest, and as valid as the first unless a deadline lies in between.
  private func twin(of proposal: ProposalMessage, _ outline: BlockOutline) -> PeerMessage? {
    let header = outline.header
    guard header.proposer == member, let later = try? header.timestamp.adding(milliseconds: 1),
      let vote = try? Vote(decoding: proposal.notarize.payload)
    else { return nil }
    let twin = BlockHeader(
      height: header.height, epoch: header.epoch, view: header.view, parent: header.parent,
      parentView: header.parentView, timestamp: later, roots: header.roots, proposer: header.proposer,
      rulesVersion: header.rulesVersion)
    guard let statement = signed(.notarize, twin.digest, as: vote),
      let outline = BlockOutline(header: twin, transactions: outline.transactions)
    else { return nil }
    let message = ProposalMessage(
      link: twin.link, notarize: statement, parentCertificate: proposal.parentCertificate,
      nullifications: proposal.nullifications)
    return .proposal(message, outline)
  }

  private func contrary(of vote: SignedVote) -> PeerMessage? {
    // Votes of others that it passes on stay as they are: it has no keys for them.
    guard let content = try? Vote(decoding: vote.statement.payload), content.member == member else { return nil }
    let (kind, block): (VoteKind, Digest?) =
      switch content.kind {
      case .notarize: (.notarize, Digest.of(.history, content.opener.bytes))
      case .finalize: (.nullify, nil)
      case .nullify: (.finalize, Digest.of(.history, content.opener.bytes))
      }
    guard let statement = signed(kind, block, as: content) else { return nil }
    return .agreement(.vote(SignedVote(kind: kind, statement: statement)))
  }

  /// A vote of another kind or for another block in the same epoch and view, signed by this member's node key.
  private func signed(_ kind: VoteKind, _ block: Digest?, as model: Vote) -> SignedStatement? {
    var writer = CBORWriter()
    writer.array(6)
    writer.value(kind)
    writer.value(model.epoch)
    writer.value(model.opener)
    writer.value(model.view)
    writer.optional(block) { $0.value($1) }
    writer.value(member)
    guard let vote = try? Vote(decoding: writer.bytes) else { return nil }
    return try? material.signer.sign(SigningRequest(vote))
  }
}
