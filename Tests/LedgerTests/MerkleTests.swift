import Cryptography
import Ledger
import Testing

/// The tree of RFC 9162 §2.1.1, written down as the RFC defines it.
private func definition(_ leaves: ArraySlice<[UInt8]>) -> Digest {
  guard let first = leaves.first else { return Digest.sha256() }
  guard leaves.count > 1 else { return Digest.sha256([0], first) }
  var split = 1
  while split * 2 < leaves.count { split *= 2 }
  let (left, right) = (leaves.prefix(split), leaves.dropFirst(split))
  return Digest.sha256([1], definition(left).bytes, definition(right).bytes)
}

private func leaves(_ count: Int, salt: UInt8 = 0) -> [[UInt8]] {
  (0..<count).map { [salt, UInt8($0 / 256), UInt8($0 % 256)] }
}

@Suite("Merkle trees")
struct MerkleTests {
  @Test("the root is that of the RFC's definition, for every size", arguments: 0..<70)
  func root(count: Int) {
    let data = leaves(count)
    #expect(MerkleHash.root(of: data) == definition(data[...]))
    #expect(MerkleTree(hashed: data.map(MerkleHash.leaf)).root == definition(data[...]))
  }

  @Test("a changed leaf gives the root of the changed leaves", arguments: [1, 2, 3, 7, 8, 9, 33])
  func update(count: Int) {
    for place in 0..<count {
      var data = leaves(count)
      var tree = MerkleTree(hashed: data.map(MerkleHash.leaf))
      data[place] = [0xFF]
      tree.update(at: place, to: MerkleHash.leaf([0xFF]))
      #expect(tree.root == definition(data[...]))
    }
    var tree = MerkleTree(hashed: leaves(count).map(MerkleHash.leaf))
    let before = tree
    tree.update(at: count, to: .zero)
    #expect(tree == before)
  }

  @Test("replacing the end keeps the beginning, growing and shrinking")
  func replace() {
    for old in [0, 1, 2, 5, 8, 13, 16] {
      for kept in 0...old {
        for new in [0, 1, 2, 3, 9, 17] {
          var tree = MerkleTree(hashed: leaves(old).map(MerkleHash.leaf))
          let added = leaves(new, salt: 9)
          tree.replace(from: kept, with: added.map(MerkleHash.leaf))
          let expected = leaves(old).prefix(kept) + added
          #expect(tree.root == definition(Array(expected)[...]))
          #expect(tree.count == kept + new)
        }
      }
    }
  }

  @Test("every range of every tree proves itself, and nothing else", arguments: 1..<20)
  func ranges(count: Int) {
    let hashed = leaves(count).map(MerkleHash.leaf)
    let tree = MerkleTree(hashed: hashed)
    for start in 0..<count {
      for end in (start + 1)...count {
        let shown = Array(hashed[start..<end])
        let siblings = tree.siblings(of: start..<end)
        #expect(MerkleProof.root(leaves: shown, start: start, count: count, siblings: siblings) == tree.root)
        var tampered = shown
        tampered[0] = .zero
        #expect(MerkleProof.root(leaves: tampered, start: start, count: count, siblings: siblings) != tree.root)
        #expect(MerkleProof.root(leaves: shown, start: start, count: count, siblings: siblings + [.zero]) == nil)
        if !siblings.isEmpty {
          let short = Array(siblings.dropLast())
          #expect(MerkleProof.root(leaves: shown, start: start, count: count, siblings: short) == nil)
          var changed = siblings
          changed[changed.count / 2] = .zero
          #expect(MerkleProof.root(leaves: shown, start: start, count: count, siblings: changed) != tree.root)
        }
      }
    }
  }

  @Test("a leaf is not proved at another place, unless the place's path is the same")
  func otherPlace() {
    let hashed = leaves(8).map(MerkleHash.leaf)
    let tree = MerkleTree(hashed: hashed)
    for place in 0..<8 {
      let siblings = tree.siblings(of: place..<place + 1)
      for other in 0..<8 where other != place {
        #expect(MerkleProof.root(leaves: [hashed[place]], start: other, count: 8, siblings: siblings) != tree.root)
      }
    }
  }

  @Test("numbers that do not fit together are refused")
  func numbers() {
    #expect(MerkleProof.root(leaves: [.zero], start: 1, count: 1, siblings: []) == nil)
    #expect(MerkleProof.root(leaves: [.zero], start: -1, count: 1, siblings: []) == nil)
    #expect(MerkleProof.root(leaves: [.zero, .zero], start: 0, count: 1, siblings: []) == nil)
    #expect(MerkleProof.root(leaves: [.zero], start: .max, count: .max, siblings: []) == nil)
    #expect(MerkleProof.root(leaves: [.zero], start: .max - 1, count: .max, siblings: []) == nil)
    #expect(MerkleProof.root(leaves: [], start: 0, count: 0, siblings: []) == MerkleHash.empty)
    #expect(MerkleProof.root(leaves: [], start: 0, count: 0, siblings: [.zero]) == nil)
    #expect(MerkleProof.root(leaves: [], start: 0, count: -1, siblings: []) == nil)
  }
}
