import Consensus
import Cryptography
import Membership

/// One member of the world: its agreement, its disk, and a driver that is as dull as a driver should be.
struct Node {
  let index: Int
  let isEquivocator: Bool
  private let members: Members
  var consensus: Consensus
  var disk: Disk
  var inbox: [Consensus.Event] = []
  var isBusy = false
  var blocks: [Digest: World.Block] = [:]
  var wanted: Set<Digest> = []
  var judging: BlockLink?
  var pool: Set<Int> = []
  var finalWork: Set<Int> = []
  var saidWork = false
  /// What a member that breaks the rules remembers beyond what it should: certificates, and its blocks that nobody notarised.
  var archive: [VerifiedCertificate] = []
  var losers: [World.Block] = []
  private(set) var life = 0
  private(set) var isUp = false
  private var serial = 0
  var runningTimers: [Consensus.Timer: Int] = [:]
  private var lastCommit: Int64 = 0
  var backup: Disk.Contents?
  /// The highest view in which votes ever became durable, and which: what the guard file outside the database says.
  private var guardView: View = 0
  private var guardVotes: Set<Vote> = []

  init(index: Int, members: Members, isEquivocator: Bool) {
    (self.index, self.members, self.isEquivocator) = (index, members, isEquivocator)
    disk = Disk(root: members.context.root)
    consensus = Self.make(index, members, disk.recovery())
  }

  private static func make(_ index: Int, _ members: Members, _ recovery: ConsensusRecovery) -> Consensus {
    Consensus(context: members.context, me: members.ids[index], recovered: recovery, patience: members.patience)
  }

  /// Work that is in no block between the tip and the last final one, nor in a final one.
  var openWork: [Int] {
    var done = finalWork
    var block = blocks[consensus.tip.digest]
    while let current = block, current.link.view > consensus.finalised.view {
      done.formUnion(current.work)
      block = blocks[current.link.parent]
    }
    return pool.subtracting(done).sorted()
  }

  mutating func start(_ timer: Consensus.Timer) -> Int {
    serial += 1
    runningTimers[timer] = serial
    return serial
  }

  /// Commits take a while and are durable in order.
  mutating func nextCommit(from now: Int64, _ random: inout SplitMix64) -> Int64 {
    lastCommit = max(lastCommit, now + random.milliseconds(1...8))
    return lastCommit
  }

  mutating func crash(keeping count: Int) {
    isUp = false
    disk.crash(keeping: count)
    noteGuard()
    // A block is durable only with a record that names it; contents that peers can give again may be lost.
    let kept = Set(disk.durable.links.map(\.digest))
    blocks = blocks.filter { kept.contains($0.key) || $0.value.link.view <= disk.durable.finalised.view }
    (wanted, judging, runningTimers, saidWork) = ([], nil, [:], false)
    finalWork = Set(finalBlocks().flatMap(\.work))
  }

  mutating func revive(with mutation: World.Mutation?) {
    life += 1
    isUp = true
    lastCommit = 0
    if mutation == .forgetsVotes { disk.forgetVotes() }
    let known = Set(disk.durable.votes.map(\.content))
    let isBehind =
      (disk.durable.lastVoted ?? 0) < guardView
      || (guardView > disk.durable.finalised.view && !known.isSuperset(of: guardVotes))
    let isOldCopy = isBehind && mutation != .ignoresGuard
    consensus = Self.make(index, members, disk.recovery(isOldCopy: isOldCopy))
  }

  mutating func commit(through ticket: Consensus.Ticket) {
    disk.commit(through: ticket)
    noteGuard()
  }

  private mutating func noteGuard() {
    for vote in disk.durable.votes.map(\.content) where vote.view >= guardView {
      if vote.view > guardView { (guardView, guardVotes) = (vote.view, []) }
      guardVotes.insert(vote)
    }
  }

  /// Puts the backup in place of the disk; the guard stays.
  mutating func restore() {
    if let backup { disk = Disk(contents: backup) }
  }

  private func finalBlocks() -> [World.Block] {
    var (chain, digest) = ([World.Block](), disk.durable.finalised.digest)
    while let block = blocks[digest] {
      chain.append(block)
      digest = block.link.parent
    }
    return chain
  }
}
