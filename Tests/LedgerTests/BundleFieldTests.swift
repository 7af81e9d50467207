import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

import struct Consensus.Certificate

/// Every field of a bundle changed by itself, each with the reason for which it is refused.
@Suite("Bundles with one changed field")
struct BundleFieldTests {
  private let network: TestNetwork
  private let bundle: Bundle

  /// A floor with its signed inputs, one epoch after the genesis'.
  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    try network.rotate(.node, of: "EUN", seed: 30)
    try network.append()
    try network.append([try network.memorandum("the last one")])
    self.network = network
    bundle = try network.bundle(.item(try some(ItemID("lithium/carbonate@1"))), headers: 2)
  }

  private func code(
    network other: Digest? = nil, headers: [BlockHeader]? = nil, proved: Int? = nil, certificate: Certificate? = nil,
    links: [EpochLink]? = nil, proof: StateProof? = nil, statements: [SignedTransaction]? = nil
  ) -> String? {
    network.refusal(
      Bundle(
        network: other ?? bundle.network, subject: bundle.subject,
        finality: EpochFinality(
          headers: headers ?? bundle.headers, certificate: certificate ?? bundle.finalisation,
          links: links ?? bundle.links),
        proved: proved ?? bundle.proved, proof: proof ?? bundle.proof, statements: statements ?? bundle.statements))
  }

  @Test("unchanged it is accepted; network and place of the proved header are refused")
  func outer() {
    #expect(code() == nil)
    #expect(code(network: .zero) == "BUNDLE_OTHER_NETWORK")
    #expect(code(proved: 0) == "PROOF_FOREIGN_ROOT")
    #expect(code(proved: 2) == "BUNDLE_NO_HEADER")
  }

  /// A header with each of its eleven fields changed, in their order.
  private func changes(of header: BlockHeader) throws -> [BlockHeader] {
    let zero = BlockRoots(transactions: .zero, results: header.resultsRoot, state: header.stateRoot)
    func changed(
      height: Height? = nil, epoch: Epoch? = nil, view: View? = nil, parent: Digest? = nil, parentView: View? = nil,
      time: Instant? = nil, roots: BlockRoots? = nil, proposer: MemberID? = nil, rules: UInt64? = nil
    ) -> BlockHeader {
      BlockHeader(
        height: height ?? header.height, epoch: epoch ?? header.epoch, view: view ?? header.view,
        parent: parent ?? header.parent, parentView: parentView ?? header.parentView,
        timestamp: time ?? header.timestamp, roots: roots ?? header.roots, proposer: proposer ?? header.proposer,
        rulesVersion: rules ?? header.rulesVersion)
    }
    return [
      changed(height: Height(header.height.number + 1)), changed(epoch: 0), changed(view: View(header.view.number + 7)),
      changed(parent: .zero), changed(parentView: View(header.parentView.number + 1)),
      changed(time: try header.timestamp.adding(milliseconds: 1)), changed(roots: zero),
      changed(
        roots: BlockRoots(transactions: header.transactionsRoot, results: .zero, state: header.stateRoot)),
      changed(
        roots: BlockRoots(transactions: header.transactionsRoot, results: header.resultsRoot, state: .zero)),
      changed(proposer: try network.member(header.proposer.text == "USA" ? "JPN" : "USA")), changed(rules: 9),
    ]
  }

  @Test("each field of each header")
  func headers() throws {
    for (place, header) in bundle.headers.enumerated() {
      let isLast = place == bundle.headers.count - 1
      for (field, changed) in try changes(of: header).enumerated() {
        var headers = bundle.headers
        headers[place] = changed
        // A changed header is no parent of the next one; the last one is not what was certified, if it still follows.
        let isOutOfPlace = [0, 1, 3, 4].contains(field)
        let wanted = isLast && !isOutOfPlace ? "BUNDLE_NOT_FINAL" : "BUNDLE_BROKEN_CHAIN"
        #expect(code(headers: headers) == wanted, "field \(field) of header \(place)")
      }
    }
  }

  @Test("each field of the certificate")
  func certificate() throws {
    let good = bundle.finalisation
    var kinds: [Certificate] = []
    for kind in [VoteKind.notarize, .nullify] {
      kinds.append(try network.certificate(kind, on: network.tip).certificate)
    }
    let elsewhere = try network.certificate(.finalize, on: network.blocks[0].header).certificate
    let parent = try network.certificate(.finalize, on: bundle.headers[0]).certificate
    for other in kinds + [elsewhere, parent] { #expect(code(certificate: other) == "BUNDLE_NOT_FINAL") }
    // The subject exchanged under the same signatures: another kind, epoch and opener, view, block.
    for other in kinds + [elsewhere, parent] {
      let mixed = Certificate(subject: other.subject, signatures: good.signatures)
      #expect(code(certificate: mixed) == "BUNDLE_NOT_FINAL")
      let forged = Certificate(subject: good.subject, signatures: other.signatures)
      #expect(code(certificate: forged) == "BUNDLE_NOT_FINAL")
    }
    for place in good.signatures.indices {
      var signatures = good.signatures
      signatures[place] = CertificateSignature(index: 99, signature: signatures[place].signature)
      #expect(code(certificate: Certificate(subject: good.subject, signatures: signatures)) == "BUNDLE_NOT_FINAL")
      signatures = good.signatures
      var bytes = signatures[place].signature
      bytes[place] ^= 1
      signatures[place] = CertificateSignature(index: signatures[place].index, signature: bytes)
      #expect(code(certificate: Certificate(subject: good.subject, signatures: signatures)) == "BUNDLE_NOT_FINAL")
    }
  }

  @Test("each part of the link")
  func links() throws {
    guard case .succession(let link) = bundle.links[0] else { throw Missing() }
    func code(headers: [BlockHeader]? = nil, certificate: Certificate? = nil, proof: StateProof? = nil) -> String? {
      let changed = EpochSuccession(
        headers: headers ?? link.headers, finalisation: certificate ?? link.finalisation, proof: proof ?? link.proof)
      return self.code(links: [.succession(changed)])
    }
    #expect(code() == nil)
    for (field, changed) in try changes(of: link.headers[0]).enumerated() {
      // Above all, a header of another epoch: the changed one has epoch 0 as it was.
      guard field != 1 else { continue }
      #expect(code(headers: [changed]) == "BUNDLE_BAD_LINK", "field \(field)")
    }
    #expect(code(certificate: bundle.finalisation) == "BUNDLE_BAD_LINK")
    #expect(code(proof: bundle.proof) == "BUNDLE_BAD_LINK")
    #expect(self.code(links: []) == "BUNDLE_BROKEN_CHAIN")
    #expect(self.code(links: bundle.links + bundle.links) == "BUNDLE_BAD_LINK")
  }

  @Test("each head, and each field of each run of the proof")
  func proof() {
    let (heads, runs) = (bundle.proof.heads, bundle.proof.runs)
    for place in heads.indices {
      var changed = heads
      changed[place] = SectionHead(
        section: heads[place].section, count: heads[place].count + 1, root: heads[place].root)
      #expect(code(proof: StateProof(heads: changed, runs: runs)) == "PROOF_FOREIGN_ROOT")
      changed[place] = SectionHead(section: heads[place].section, count: heads[place].count, root: .zero)
      #expect(code(proof: StateProof(heads: changed, runs: runs)) == "PROOF_FOREIGN_ROOT")
    }
    for (place, run) in runs.enumerated() {
      let first = run.entries[0]
      let entries = Array(run.entries.dropFirst())
      let changes = [
        (run.start + 1, run.entries, run.siblings),
        (run.start, [SectionTree.Entry(key: first.key + [1], value: first.value)] + entries, run.siblings),
        (run.start, [SectionTree.Entry(key: first.key, value: first.value + [1])] + entries, run.siblings),
        (run.start, run.entries, run.siblings + [.zero]),
      ]
      for (field, change) in changes.enumerated() {
        var changed = runs
        changed[place] = StateProof.Run(
          section: run.section, start: change.0, entries: change.1, siblings: change.2)
        #expect(code(proof: StateProof(heads: heads, runs: changed)) == "PROOF_BAD_RUN", "\(run.section), \(field)")
      }
    }
  }

  @Test("each signed act: its type, its content and its signature")
  func statements() throws {
    for (place, act) in bundle.statements.enumerated() {
      var statements = bundle.statements
      var signature = act.statement.signature
      signature[place] ^= 1
      statements[place] = try SignedTransaction(
        SignedStatement(algorithm: .eddsa, payload: act.statement.payload, signature: signature), as: act.type)
      #expect(code(statements: statements) == "BUNDLE_STATEMENT_REFUSED")
      let content = Transaction(
        signer: act.content.signer, notAfter: try act.content.notAfter.adding(milliseconds: 1), body: act.content.body)
      statements[place] = try network.signed(content)
      let found = code(statements: statements)
      #expect(found == "BUNDLE_STATEMENT_MISSING" || found == "BUNDLE_STATEMENT_UNASKED")
    }
  }
}
