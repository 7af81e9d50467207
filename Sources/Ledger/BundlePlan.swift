import Accession
import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Negotiation
import Trade

/// Why a state has no bundle of a subject.
package enum BundlePlanError: Error, Hashable, Sendable {
  case unknownItem(ItemID)
  case unknownDocket(DocketID)
  /// The item has no row in the table in force.
  case noFloor(ItemID)
  /// The item has a row in the table in force, so its absence cannot be proved.
  case hasFloor(ItemID)
  /// The second item of a range comes before the first.
  case rangeOutOfOrder
  /// More entries of one section than a proof takes.
  case tooManyEntries(Int)

  package var code: String {
    switch self {
    case .unknownItem: "UNKNOWN_ITEM"
    case .unknownDocket: "UNKNOWN_DOCKET"
    case .noFloor: "NO_FLOOR"
    case .hasFloor: "HAS_FLOOR"
    case .rangeOutOfOrder: "RANGE_OUT_OF_ORDER"
    case .tooManyEntries: "BUNDLE_TOO_LARGE"
    }
  }

  package var sentence: String {
    switch self {
    case .unknownItem(let item): "the registry has no item \(item.text); that can be proved as an absence"
    case .unknownDocket(let docket): "there is no docket \(docket.text)"
    case .noFloor(let item): "\(item.text) has no floor in the table in force; that can be proved as an absence"
    case .hasFloor(let item): "\(item.text) has a floor in the table in force, so its absence cannot be proved"
    case .rangeOutOfOrder: "a range begins with the item that comes first in the order of names"
    case .tooManyEntries(let count):
      "\(count) rows of all versions are more than the \(StateProof.Run.mostEntries) that one bundle takes; "
        + "ask for items or for a range of the table in force"
    }
  }
}

/// What a bundle of a state must contain, before the signed acts are looked up.
package struct BundlePlan: Hashable, Sendable {
  package let subject: BundleSubject
  package let proof: StateProof
  /// The identities of the signed acts that belong to it, ascending.
  package let statements: [Digest]
  private let network: NetworkID
  private let stateRoot: Digest

  /// Plans the bundle of a subject.
  package init(_ subject: BundleSubject, in state: LedgerState) throws(BundlePlanError) {
    let scope = BundleScope(state: state)
    let (queries, dockets) = try scope.contents(of: subject)
    (self.subject, network, stateRoot) = (subject, state.network, state.root)
    proof = StateProof(queries, in: state.tree)
    for run in proof.runs where run.entries.count > StateProof.Run.mostEntries {
      throw .tooManyEntries(run.entries.count)
    }
    let isWhole = if case .docket = subject { true } else { false }
    statements = dockets.flatMap { state.negotiation.signedActs($0, isWhole: isWhole) }.sorted()
  }

  /// Completes the bundle; nil where a signed act is missing, or the headers do not fit the state or the certificate.
  ///
  /// The headers are consecutive; the last one is finalised by the certificate. `proved` is the one that has the planned
  /// state; without it that is the last one with its root.
  package func bundle(
    headers: [BlockHeader], proved: Int? = nil, finalisation: Certificate, links: [EpochLink] = [],
    statement: (Digest) -> SignedTransaction?
  ) -> Bundle? {
    guard let network = network.digest, let last = headers.last, finalisation.block == last.digest,
      let proved = proved ?? headers.lastIndex(where: { $0.stateRoot == stateRoot }),
      headers.indices.contains(proved), headers[proved].stateRoot == stateRoot
    else { return nil }
    let found = statements.compactMap(statement)
    guard found.map(\.identity) == statements else { return nil }
    return Bundle(
      network: network, subject: subject,
      finality: EpochFinality(headers: headers, certificate: finalisation, links: links), proved: proved, proof: proof,
      statements: found)
  }
}

/// Which entries of a state belong to a subject.
private struct BundleScope {
  typealias Contents = (queries: [StateQuery], dockets: [DocketID])

  let state: LedgerState

  private var negotiation: NegotiationState { state.negotiation }
  private var version: UInt64 { negotiation.currentTable?.version ?? 0 }

