import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

import Ledger

/// Bundles of which one part was exchanged by someone who knows the format.
@Suite("Bundles with an exchanged part")
struct BundlePartTests {
  private let network: TestNetwork
  private let bundle: Bundle

  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    try network.append()
    self.network = network
    let plan = try BundlePlan(.table, in: network.state)
    let known = Dictionary(
      network.blocks.flatMap(\.transactions).map { ($0.identity, $0.signed) }, uniquingKeysWith: { first, _ in first })
    let finalisation = try network.certificate(.finalize, on: network.tip).certificate
    bundle = try some(
      plan.bundle(headers: network.blocks.suffix(3).map(\.header), finalisation: finalisation) { known[$0] })
  }

  private func changed(
    subject: BundleSubject? = nil, headers: [BlockHeader]? = nil, proved: Int? = nil, finalisation: Certificate? = nil,
    links: [EpochLink]? = nil, proof: StateProof? = nil, statements: [SignedTransaction]? = nil
  ) -> String? {
    let other = Bundle(
      network: bundle.network, subject: subject ?? bundle.subject,
      finality: EpochFinality(
        headers: headers ?? bundle.headers, certificate: finalisation ?? bundle.finalisation, links: links ?? []),
      proved: proved ?? bundle.proved, proof: proof ?? bundle.proof, statements: statements ?? bundle.statements)
    do throws(BundleError) {
      _ = try other.verified(genesis: network.genesis, demands: BundleDemands(), by: SystemVerifier())
      return nil
    } catch {
      return error.code
    }
  }

  @Test("the bundle itself is accepted")
  func whole() { #expect(changed() == nil) }

  @Test("headers must be a chain that ends with the certificate's block")
  func headers() throws {
    let headers = bundle.headers
    #expect(changed(headers: []) == "BUNDLE_NO_HEADER")
    #expect(changed(headers: [headers[0], headers[2]], proved: 1) == "BUNDLE_BROKEN_CHAIN")
    #expect(changed(headers: headers.reversed()) == "BUNDLE_BROKEN_CHAIN")
    #expect(changed(headers: Array(headers.dropLast()), proved: 0) == "BUNDLE_NOT_FINAL")
    #expect(changed(proved: 3) == "BUNDLE_NO_HEADER")
    #expect(changed(proved: 0) == "PROOF_FOREIGN_ROOT")
  }

  @Test("a certificate must be a quorum's, of that block, and a finalisation")
  func certificate() throws {
    let good = bundle.finalisation
    let short = Certificate(subject: good.subject, signatures: Array(good.signatures.dropLast()))
    #expect(changed(finalisation: short) == "BUNDLE_NOT_FINAL")
    var forged = good.signatures
    forged[1] = CertificateSignature(index: forged[1].index, signature: forged[0].signature)
    #expect(changed(finalisation: Certificate(subject: good.subject, signatures: forged)) == "BUNDLE_NOT_FINAL")
    let twice = Certificate(
      subject: good.subject, signatures: [good.signatures[0], good.signatures[0], good.signatures[1]])
    #expect(changed(finalisation: twice) == "BUNDLE_NOT_FINAL")
    let notarised = try network.certificate(.notarize, on: network.tip).certificate
    #expect(changed(finalisation: notarised) == "BUNDLE_NOT_FINAL")
    let earlier = try network.certificate(.finalize, on: bundle.headers[0]).certificate
    #expect(changed(finalisation: earlier) == "BUNDLE_NOT_FINAL")
  }

  @Test("a proof without one of its runs shows too little, with a changed one nothing")
  func proof() {
    for (place, run) in bundle.proof.runs.enumerated() {
      var runs = bundle.proof.runs
      runs.remove(at: place)
      // The roster's absence leaves nobody to verify signed acts; every other one is a question without an answer.
      #expect(
        changed(proof: StateProof(heads: bundle.proof.heads, runs: runs)) == "PROOF_NOT_COVERED", "\(run.section)")
      runs = bundle.proof.runs
      let entry = SectionTree.Entry(key: run.entries[0].key, value: run.entries[0].value + [0])
      runs[place] = StateProof.Run(
        section: run.section, start: run.start, entries: [entry] + run.entries.dropFirst(), siblings: run.siblings)
      #expect(changed(proof: StateProof(heads: bundle.proof.heads, runs: runs)) == "PROOF_BAD_RUN", "\(run.section)")
    }
  }

  @Test("an item's bundle does not pass for the table's")
  func subject() throws {
    let nickel = try some(ItemID("nickel/unwrought@1"))
    let plan = try BundlePlan(.item(nickel), in: network.state)
    #expect(changed(proof: plan.proof) == "PROOF_NOT_COVERED")
    #expect(changed(subject: .item(try some(ItemID("gold/bar@1")))) == "BUNDLE_CONTENT")
  }

  @Test("a signed act that is missing, added, exchanged or signed by another is refused")
  func statements() throws {
    let all = bundle.statements
    #expect(changed(statements: Array(all.dropLast())) == "BUNDLE_STATEMENT_MISSING")
    #expect(changed(statements: Array(all.dropFirst())) == "BUNDLE_STATEMENT_MISSING")
    #expect(changed(statements: all + [all[0]]) == "BUNDLE_STATEMENT_UNASKED")
    #expect(changed(statements: [all[1], all[0]] + all.dropFirst(2)) == "BUNDLE_STATEMENT_UNASKED")
    let stranger = try network.memorandum("not asked for").signed
    let withStranger = (all + [stranger]).sorted { $0.identity < $1.identity }
    #expect(changed(statements: withStranger) == "BUNDLE_STATEMENT_UNASKED")
    let key = try some(network.keys[try network.member("USA")]?[.root])
    let forged = try SignedTransaction(
      TestNetwork.sign(all[0].content, key, network.genesis.network), as: all[0].type)
    #expect(forged.identity == all[0].identity)
    #expect(changed(statements: [forged] + all.dropFirst()) == "BUNDLE_STATEMENT_REFUSED")
  }
}
