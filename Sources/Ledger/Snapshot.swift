import Accession
import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Negotiation
import Trade

/// The whole state after a final block: [header, finalisation, sections, seen].
///
/// It is trusted for nothing but that its entries give the state root of a header that a quorum finalised; its
/// identities must give the running digests of the section of seen transactions (`Protocol/ledger.md`, L16). See
/// ``state(on:by:)``.
package struct Snapshot: Hashable, Sendable, CBORCodable {
  package let header: BlockHeader
  /// The finalisation of this very header.
  package let finalisation: Certificate
  /// For each section but that of seen transactions, in the order of the sections: its entries.
  package let sections: [SectionEntries]
  /// The identities of transactions that have not expired, by second, ascending.
  package let seen: [SeenSecond]

  /// All entries of one section, ascending by key.
  package struct SectionEntries: Hashable, Sendable, CBORCodable {
    package let entries: [SectionTree.Entry]

    package static let mostEntries = 16 * 1024 * 1024

    package func encode(to writer: inout CBORWriter) { writer.list(entries) }

    package init(_ entries: [SectionTree.Entry]) { self.entries = entries }

    package init(from reader: inout CBORReader) throws(CBORError) { entries = try reader.list(max: Self.mostEntries) }
  }

  /// The identities that expire in one second, in the order in which they came.
  package struct SeenSecond: Hashable, Sendable, CBORCodable {
    package let second: UInt64
    package let identities: [Digest]

    package static let mostIdentities = 64 * 1024 * 1024

    package init(second: UInt64, identities: [Digest]) { (self.second, self.identities) = (second, identities) }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.unsigned(second)
      writer.list(identities)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      second = try reader.unsigned()
      identities = try reader.list(max: Self.mostIdentities)
      reader.leave()
    }
  }

  /// The longest life of a transaction is an hour.
  package static let mostSeconds = 4_000

  /// The snapshot of a state, whose header the certificate finalises; nil if these do not belong together.
  package init?(of state: LedgerState, header: BlockHeader, finalisation: Certificate) {
    guard header.stateRoot == state.root, finalisation.kind == .finalize, finalisation.block == header.digest else {
      return nil
    }
    (self.header, self.finalisation) = (header, finalisation)
    sections = StateSection.allCases.filter { $0 != .seen }.map { SectionEntries(state.tree[$0].entries) }
    seen = state.seen.buckets.map { SeenSecond(second: $0.second, identities: $0.identities) }
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(header)
    writer.value(finalisation)
    writer.list(sections)
    writer.list(seen)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    header = try reader.value()
    finalisation = try reader.value()
    sections = try reader.list(max: StateSection.allCases.count)
    seen = try reader.list(max: Self.mostSeconds)
    reader.leave()
  }
}

/// Why a snapshot is no state to start from.
package enum SnapshotError: Error, Hashable, Sendable {
  /// The certificate does not finalise the snapshot's header.
  case notFinal(CertificateError?)
  /// The entries or identities are not in order.
  case malformed
  /// The entries do not give the header's state root.
  case foreignRoot(found: Digest)
  /// The entries give the state root and cannot be read: the program is older than the state.
  case unreadable(RestorationError)

  package var sentence: String {
    switch self {
    case .notFinal: "the snapshot's header is not finalised by its certificate"
    case .malformed: "the snapshot's entries are not in their order"
    case .foreignRoot(let found): "the snapshot's entries give the state root \(found), not that of its header"
    case .unreadable(let error): "the snapshot holds entries that this version cannot read: \(error.sentence)"
    }
  }
}

extension Snapshot {
  /// The state, after checking that a quorum of the genesis' own epoch finalised the header and that all entries give its root.
  package func state(
    on genesis: VerifiedGenesis, by verifier: some SignatureVerifier
  ) throws(SnapshotError) -> LedgerState {
    try state(on: genesis, in: genesis.context, by: verifier)
  }

  /// The state, after checking that a quorum of the epoch finalised the header and that all entries give its root.
  package func state(
    on genesis: VerifiedGenesis, in epoch: some VotingContext, by verifier: some SignatureVerifier
  ) throws(SnapshotError) -> LedgerState {
    guard finalisation.kind == .finalize, finalisation.block == header.digest, finalisation.view == header.view,
      header.epoch == epoch.epoch
    else {
      throw .notFinal(nil)
    }
    do throws(CertificateError) { _ = try finalisation.verified(in: epoch, by: verifier) } catch {
      throw .notFinal(error)
    }
    let seen = try restoredSeen()
    let tree = try restoredTree(seen)
    guard tree.root == header.stateRoot else { throw .foreignRoot(found: tree.root) }
    let (accession, negotiation) = try restoredParts(tree, genesis)
    return LedgerState(genesis: genesis, accession: accession, negotiation: negotiation, tree: tree, seen: seen)
  }

  private func restoredTree(_ restored: SeenTransactions) throws(SnapshotError) -> StateTree {
    let names = StateSection.allCases.filter { $0 != .seen }
    guard sections.count == names.count else { throw .malformed }
    var tree = StateTree()
    for (name, section) in zip(names, sections) {
      for (entry, next) in zip(section.entries, section.entries.dropFirst()) {
        guard entry.key.lexicographicallyPrecedes(next.key) else { throw .malformed }
      }
      tree.apply(section.entries.map { StateChange(key: EntryKey(name, $0.key), value: $0.value) })
    }
    tree.apply(restored.buckets.map { StateChange(key: EntryKey(.seen, $0.key), value: $0.value) })
    return tree
  }

  private func restoredSeen() throws(SnapshotError) -> SeenTransactions {
    guard zip(seen, seen.dropFirst()).allSatisfy({ $0.second < $1.second }) else { throw .malformed }
    var restored = SeenTransactions()
    for entry in seen {
      guard entry.second <= SeenTransactions.lastSecond, !entry.identities.isEmpty else { throw .malformed }
      let expiring = Instant(milliseconds: Int64(entry.second) * 1_000)
      for identity in entry.identities where restored.insert(identity, expiring: expiring) == nil { throw .malformed }
    }
    return restored
  }

  private func restoredParts(
    _ tree: StateTree, _ genesis: VerifiedGenesis
  ) throws(SnapshotError) -> (Accession, NegotiationState) {
    let entries = StateSection.allCases.flatMap { section in
      tree[section].entries.map { (key: EntryKey(section, $0.key), value: $0.value) }
    }
    do throws(RestorationError) {
      return (
        try Accession(genesis.content.accessionTerms, entries: entries),
        try NegotiationState(genesis.state.negotiation.genesis, entries: entries)
      )
    } catch {
      throw .unreadable(error)
    }
  }
}
