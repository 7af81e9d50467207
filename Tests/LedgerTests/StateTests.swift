import CBOR
import Cryptography
import Ledger
import Negotiation
import Testing
import Trade

/// A sequence of numbers that is the same in every run (SplitMix64).
struct Lot {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

private func key(_ number: Int) -> [UInt8] { [UInt8(number / 256), UInt8(number % 256)] }

private func tree(_ entries: [[UInt8]: [UInt8]]) -> SectionTree {
  var tree = SectionTree()
  tree.apply(entries.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { ($0, entries[$0]) })
  return tree
}

@Suite("State trees")
struct StateTests {
  @Test("whatever changes came before, equal entries give equal trees", arguments: 0..<24)
  func history(seed: Int) {
    var lot = Lot(seed: UInt64(seed))
    var entries: [[UInt8]: [UInt8]] = [:]
    var grown = SectionTree()
    for _ in 0..<40 {
      var changes: [[UInt8]: [UInt8]?] = [:]
      for _ in 0...lot.below(6) {
        let key = key(lot.below(48))
        changes[key] = lot.below(3) == 0 ? .some(nil) : [UInt8(lot.below(4))]
      }
      let sorted = changes.keys.sorted { $0.lexicographicallyPrecedes($1) }
      grown.apply(sorted.map { ($0, changes[$0] ?? nil) })
      for key in sorted { entries[key] = changes[key] ?? nil }
      #expect(grown == tree(entries))
      #expect(grown.count == entries.count)
    }
  }

  @Test("a copy keeps its entries when the other one changes")
  func copies() {
    var first = tree([key(1): [1], key(2): [2]])
    let second = first
    first.apply([(key(1), nil), (key(3), [3])])
    #expect(second[key(1)] == [1])
    #expect(second == tree([key(1): [1], key(2): [2]]))
    #expect(first == tree([key(2): [2], key(3): [3]]))
  }

  @Test("only the section of a change gets another root")
  func sections() {
    var state = StateTree()
    let before = state.heads
    state.apply([StateChange(key: EntryKey(.rows, key(1)), value: [1])])
    for (old, new) in zip(before, state.heads) { #expect((old == new) == (old.section != .rows)) }
    state.apply([StateChange(key: EntryKey(.rows, key(1)), value: nil)])
    #expect(state == StateTree())
  }
}

@Suite("State proofs")
struct StateProofTests {
  private let state: StateTree
  // The keys of the section of rows: every third number, so that there are gaps of two.
  private let present = stride(from: 3, to: 90, by: 3).map { $0 }

  init() {
    var state = StateTree()
    state.apply(
      [StateChange(key: EntryKey(.items, key(7)), value: [7])]
        + present.map { StateChange(key: EntryKey(.rows, key($0)), value: [UInt8($0)]) })
    self.state = state
  }

  private func proven(_ queries: [StateQuery]) throws -> ProvenEntries {
    let bytes = StateProof(queries, in: state).encoded
    return try ProvenEntries(try StateProof(decoding: bytes), stateRoot: state.root)
  }

  @Test("presence and absence of every key", arguments: 0..<93)
  func entry(number: Int) throws {
    let wanted = EntryKey(.rows, key(number))
    let value = try proven([.entry(wanted)]).value(wanted)
    #expect(value == (present.contains(number) ? [UInt8(number)] : nil))
  }

  @Test("all entries under a prefix, and that there are no others")
  func prefix() throws {
    let all = try proven([.prefix(.rows, [])])
    #expect(try all.entries(.rows).map(\.key) == present.map(key))
    #expect(try all.entries(.rows, prefix: [0, 3]).map(\.key) == [key(3)])
    let one = try proven([.prefix(.rows, [0, 9])])
    #expect(try one.entries(.rows, prefix: [0, 9]).map(\.key) == [key(9)])
    #expect(try one.value(EntryKey(.rows, key(8))) == nil)
    #expect(throws: StateProofError.notCovered(.rows)) { try one.entries(.rows) }
    #expect(throws: StateProofError.notCovered(.rows)) { try one.value(EntryKey(.rows, key(40))) }
    #expect(throws: StateProofError.notCovered(.items)) { try one.value(EntryKey(.items, key(7))) }
    #expect(try one.entries(.tables).isEmpty)
    #expect(one.count(of: .rows) == present.count)
  }

