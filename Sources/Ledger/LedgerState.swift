import Accession
import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// The state of the ledger after a block: a value. A copy costs next to nothing, and executing a block on one leaves
/// the other as it was, so that the blocks of competing views each have theirs.
package struct LedgerState: Hashable, Sendable {
  /// The version of the rules by which blocks of a new network are executed.
  package static let rulesVersion: UInt64 = 1

  package let network: NetworkID
  package let parameters: LedgerParameters
  /// The versions of the rules that this program executes.
  package let rulesKnown: KnownRules
  package private(set) var accession: Accession
  package private(set) var negotiation: NegotiationState
  /// All entries, under their Merkle trees.
  package private(set) var tree: StateTree
  package private(set) var seen: SeenTransactions

  /// The state of the genesis block.
  init(
    _ content: GenesisContent, roster: Roster, knowing rules: KnownRules = .program
  ) throws(NegotiationGenesisError) {
    network = content.network
    (parameters, rulesKnown) = (content.ledger, rules)
    accession = Accession(content.accessionTerms, roster: roster, profiles: content.profiles, at: content.time)
    negotiation = NegotiationState(try content.negotiationGenesis())
    seen = SeenTransactions()
    tree = StateTree()
    tree.apply(content.entries(roster: roster))
    tree.apply(takeChanges())
  }

  /// A state made again from its parts, which the caller has taken from the entries of the tree.
  init(
    genesis: VerifiedGenesis, accession: Accession, negotiation: NegotiationState, tree: StateTree,
    seen: SeenTransactions
  ) {
    (network, parameters, rulesKnown) = (genesis.network, genesis.content.ledger, genesis.state.rulesKnown)
    (self.accession, self.negotiation, self.tree, self.seen) = (accession, negotiation, tree, seen)
  }

  /// The state root that the header of the block names.
  package var root: Digest { tree.root }

  package subscript(key: EntryKey) -> [UInt8]? { tree[key] }

  /// When the next deadline of a docket or a motion passes, or nil if there is none.
  package var nextDeadline: Instant? { [negotiation.nextDeadline, accession.nextDeadline].compactMap(\.self).min() }

  /// Whether the ledger itself would refuse the transaction in a block of that time; nil if the negotiation has the
  /// last word.
  ///
  /// Takes no act into account: what an act comes to is known when it is executed.
  package func refusal(of transaction: VerifiedTransaction, at timestamp: Instant) -> LedgerRefusal? {
    let content = transaction.content
    if content.notAfter < timestamp { return .stale }
    guard let life = try? content.notAfter.milliseconds(since: timestamp), life <= parameters.longestTransactionLife
    else { return .tooFarAhead }
    if seen.contains(transaction.identity, expiring: content.notAfter) { return .replayed }
    if roster[content.signer] == nil { return .stranger }
    if accession.isSuspended(content.signer) { return .suspended }
    if !isKeyInForce(of: transaction) { return .keyReplaced }
    if case .memorandum(let bytes) = content.body, bytes.count > parameters.memorandumBytes {
      return .memorandumTooLong
    }
    return nil
  }

  /// Whether the key under which the transaction was verified is its signer's now. True for what comes from this member's own
  /// journal.
  func isKeyInForce(of transaction: VerifiedTransaction) -> Bool {
    guard let key = transaction.key else { return true }
    return roster.key(of: transaction.signer, transaction.content.statementType.role) == key
  }

  /// Executes transactions in their order at a block's time, on a copy of this state. The parent is the block that this is the
  /// state of.
  ///
  /// Deterministic and total (L10): deadlines that have passed come first, then each transaction, and one that is
  /// refused leaves its code and nothing else. An identity is remembered from its first inclusion within its life on,
  /// whatever came of it.
  package func executing(
    _ transactions: [VerifiedTransaction], at timestamp: Instant, on parent: BlockHeader
  ) -> Execution {
    let point = BlockPoint(height: parent.height.next ?? parent.height, time: timestamp)
    var state = self
    var touched = state.seen.expire(before: timestamp)
    state.accession.keep(BlockMark(height: parent.height, digest: parent.digest))
    state.accession.advance(to: point)
    state.takeUpElectorates()
    state.negotiation.advance(to: timestamp)
    var outcomes: [TransactionOutcome] = []
    outcomes.reserveCapacity(transactions.count)
    for transaction in transactions {
      let result = state.apply(transaction, at: point, &touched)
      outcomes.append(TransactionOutcome(identity: transaction.identity, result: result))
    }
    let closesEpoch = state.accession.conclude(at: point)
    let changes = (state.takeChanges() + state.seenChanges(touched)).sorted { $0.key < $1.key }
    state.tree.apply(changes)
    return Execution(
      state: state, outcomes: outcomes, changes: changes, closesEpoch: closesEpoch,
      roots: BlockRoots(
        transactions: BlockOutline.root(of: transactions.map(\.identity)),
        results: TransactionOutcome.root(of: outcomes),
        state: state.root))
  }

  private mutating func apply(
    _ transaction: VerifiedTransaction, at point: BlockPoint, _ touched: inout [UInt64]
  ) -> TransactionResult {
    if let document = transaction.restart {
      let content = document.content
      accession.restart(
        content.newEpoch, validators: content.newValidators, after: content.start.height, document: content.digest)
      return .accepted
    }
    if let refusal = refusal(of: transaction, at: point.time) { return .refused(refusal) }
    guard let second = seen.insert(transaction.identity, expiring: transaction.content.notAfter) else {
      return .refused(.replayed)
    }
    if touched.last != second { touched.append(second) }
    switch transaction.content.body {
    case .memorandum, .restart: return .accepted
    case .act(let act):
      do throws(Refusal) {
        try negotiation.apply(act, by: transaction.signer, identity: transaction.identity, at: point.time)
        return .accepted
      } catch {
        return .refusedAct(error)
      }
    case .accession(let act):
      do throws(AccessionRefusal) {
        try accession.apply(act, by: transaction.signer, identity: transaction.identity, at: point)
        takeUpElectorates()
        return .accepted
      } catch {
        return .refusedAccession(error)
      }
    }
  }

  /// Hands the negotiation who votes from now on.
  private mutating func takeUpElectorates() {
    for change in accession.takeElectorates() { negotiation.adopt(members: change.members, votes: change.votes) }
  }

  private mutating func takeChanges() -> [StateChange] {
    let own = accession.takeChanges().map { StateChange(key: $0, value: accession.entry($0)) }
    return (own + negotiation.takeChanges().map { StateChange(key: $0, value: negotiation.entry($0)) }).sorted {
      $0.key < $1.key
    }
  }

  private func seenChanges(_ seconds: [UInt64]) -> [StateChange] {
    var changes: [StateChange] = []
    for second in seconds.sorted() where changes.last?.key.key != BigEndian.bytes(second) {
      let key = EntryKey(.seen, BigEndian.bytes(second))
      changes.append(StateChange(key: key, value: seen.bucket(second)?.value))
    }
    return changes
  }
}

/// What came of executing transactions: the state after them, and all that a header says of it.
package struct Execution: Hashable, Sendable {
  package let state: LedgerState
  package let outcomes: [TransactionOutcome]
  /// The entries that changed, ascending.
  package let changes: [StateChange]
  /// Whether the block is the last of its epoch: the roster or the validators are others from the next block on (L21).
  package let closesEpoch: Bool
  package let roots: BlockRoots

  init(
    state: LedgerState, outcomes: [TransactionOutcome], changes: [StateChange], closesEpoch: Bool, roots: BlockRoots
  ) {
    (self.state, self.outcomes, self.changes, self.roots) = (state, outcomes, changes, roots)
    self.closesEpoch = closesEpoch
  }
}