  func contents(of subject: BundleSubject) throws(BundlePlanError) -> Contents {
    switch subject {
    case .table: return table
    case .item(let item): return try self.item(item)
    case .row(let item):
      guard negotiation.currentRow(item) != nil else { throw .noFloor(item) }
      return (head + [.entry(.row(version, item))], [])
    case .absence(let item):
      guard negotiation.currentRow(item) == nil else { throw .hasFloor(item) }
      return (head + [.entry(.row(version, item)), .entry(.item(item)), .entry(.pending(item))], [])
    case .range(let first, let last):
      guard !(last < first) else { throw .rangeOutOfOrder }
      return (head + [BundleContents.range(version, first, last)], [])
    case .docket(let docket): return try self.docket(docket)
    case .roster: return (BundleContents.rosterQueries(epochs: state.tree[.epochs].count), [])
    }
  }

  /// The head of the table in force, and that there is no later one.
  private var head: [StateQuery] { [.entry(.table(version)), .entry(.table(version &+ 1))] }

  private var table: Contents {
    let sections: [StateSection] = [.items, .votes, .pending, .tables, .rows]
    let dockets = BundleContents.dockets(of: negotiation.currentRows, negotiation.currentTable)
    let inputs = inputs(of: dockets, items: negotiation.genesis.items.map(\.id))
    return (head + BundleContents.terms + sections.map { .prefix($0, []) } + inputs, dockets)
  }

  private func item(_ item: ItemID) throws(BundlePlanError) -> Contents {
    guard negotiation.genesis.item(item) != nil else { throw .unknownItem(item) }
    let entries: [EntryKey] = [.item(item), .votes(item), .pending(item), .row(version, item)]
    let rows = negotiation.currentRow(item).map { [$0] } ?? []
    let dockets = BundleContents.dockets(of: rows, negotiation.currentTable)
    return (
      head + BundleContents.terms + entries.map { .entry($0) } + inputs(of: dockets, items: [item]), dockets
    )
  }

  private func docket(_ docket: DocketID) throws(BundlePlanError) -> Contents {
    guard let record = negotiation.docket(docket) else { throw .unknownDocket(docket) }
    let entries: [EntryKey] = record.items.flatMap { [.item($0), .votes($0), .pending($0)] }
    return (
      head + BundleContents.terms + entries.map { .entry($0) } + inputs(of: [docket], items: record.items), [docket]
    )
  }

  /// Dockets with all that explaining these items in them reads, and the keys that their signers once had.
  private func inputs(of dockets: [DocketID], items: [ItemID]) -> [StateQuery] {
    var entries: [EntryKey] = pastKeys
    for docket in dockets {
      guard let record = negotiation.docket(docket) else { continue }
      let shown = record.items.filter { items.place(of: $0, by: \.self) != nil }
      entries.append(.electorate(record.electorate))
      entries += shown.map { .votes($0, electorate: record.electorate) }
      entries += shown.flatMap { negotiation.results(docket, $0) }.flatMap(BundleContents.rowsRead)
    }
    return dockets.flatMap(BundleContents.queries) + entries.map { .entry($0) }
  }

  /// The authority keys that were replaced, and those of members that left.
  private var pastKeys: [EntryKey] {
    state.tree[.keys].entries.filter { entry in
      (try? KeyRecord(decoding: entry.value)).map { $0.role == .authority && $0.last != nil } ?? false
    }.map { EntryKey(.keys, $0.key) }
  }
}

extension NegotiationState {
  /// The identities of the transactions that opened a docket, revealed its sheets and voted on it; for a whole docket
  /// also of those that took it back and that sealed its sheets.
  fileprivate func signedActs(_ id: DocketID, isWhole: Bool) -> [Digest] {
    guard let record = docket(id) else { return [] }
    var found = record.openers.map(\.transaction)
    if isWhole, let withdrawal = record.withdrawal { found.append(withdrawal.by.transaction) }
    for lot in lots(of: id) {
      for round in UInt8(1)...max(1, lot.round) {
        let place = LotRound(docket: id, lot: lot.number, round: round)
        let sheets = sheets(place)
        found += sheets.compactMap { $0.revealed?.by.transaction }
        if isWhole { found += sheets.flatMap { $0.commitments.map(\.by.transaction) } }
        for call in UInt8(1)...3 { found += ballots(place, call: call).map(\.by.transaction) }
      }
    }
    return found
  }
}
