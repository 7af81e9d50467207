import Consensus
import Ledger
import Membership
import Trade

/// What this member knows of the others, by their places in the roster.
struct Peers: Sendable {
  private struct Peer: Sendable {
    var isConnected = false
    var heard: Instant?
    var height: Height?
    var view: View?
    var epoch: Epoch?
    /// It was told where this member stands before it was known to be in the epoch: what it was told may have come too
    /// early for it.
    var owesGreeting = false
    var reads = 0
  }

  private var peers: [Peer]
  let roster: Roster
  let me: MemberID?

  init(roster: Roster, me: MemberID?) {
    (self.roster, self.me) = (roster, me)
    peers = Array(repeating: Peer(), count: roster.members.count)
  }

  /// The members of a new epoch: what is known of those that stay is kept.
  init(roster: Roster, after old: Peers, entering epoch: Epoch) {
    self.init(roster: roster, me: old.me)
    for (place, member) in roster.members.enumerated() {
      guard let former = old.roster.index(of: member.id) else { continue }
      peers[place] = old.peers[former]
      peers[place].owesGreeting = member.id != me && peers[place].epoch.map { $0 < epoch } ?? true
    }
  }

  func isMember(_ member: MemberID) -> Bool { roster.index(of: member) != nil && member != me }

  mutating func connected(_ member: MemberID) { change(member) { $0.isConnected = true } }

  mutating func disconnected(_ member: MemberID) { change(member) { $0.isConnected = false } }

  mutating func heard(from member: MemberID, at now: Instant) {
    change(member) {
      $0.heard = now
      $0.isConnected = true
    }
  }

  mutating func note(_ status: ConsensusStatus, of member: MemberID) {
    change(member) {
      ($0.height, $0.view, $0.epoch) = (status.finalisedHeight, status.view, status.epoch)
    }
  }

  /// Whether the member, now known to be in the epoch, is to be told once more where this one stands.
  mutating func takeGreeting(of member: MemberID) -> Bool {
    guard let place = roster.index(of: member), peers[place].owesGreeting else { return false }
    peers[place].owesGreeting = false
    return true
  }

  /// The epoch that the member last said to be in.
  func epoch(of member: MemberID) -> Epoch? { roster.index(of: member).flatMap { peers[$0].epoch } }

  /// Whether anyone said that a block above that height is final in that epoch or a later one.
  func isPassed(_ height: Height, in epoch: Epoch) -> Bool {
    peers.contains { $0.epoch ?? .zero >= epoch && $0.height ?? .zero > height }
  }

  /// The height that the member last said to be final with it.
  func height(of member: MemberID) -> Height? { roster.index(of: member).flatMap { peers[$0].height } }

  /// How many members have said what is final with them.
  var heightCount: Int { peers.count { $0.height != nil } }

  /// Counts a read for the member; false if it has as many under way as it may.
  mutating func beginRead(for member: MemberID) -> Bool {
    guard let place = roster.index(of: member), peers[place].reads < ReplicaLimits.readsPerPeer else { return false }
    peers[place].reads += 1
    return true
  }

  mutating func endRead(for member: MemberID) { change(member) { $0.reads = max(0, $0.reads - 1) } }

  /// How many of these members, this one apart, have a session.
  func connectedCount(of members: [Validator]) -> Int {
    members.count { member in
      member.id != me && roster.index(of: member.id).map { peers[$0].isConnected } ?? false
    }
  }

  /// Connected members whose last status was above that height, in turn from a place on.
  func ahead(of height: Height, from turn: Int) -> [MemberID] {
    inTurn(from: turn).filter { place in peers[place].isConnected && (peers[place].height ?? .zero) > height }
      .map { roster.members[$0].id }
  }

  /// A connected member whose last status was of a later epoch, in turn.
  func beyond(_ epoch: Epoch, from turn: Int) -> MemberID? {
    inTurn(from: turn).first { peers[$0].isConnected && (peers[$0].epoch ?? .zero) > epoch }.map {
      roster.members[$0].id
    }
  }

  /// A connected member other than this one, in turn.
  func connected(turn: Int) -> MemberID? {
    inTurn(from: turn).first { peers[$0].isConnected && roster.members[$0].id != me }.map { roster.members[$0].id }
  }

  /// What to show of each member.
  var statuses: [PeerHealth] {
    zip(roster.members, peers).map { member, peer in
      PeerHealth(
        member: member.id, isSelf: member.id == me, isConnected: member.id == me || peer.isConnected, heard: peer.heard,
        height: peer.height, view: peer.view)
    }
  }

  private func inTurn(from turn: Int) -> [Int] {
    let count = peers.count
    return (0..<count).map { (max(0, turn) % count + $0) % count }
  }

  private mutating func change(_ member: MemberID, _ change: (inout Peer) -> Void) {
    guard let place = roster.index(of: member) else { return }
    change(&peers[place])
  }
}

/// One member as another sees it.
package struct PeerHealth: Hashable, Sendable {
  package let member: MemberID
  package let isSelf: Bool
  package let isConnected: Bool
  /// When something last came from it, by this member's clock.
  package let heard: Instant?
  /// The height that it last said to be final.
  package let height: Height?
  /// The view that it last said to be in.
  package let view: View?
}
