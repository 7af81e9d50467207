import Consensus
import Cryptography
import Ledger
import Membership

/// The last final block with its state, and every block above it that this member knows of.
///
/// States of blocks above the final one are overlays: each is the parent's with its own changes, and goes with its
/// block.
struct Chain: Sendable {
  /// The last final block.
  private(set) var header: BlockHeader
  private(set) var state: LedgerState
  /// Blocks above it, by digest. Never iterated where the order could matter.
  private var open: [Digest: OpenBlock] = [:]
  /// The same digests, in the order in which they came.
  private(set) var order: [Digest] = []

  init(header: BlockHeader, state: LedgerState) { (self.header, self.state) = (header, state) }

  var openCount: Int { order.count }

  var executedCount: Int { order.count(where: { open[$0]?.execution != nil }) }

  subscript(digest: Digest) -> OpenBlock? { open[digest] }

  /// The header of the final block or of an open one.
  func header(of digest: Digest) -> BlockHeader? { digest == header.digest ? header : open[digest]?.header }

  /// The state after the final block or after an open one that was executed.
  func state(after digest: Digest) -> LedgerState? { digest == header.digest ? state : open[digest]?.execution?.state }

  /// Adds a block. The caller has checked that it lies above the final one and is not here.
  mutating func add(_ block: OpenBlock) {
    guard open[block.outline.digest] == nil else { return }
    open[block.outline.digest] = block
    order.append(block.outline.digest)
  }

  /// Changes a block in place; nothing happens where there is none.
  mutating func update(_ digest: Digest, _ change: (inout OpenBlock) -> Void) {
    guard let place = open.index(forKey: digest) else { return }
    change(&open.values[place])
  }

  mutating func remove(_ digest: Digest) {
    guard open.removeValue(forKey: digest) != nil else { return }
    order.removeAll { $0 == digest }
  }

  /// The open blocks whose parent that is, in the order in which they came.
  func children(of parent: Digest) -> [Digest] { order.filter { open[$0]?.header.parent == parent } }

  /// An open block and its open ancestors.
  func line(of digest: Digest) -> Set<Digest> {
    var (line, next): (Set<Digest>, Digest) = ([], digest)
    while let block = open[next], line.insert(next).inserted { next = block.header.parent }
    return line
  }

  /// Makes the executed child the last final block, and answers the digests of the open blocks that can no longer
  /// become final, the child's own not among them.
  mutating func finalise(_ child: Digest) -> [Digest] {
    guard let block = open[child], let execution = block.execution, block.header.parent == header.digest else {
      return []
    }
    (header, state) = (block.header, execution.state)
    open.removeValue(forKey: child)
    order.removeAll { $0 == child }
    let abandoned = competitors()
    let gone = Set(abandoned)
    order.removeAll { gone.contains($0) }
    for digest in abandoned { open.removeValue(forKey: digest) }
    return abandoned
  }

  /// Drops every open block but those, and answers the digests of what is in the journal of them, in the order in which they came.
  mutating func abandon(keeping path: Set<Digest>) -> [Digest] {
    let gone = order.filter { !path.contains($0) }
    let stored = gone.filter { open[$0]?.isStored ?? false }
    order.removeAll { !path.contains($0) }
    for digest in gone { open.removeValue(forKey: digest) }
    return stored
  }

  /// The open blocks that do not descend from the final one, or of which that is not known and whose view is not later.
  private func competitors() -> [Digest] {
    order.filter { digest in
      guard let header = open[digest]?.header else { return true }
      if header.view <= self.header.view || header.height <= self.header.height { return true }
      return !mayDescend(header)
    }
  }

  private func mayDescend(_ header: BlockHeader) -> Bool {
    var ancestor = header
    while let parent = open[ancestor.parent]?.header, parent.height > self.header.height { ancestor = parent }
    // The oldest known ancestor is a child of the final block, or hangs in the air above it.
    if ancestor.parent == self.header.digest { return true }
    return open[ancestor.parent] == nil && ancestor.parentView > self.header.view
  }
}
