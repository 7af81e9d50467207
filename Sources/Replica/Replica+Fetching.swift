import Consensus
import Cryptography
import Ledger
import Membership
import Trade

/// Blocks that agreement knows by digest only, in the order in which they were asked for, with whom to ask first.
struct MissingBlocks: Sendable {
  private(set) var wanted: [(digest: Digest, view: View, source: MemberID?)] = []

  var isEmpty: Bool { wanted.isEmpty }

  func contains(_ digest: Digest) -> Bool { wanted.contains { $0.digest == digest } }

  /// The oldest makes room where there are too many: agreement asks again for what it still needs.
  mutating func insert(_ digest: Digest, view: View, from source: MemberID?) {
    guard !contains(digest) else { return }
    if wanted.count >= ReplicaLimits.waitingBlocks { wanted.removeFirst() }
    wanted.append((digest, view, source))
  }

  mutating func remove(_ digest: Digest) { wanted.removeAll { $0.digest == digest } }

  /// Drops what can be of no use any more.
  mutating func dropThrough(_ view: View) { wanted.removeAll { $0.view <= view } }
}

/// Fetching what is missing: first from whoever named it, then from the others in turn.
extension Replica {
  /// Agreement needs the header of a block, and this member the rest of it.
  mutating func fetch(_ digest: Digest, of view: View, from member: MemberID) {
    if let header = chain.header(of: digest) {
      agreementEvents.append(.blockKnown(header.link))
      return
    }
    guard !missing.contains(digest) else { return }
    missing.insert(digest, view: view, from: member)
    if member != me, peers.isMember(member) { actions.append(.send(.wantBlock(digest), to: member)) }
    startFetchTimer()
  }

  /// Asks at once for the bodies of wanted blocks that were not asked for before, and starts the timer for asking
  /// again.
  mutating func fetchSoon(at now: Instant) {
    for digest in chain.order {
      guard let open = chain[digest], open.isWanted, open.missing > 0, !open.isAsked, open.fault == nil else {
        continue
      }
      chain.update(digest) { $0.isAsked = true }
      let source = open.source ?? open.header.proposer
      if source != me, peers.isMember(source) { ask(for: open, from: source) }
      startFetchTimer()
    }
    if !missing.isEmpty { startFetchTimer() }
  }

  /// The answer did not come: the next member in turn is asked, for everything that is missing.
  mutating func fetchAgain(at now: Instant) {
    isFetchTimerRunning = false
    fetchRound &+= 1
    let incomplete = chain.order.filter { chain[$0].map { $0.isWanted && $0.missing > 0 && $0.fault == nil } ?? false }
    guard !incomplete.isEmpty || !missing.isEmpty else { return }
    startFetchTimer()
    guard let member = peers.connected(turn: fetchRound % max(1, context.roster.members.count)) else { return }
    for digest in incomplete {
      chain.update(digest) { $0.fill { pool[$0] } }
      if let open = chain[digest], open.missing > 0 { ask(for: open, from: member) }
    }
    for (digest, _, _) in missing.wanted { actions.append(.send(.wantBlock(digest), to: member)) }
    for digest in incomplete { advance(from: digest, at: now) }
    if !missing.isEmpty { continueSynchronising() }
  }

  private mutating func ask(for open: OpenBlock, from member: MemberID) {
    let identities = Array(open.missingIdentities.prefix(ReplicaLimits.transactionsPerMessage))
    actions.append(.send(.wantTransactions(block: open.outline.digest, identities), to: member))
  }

  private mutating func startFetchTimer() {
    guard !isFetchTimerRunning else { return }
    isFetchTimerRunning = true
    actions.append(.start(.fetch, milliseconds: parameters.delta))
  }

  /// An outline that this member asked for; anything else is dropped.
  mutating func receive(_ outline: BlockOutline, from sender: MemberID, at now: Instant) {
    let digest = outline.digest
    guard missing.contains(digest) else { return }
    missing.remove(digest)
    guard outline.header.height > chain.header.height, chain[digest] == nil else { return }
    var open = OpenBlock(outline: outline)
    (open.source, open.isWanted) = (sender, true)
    open.fill { pool[$0] }
    chain.add(open)
    agreementEvents.append(.blockKnown(outline.header.link))
    want(digest, at: now)
  }

  /// Takes transactions of a peer: for the blocks that lack them, and into the pool.
  mutating func receive(_ transactions: [VerifiedTransaction], from sender: MemberID, at now: Instant) {
    let lacking = chain.order.filter { (chain[$0]?.missing ?? 0) > 0 }
    for transaction in transactions { relayed(transaction) }
    guard !lacking.isEmpty else { return }
    let bodies = Dictionary(transactions.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
    for digest in lacking {
      chain.update(digest) { $0.fill { bodies[$0] } }
      if chain[digest]?.missing == 0 { advance(from: digest, at: now) }
    }
  }

  /// Sends a peer the bodies that it lacks, as far as this member has them.
  mutating func supply(_ identities: [Digest], of block: Digest, to member: MemberID) {
    let wanted = Set(identities)
    var found = chain[block]?.bodies(among: wanted) ?? []
    if found.isEmpty {
      found = recent[block]?.transactions.filter { wanted.contains($0.identity) } ?? identities.compactMap { pool[$0] }
    }
    var (sent, bytes): ([SignedTransaction], Int) = ([], 0)
    for transaction in found {
      bytes += transaction.byteCount
      guard bytes <= ReplicaLimits.transactionBytesPerMessage else { break }
      sent.append(transaction.signed)
    }
    if !sent.isEmpty { actions.append(.send(.transactions(sent), to: member)) }
  }

  /// Sends a peer the outline of a block.
  mutating func supply(_ digest: Digest, to member: MemberID) {
    if let outline = chain[digest]?.outline ?? recent[digest]?.outline {
      actions.append(.send(.block(outline), to: member))
    }
  }
}
