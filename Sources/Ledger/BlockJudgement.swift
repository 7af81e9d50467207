import Accession
import Consensus
import Cryptography
import Membership
import Trade

/// Why a block does not follow from its parent: a fault of its proposer.
package enum BlockFault: Error, Hashable, Sendable {
  case notOnParent
  case wrongHeight(Height)
  case wrongEpoch(Epoch)
  case viewNotLater(View)
  case timeNotLater(Instant)
  case rulesVersion(UInt64)
  /// From this height on the network's rules are of a version that this program does not know.
  case rulesUnknown(UInt64)
  /// A block above the one that closed the epoch carries or changes something.
  case tailNotEmpty
  /// A transaction was signed with another key than the roster of the parent's state has.
  case transactionKey(Digest)
  /// A restart that is not lawful here, or beside other transactions.
  case restart(RestartProblem)
  case restartNotAlone
  case tooLarge(Int)
  case transactionsRoot
  case resultsRoot
  case stateRoot(found: Digest)

  package var code: String {
    switch self {
    case .notOnParent: "BLOCK_PARENT"
    case .wrongHeight: "BLOCK_HEIGHT"
    case .wrongEpoch: "BLOCK_EPOCH"
    case .viewNotLater: "BLOCK_VIEW"
    case .timeNotLater: "BLOCK_TIME"
    case .rulesVersion: "BLOCK_RULES_VERSION"
    case .rulesUnknown: "BLOCK_RULES_UNKNOWN"
    case .tailNotEmpty: "BLOCK_TAIL"
    case .transactionKey: "BLOCK_TRANSACTION_KEY"
    case .restart: "BLOCK_RESTART"
    case .restartNotAlone: "BLOCK_RESTART_NOT_ALONE"
    case .tooLarge: "BLOCK_TOO_LARGE"
    case .transactionsRoot: "BLOCK_TRANSACTIONS_ROOT"
    case .resultsRoot: "BLOCK_RESULTS_ROOT"
    case .stateRoot: "BLOCK_STATE_ROOT"
    }
  }

  package var sentence: String {
    switch self {
    case .notOnParent: "the header names another parent or another view of it"
    case .wrongHeight(let height): "height \(height) is not the parent's plus 1"
    case .wrongEpoch(let epoch): "epoch \(epoch) is not the parent's, nor the one that the parent opened"
    case .viewNotLater(let view): "view \(view) is not later than the parent's"
    case .timeNotLater(let time): "the time \(time.text) is not later than the parent's"
    case .rulesVersion(let version): "rules of version \(version) are not those of this height"
    case .rulesUnknown(let version):
      "the network's rules are of version \(version) from here on; this program does not know them and must be replaced"
    case .tailNotEmpty: "above the block that closed the epoch only empty blocks that change nothing may follow in it"
    case .transactionKey(let identity): "transaction \(identity) was signed with a key that is not its signer's now"
    case .restart(let problem): "the restart is not lawful here: \(problem.sentence)"
    case .restartNotAlone: "a restart stands in the first block of its epoch, alone"
    case .tooLarge(let bytes): "\(bytes) bytes are more than a block may have"
    case .transactionsRoot: "the transactions do not give the transactions root"
    case .resultsRoot: "executing the transactions gives another results root"
    case .stateRoot(let found): "executing the transactions gives another state root, \(found)"
    }
  }
}

extension LedgerState {
  /// Makes the block of these transactions on a parent whose state this is. The proposer chooses transactions that fit
  /// (``selecting(from:at:)``) and a time later than the parent's.
  ///
  /// On a block that closed its epoch, or above it, `epoch` decides: in the epoch that was closed the block is a tail block
  /// (L21), which carries nothing, whatever is offered; in the next one it is the first block. Absent it is the latter.
  package func proposing(
    _ transactions: [VerifiedTransaction], on parent: BlockHeader, epoch: Epoch? = nil, view: View,
    at timestamp: Instant, by proposer: MemberID
  ) throws(BlockFault) -> (block: Block, execution: Execution) {
    guard let height = parent.height.next else { throw .wrongHeight(parent.height) }
    let epoch = epoch ?? self.epoch
    let isTail = try isTail(epoch, on: parent, transactions)
    let transactions = isTail ? [] : transactions
    let execution = isTail ? unchanged : executing(transactions, at: timestamp, on: parent)
    let header = BlockHeader(
      height: height, epoch: epoch, view: view, parent: parent.digest, parentView: parent.view,
      timestamp: timestamp, roots: execution.roots, proposer: proposer,
      rulesVersion: isTail ? parent.rulesVersion : rulesVersion(at: height))
    let block = Block(header: header, transactions: transactions)
    _ = try checkPlace(of: block, on: parent)
    return (block, execution)
  }

