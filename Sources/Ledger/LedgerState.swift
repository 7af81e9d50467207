import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// The state of the ledger after a block: a value. A copy costs next to nothing, and executing a block on one leaves
/// the other as it was, so that the blocks of competing views each have theirs.
package struct LedgerState: Hashable, Sendable {
  /// The version of the rules by which this program executes blocks.
  package static let rulesVersion: UInt64 = 1

  package let network: NetworkID
  package let roster: Roster
  package let parameters: LedgerParameters
  package private(set) var negotiation: NegotiationState
  /// All entries, under their Merkle trees.
  package private(set) var tree: StateTree
  package private(set) var seen: SeenTransactions

  /// The state of the genesis block.
  init(_ content: GenesisContent, roster: Roster) throws(NegotiationGenesisError) {
    network = content.network
    self.roster = roster
    parameters = content.ledger
    negotiation = NegotiationState(try content.negotiationGenesis())
    seen = SeenTransactions()
    tree = StateTree()
    tree.apply(content.entries(roster: roster))
    tree.apply(takeNegotiationChanges())
  }

  init(
    genesis: VerifiedGenesis, negotiation: NegotiationState, tree: StateTree, seen: SeenTransactions
  ) {
    (network, roster, parameters) = (genesis.network, genesis.roster, genesis.content.ledger)
    (self.negotiation, self.tree, self.seen) = (negotiation, tree, seen)
  }

  /// The state root that the header of the block names.
  package var root: Digest { tree.root }

  package subscript(key: EntryKey) -> [UInt8]? { tree[key] }

  /// When the next deadline of a docket passes, or nil if there is none.
  package var nextDeadline: Instant? { negotiation.nextDeadline }

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
    if case .memorandum(let bytes) = content.body, bytes.count > parameters.memorandumBytes {
      return .memorandumTooLong
    }
    return nil
  }

  /// Executes transactions in their order at a block's time, on a copy of this state.
  ///
  /// Deterministic and total (L10): deadlines that have passed come first, then each transaction, and one that is
  /// refused leaves its code and nothing else. An identity is remembered from its first inclusion within its life on,
  /// whatever came of it.
  package func executing(_ transactions: [VerifiedTransaction], at timestamp: Instant) -> Execution {
    var state = self
    var touched = state.seen.expire(before: timestamp)
    state.negotiation.advance(to: timestamp)
    var outcomes: [TransactionOutcome] = []
    outcomes.reserveCapacity(transactions.count)
    for transaction in transactions {
      let result = state.apply(transaction, at: timestamp, &touched)
      outcomes.append(TransactionOutcome(identity: transaction.identity, result: result))
    }
    let changes = state.takeNegotiationChanges() + state.seenChanges(touched)
    state.tree.apply(changes)
    return Execution(
      state: state, outcomes: outcomes, changes: changes,
      roots: BlockRoots(
        transactions: BlockOutline.root(of: transactions.map(\.identity)),
        results: TransactionOutcome.root(of: outcomes),
        state: state.root))
  }

  private mutating func apply(
    _ transaction: VerifiedTransaction, at timestamp: Instant, _ touched: inout [UInt64]
  ) -> TransactionResult {
    if let refusal = refusal(of: transaction, at: timestamp) { return .refused(refusal) }
    guard let second = seen.insert(transaction.identity, expiring: transaction.content.notAfter) else {
      return .refused(.replayed)
    }
    if touched.last != second { touched.append(second) }
    switch transaction.content.body {
    case .memorandum: return .accepted
    case .act(let act):
      do throws(Refusal) {
        try negotiation.apply(act, by: transaction.signer, identity: transaction.identity, at: timestamp)
        return .accepted
      } catch {
        return .refusedAct(error)
      }
    }
  }

  private mutating func takeNegotiationChanges() -> [StateChange] {
    negotiation.takeChanges().map { StateChange(key: $0, value: negotiation.entry($0)) }
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
  package let roots: BlockRoots

  init(state: LedgerState, outcomes: [TransactionOutcome], changes: [StateChange], roots: BlockRoots) {
    (self.state, self.outcomes, self.changes, self.roots) = (state, outcomes, changes, roots)
  }
}
