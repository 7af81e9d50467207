import CBOR
import Cryptography

/// The Merkle tree of RFC 9162 §2.1 over SHA-256: leaves are hashed behind 0x00, nodes behind 0x01, and a tree of n
/// leaves is split at the largest power of two below n.
package enum MerkleHash {
  /// The root of a tree without leaves: SHA-256 of nothing.
  package static let empty = Digest.sha256()

  package static func leaf(_ data: [UInt8]) -> Digest {
    var stream = SHA256Stream()
    stream.update(leafPrefix)
    stream.update(data)
    return stream.finish()
  }

  package static func node(_ left: Digest, _ right: Digest) -> Digest {
    var stream = SHA256Stream()
    stream.update(nodePrefix + left.bytes + right.bytes)
    return stream.finish()
  }

  /// The root over leaves that are hashed already.
  package static func root(ofHashed leaves: [Digest]) -> Digest {
    guard !leaves.isEmpty else { return empty }
    var level = leaves
    while level.count > 1 { level = parents(of: level) }
    return level[0]
  }

  /// The root over the data of leaves.
  package static func root(of leaves: some Sequence<[UInt8]>) -> Digest { root(ofHashed: leaves.map(leaf)) }

  /// One level up: neighbours are joined, and a node without a neighbour rises as it is, which gives RFC 9162's shape.
  private static func parents(of level: [Digest]) -> [Digest] {
    var above: [Digest] = []
    above.reserveCapacity((level.count + 1) / 2)
    var index = 0
    while index + 1 < level.count {
      above.append(node(level[index], level[index + 1]))
      index += 2
    }
    if index < level.count { above.append(level[index]) }
    return above
  }

  private static let leafPrefix: [UInt8] = [0]
  private static let nodePrefix: [UInt8] = [1]
}

/// A Merkle tree that keeps its nodes, so that a change re-hashes only what lies above it.
package struct MerkleTree: Hashable, Sendable {
  // levels[0] are the leaves; every level has half as many nodes, rounded up, down to the root alone. No level is
  // empty.
  private var levels: [[Digest]] = []

  package init() {}

  package init(hashed leaves: [Digest]) { replace(from: 0, with: leaves) }

  package var count: Int { levels.first?.count ?? 0 }

  package var root: Digest { levels.last?.first ?? MerkleHash.empty }

  package var leaves: [Digest] { levels.first ?? [] }

  /// Changes one leaf: as many hashes as the tree has levels.
  package mutating func update(at place: Int, to leaf: Digest) {
    guard levels.indices.contains(0), levels[0].indices.contains(place) else { return }
    levels[0][place] = leaf
    var index = place
    for level in levels.indices.dropLast() {
      index /= 2
      levels[level + 1][index] = Self.parent(index, of: levels[level])
    }
  }

  /// Replaces all leaves from a place on, keeping the nodes to the left of them.
  package mutating func replace(from place: Int, with leaves: some Collection<Digest>) {
    let kept = min(place, count)
    if levels.isEmpty { levels = [[]] }
    levels[0].removeSubrange(kept...)
    levels[0].append(contentsOf: leaves)
    guard !levels[0].isEmpty else {
      levels = []
      return
    }
    rebuild(from: kept)
  }

  private mutating func rebuild(from place: Int) {
    var (level, first) = (0, place)
    while levels[level].count > 1 {
      if level + 1 == levels.count { levels.append([]) }
      let width = (levels[level].count + 1) / 2
      // A node whose children both lie to the left of the change is as it was.
      first = min(first / 2, levels[level + 1].count)
      levels[level + 1].removeSubrange(first...)
      for index in first..<width { levels[level + 1].append(Self.parent(index, of: levels[level])) }
      level += 1
    }
    levels.removeSubrange((level + 1)...)
  }

  private static func parent(_ index: Int, of level: [Digest]) -> Digest {
    let left = index * 2
    return left + 1 < level.count ? MerkleHash.node(level[left], level[left + 1]) : level[left]
  }

  /// The roots of the subtrees outside `leaves`, left to right: what a verifier who has those leaves needs to reach the
  /// root.
  ///
  /// An empty range takes none of the leaves; then the answer is the root alone, or nothing for an empty tree.
  package func siblings(of leaves: Range<Int>) -> [Digest] {
    var found: [Digest] = []
    collect(leaves, from: 0, width: count, into: &found)
    return found
  }

  private func collect(_ leaves: Range<Int>, from start: Int, width: Int, into found: inout [Digest]) {
    guard width > 0 else { return }
    guard leaves.overlaps(start..<start + width) else {
      found.append(subtree(from: start, width: width))
      return
    }
    guard width > 1 else { return }
    let left = MerkleProof.split(width)
    collect(leaves, from: start, width: left, into: &found)
    collect(leaves, from: start + left, width: width - left, into: &found)
  }

  /// The kept node over those leaves: a subtree of RFC 9162's shape that starts at `start` is always one of the nodes.
  private func subtree(from start: Int, width: Int) -> Digest {
    var (level, span) = (0, 1)
    while span < width {
      span *= 2
      level += 1
    }
    return levels[level][start / span]
  }
}

/// Computes a root from consecutive leaves and the siblings around them.
package enum MerkleProof {
  /// More siblings than any proof needs: two for each level of a tree of 2⁶² leaves.
  package static let maximumSiblings = 128

  /// The root of a tree of `count` leaves of which those from `start` on are given, or nil where the numbers do not fit
  /// together or siblings are missing or left over.
  package static func root(leaves: [Digest], start: Int, count: Int, siblings: [Digest]) -> Digest? {
    guard start >= 0, count >= 0, leaves.count <= count, start <= count - leaves.count else { return nil }
    guard count > 0 else { return siblings.isEmpty ? MerkleHash.empty : nil }
    var walk = Walk(leaves: leaves, start: start, siblings: siblings[...])
    guard let root = walk.root(from: 0, width: count), walk.siblings.isEmpty else { return nil }
    return root
  }

  /// The largest power of two below `width`, for a width of at least 2.
  static func split(_ width: Int) -> Int { 1 << (Int.bitWidth - 1 - (width - 1).leadingZeroBitCount) }

  private struct Walk {
    let leaves: [Digest]
    let start: Int
    var siblings: ArraySlice<Digest>

    mutating func root(from first: Int, width: Int) -> Digest? {
      guard first < start + leaves.count, start < first + width, !leaves.isEmpty else { return siblings.popFirst() }
      guard width > 1 else { return leaves[first - start] }
      let left = MerkleProof.split(width)
      guard let before = root(from: first, width: left) else { return nil }
      guard let after = root(from: first + left, width: width - left) else { return nil }
      return MerkleHash.node(before, after)
    }
  }
}
