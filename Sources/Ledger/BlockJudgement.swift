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
    case .wrongEpoch(let epoch): "epoch \(epoch) is not the parent's"
    case .viewNotLater(let view): "view \(view) is not later than the parent's"
    case .timeNotLater(let time): "the time \(time.text) is not later than the parent's"
    case .rulesVersion(let version): "rules of version \(version) are not those of this network"
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
  package func proposing(
    _ transactions: [VerifiedTransaction], on parent: BlockHeader, view: View, at timestamp: Instant,
    by proposer: MemberID
  ) throws(BlockFault) -> (block: Block, execution: Execution) {
    guard let height = parent.height.next else { throw .wrongHeight(parent.height) }
    let execution = executing(transactions, at: timestamp)
    let header = BlockHeader(
      height: height, epoch: parent.epoch, view: view, parent: parent.digest, parentView: parent.view,
      timestamp: timestamp, roots: execution.roots, proposer: proposer, rulesVersion: Self.rulesVersion)
    let block = Block(header: header, transactions: transactions)
    try checkPlace(of: block, on: parent)
    return (block, execution)
  }

  /// Executes a block on its parent's state, which this is, and accepts it only if every number of its header comes out
  /// (L12).
  ///
  /// Who may propose in the view, and whether the time agrees with a clock, is for others to judge.
  package func judging(_ block: Block, on parent: BlockHeader) throws(BlockFault) -> Execution {
    try checkPlace(of: block, on: parent)
    let execution = executing(block.transactions, at: block.header.timestamp)
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

  private func checkPlace(of block: Block, on parent: BlockHeader) throws(BlockFault) {
    let header = block.header
    guard header.parent == parent.digest, header.parentView == parent.view else { throw .notOnParent }
    guard header.height == parent.height.next else { throw .wrongHeight(header.height) }
    guard header.epoch == parent.epoch else { throw .wrongEpoch(header.epoch) }
    guard header.view > parent.view else { throw .viewNotLater(header.view) }
    guard header.timestamp > parent.timestamp else { throw .timeNotLater(header.timestamp) }
    guard header.rulesVersion == Self.rulesVersion else { throw .rulesVersion(header.rulesVersion) }
    guard block.byteCount <= parameters.blockBytes else { throw .tooLarge(block.byteCount) }
  }
}
