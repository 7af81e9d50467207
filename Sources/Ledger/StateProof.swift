import CBOR
import Cryptography
import Membership
import Negotiation

/// Which entries of the state a proof is to show.
package enum StateQuery: Hashable, Sendable {
  /// One entry, or that it does not exist.
  case entry(EntryKey)
  /// All entries of a section whose keys begin with these bytes; with no bytes, the whole section.
  case prefix(StateSection, [UInt8])
  /// All entries of a section from one key to another, both included where they exist.
  case range(StateSection, from: [UInt8], through: [UInt8])
}

/// Shows what a state root says about some entries: that they exist with these values, that they do not, or that these
/// are all.
///
/// `Protocol/ledger.md`, L13 to L15. It has the heads of all sections and, for runs of consecutive entries, the
/// siblings that lead to the section's root. Absence is shown by the two neighbours, and completeness by a run that
/// begins and ends with neighbours beyond the range or at the section's ends.
package struct StateProof: Hashable, Sendable, CBORCodable {
  /// Consecutive entries of one section.
  package struct Run: Hashable, Sendable, CBORCodable {
    package let section: StateSection
    /// The place of the first entry in the section.
    package let start: Int
    package let entries: [SectionTree.Entry]
    package let siblings: [Digest]

    /// Every version of a table has all its rows: 1,024 items over a thousand versions.
    package static let mostEntries = 1 << 20

    package init(section: StateSection, start: Int, entries: [SectionTree.Entry], siblings: [Digest]) {
      (self.section, self.start, self.entries, self.siblings) = (section, start, entries, siblings)
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(4)
      writer.value(section)
      writer.unsigned(UInt64(start))
      writer.list(entries)
      writer.list(siblings)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 4)
      section = try reader.value()
      start = Int(try reader.unsigned(max: UInt64(Int64.max)))
      entries = try reader.list(max: Self.mostEntries)
      siblings = try reader.list(max: MerkleProof.maximumSiblings)
      reader.leave()
    }
  }

  package let heads: [SectionHead]
  package let runs: [Run]

  package static let mostRuns = 4_096

  package init(heads: [SectionHead], runs: [Run]) { (self.heads, self.runs) = (heads, runs) }

  /// Proves the answers to queries, each with the neighbours that its answer needs.
  package init(_ queries: [StateQuery], in state: StateTree) {
    heads = state.heads
    runs = Self.places(queries, in: state).map { section, places in
      let tree = state[section]
      return Run(
        section: section, start: places.lowerBound, entries: Array(tree.entries[places]),
        siblings: tree.siblings(of: places))
    }
  }

  /// The runs that answer the queries: ascending, and joined where they meet.
  private static func places(
    _ queries: [StateQuery], in state: StateTree
  ) -> [(section: StateSection, places: Range<Int>)] {
    let wanted = queries.map { (section: $0.section, places: places($0, in: state[$0.section])) }
    let sorted = wanted.sorted { ($0.section, $0.places.lowerBound) < ($1.section, $1.places.lowerBound) }
    var joined: [(section: StateSection, places: Range<Int>)] = []
    for next in sorted {
      if let last = joined.last, last.section == next.section, next.places.lowerBound <= last.places.upperBound {
        let end = max(last.places.upperBound, next.places.upperBound)
        joined[joined.count - 1].places = last.places.lowerBound..<end
      } else {
        joined.append(next)
      }
    }
    return joined.filter { !$0.places.isEmpty }
  }

  private static func places(_ query: StateQuery, in tree: SectionTree) -> Range<Int> {
    switch query {
    case .entry(let key):
      let place = tree.place(of: key.key)
      if tree[key.key] != nil { return place..<place + 1 }
      return max(0, place - 1)..<min(tree.count, place + 1)
    case .prefix(_, let prefix):
      let places = tree.places(prefix: prefix)
      return max(0, places.lowerBound - 1)..<min(tree.count, places.upperBound + 1)
    case .range(_, let first, let last):
      let end = tree.place(of: last)
      let upper = end < tree.count && tree.entries[end].key == last ? end + 1 : end
      let lower = tree.place(of: first)
      return max(0, lower - 1)..<min(tree.count, max(lower, upper) + 1)
    }
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.list(heads)
    writer.list(runs)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    heads = try reader.list(max: StateSection.allCases.count)
    runs = try reader.list(max: Self.mostRuns)
    reader.leave()
  }
}

extension StateQuery {
  package var section: StateSection {
    switch self {
    case .entry(let key): key.section
    case .prefix(let section, _), .range(let section, _, _): section
    }
  }
}

