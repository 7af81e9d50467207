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
  var blocks: [Digest: World.Block] = [:]
  var wanted: Set<Digest> = []
  var judging: BlockLink?
  var pool: Set<Int> = []
  var finalWork: Set<Int> = []
  var saidWork = false
  private(set) var life = 0
  private(set) var isUp = false
  private var serial = 0
  var runningTimers: [Consensus.Timer: Int] = [:]
  private var lastCommit: Int64 = 0

  init(index: Int, members: Members, isEquivocator: Bool) {
    (self.index, self.members, self.isEquivocator) = (index, members, isEquivocator)
    disk = Disk(root: members.context.root)
    consensus = Self.make(index, members, disk)
  }

  private static func make(_ index: Int, _ members: Members, _ disk: Disk) -> Consensus {
    Consensus(context: members.context, me: members.ids[index], recovered: disk.recovery(), patience: members.patience)
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
    // A block is durable only with a record that names it; contents that peers can give again may be lost.
    let kept = Set(disk.durable.links.map(\.digest))
    blocks = blocks.filter { kept.contains($0.key) || $0.value.link.view <= disk.durable.finalised.view }
    (wanted, judging, runningTimers, saidWork) = ([], nil, [:], false)
    finalWork = Set(finalBlocks().flatMap(\.work))
  }

  mutating func revive(forgetting forgetsVotes: Bool) {
    life += 1
    isUp = true
    lastCommit = 0
    if forgetsVotes { disk.forgetVotes() }
    consensus = Self.make(index, members, disk)
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
