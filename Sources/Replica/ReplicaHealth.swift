import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Trade

/// What a replica waits for, most pressing first.
package enum Waiting: Hashable, Sendable {
  /// Stopped for good.
  case halted(ReplicaHalt)
  /// Its operator froze it (`Protocol/recovery.md`).
  case frozen(Epoch)
  /// Too few members are connected for anything to become final.
  case members(connected: Int, quorum: Int)
  /// This member heard too few others since its start to vote.
  case statuses(heard: Int, quorum: Int)
  /// It runs on an old copy of its data, and only follows until it has heard enough of the others.
  case oldCopy
  /// It catches up with a member that is ahead.
  case blocks(height: Height, of: Height, from: MemberID)
  /// It is no validator in this epoch: it follows, and says that it is ready where it may become one.
  case readiness(Epoch)
  /// It is a validator, and the node key that the members know of it is not at hand.
  case key(Epoch)
  /// Blocks are final whose contents are not here yet.
  case bodies(Height)
  /// Agreement is under way in a view that this member leads.
  case agreement(View, leader: MemberID)
  /// Idle: the next deadline of a docket.
  case deadline(Instant)
  /// Idle, and nothing is under negotiation.
  case work

  package var sentence: String {
    switch self {
    case .halted(let reason): "stopped: \(reason.sentence)"
    case .frozen(let epoch): "frozen in epoch \(epoch): votes no more until a restart opens another epoch"
    case .members(let connected, let quorum):
      "waits for members: \(connected) connected, this one included; \(quorum) are needed for anything to become final"
    case .statuses(let heard, let quorum):
      "has just started: heard where \(heard) members stand, this one included, and votes once it has heard \(quorum)"
    case .oldCopy:
      "runs on an old copy of its data: follows without voting until it has heard a quorum of other members"
    case .blocks(let height, let of, let member): "catches up: at height \(height) of \(of), asking \(member)"
    case .readiness(let epoch): "follows without voting: it is no validator in epoch \(epoch)"
    case .key(let epoch):
      "follows without voting: none of its key files is the node key that the roster of epoch \(epoch) has for it"
    case .bodies(let height): "waits for the contents of the final block at height \(height)"
    case .agreement(let view, let leader): "agreement is under way in view \(view), led by \(leader)"
    case .deadline(let instant): "idle until the next deadline at \(instant.text)"
    case .work: "idle: no docket is open and nothing was submitted"
    }
  }
}

/// How a replica is, for operators.
package struct ReplicaHealth: Hashable, Sendable {
  package let height: Height
  package let block: Digest
  package let timestamp: Instant
  package let stateRoot: Digest
  package let epoch: Epoch
  package let view: View
  package let leader: MemberID
  /// Whether it is among the validators of the epoch.
  package let isValidator: Bool
  package let isVoting: Bool
  package let halt: ReplicaHalt?
  package let waiting: Waiting
  package let peers: [PeerHealth]
  /// Transactions that wait for a block.
  package let pooled: Int
  /// Local submitters that wait for an answer.
  package let submitters: Int
  /// The table in force; nil before the first.
  package let table: FloorTable?
}

extension Replica {
  /// How this member is. Costs a walk over the members: for questions of people and monitors, not for every event.
  package var health: ReplicaHealth {
    ReplicaHealth(
      height: chain.header.height, block: chain.header.digest, timestamp: chain.header.timestamp,
      stateRoot: chain.header.stateRoot, epoch: context.epoch, view: view, leader: context.leader(of: view),
      isValidator: isValidator, isVoting: isVoting, halt: halted,
      waiting: waiting, peers: peers.statuses, pooled: pool.count, submitters: submissions.count,
      table: chain.state.negotiation.currentTable)
  }

  private var isVoting: Bool {
    if case .voting = consensus.standing { halted == nil } else { false }
  }

  /// Whether this member votes in the present epoch.
  package var isValidator: Bool { me.map { context.validators[$0] != nil } ?? false }

  private var waitingForBlocks: Waiting? {
    guard let asked = synchronisation.asked, let height = peers.height(of: asked.member) else { return nil }
    return .blocks(height: chain.header.height, of: height, from: asked.member)
  }

  private var waiting: Waiting {
    if let halted { return .halted(halted) }
    if isFrozen, let frozen { return .frozen(frozen) }
    let quorum = context.quorum.quorum
    let connected = peers.connectedCount(of: context.validators.members) + (isValidator ? 1 : 0)
    if connected < quorum { return .members(connected: connected, quorum: quorum) }
    switch consensus.standing {
    case .listening(let heard): return .statuses(heard: heard.count(where: { $0 }) + 1, quorum: quorum)
    case .oldCopy: return .oldCopy
    case .following where me != nil:
      if let blocks = waitingForBlocks { return blocks }
      return isValidator ? .key(context.epoch) : .readiness(context.epoch)
    case .following, .voting, .halted: break
    }
    if let blocks = waitingForBlocks { return blocks }
    if let next = finalQueue.next { return .bodies(next.link.height) }
    if !consensus.isIdle { return .agreement(view, leader: context.leader(of: view)) }
    return chain.state.nextDeadline.map { .deadline($0) } ?? .work
  }
}
