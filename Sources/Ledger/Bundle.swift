import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Negotiation
import Trade

/// What a bundle is about.
package enum BundleSubject: Hashable, Sendable, CBORCodable {
  /// The whole table in force and every version before it, with every item of the registry: what duties of any day need.
  case table
  /// The row of one item, or that it has none.
  case item(ItemID)

  package func encode(to writer: inout CBORWriter) {
    switch self {
    case .table: writer.null()
    case .item(let item): writer.value(item)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    self = reader.null() ? .table : .item(try reader.value())
  }
}

/// All that an outsider with the genesis document needs to verify floors offline, and to compute duties and
/// explanations from them.
///
/// Encoded as a map with ascending keys 0 to 8 (`Protocol/ledger.md`, L17). It proves what was final at its header's
/// time, not that nothing came later.
package struct Bundle: Hashable, Sendable, CBORCodable {
  package static let format: UInt64 = 1
  /// The longest chain of headers.
  package static let mostHeaders = 65_536
  package static let mostStatements = 65_536
  /// The largest bundle in bytes that a verifier reads.
  package static let mostBytes = 256 * 1024 * 1024

  package let network: Digest
  package let subject: BundleSubject
  /// Consecutive headers, ascending; the last one is finalised by the certificate.
  package let headers: [BlockHeader]
  /// Which of the headers has the state root of the proof.
  package let proved: Int
  package let finalisation: Certificate
  package let proof: StateProof
  /// The signed acts on which the dockets of the proof rest: openings, reveals and ballots, ascending by identity.
  package let statements: [SignedTransaction]

  /// A bundle as someone claims it; ``BundlePlan`` makes those that verify.
  package init(
    network: Digest, subject: BundleSubject, headers: [BlockHeader], proved: Int, finalisation: Certificate,
    proof: StateProof, statements: [SignedTransaction]
  ) {
    (self.network, self.subject, self.headers, self.proved) = (network, subject, headers, proved)
    (self.finalisation, self.proof, self.statements) = (finalisation, proof, statements)
  }

  package func encode(to writer: inout CBORWriter) {
    let fields: [(inout CBORWriter) -> Void] = [
      { $0.unsigned(Self.format) }, { $0.value(network) }, { $0.value(subject) }, { $0.list(headers) },
      { $0.unsigned(UInt64(proved)) }, { $0.value(finalisation) }, { $0.array(0) }, { $0.value(proof) },
      { $0.list(statements) },
    ]
    writer.map(fields.count)
    for (key, field) in fields.enumerated() {
      writer.unsigned(UInt64(key))
      field(&writer)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.map(max: 9) == 9 else { throw .wrongCount }
    try reader.key(0)
    guard try reader.unsigned() == Self.format else { throw .unknownValue }
    try reader.key(1)
    network = try reader.value()
    try reader.key(2)
    subject = try reader.value()
    try reader.key(3)
    headers = try reader.list(max: Self.mostHeaders)
    try reader.key(4)
    proved = Int(try reader.narrow(UInt16.self))
    try reader.key(5)
    finalisation = try reader.value()
    try reader.key(6)
    // The links from the genesis' epoch to the certificate's, where the members have changed. There is one epoch in
    // this version.
    try reader.array(exactly: 0)
    reader.leave()
    try reader.key(7)
    proof = try reader.value()
    try reader.key(8)
    statements = try reader.list(max: Self.mostStatements)
    reader.leave()
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

  /// Plans the bundle of a subject; nil for an item that the registry lacks.
  package init?(_ subject: BundleSubject, in state: LedgerState) {
    let table = state.negotiation.currentTable
    let version = table?.version ?? 0
    var queries: [StateQuery] = [.entry(.table(version)), .entry(.table(version &+ 1))]
    queries += [StateSection.parameters, .roster, .profiles, .rates, .territories].map { .prefix($0, []) }
    let (rows, items): ([FloorRow], [ItemID])
    switch subject {
    case .table:
      queries += [StateSection.items, .votes, .pending, .tables, .rows].map { .prefix($0, []) }
      (rows, items) = (state.negotiation.currentRows, state.negotiation.genesis.items.map(\.id))
    case .item(let item):
      guard state.negotiation.genesis.item(item) != nil else { return nil }
      queries += [.entry(.item(item)), .entry(.votes(item)), .entry(.pending(item)), .entry(.row(version, item))]
      (rows, items) = (state.negotiation.currentRow(item).map { [$0] } ?? [], [item])
    }
    let dockets = BundleContents.dockets(of: rows, table)
    queries += dockets.flatMap(BundleContents.queries)
    let results = dockets.flatMap { docket in items.flatMap { state.negotiation.results(docket, $0) } }
    queries += results.flatMap(BundleContents.rowsRead).map { .entry($0) }
    (self.subject, network, stateRoot) = (subject, state.network, state.root)
    proof = StateProof(queries, in: state.tree)
    statements = dockets.flatMap { state.negotiation.signedActs($0) }.sorted()
  }

  /// Completes the bundle; nil where a signed act is missing, or the headers do not fit the state or the certificate.
  ///
  /// The headers are consecutive; the last one is finalised by the certificate, and one of them has the planned state's
  /// root.
  package func bundle(
    headers: [BlockHeader], finalisation: Certificate, statement: (Digest) -> SignedTransaction?
  ) -> Bundle? {
    guard let network = network.digest, let last = headers.last, finalisation.block == last.digest,
      let proved = headers.lastIndex(where: { $0.stateRoot == stateRoot })
    else { return nil }
    let found = statements.compactMap(statement)
    guard found.map(\.identity) == statements else { return nil }
    return Bundle(
      network: network, subject: subject, headers: headers, proved: proved, finalisation: finalisation, proof: proof,
      statements: found)
  }
}

extension NegotiationState {
  /// The identities of the transactions that opened a docket, revealed its sheets and voted on it.
  fileprivate func signedActs(_ id: DocketID) -> [Digest] {
    guard let record = docket(id) else { return [] }
    var found = record.openers.map(\.transaction)
    for lot in lots(of: id) {
      for round in UInt8(1)...max(1, lot.round) {
        let place = LotRound(docket: id, lot: lot.number, round: round)
        found += sheets(place).compactMap { $0.revealed?.by.transaction }
        for call in UInt8(1)...3 { found += ballots(place, call: call).map(\.by.transaction) }
      }
    }
    return found
  }
}
