import Consensus
import Cryptography
import Membership

/// Proposes two blocks to two halves of the network, and votes for everything. Its second block differs in its work, or is invalid, or
/// passes views by that nobody nullified, or stands on a block that nobody notarised.
///
/// R4 (grounds), R5 (one notarize a view), R7 (no finalize after nullify) and the size of a quorum keep the others together; R16 exposes it.
extension World {
  mutating func equivocate(_ view: View, on parent: BlockLink, by index: Int) throws {
    for certificate in nodes[index].consensus.heldCertificates where !nodes[index].archive.contains(certificate) {
      nodes[index].archive.append(certificate)
    }
    let first = makeBlock(view, on: parent, work: nodes[index].openWork, salt: 1)
    let second = secondBlock(view, on: parent, by: index)
    nodes[index].losers.append(second)
    // Half of the time each half of the members sees another block, else all see the worse one.
    let divides = random.chance(50)
    for block in [first, second] where divides || block == second {
      nodes[index].blocks[block.link.digest] = block
      let vote = Vote(.notarize(block.link.digest, in: view, of: members.context), by: members.ids[index])
      let proposal = proposal(block.link, members.signature(vote).statement, by: index)
      for other in nodes.indices where other != index {
        let isFirstHalf = (other + Int(view.number)) % 2 == 0
        if !divides || isFirstHalf == (block == first) { send(.proposal(proposal), from: index, to: other) }
      }
    }
    nodes[index].blocks[first.link.digest] = first
    try feed(.built(first.link), to: index)
  }

  private mutating func secondBlock(_ view: View, on parent: BlockLink, by index: Int) -> Block {
    let work = Array(nodes[index].openWork.dropLast())
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return makeBlock(view, on: parent, work: [-1], salt: 2)
    case 1:
      return makeBlock(view, on: nodes[index].blocks[parent.parent]?.link ?? members.context.root, work: work, salt: 2)
    case 2:
      let loser = nodes[index].losers.last { $0.link.view < view }
      return makeBlock(view, on: loser?.link ?? parent, work: work, salt: 2)
    default: return makeBlock(view, on: parent, work: work, salt: 2)
    }
  }

  /// With the certificates that it has, the right ones or not.
  private func proposal(_ link: BlockLink, _ notarize: SignedStatement, by index: Int) -> ProposalMessage {
    let held = nodes[index].archive
    let right = held.last { $0.block == link.parent && $0.kind != .nullify }
    let between = held.filter { $0.kind == .nullify && $0.view > link.parentView && $0.view < link.view }
    let parent = link.parentView == 0 ? nil : right ?? held.last { $0.kind != .nullify }
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
