import Accession
import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Trade

import struct Consensus.Evidence

/// The golden network some epochs later, and what there is to say of it.
enum GoldenEpochs {
  /// A node key and an authority key are replaced, and a member leaves: four epochs.
  static func later(_ network: TestNetwork) throws -> TestNetwork {
    var network = network
    try network.rotate(.node, of: "EUN", seed: 40)
    try network.append()
    try network.rotate(.authority, of: "JPN", seed: 41)
    try network.rotate(.root, of: "USA", seed: 42)
    try network.append([try network.memorandum("in the fourth epoch")])
    try network.append()
    return network
  }

  /// The links: the first closing block is final by its tail.
  static func links(_ network: TestNetwork) throws -> [EpochLink] {
    try network.closings.enumerated().map { place, closing in try network.link(at: closing, tail: place == 0 ? 2 : 0) }
  }

  static func evidence(_ network: TestNetwork) throws -> EvidenceFile {
    let contradictions = try ["AUS", "JPN"].map { name in
      let member = try network.member(name)
      return Evidence(
        first: SignedVote(try network.vote(.finalize, on: network.tip, by: member)),
        second: SignedVote(try network.vote(.nullify, on: network.tip, by: member)))
    }
    return try some(
      EvidenceFile(
        network: try some(network.genesis.network.digest), epoch: network.tip.epoch, contradictions: contradictions))
  }

  static func offer(_ network: TestNetwork) throws -> SnapshotOffer {
    let finalisation = try network.certificate(.finalize, on: network.tip).certificate
    let snapshot = try some(Snapshot(of: network.state, header: network.tip, finalisation: finalisation))
    let member = try network.member("EUN")
    let manifest = try some(SnapshotManifest(of: snapshot.encoded, header: network.tip, by: member))
    let statement = try TestNetwork.sign(manifest, try some(network.keys[member]?[.node]), network.genesis.network)
    return SnapshotOffer(
      network: try some(network.genesis.network.digest), statement: statement,
      finality: EpochFinality(headers: [network.tip], certificate: finalisation, links: try links(network)))
  }

  /// Epochs, keys and validators as a verifier must find them.
  static func json(_ network: TestNetwork) throws -> JSONText {
    .object([
      ("tip", .text(network.tip.digest.hexadecimal)), ("stateRoot", .text(network.state.root.hexadecimal)),
      (
        "epochs",
        .list(
          network.contexts.map { context in
            .object([
              ("epoch", .number(Int(context.epoch.number))), ("opener", .text(context.opener.hexadecimal)),
              ("validators", .text(context.validators.encoded.hexadecimal)),
            ])
          })
      ),
      ("entries", .list(entries(network))),
    ])
  }

  /// The entries of the sections that membership keeps.
  private static func entries(_ network: TestNetwork) -> [JSONText] {
    [StateSection.roster, .standings, .motions, .keys, .epochs, .electorates, .recent].flatMap { section in
      network.state.tree[section].entries.map { entry in
        .object([
          ("section", .text("\(section)")), ("key", .text(entry.key.hexadecimal)),
          ("value", .text(entry.value.hexadecimal)),
        ])
      }
    }
  }

  // MARK: Single encodings

  /// Messages and records that the golden network itself does not show, by their rules in the CDDL.
  static func encodings(_ network: TestNetwork, _ later: TestNetwork) throws -> [(String, [UInt8])] {
    var all = try acts(later)
    all += try records(network)
    all += try links(later).map { ("epoch-link", $0.encoded) }
    all += try subjects().map { ("bundle-subject", $0.encoded) }
    all.append(("snapshot-manifest", try offer(later).statement.payload))
    return all + (try restart())
  }

