import Cryptography
import Membership

/// The agreement of one epoch as one member sees it: a value that takes events and answers actions.
///
/// The rules are those of `Protocol/consensus.md`, whose numbers the comments cite. The value owns no clock, key or store. Its driver
/// carries out the actions of one answer in their order, and feeds each event only after those of the event before.
package struct Consensus: Hashable, Sendable {
  package let context: EpochContext
  package let patience: Patience
  /// This member's index among the validators; nil for a follower.
  let me: Int?

  /// The view that the member is in.
  package internal(set) var view: View
  /// The last final block.
  package internal(set) var finalised: BlockLink
  /// Its finalisation; nil while it is the block that opened the epoch.
  package internal(set) var finalisation: VerifiedCertificate?
  package internal(set) var standing: Standing
  /// The highest finalisation whose block does not yet connect to the last final one.
  var pending: VerifiedCertificate?
  /// The last link missing between the pending block and the last final one.
  var gap: Gap?
  /// The last final blocks, ascending: what a contradicting certificate is recognised by (R28).
  var history: [BlockLink]
  /// The certificate that let the member into its view.
  var entry: VerifiedCertificate?
  var highestNotarised: View
  var rounds = Rounds()
  /// By validator: its votes in the highest view in which any is held, for `status`.
  var latest: [Latest]
  /// The highest view in which the member has voted.
  var lastVoted: View?
  var isWorkKnown = false

  var viewTimer: View?
  var lullTimer: View?
  /// The view in which the retry timer was started; nil while it does not run.
  var retryTimer: View?
  /// The leader of the view has not yet been sent the certificate that opened it (R26).
  var owesEntry = false

  /// Own votes, stored earlier, until the start sends them again.
  var stored: [Attested<Vote>]
  /// Votes whose signature was asked for.
  var signing: [VoteSubject] = []
  /// Votes handed out for storage, ascending by ticket.
  var storing: [StoredVote] = []
  var lastTicket: UInt64 = 0
  /// What the next record takes along.
  var unsaved: [VerifiedCertificate] = []
  var savedView: View
  /// The answer under way; empty between events.
  var outbox: [Action] = []

  struct Latest: Hashable, Sendable {
    var view = View.zero
    /// At most one of each kind, in the order of kinds.
    var votes: [SignedVote] = []
  }

  struct Gap: Hashable, Sendable {
    let block: Digest
    let view: View
  }

  struct StoredVote: Hashable, Sendable {
    let ticket: Ticket
    let vote: Attested<Vote>
  }

  /// Takes up an epoch where the records left it; nothing is sent before `started`.
  package init(context: EpochContext, me: MemberID?, recovered: ConsensusRecovery, patience: Patience) {
    self.context = context
    self.patience = patience
    self.me = me.flatMap { context.validators.index(of: $0) }
    finalised = recovered.finalised
    finalisation = recovered.finalisation
    history = [recovered.finalised]
    highestNotarised = recovered.finalised.view
    let count = context.validators.members.count
    latest = Array(repeating: Latest(), count: count)
    lastVoted = recovered.lastVoted
    stored = recovered.votes
    view = max(recovered.view, recovered.finalised.view.next ?? recovered.finalised.view)
    savedView = view
    if self.me == nil {
      standing = .following
    } else if recovered.isOldCopy {
      standing = .oldCopy(views: Array(repeating: nil, count: count))
    } else if recovered.isContinued {
      standing = .voting(floor: context.root.view)
    } else {
      standing = .listening(heard: Array(repeating: false, count: count))
    }
    recover(recovered)
  }

  /// Takes one event and answers what is to be done. Never traps, whatever peers have signed.
  package mutating func handle(_ event: Event) -> [Action] {
    if standing == .halted {
      serve(event)
    } else {
      take(event)
      settle()
    }
    return takeOutbox()
  }

  /// The driver learnt that the records lack the member's past, though they seemed whole at the start (R22).
  package mutating func distrustRecords() -> [Action] {
    becomeOldCopy()
    settle()
    return takeOutbox()
  }

  /// The epoch has ended: what runs for it stops. Nothing follows from this value any more.
  package mutating func close() -> [Action] {
    stopViewTimers()
    if retryTimer != nil { outbox.append(.stopTimer(.retry)) }
    retryTimer = nil
    return takeOutbox()
  }

  private mutating func takeOutbox() -> [Action] {
    var actions: [Action] = []
    swap(&actions, &outbox)
    return actions
  }

  private mutating func take(_ event: Event) {
    switch event {
    case .started: start()
    case .proposal(let proposal): receive(proposal)
    case .vote(let vote): receive(vote)
    case .certificate(let certificate): accept(certificate)
    case .peerStatus(let peer, let status): receive(status, from: peer)
    case .request(let peer, let request): answer(request, to: peer)
    case .judged(let block, let verdict): judged(block, verdict)
    case .built(let link): built(link)
    case .signed(let vote): signed(vote)
    case .persisted(let ticket): persisted(ticket)
    case .expired(let timer): expired(timer)
    case .workKnown(let isKnown): isWorkKnown = isKnown
    case .blockKnown(let link): learn(link)
    }
  }

  /// A halted member still helps others to catch up with what it holds.
  private mutating func serve(_ event: Event) {
    switch event {
    case .peerStatus(let peer, let status): supply(peer, at: status)
    case .request(let peer, let request): answer(request, to: peer)
    case .started, .proposal, .vote, .certificate, .judged, .built, .signed, .persisted, .expired, .workKnown,
      .blockKnown:
      break
    }
  }

  /// Does whatever the new state calls for. Each step looks only at the state, so the event that led there does not matter.
  private mutating func settle() {
    connect()
    review()
    considerProposal()
    propose()
    announceEntry()
    setTimers()
    flush()
  }
}

extension Consensus {
  /// The bounds of what a member keeps (R29).
  package enum Limits {
    /// How far behind the current view votes are still counted.
    package static let pastViews: UInt64 = 256
    /// How many certificates answer one request or status.
    package static let suppliedCertificates = 64
    /// In how many views own votes are sent again.
    package static let repeatedViews = 8
    /// How many final blocks are remembered.
    package static let history = 64
  }

  /// How many views anything is known of.
  package var openViews: Int { rounds.list.count }

  /// The current leader.
  package var leader: MemberID { context.leader(of: view) }

  /// The highest notarised block whose link is known: where work is measured against. The last final block if there is none above.
  package var tip: BlockLink {
    for round in rounds.list.reversed() {
      if let block = round.notarisation?.block, let link = round.link(of: block) { return link }
    }
    return finalised
  }

  /// Every certificate held above the last final view, and the last finalisation: none of them needs verifying again.
  package var heldCertificates: [VerifiedCertificate] {
    var held = rounds.list.flatMap(\.certificates)
    if let finalisation { held.append(finalisation) }
    if let pending { held.append(pending) }
    return held
  }

  /// Whether a member may vote in that view.
  func mayVote(in view: View) -> Bool {
    if case .voting(let floor) = standing { view > floor } else { false }
  }

  mutating func report(_ report: Report) { outbox.append(.report(report)) }
}