/// Why a proof shows nothing.
package enum StateProofError: Error, Hashable, Sendable {
  /// The heads are not those of all sections in their order, or do not give the state root.
  case foreignRoot
  /// A run's entries do not ascend, or do not lead to the root of their section.
  case badRun(StateSection)
  /// The answer to a question does not follow from the entries shown.
  case notCovered(StateSection)

  package var code: String {
    switch self {
    case .foreignRoot: "PROOF_FOREIGN_ROOT"
    case .badRun: "PROOF_BAD_RUN"
    case .notCovered: "PROOF_NOT_COVERED"
    }
  }

  package var sentence: String {
    switch self {
    case .foreignRoot: "the proof's sections do not give the state root of the header"
    case .badRun(let section): "entries of the section \(section) do not lead to its root"
    case .notCovered(let section): "the proof does not show all that was asked of the section \(section)"
    }
  }
}

/// Entries that were proved against a state root: answers what follows from them, and refuses what does not.
package struct ProvenEntries: Hashable, Sendable {
  package let stateRoot: Digest
  private let heads: [SectionHead]
  private let runs: [StateProof.Run]

  /// Verifies every run of the proof against the state root.
  package init(_ proof: StateProof, stateRoot: Digest) throws(StateProofError) {
    guard proof.heads.map(\.section) == StateSection.allCases, SectionHead.root(of: proof.heads) == stateRoot else {
      throw .foreignRoot
    }
    for run in proof.runs {
      let head = proof.heads[Int(run.section.rawValue)]
      let root = MerkleProof.root(
        leaves: run.entries.map(\.leaf), start: run.start, count: head.count, siblings: run.siblings)
      let ascends = zip(run.entries, run.entries.dropFirst()).allSatisfy {
        $0.key.lexicographicallyPrecedes($1.key)
      }
      guard root == head.root, ascends, !run.entries.isEmpty else { throw .badRun(run.section) }
    }
    (self.stateRoot, heads, runs) = (stateRoot, proof.heads, proof.runs)
  }

  /// How many entries a section has, whether or not they are shown.
  package func count(of section: StateSection) -> Int { heads[Int(section.rawValue)].count }

  /// The value of an entry, or nil where it is proved that there is none.
  package func value(_ key: EntryKey) throws(StateProofError) -> [UInt8]? {
    for run in runs where run.section == key.section {
      let place = run.entries.firstPlace { !$0.key.lexicographicallyPrecedes(key.key) }
      if place < run.entries.count, run.entries[place].key == key.key { return run.entries[place].value }
    }
    _ = try interval(key.section, from: key.key) { _ in false }
    return nil
  }

  /// All entries whose keys begin with these bytes, ascending.
  package func entries(_ section: StateSection, prefix: [UInt8] = []) throws(StateProofError) -> [SectionTree.Entry] {
    Array(try interval(section, from: prefix) { $0.starts(with: prefix) })
  }

  /// All entries from one key to another, both included, ascending.
  package func entries(
    _ section: StateSection, from first: [UInt8], through last: [UInt8]
  ) throws(StateProofError) -> [SectionTree.Entry] {
    Array(try interval(section, from: first) { !last.lexicographicallyPrecedes($0) })
  }

  /// All entries of a section that are shown, ascending; there may be others.
  package func shown(_ section: StateSection) -> [SectionTree.Entry] {
    runs.filter { $0.section == section }.flatMap(\.entries)
  }

  /// The last entry of a section, or nil where the section is empty.
  package func last(of section: StateSection) throws(StateProofError) -> SectionTree.Entry? {
    guard count(of: section) > 0 else { return nil }
    for run in runs where run.section == section && run.start + run.entries.count == count(of: section) {
      return run.entries.last
    }
    throw .notCovered(section)
  }

  /// The entries from a key on for which `belongs` holds, provided that one run shows what lies before and behind them:
  /// a neighbour, or the section's end. Keys that belong are consecutive, and none of them lies below `first`.
  private func interval(
    _ section: StateSection, from first: [UInt8], _ belongs: ([UInt8]) -> Bool
  ) throws(StateProofError) -> ArraySlice<SectionTree.Entry> {
    if count(of: section) == 0 { return [] }
    for run in runs where run.section == section {
      let low = run.entries.firstPlace { !$0.key.lexicographicallyPrecedes(first) }
      var high = low
      while high < run.entries.count, belongs(run.entries[high].key) { high += 1 }
      let beginIsShown = low > 0 || run.start == 0
      let endIsShown = high < run.entries.count || run.start + high == count(of: section)
      if beginIsShown, endIsShown { return run.entries[low..<high] }
    }
    throw .notCovered(section)
  }
}

extension [SectionTree.Entry] {
  /// The first place from which a condition holds, for one that holds from some place on: found by halving.
  fileprivate func firstPlace(_ holds: (SectionTree.Entry) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
