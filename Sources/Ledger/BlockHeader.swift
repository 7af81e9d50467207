import CBOR
import Consensus
import Cryptography
import Membership
import Trade

/// What a block commits to. Its digest is the block's identity, and belongs to one height, epoch and view
/// (`Protocol/ledger.md`, L8).
package struct BlockHeader: Hashable, Sendable, CBORCodable {
  package let height: Height
  package let epoch: Epoch
  package let view: View
  /// The digest of the parent's header; zero for the genesis block.
  package let parent: Digest
  package let parentView: View
  /// The block's time, later than its parent's.
  package let timestamp: Instant
  /// The Merkle root over the identities of the transactions, in the block's order.
  package let transactionsRoot: Digest
  /// The Merkle root over the outcomes of the transactions, in the same order.
  package let resultsRoot: Digest
  /// The root of the state after this block's execution.
  package let stateRoot: Digest
  package let proposer: MemberID
  /// The version of the rules of execution by which the roots came about.
  package let rulesVersion: UInt64

  /// The digest of the encoded header.
  package let digest: Digest

  package init(
    height: Height, epoch: Epoch, view: View, parent: Digest, parentView: View, timestamp: Instant, roots: BlockRoots,
    proposer: MemberID, rulesVersion: UInt64
  ) {
    (self.height, self.epoch, self.view) = (height, epoch, view)
    (self.parent, self.parentView, self.timestamp) = (parent, parentView, timestamp)
    (transactionsRoot, resultsRoot, stateRoot) = (roots.transactions, roots.results, roots.state)
    (self.proposer, self.rulesVersion) = (proposer, rulesVersion)
    var writer = CBORWriter(reservingCapacity: 256)
    Self.write(
      [height.number, epoch.number, view.number], parent, parentView, timestamp, roots, proposer, rulesVersion, &writer)
    digest = Digest.of(.block, writer.bytes)
  }

  /// All that consensus knows of the block.
  package var link: BlockLink {
    BlockLink(digest: digest, height: height, view: view, parent: parent, parentView: parentView)
  }

  package var roots: BlockRoots {
    BlockRoots(transactions: transactionsRoot, results: resultsRoot, state: stateRoot)
  }

  package func encode(to writer: inout CBORWriter) {
    Self.write(
      [height.number, epoch.number, view.number], parent, parentView, timestamp, roots, proposer, rulesVersion, &writer)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 11)
    let (height, epoch, view) = (
      try reader.value(Height.self), try reader.value(Epoch.self), try reader.value(View.self)
    )
    let (parent, parentView) = (try reader.value(Digest.self), try reader.value(View.self))
    let timestamp = try reader.value(Instant.self)
    let roots = BlockRoots(
      transactions: try reader.value(), results: try reader.value(), state: try reader.value())
    let (proposer, rulesVersion) = (try reader.value(MemberID.self), try reader.unsigned())
    reader.leave()
    self.init(
      height: height, epoch: epoch, view: view, parent: parent, parentView: parentView, timestamp: timestamp,
      roots: roots, proposer: proposer, rulesVersion: rulesVersion)
  }

  private static func write(
    _ place: [UInt64], _ parent: Digest, _ parentView: View, _ timestamp: Instant, _ roots: BlockRoots,
    _ proposer: MemberID, _ rulesVersion: UInt64, _ writer: inout CBORWriter
  ) {
    writer.array(11)
    for number in place { writer.unsigned(number) }
    writer.value(parent)
    writer.value(parentView)
    writer.value(timestamp)
    for root in [roots.transactions, roots.results, roots.state] { writer.value(root) }
    writer.value(proposer)
    writer.unsigned(rulesVersion)
  }
}

/// The three Merkle roots of a block.
package struct BlockRoots: Hashable, Sendable {
  package let transactions: Digest
  package let results: Digest
  package let state: Digest

  package init(transactions: Digest, results: Digest, state: Digest) {
    (self.transactions, self.results, self.state) = (transactions, results, state)
  }
}
