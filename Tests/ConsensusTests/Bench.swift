import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// One member under test: whatever the others might send it can be made here, and its actions come back as lines of text.
struct Bench {
  enum Fault: Error { case unknownBlock(String), stranger(String) }

  private(set) var members: Members
  /// The members in the epoch before, if this is not the first one.
  private(set) var former: Members?
  let patience: Patience
  let me: MemberID?
  private(set) var consensus: Consensus
  private(set) var narrator = Narrator()
  private(set) var links: [String: BlockLink] = [:]
  private(set) var disk: Disk
  private(set) var requests: [Vote] = []

  init(_ count: Int = 4, me name: String? = "AUS", delay: Int64 = 100, doublings: Int = 4) throws {
    members = try Members(count)
    me = try name.map { text in
      guard let id = MemberID(text) else { throw Fault.stranger(text) }
      return id
    }
    guard let patience = Patience(delay: delay, maximumDoublings: doublings) else { throw Fault.stranger("patience") }
    self.patience = patience
    disk = Disk(root: members.context.root)
    consensus = Consensus(
      context: members.context, me: me, recovered: .fresh(in: members.context), patience: patience)
    links["genesis"] = members.context.root
    narrator.name("genesis")
  }

  /// A member that has started and heard enough to vote.
  static func voting(_ count: Int = 4, me name: String = "AUS", delay: Int64 = 100) throws -> Bench {
    var bench = try Bench(count, me: name, delay: delay)
    _ = bench.feed(.started)
    for peer in bench.members.ids where peer != bench.me { _ = try bench.status(from: peer.text, view: 1) }
    return bench
  }

  mutating func act(_ event: Consensus.Event) -> [Consensus.Action] {
    let actions = consensus.handle(event)
    for action in actions {
      switch action {
      case .sign(let vote): requests.append(vote)
      case .persist(let record, let ticket): disk.write(.record(record, ticket))
      case .finalised(let block): disk.write(.final(block))
      default: break
      }
    }
    return actions
  }

  mutating func feed(_ event: Consensus.Event) -> [String] { act(event).map(narrator.tell) }

  // MARK: What the others say

  func id(_ name: String) throws -> MemberID {
    guard let id = MemberID(name), members.context.validators[id] != nil else { throw Fault.stranger(name) }
    return id
  }

  func link(_ label: String) throws -> BlockLink {
    guard let link = links[label] else { throw Fault.unknownBlock(label) }
    return link
  }

  /// Names a block and its place; its height follows from its parent unless given.
  mutating func block(_ label: String, view: View, on parent: String, height: Height? = nil) throws {
    let parent = try link(parent)
    narrator.name(label)
    links[label] = BlockLink(
      digest: Members.digest(label), height: height ?? parent.height.next ?? 0, view: view, parent: parent.digest,
      parentView: parent.view)
  }

  func subject(_ kind: VoteKind, _ view: View, _ block: String? = nil) throws -> VoteSubject {
    members.subject(kind, view, try block.map { try link($0).digest })
  }

  mutating func vote(_ name: String, _ kind: VoteKind, _ view: View, _ block: String? = nil) throws -> [String] {
    feed(.vote(try members.attested(Vote(try subject(kind, view, block), by: try id(name)))))
  }

  mutating func certificate(_ kind: VoteKind, _ view: View, _ block: String? = nil, by: [Int]? = nil) throws -> [String]
  {
    feed(.certificate(try members.verified(try subject(kind, view, block), by: by ?? others)))
  }

  /// A quorum of validators without the member under test, where there is one.
  private var others: [Int] {
    let all = Array(members.ids.indices)
    let without = all.filter { members.ids[$0] != me }
    return Array((without.count < members.context.quorum.quorum ? all : without).prefix(members.context.quorum.quorum))
  }

  func proposal(_ label: String, without missing: Set<View> = []) throws -> Proposal {
    let link = try link(label)
    let leader = members.context.leader(of: link.view)
    let notarize = members.signature(Vote(try subject(.notarize, link.view, label), by: leader)).statement
    var parent: Certificate?
    if link.parent != members.context.opener {
      parent = members.certificate(.notarize(link.parent, in: link.parentView, of: members.context), by: others)
    }
    let between = ((link.parentView.number + 1)..<link.view.number).map { View($0) }.filter { !missing.contains($0) }
    let message = ProposalMessage(
      link: link, notarize: notarize, parentCertificate: parent,
      nullifications: between.map { members.certificate(.nullify($0, of: members.context), by: others) })
    return try message.verified(in: members.context, by: KeyedDigest())
  }

  mutating func propose(_ label: String, without missing: Set<View> = []) throws -> [String] {
    feed(.proposal(try proposal(label, without: missing)))
  }

  mutating func status(from name: String, view: View, final: String = "genesis", naming votes: [Vote] = []) throws
    -> [String]
  {
    let status = ConsensusStatus(
      context: members.context, finalised: try link(final), view: view, votes: votes.map(members.signature))
    return feed(.peerStatus(from: try id(name), try status.verified(in: members.context, by: KeyedDigest())))
  }

  // MARK: What the member's own driver answers

  mutating func built(_ label: String) throws -> [String] { feed(.built(try link(label))) }

  mutating func judged(_ label: String, _ verdict: Consensus.Verdict = .valid) throws -> [String] {
    feed(.judged(block: try link(label).digest, verdict))
  }

  /// Signs whatever was asked for, in order.
  mutating func sign() throws -> [String] {
    var told: [String] = []
    while !requests.isEmpty { told += feed(.signed(try members.attested(requests.removeFirst()))) }
    return told
  }

  /// Makes everything handed out so far durable.
  mutating func store() -> [String] {
    guard let ticket = disk.lastTicket else { return [] }
    disk.commit(through: ticket)
    return feed(.persisted(ticket))
  }

  /// Signs and stores until nothing is left to do.
  mutating func signAndStore() throws -> [String] {
    var told: [String] = []
    while !requests.isEmpty || disk.lastTicket != nil { told += try sign() + store() }
    return told
  }

  /// A crash and a new start from what is durable.
  mutating func restart(isOldCopy: Bool = false) -> [String] {
    disk.crash(keeping: 0)
    return restart(from: disk, isOldCopy: isOldCopy)
  }

  /// A closing block is final: the epoch's value ends, and one for the next epoch takes its place.
  mutating func nextEpoch(openedBy label: String, isOldCopy: Bool = false) throws -> [String] {
    let told = consensus.close().map(narrator.tell)
    former = members
    members = Members(next: members, openedBy: try link(label))
    (disk, requests) = (Disk(root: members.context.root), [])
    consensus = Consensus(
      context: members.context, me: me,
      recovered: .fresh(in: members.context, isOldCopy: isOldCopy, isContinued: !isOldCopy), patience: patience)
    return told + feed(.started)
  }

  mutating func freeze() -> [String] { consensus.freeze().map(narrator.tell) }

  mutating func distrustRecords() -> [String] { consensus.distrustRecords().map(narrator.tell) }

  /// A vote of the epoch before.
  mutating func stale(_ name: String, _ kind: VoteKind, _ view: View, _ block: String? = nil) throws -> [String] {
    guard let former else { return [] }
    let subject = former.subject(kind, view, try block.map { try link($0).digest })
    return feed(.vote(try former.attested(Vote(subject, by: try id(name)))))
  }

  mutating func restart(from disk: Disk, isOldCopy: Bool = false) -> [String] {
    self.disk = disk
    requests = []
    consensus = Consensus(
      context: members.context, me: me, recovered: disk.recovery(isOldCopy: isOldCopy), patience: patience)
    return feed(.started)
  }
}
