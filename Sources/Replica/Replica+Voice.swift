import Accession
import Consensus
import struct Consensus.Evidence
import Ledger
import Membership
import Trade

/// What a member has to say to the ledger by itself, and when it last did.
struct Voice: Sendable {
  /// How many contradictions are kept until the ledger records them; the oldest makes room.
  static let mostEvidence = 64

  /// Contradictory votes that the state may not record yet, oldest first.
  private(set) var evidence: [Evidence] = []
  /// When the member last said that it is ready, by its own clock.
  var saidReady: Instant?

  /// Keeps a contradiction; false where it is here.
  @discardableResult
  mutating func keep(_ found: Evidence) -> Bool {
    guard !evidence.contains(found) else { return false }
    if evidence.count == Self.mostEvidence { evidence.removeFirst() }
    evidence.append(found)
    return true
  }

  mutating func drop(_ recorded: Evidence) { evidence.removeAll { $0 == recorded } }
}

/// What a member says to the ledger by itself (`Protocol/replica.md`, M30 and M31).
extension Replica {
  /// Keeps what exposes a member, and has it recorded.
  mutating func expose(_ evidence: Evidence) {
    if voice.keep(evidence) { say(evidence) }
  }

  /// Says once more what the ledger still lacks.
  mutating func speakUp(at now: Instant) {
    for evidence in voice.evidence { say(evidence) }
    sayReady(at: now)
  }

  /// Evidence is of use while the state knows the epoch's validators, and until it is recorded.
  private mutating func say(_ evidence: Evidence) {
    guard isHeard, let vote = try? evidence.first.decoded().content,
      let epoch = chain.state.accession.record(of: vote.epoch)
    else { return }
    let fault = FaultKey(member: vote.member, epoch: vote.epoch, view: vote.view)
    guard chain.state[.fault(fault)] == nil, let key = epoch.validators[vote.member]?.node else {
      return voice.drop(evidence)
    }
    actions.append(.propose(.accession(.evidence(Exposure(evidence: evidence, key: key)))))
  }

  /// A member that follows and has caught up says so, as soon as that may make it a validator, and again before it expires.
  mutating func sayReady(at now: Instant) {
    guard isHeard, !isValidator, let me, let mark = chain.state.accession.latestMark, isUpToDate else { return }
    let time = chain.header.timestamp
    let term = AccessionTerms.readinessTerm
    guard let renewal = try? time.adding(milliseconds: term / 4),
      !chain.state.accession.isReady(me, at: renewal)
    else { return }
    if let last = voice.saidReady, let since = try? now.milliseconds(since: last), since >= 0,
      since < parameters.heartbeat
    {
      return
    }
    voice.saidReady = now
    actions.append(.propose(.accession(.ready(Readiness(height: mark.height, block: mark.digest)))))
  }

  /// Whether anything that this member says counts.
  private var isHeard: Bool {
    guard let me, let key = context.roster[me]?.node, nodeKeys?.contains(key) ?? true,
      let standing = chain.state.accession.standing(of: me)
    else { return false }
    return standing.status == .full || standing.status == .signatory
  }

  /// Whether more members than can be at fault said where they stand, and none of them is ahead.
  private var isUpToDate: Bool {
    peers.heightCount >= context.quorum.witness && synchronisation.asked == nil && finalQueue.isEmpty
      && !peers.isPassed(chain.header.height.next ?? chain.header.height, in: context.epoch)
  }

  /// From which height on the network follows rules that this program does not know, if the next block is there: then the member stops
  /// before it signs anything under them.
  mutating func knowsRules(after parent: BlockHeader, _ state: LedgerState) -> Bool {
    guard let next = parent.height.next, state.epoch == context.epoch else { return true }
    let version = state.rulesVersion(at: next)
    guard !state.rulesKnown.contains(version) else { return true }
    halt(.unknownRules(version: version, from: next, known: state.rulesKnown.versions.max() ?? 0))
    return false
  }
}
