import CBOR
import Cryptography
import Membership
import Negotiation

/// The whole state as entries: one tree a section, and the state root over the sections' heads in their fixed order
/// (`Protocol/ledger.md`, L9).
package struct StateTree: Hashable, Sendable {
  // One for each section, in the order of the sections' numbers.
  private var sections = [SectionTree](repeating: SectionTree(), count: StateSection.allCases.count)

  package init() {}

  package subscript(section: StateSection) -> SectionTree { sections[Int(section.rawValue)] }

  package subscript(key: EntryKey) -> [UInt8]? { self[key.section][key.key] }

  package var heads: [SectionHead] {
    StateSection.allCases.map { SectionHead(section: $0, count: self[$0].count, root: self[$0].root) }
  }

  /// The state root.
  package var root: Digest { SectionHead.root(of: heads) }

  /// Sets and removes entries; the keys strictly ascend. Only the sections of these keys are hashed again.
  package mutating func apply(_ changes: [StateChange]) {
    var rest = changes[...]
    while let section = rest.first?.key.section {
      let run = rest.prefix { $0.key.section == section }
      sections[Int(section.rawValue)].apply(run.map { ($0.key.key, $0.value) })
      rest = rest.dropFirst(run.count)
    }
  }
}

/// What the state root says of one section. Its leaf in the tree of sections is the encoding [section, count, root].
package struct SectionHead: Hashable, Sendable, CBORCodable {
  package let section: StateSection
  package let count: Int
  package let root: Digest

  package init(section: StateSection, count: Int, root: Digest) {
    (self.section, self.count, self.root) = (section, count, root)
  }

  /// The state root over the heads of all sections, in their order.
  package static func root(of heads: [SectionHead]) -> Digest { MerkleHash.root(of: heads.lazy.map(\.encoded)) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(section)
    writer.unsigned(UInt64(count))
    writer.value(root)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    section = try reader.value()
    count = Int(try reader.unsigned(max: UInt64(Int64.max)))
    root = try reader.value()
    reader.leave()
  }
}

/// A changed entry of the state: its new value, or nil where it was removed.
package struct StateChange: Hashable, Sendable {
  package let key: EntryKey
  package let value: [UInt8]?

  package init(key: EntryKey, value: [UInt8]?) { (self.key, self.value) = (key, value) }
}
