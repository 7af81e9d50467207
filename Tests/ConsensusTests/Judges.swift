import Consensus
import Cryptography
import Membership

/// Watches a world from outside. Restates what must hold in plain numbers, and calls none of the predicates that it judges.
struct Judges {
  private struct Said: Hashable {
    let member: Int
    let view: UInt64
  }

  private struct Words {
    var notarized: [Digest] = []
    var finalized: [Digest] = []
    var nullified = false
  }

  let members: Int
  /// Members 0 to `honest` − 1 follow the rules and are there.
  let honest: Int
  let quorum: Int
  private(set) var complaints: [String] = []
  /// How many members were rightly accused.
  private(set) var accusations = 0
  private var said: [Said: Words] = [:]
  /// The one history: by height, what the first member to get there made final.
  private var history: [UInt64: BlockLink] = [:]
  private var heights: [UInt64]
  private var work: [Set<Int>]

  init(members: Int, honest: Int, quorum: Int) {
    (self.members, self.honest, self.quorum) = (members, honest, quorum)
    heights = Array(repeating: 0, count: members)
    work = Array(repeating: [], count: members)
  }

  var height: UInt64 { heights.max() ?? 0 }

  mutating func complain(_ complaint: String) { complaints.append(complaint) }

  /// No honest member ever says two things that contradict each other, and what it says is durable.
  mutating func sent(_ message: ConsensusMessage, by member: Int, durable: Disk.Contents) {
    let statement: (VoteKind, SignedStatement)
    switch message {
    case .vote(let vote): statement = (vote.kind, vote.statement)
    case .proposal(let proposal): statement = (.notarize, proposal.notarize)
    case .certificate(let certificate):
      if certificate.signatures.count < quorum { complain("a certificate of \(certificate.signatures.count)") }
      return
    case .status, .request: return
    }
    guard let vote = try? SignedVote(kind: statement.0, statement: statement.1).decoded().content,
      vote.member.text == Members.names[member]
    else { return }
    let isDurable = durable.votes.contains { $0.content == vote } || vote.view <= durable.finalised.view
    if !isDurable { complain("member \(member) said \(vote.kind) in view \(vote.view) before it was durable") }
    note(vote, by: member)
  }

  private mutating func note(_ vote: Vote, by member: Int) {
    var words = said[Said(member: member, view: vote.view.number)] ?? Words()
    switch (vote.kind, vote.block) {
    case (.notarize, let block?): if !words.notarized.contains(block) { words.notarized.append(block) }
    case (.finalize, let block?): if !words.finalized.contains(block) { words.finalized.append(block) }
    default: words.nullified = true
    }
    said[Said(member: member, view: vote.view.number)] = words
    let mixed = words.finalized.contains { final in words.notarized.contains { $0 != final } }
    if words.notarized.count > 1 || words.finalized.count > 1 || mixed || (words.nullified && !words.finalized.isEmpty)
    {
      complain("member \(member) contradicted itself in view \(vote.view)")
    }
  }

  /// All members make the same blocks final, one height after the other. A member that crashed may repeat itself, never differ.
  mutating func finalised(_ block: FinalisedBlock, work pieces: [Int], by member: Int) {
    let link = block.link
    let height = link.height.number
    if height > heights[member] + 1 { complain("member \(member) skipped from height \(heights[member]) to \(height)") }
    heights[member] = max(heights[member], height)
    work[member].formUnion(pieces)
    if let known = history[height] {
      if known.digest != link.digest { complain("two blocks are final at height \(height)") }
    } else {
      history[height] = link
      if height > 1, history[height - 1]?.digest != link.parent {
        complain("height \(height) does not follow its parent")
      }
    }
  }

  /// Only members that broke the rules are accused.
  mutating func accused(_ member: MemberID, _ ids: [MemberID]) {
    guard let index = ids.firstIndex(of: member), index >= honest else { return complain("\(member) is innocent") }
    accusations += 1
  }

  func isAllFinal(_ pieces: Int) -> Bool { work.prefix(honest).allSatisfy { $0.count >= pieces } }

  /// The world was well for long enough: everything is final everywhere, at the same height, and nobody waits for anything.
  mutating func atTheEnd(expecting all: Set<Int>, _ timers: [Int]) {
    for member in 0..<honest {
      if !work[member].isSuperset(of: all) {
        complain("member \(member) lacks work \(all.subtracting(work[member]).sorted()) at height \(heights[member])")
      }
      if heights[member] != height { complain("member \(member) is at height \(heights[member]) of \(height)") }
      if timers[member] != 0 { complain("member \(member) still has \(timers[member]) timers") }
    }
  }
}