  /// Executes a block on its parent's state, which this is, and accepts it only if every number of its header comes out
  /// (L12).
  ///
  /// Who may propose in the view, and whether the time agrees with a clock, is for others to judge.
  package func judging(_ block: Block, on parent: BlockHeader) throws(BlockFault) -> Execution {
    let isTail = try checkPlace(of: block, on: parent)
    guard !isTail else {
      guard block.transactions.isEmpty, block.header.roots == unchanged.roots else { throw .tailNotEmpty }
      return unchanged
    }
    for transaction in block.transactions where !isKeyInForce(of: transaction) {
      throw .transactionKey(transaction.identity)
    }
    let execution = executing(block.transactions, at: block.header.timestamp, on: parent)
    guard execution.roots.transactions == block.header.transactionsRoot else { throw .transactionsRoot }
    guard execution.roots.results == block.header.resultsRoot else { throw .resultsRoot }
    guard execution.roots.state == block.header.stateRoot else { throw .stateRoot(found: execution.roots.state) }
    return execution
  }

  /// The first transactions, in the given order, that a block of that time can take: none that the ledger would refuse,
  /// none twice, and together within the limit of bytes.
  package func selecting(
    from candidates: some Sequence<VerifiedTransaction>, at timestamp: Instant
  ) -> [VerifiedTransaction] {
    var left = Int(parameters.blockBytes) - Block.overhead
    var chosen: [VerifiedTransaction] = []
    var known: Set<Digest> = []
    for candidate in candidates {
      guard chosen.count < LedgerLimits.transactionsPerBlock else { break }
      let cost = Block.cost(of: candidate)
      guard cost <= left, refusal(of: candidate, at: timestamp) == nil else { continue }
      guard known.insert(candidate.identity).inserted else { continue }
      chosen.append(candidate)
      left -= cost
    }
    return chosen
  }

  /// Whether the block is a tail block (L21); throws where it follows from the parent in neither way.
  private func checkPlace(of block: Block, on parent: BlockHeader) throws(BlockFault) -> Bool {
    let header = block.header
    guard header.parent == parent.digest, header.parentView == parent.view else { throw .notOnParent }
    guard header.height == parent.height.next else { throw .wrongHeight(header.height) }
    let isTail = try isTail(header.epoch, on: parent, block.transactions)
    guard header.view > parent.view else { throw .viewNotLater(header.view) }
    guard header.timestamp > parent.timestamp else { throw .timeNotLater(header.timestamp) }
    let rules = isTail ? parent.rulesVersion : rulesVersion(at: header.height)
    guard rulesKnown.contains(rules) else { throw .rulesUnknown(rules) }
    guard header.rulesVersion == rules else { throw .rulesVersion(header.rulesVersion) }
    guard block.byteCount <= parameters.blockBytes else { throw .tooLarge(block.byteCount) }
    return isTail
  }

  /// Whether a block of that epoch on the parent, whose state this is, belongs to the tail of an epoch that is closed (L21).
  private func isTail(
    _ epoch: Epoch, on parent: BlockHeader, _ transactions: [VerifiedTransaction]
  ) throws(BlockFault) -> Bool {
    if let place = transactions.firstIndex(where: { $0.restart != nil }), let document = transactions[place].restart {
      guard transactions.count == 1 else { throw .restartNotAlone }
      let problem =
        restartProblem(of: document.content, on: parent) ?? envelopeProblem(of: transactions[place], document.content)
      if let problem { throw .restart(problem) }
      guard epoch == document.content.newEpoch else { throw .wrongEpoch(epoch) }
      return false
    }
    if !isClosed(after: parent) {
      guard epoch == parent.epoch else { throw .wrongEpoch(epoch) }
      return false
    }
    if epoch == parent.epoch { return true }
    // The first block of the next epoch stands on the closing block itself, whatever tail there was.
    guard epoch == self.epoch, parent.height == accession.record(of: epoch)?.closing else { throw .wrongEpoch(epoch) }
    return false
  }
}