  /// The acts of the change of members, with the statements inside.
  private static func acts(_ network: TestNetwork) throws -> [(String, [UInt8])] {
    var all: [(String, [UInt8])] = []
    for transaction in network.blocks.flatMap(\.transactions) {
      guard case .accession(let act) = transaction.content.body else { continue }
      all.append(("transaction-payload", transaction.content.encoded))
      all.append(("signed-transaction", transaction.signed.encoded))
      guard case .motion(let motion) = act else { continue }
      for case .rotate(let rotation) in motion.changes {
        all.append(("possession-payload", rotation.possession.payload))
        all.append(("root-approval-payload", rotation.approval.payload))
        all.append(("approved-rotation", try approved(rotation)))
      }
    }
    return all
  }

  /// What the root key approved: rebuilt from its rule, and held to the program's digest.
  private static func approved(_ rotation: Rotation) throws -> [UInt8] {
    var writer = CBORWriter()
    writer.array(4)
    writer.unsigned(4)
    writer.value(rotation.member)
    writer.value(rotation.role)
    writer.value(rotation.key)
    guard Digest.of(.change, writer.bytes) == RosterChange.rotate(rotation).approved else { throw Missing() }
    return writer.bytes
  }

  /// An opening that wants more signatures, a row that waits, and what a commitment is made of.
  private static func records(_ network: TestNetwork) throws -> [(String, [UInt8])] {
    var all: [(String, [UInt8])] = []
    var open = network
    let items = network.genesis.content.items.map(\.id)
    let opening = DocketOpening(
      docket: try some(DocketID("2026-second")), kind: 1, items: Array(items.suffix(1)), windows: nil, note: "by three")
    try open.append([try open.act(.docketOpen(opening), by: "USA")])
    all += open.state.tree[.openings].entries.map { ("entry-openings", $0.value) }
    for execution in network.executions {
      let pending = execution.state.tree[.pending].entries
      guard !pending.isEmpty else { continue }
      all += pending.map { ("entry-pending", $0.value) }
      break
    }
    for transaction in network.blocks.flatMap(\.transactions) {
      guard case .act(.reveal(let reveal)) = transaction.content.body else { continue }
      let context = SealingContext(
        network: network.genesis.network, place: reveal.place, member: transaction.signer,
        items: reveal.sheet.quotes.map(\.item), parameters: network.genesis.content.negotiation.digest)
      guard context.commitment(to: reveal.sheet, salt: reveal.salt) == sealed(reveal, transaction.signer, network)
      else {
        throw Missing()
      }
      all.append(("commitment-content", context.content(of: reveal.sheet)))
    }
    return all
  }

  private static func sealed(_ reveal: Reveal, _ member: MemberID, _ network: TestNetwork) -> Digest? {
    network.state.negotiation.sheet(reveal.place, member)?.commitments.last?.digest
  }

  private static func subjects() throws -> [BundleSubject] {
    let (item, other) = (try some(ItemID("lithium/carbonate@1")), try some(ItemID("nickel/unwrought@1")))
    let docket = try some(DocketID("2025-first"))
    return [.table, .item(item), .row(item), .absence(item), .range(item, other), .docket(docket), .roster]
  }

  /// A restart with a freeze and an approval.
  private static func restart() throws -> [(String, [UInt8])] {
    let bench = try RecoveryBench()
    let document = try bench.document(try bench.composed(try bench.usual()))
    let freeze = try bench.freeze("AUS", final: 3, notarised: 4)
    return [
      ("freeze-file", freeze.encoded), ("freeze", freeze.statement.payload),
      ("restart-document", document.encoded), ("restart-approval", try some(document.approvals.first).payload),
      (
        "epoch-link",
        EpochLink.restart(
          try some(
            RestartLink(
              document: document, state: bench.network.genesis.state, after: bench.network.genesis.header.digest))
        ).encoded
      ), ("entry-restarts", RestartRecord(document: document.content.digest, start: 5).encoded),
      ("entry-faults", FaultRecord(transaction: document.content.digest, at: TestNetwork.start).encoded),
    ]
  }
}
