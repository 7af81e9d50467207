import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership

/// Final blocks for a member that catches up, as they came: [[[outline, [transaction, …]], …], [header, …],
/// certificate].
///
/// The blocks follow one another and belong to one epoch; the headers lead on from the last block to the one that the
/// finalisation certificate is for, through blocks of the ledger or, behind a closing block, through its tail. There are
/// none of them where the last block has a finalisation of its own.
package struct BlockRange: Hashable, Sendable, CBORCodable {
  /// A block as it travels with its bodies.
  package struct Entry: Hashable, Sendable, CBORCodable {
    package let outline: BlockOutline
    package let transactions: [SignedTransaction]

    package init(_ block: Block) {
      outline = block.outline
      transactions = block.transactions.map(\.signed)
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.value(outline)
      writer.list(transactions)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      outline = try reader.value()
      transactions = try reader.list(max: outline.transactions.count)
      reader.leave()
      guard transactions.map(\.identity) == outline.transactions else { throw .unknownValue }
    }
  }

  package let entries: [Entry]
  package let descendants: [BlockHeader]
  package let finalisation: Certificate

  package init(entries: [Entry], descendants: [BlockHeader], finalisation: Certificate) {
    (self.entries, self.descendants, self.finalisation) = (entries, descendants, finalisation)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.list(entries)
    writer.list(descendants)
    writer.value(finalisation)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    entries = try reader.list(max: ReplicaLimits.rangeBlocks)
    descendants = try reader.list(max: ReplicaLimits.rangeDescendants)
    finalisation = try reader.value()
    reader.leave()
  }

  /// Whether blocks and headers follow one another up to the block of the finalisation, and there is at least one
  /// block.
  var isChain: Bool {
    guard !entries.isEmpty, finalisation.kind == .finalize else { return false }
    let restarts = entries.filter { $0.restart != nil }.map(\.outline.digest)
    guard restarts.count <= 1 else { return false }
    let headers = entries.map(\.outline.header) + descendants
    for (parent, child) in zip(headers, headers.dropFirst()) {
      guard child.parent == parent.digest, child.parentView == parent.view, child.height == parent.height.next,
        child.view > parent.view, child.epoch == parent.epoch || restarts.contains(child.digest)
      else { return false }
    }
    return headers.last?.digest == finalisation.block && headers.last?.view == finalisation.view
      && headers.last?.epoch == finalisation.subject.epoch
  }
}

extension BlockRange.Entry {
  /// The restart that opens this block's epoch, if the block is of that form.
  var restart: SignedTransaction? {
    transactions.count == 1 && transactions[0].type == .restart ? transactions[0] : nil
  }
}

/// A range whose certificate and signatures were verified, and whose parts follow one another.
package struct VerifiedRange: Hashable, Sendable {
  package let blocks: [Block]
  package let descendants: [BlockHeader]
  package let finalisation: VerifiedCertificate
  /// The restart by which the blocks lead from the receiver's epoch to that of the finalisation.
  package let restart: VerifiedRestart?

  init(
    blocks: [Block], descendants: [BlockHeader], finalisation: VerifiedCertificate, restart: VerifiedRestart? = nil
  ) {
    (self.blocks, self.descendants, self.finalisation) = (blocks, descendants, finalisation)
    self.restart = restart
  }
}
