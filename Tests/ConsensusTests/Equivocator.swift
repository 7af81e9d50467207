import Consensus
import Cryptography
import Membership

/// Proposes two blocks to two halves of the network, one of them sometimes invalid, and votes for everything: R5 (one notarize a view),
/// R7 (no finalize after nullify) and the size of a quorum keep the others together; R16 exposes it.
extension World {
  mutating func equivocate(_ view: View, on parent: BlockLink, by index: Int) throws {
    let work = nodes[index].openWork
    let first = makeBlock(view, on: parent, work: work, salt: 1)
    let second = makeBlock(view, on: parent, work: random.chance(30) ? [-1] : Array(work.dropLast()), salt: 2)
    for block in [first, second] {
      keep(block, at: index)
      let vote = Vote(.notarize(block.link.digest, in: view, of: members.context), by: members.ids[index])
      guard let proposal = proposal(block.link, members.signature(vote).statement, by: index) else { return }
      for other in nodes.indices where other != index && (other % 2 == 0) == (block == first) {
        send(.proposal(proposal), from: index, to: other)
      }
    }
    try feed(.built(first.link), to: index)
  }

  private func proposal(_ link: BlockLink, _ notarize: SignedStatement, by index: Int) -> ProposalMessage? {
    let held = nodes[index].consensus.heldCertificates
    let parent = held.first { $0.block == link.parent && $0.kind != .nullify }
    guard parent != nil || link.parentView == 0 else { return nil }
    let between = held.filter { $0.kind == .nullify && $0.view > link.parentView && $0.view < link.view }
    return ProposalMessage(
      link: link, notarize: notarize, parentCertificate: parent?.certificate,
      nullifications: between.sorted { $0.view < $1.view }.map(\.certificate))
  }

  /// With each of its votes goes, to a part of the members, whatever contradicts it.
  mutating func sayTheOpposite(of message: ConsensusMessage, by index: Int) {
    guard case .vote(let signed) = message, let vote = try? signed.decoded().content else { return }
    var opposite: [VoteSubject] = []
    switch vote.kind {
    case .finalize: opposite = [.nullify(vote.view, of: members.context)]
    case .nullify:
      let known = nodes[index].blocks.values.filter { $0.link.view == vote.view }.map(\.link.digest).sorted()
      for block in known {
        opposite += [
          .finalize(block, in: vote.view, of: members.context), .notarize(block, in: vote.view, of: members.context),
        ]
      }
    case .notarize: opposite = [.finalize(Members.digest("nowhere"), in: vote.view, of: members.context)]
    }
    for subject in opposite {
      let vote = members.signature(Vote(subject, by: members.ids[index]))
      for other in nodes.indices where other != index && random.chance(50) { send(.vote(vote), from: index, to: other) }
    }
  }
}