  @Test("an entry at the edge of a run does not prove what lies beyond it")
  func edges() throws {
    let one = try proven([.entry(EntryKey(.rows, key(30)))])
    #expect(try one.value(EntryKey(.rows, key(30))) == [30])
    for number in [29, 31, 27, 33] {
      #expect(throws: StateProofError.notCovered(.rows)) { try one.value(EntryKey(.rows, key(number))) }
    }
    #expect(throws: StateProofError.notCovered(.rows)) { try one.entries(.rows, prefix: key(30)) }
  }

  @Test("an entry left out, added, moved or changed is noticed")
  func tampered() throws {
    let proof = StateProof([.prefix(.rows, [])], in: state)
    let run = try some(proof.runs.first)
    func check(_ start: Int, _ entries: [SectionTree.Entry]) {
      let changed = StateProof.Run(section: .rows, start: start, entries: entries, siblings: run.siblings)
      #expect(throws: StateProofError.badRun(.rows)) {
        try ProvenEntries(StateProof(heads: proof.heads, runs: [changed]), stateRoot: state.root)
      }
    }
    for place in run.entries.indices {
      var entries = run.entries
      entries.remove(at: place)
      check(0, entries)
      check(1, entries)
      entries = run.entries
      entries[place] = SectionTree.Entry(key: entries[place].key, value: [0xFF])
      check(0, entries)
    }
    check(1, run.entries)
    check(0, run.entries.reversed())
    check(0, run.entries + run.entries.suffix(1))
    check(0, [])
  }

  @Test("heads that are missing, exchanged or of another state are refused")
  func heads() throws {
    let proof = StateProof([.prefix(.rows, [])], in: state)
    func check(_ heads: [SectionHead], root: Digest) {
      #expect(throws: StateProofError.foreignRoot) {
        try ProvenEntries(StateProof(heads: heads, runs: proof.runs), stateRoot: root)
      }
    }
    check(Array(proof.heads.dropLast()), root: SectionHead.root(of: Array(proof.heads.dropLast())))
    check([], root: MerkleHash.empty)
    check(proof.heads.reversed(), root: state.root)
    check(proof.heads, root: StateTree().root)
    let counted = proof.heads.map { SectionHead(section: $0.section, count: $0.count + 1, root: $0.root) }
    check(counted, root: state.root)
  }
}

@Suite("Seen transactions")
struct SeenTests {
  @Test("an identity is known until its second is over, in any order of many")
  func known() {
    var seen = SeenTransactions()
    let identities = (0..<2_000).map { Digest.sha256([UInt8($0 / 256), UInt8($0 % 256)]) }
    for (place, identity) in identities.enumerated() {
      let expiring = Instant(milliseconds: Int64(place % 5) * 1_000 + 999)
      #expect(!seen.contains(identity, expiring: expiring))
      #expect(seen.insert(identity, expiring: expiring) == UInt64(place % 5))
      #expect(seen.insert(identity, expiring: expiring) == nil)
      #expect(seen.contains(identity, expiring: expiring))
    }
    #expect(seen.buckets.map(\.count) == [400, 400, 400, 400, 400])
    for bucket in seen.buckets {
      let inOrder = identities.enumerated().filter { UInt64($0.offset % 5) == bucket.second }.map(\.element)
      #expect(bucket.identities == inOrder)
      #expect(bucket.running == inOrder.reduce(.zero) { Digest.of(.seen, $0.bytes, $1.bytes) })
    }
    #expect(seen.expire(before: Instant(milliseconds: 999)) == [])
    #expect(seen.expire(before: Instant(milliseconds: 2_000)) == [0, 1])
    #expect(seen.buckets.map(\.second) == [2, 3, 4])
    #expect(seen.expire(before: Instant(milliseconds: .max)) == [2, 3, 4])
    #expect(seen == SeenTransactions())
  }
}
