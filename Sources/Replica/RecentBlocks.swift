import Consensus
import Cryptography
import Ledger

/// The last final blocks, up to a bound of bytes, so that members that lag a little cost no read.
struct RecentBlocks: Sendable {
  private var blocks: [StoredBlock] = []
  private var bytes = 0

  subscript(digest: Digest) -> Block? { blocks.last { $0.block.digest == digest }?.block }

  mutating func append(_ stored: StoredBlock) {
    blocks.append(stored)
    bytes += stored.block.byteCount
    var (gone, surplus) = (0, bytes - ReplicaLimits.recentBytes)
    // At least a quarter goes at once, so that the cost of moving the rest is shared by many blocks.
    guard surplus > 0 || blocks.count > ReplicaLimits.recentBlocks else { return }
    surplus = max(surplus, bytes / 4)
    while surplus > 0 || gone < blocks.count / 4, gone < blocks.count - 1 {
      let size = blocks[gone].block.byteCount
      (bytes, surplus, gone) = (bytes - size, surplus - size, gone + 1)
    }
    blocks.removeFirst(gone)
  }

  /// The blocks from a height on; nil if the first of them is older than what is kept.
  func from(_ height: Height) -> ArraySlice<StoredBlock>? {
    guard let first = blocks.first?.block.header.height, first <= height else { return nil }
    let skipped = height.steps(since: first)
    guard skipped < UInt64(blocks.count) else { return [] }
    return blocks[Int(skipped)...]
  }
}
