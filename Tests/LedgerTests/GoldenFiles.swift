import CBOR
import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Membership
import Negotiation
import Trade

import Ledger

/// The golden files of encoding and ledger, made anew: fixed seeds, fixed times, one docket from its opening to entry
/// into force.
struct GoldenFiles {
  static let names = [
    "genesis.cbor", "snapshot.cbor", "bundle-table.cbor", "bundle-item.cbor", "bundle-absent.cbor", "bundle-row.cbor",
    "bundle-unknown.cbor", "bundle-range.cbor", "bundle-docket.cbor", "bundle-roster.cbor", "bundle-epochs.cbor",
    "bundle-fork.cbor",
    "evidence.cbor", "snapshot-manifest.cbor", "ledger.json",
  ]

  private let network: TestNetwork
  /// The same network some epochs later.
  private let later: TestNetwork
  /// Another chain of the same members, with another block in place of the last one.
  private let fork: TestNetwork
  private let finalisation: Certificate

  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    var fork = network
    try fork.append([try fork.memorandum("another notice")], after: 5)
    self.fork = fork
    let stale = try network.memorandum("stale", life: 1)
    try network.append([try network.memorandum("a notice among authorities"), stale], after: 5)
    self.network = network
    later = try GoldenEpochs.later(network)
    finalisation = try network.certificate(.finalize, on: network.tip).certificate
  }

  func bytes(_ name: String) throws -> [UInt8] {
    switch name {
    case "genesis.cbor": network.genesis.genesis.encoded
    case "snapshot.cbor": try snapshot.encoded
    case "bundle-table.cbor": try bundle(.table, headers: 3).encoded
    case "bundle-item.cbor": try bundle(.item(try some(ItemID("lithium/carbonate@1"))), headers: 1).encoded
    case "bundle-absent.cbor": try bundle(.item(try some(ItemID("nickel/unwrought@1"))), headers: 1).encoded
    case "bundle-row.cbor": try bundle(.row(try some(ItemID("lithium/carbonate@1"))), headers: 1).encoded
    case "bundle-unknown.cbor": try bundle(.absence(try some(ItemID("gold/bar@1"))), headers: 1).encoded
    case "bundle-range.cbor":
      try bundle(
        .range(try some(ItemID("lithium/carbonate@1")), try some(ItemID("nickel/unwrought@1"))), headers: 1
      ).encoded
    case "bundle-docket.cbor": try bundle(.docket(try some(DocketID("2025-first"))), headers: 2).encoded
    case "bundle-roster.cbor": try later.bundle(.roster, links: try GoldenEpochs.links(later)).encoded
    case "bundle-epochs.cbor":
      try later.bundle(
        .item(try some(ItemID("lithium/carbonate@1"))), headers: 2, links: try GoldenEpochs.links(later)
      ).encoded
    case "bundle-fork.cbor": try fork.bundle(.row(try some(ItemID("lithium/carbonate@1")))).encoded
    case "evidence.cbor": try GoldenEpochs.evidence(later).encoded
    case "snapshot-manifest.cbor": try GoldenEpochs.offer(later).encoded
    case "ledger.json": try Array((ledger.written() + "\n").utf8)
    default: throw Missing()
    }
  }

  private var snapshot: Snapshot {
    get throws { try some(Snapshot(of: network.state, header: network.tip, finalisation: finalisation)) }
  }

  private func bundle(_ subject: BundleSubject, headers count: Int) throws -> Bundle {
    let known = Dictionary(
      network.blocks.flatMap(\.transactions).map { ($0.identity, $0.signed) }, uniquingKeysWith: { first, _ in first })
    let plan = try BundlePlan(subject, in: network.state)
    return try some(
      plan.bundle(headers: network.blocks.suffix(count).map(\.header), finalisation: finalisation) { known[$0] })
  }

  // MARK: ledger.json

  private var ledger: JSONText {
    get throws {
      .object([
        ("format", .text("pricefloor/ledger-vectors/1")),
        ("network", .text(network.genesis.network.description)),
        ("genesisHeader", .text(network.genesis.header.encoded.hexadecimal)),
        ("genesisDigest", .text(network.genesis.header.digest.hexadecimal)),
        ("keys", .list(try keys)),
        ("statements", .list(try statements)),
        ("blocks", .list(network.blocks.indices.map(block))),
        ("outcomes", .list(zip(network.blocks.indices, network.executions).flatMap(outcomes))),
        ("stateRoot", .text(network.state.root.hexadecimal)),
        ("sections", .list(network.state.tree.heads.map(section))),
        ("entries", .list(StateSection.allCases.flatMap(entries))),
        ("proofs", .list(try proofs)),
        ("encodings", .list(try encodings)),
        ("later", try GoldenEpochs.json(later)),
        ("refusedBundles", .list(try refusedBundles)),
      ])
    }
  }

  private var keys: [JSONText] {
    get throws {
      try network.genesis.roster.members.enumerated().flatMap { place, member in
        try KeyRole.allCases.map { role in
          let seed = [UInt8](repeating: 0, count: 30) + [UInt8(place + 1), role.rawValue + 1]
          let key = try PrivateKey.ed25519(seed: seed).publicKey
          guard key == member.key(role) else { throw Missing() }
          return .object([
            ("member", .text(member.id.text)), ("role", .text("\(role)")), ("seed", .text(seed.hexadecimal)),
            ("publicKey", .text(key.bytes.hexadecimal)),
          ])
        }
      }
    }
  }

  /// Signed statements of every kind: the payload, what is signed, the signature, and the COSE_Sign1 as it is sent.
  private var statements: [JSONText] {
    get throws {
      let transactions = network.blocks.flatMap(\.transactions).map { transaction in
        statement(
          transaction.signed.statement, transaction.signed.type, by: transaction.signer, network.genesis.network,
          identity: transaction.identity)
      }
      let endorsements = try network.genesis.genesis.endorsements.map { signed in
        let content = try GenesisEndorsement(decoding: signed.payload)
        return statement(signed, .genesis, by: content.signer, .none, identity: nil)
      }
      let votes = try VoteKind.allCases.map { kind in
        let vote = try network.vote(kind, on: network.tip, by: network.member("EUN"))
        return statement(vote.statement, kind.statementType, by: vote.signer, network.genesis.network, identity: nil)
      }
      return endorsements + transactions + votes
    }
  }

  private func statement(
    _ signed: SignedStatement, _ type: StatementType, by signer: MemberID, _ network: NetworkID, identity: Digest?
  ) -> JSONText {
    let message = SignedStatement.signedBytes(
      payload: signed.payload, type: type, algorithm: signed.algorithm, network: network)
    return .object(
      [
        ("type", .text(type.rawValue)), ("role", .text("\(type.role)")), ("signer", .text(signer.text)),
        ("network", .text(network.digest?.hexadecimal ?? "")), ("payload", .text(signed.payload.hexadecimal)),
        ("signedBytes", .text(message.hexadecimal)), ("signature", .text(signed.signature.hexadecimal)),
        ("statement", .text(signed.encoded.hexadecimal)),
      ] + (identity.map { [("identity", .text($0.hexadecimal))] } ?? []))
  }

  private func block(_ place: Int) -> JSONText {
    let block = network.blocks[place]
    return .object([
      ("header", .text(block.header.encoded.hexadecimal)), ("digest", .text(block.digest.hexadecimal)),
      ("outline", .text(block.outline.encoded.hexadecimal)),
      ("bodies", .list(block.transactions.map { .text($0.signed.encoded.hexadecimal) })),
    ])
  }

  private func outcomes(_ place: Int, _ execution: Execution) -> [JSONText] {
    execution.outcomes.map { outcome in
      .object([
        ("height", .number(place + 1)), ("outcome", .text(outcome.encoded.hexadecimal)),
        ("code", .text(outcome.result.code)),
      ])
    }
  }

  private func section(_ head: SectionHead) -> JSONText {
    .object([
      ("section", .text("\(head.section)")), ("number", .number(Int(head.section.rawValue))),
      ("count", .number(head.count)), ("root", .text(head.root.hexadecimal)),
      ("head", .text(head.encoded.hexadecimal)),
    ])
  }

  private func entries(_ section: StateSection) -> [JSONText] {
    network.state.tree[section].entries.map { entry in
      .object([
        ("section", .text("\(section)")), ("key", .text(entry.key.hexadecimal)),
        ("value", .text(entry.value.hexadecimal)),
      ])
    }
  }

  // MARK: Proofs and single encodings

  private var proofs: [JSONText] {
    get throws {
      let (lithium, nickel) = (try some(ItemID("lithium/carbonate@1")), try some(ItemID("nickel/unwrought@1")))
      let cases: [(String, StateQuery, EntryKey)] = [
        ("inclusion", .entry(.row(1, lithium)), .row(1, lithium)),
        ("absence", .entry(.row(1, nickel)), .row(1, nickel)),
        (
          "absence between neighbours", .entry(EntryKey(.roster, Array("CHE".utf8))),
          EntryKey(.roster, Array("CHE".utf8))
        ),
        ("absence in an empty section", .entry(.pending(lithium)), .pending(lithium)),
        ("whole section", .prefix(.roster, []), EntryKey(.roster, [])),
        ("range", .prefix(.rows, BigEndian.bytes(1)), EntryKey(.rows, BigEndian.bytes(1))),
      ]
      return cases.map { name, query, key in
        .object([
          ("name", .text(name)), ("section", .text("\(key.section)")), ("key", .text(key.key.hexadecimal)),
          ("value", .text(network.state[key]?.hexadecimal ?? "")),
          ("proof", .text(StateProof([query], in: network.state.tree).encoded.hexadecimal)),
        ])
      }
    }
  }

  /// One of each message and record, by its rule in the CDDL.
  private var encodings: [JSONText] {
    get throws {
      let (context, tip) = (network.genesis.context, network.tip)
      let member = try network.member("EUN")
      let votes = try VoteKind.allCases.map { SignedVote(try network.vote($0, on: tip, by: member)) }
      let certificates = try VoteKind.allCases.map { try network.certificate($0, on: tip).certificate }
      let status = ConsensusStatus(context: context, finalised: tip.link, view: tip.view, votes: votes)
      let request = CertificateRequest(context: context, above: .zero, below: tip.view)
      let proposal = try proposal(votes[0], on: try network.certificate(.notarize, on: parent).certificate)
      let messages: [ConsensusMessage] =
        [.vote(votes[0]), .certificate(certificates[1]), .proposal(proposal), .status(status), .request(request)]
      var all: [(String, [UInt8])] = messages.map { ("consensus-message", $0.encoded) }
      all += certificates.map { ("quorum-certificate", $0.encoded) }
      all.append(("contradiction", Evidence(first: votes[1], second: votes[2]).encoded))
      all.append(("block-link", tip.link.encoded))
      all.append(("certified-block", try certifiedBlock.encoded))
      all.append(("state-proof", StateProof([.prefix(.items, [])], in: network.state.tree).encoded))
      all += try GoldenEpochs.encodings(network, later)
      return all.map { rule, bytes in .object([("rule", .text(rule)), ("hex", .text(bytes.hexadecimal))]) }
    }
  }

  private var parent: BlockHeader { network.blocks[network.blocks.count - 2].header }

  private var certifiedBlock: CertifiedBlock {
    get throws { CertifiedBlock(outline: try some(network.blocks.last).outline, certificate: finalisation) }
  }

  private func proposal(_ vote: SignedVote, on certificate: Certificate) throws -> ProposalMessage {
    var writer = CBORWriter()
    writer.array(4)
    writer.value(network.tip.link)
    writer.value(vote.statement)
    writer.value(certificate)
    writer.list([Certificate]())
    return try ProposalMessage(decoding: writer.bytes)
  }

  /// Bundles that must be refused, with the code.
  private var refusedBundles: [JSONText] {
    get throws {
      let bytes = try bundle(.item(try some(ItemID("lithium/carbonate@1"))), headers: 1).encoded
      return try [40, bytes.count / 3, bytes.count / 2, bytes.count - 1].map { place in
        var changed = bytes
        changed[place] ^= 1
        do throws(BundleError) {
          _ = try Bundle.verified(
            decoding: changed, genesis: network.genesis, demands: BundleDemands(), by: SystemVerifier())
        } catch {
          return .object([
            ("file", .text("bundle-item.cbor")), ("flipLowestBitOfByte", .number(place)), ("code", .text(error.code)),
          ])
        }
        throw Missing()
      }
    }
  }
}
