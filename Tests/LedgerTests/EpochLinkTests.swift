import Accession
import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

import struct Consensus.Certificate

/// Links between epochs, and what is proved through them.
@Suite("Links between epochs")
struct EpochLinkTests {
  private let network: TestNetwork
  private let lithium: ItemID

  /// A table, then a rotated node key, a rotated authority key and a withdrawal: four epochs.
  init() throws {
    var network = try TestNetwork(names: ["AUS", "CAN", "EUN", "JPN", "USA"])
    try network.runDocket()
    try network.rotate(.node, of: "EUN", seed: 90)
    try network.append()
    try network.rotate(.authority, of: "JPN", seed: 91)
    try network.append()
    try network.withdraw("CAN")
    try network.append([try network.memorandum("in the last epoch")])
    self.network = network
    lithium = try some(ItemID("lithium/carbonate@1"))
  }

  private func followed(_ links: [EpochLink]) throws(EpochLinkError) -> EpochHistory {
    var history = EpochHistory(network.genesis)
    for link in links { try history.follow(link, by: TestNetwork.verifier) }
    return history
  }

  @Test("the validators of every epoch are proved from the genesis on")
  func walk() throws {
    #expect(network.contexts.count == 4 && network.tip.epoch == 3)
    let history = try followed(try network.links())
    #expect(history.epochs.count == 4)
    for (epoch, context) in zip(history.epochs, network.contexts) {
      #expect(epoch.epoch == context.epoch && epoch.opener == context.opener && epoch.validators == context.validators)
    }
    #expect(history.latest.validators.members.count == 4)
    #expect(history[2]?.validators.members.count == 5)
    #expect(history[4] == nil)
    for link in try network.links() { #expect(try EpochLink(decoding: link.encoded) == link) }
  }

  @Test("bundles of a later epoch verify through their links, and not without them")
  func bundles() throws {
    for subject: BundleSubject in [.table, .item(lithium), .row(lithium), .roster] {
      let bundle = try network.bundle(subject)
      let report = try Bundle.verified(
        decoding: bundle.encoded, genesis: network.genesis, demands: BundleDemands(), by: SystemVerifier())
      #expect(report.signers.count == 3 && report.members == 4 && report.history.epochs.count == 4)
      #expect(
        report.sentences.contains { $0.contains("The keys of the epochs 0 to 3 were relied on, epoch 0 the oldest") })
      let without = try network.bundle(subject, links: Array(try network.links().dropLast()))
      #expect(network.refusal(without) == "BUNDLE_BROKEN_CHAIN")
      let tooMany = try network.bundle(subject, links: try network.links() + network.links())
      #expect(network.refusal(tooMany) == "BUNDLE_BAD_LINK")
    }
  }

  @Test("acts under a key that was replaced, and of a member that left, verify by the keys that the state keeps")
  func pastKeys() throws {
    let bundle = try network.bundle(.item(lithium))
    let report = try network.report(bundle)
    let acts = bundle.statements.map(\.content.signer.text)
    #expect(acts.contains("JPN") && acts.contains("CAN"))
    #expect(report.contents.roster?.members.map(\.id.text) == ["AUS", "EUN", "JPN", "USA"])
    let runs = bundle.proof.runs.filter { $0.section != .keys }
    let without = Bundle(
      network: bundle.network, subject: bundle.subject, finality: bundle.finality, proved: bundle.proved,
      proof: StateProof(heads: bundle.proof.heads, runs: runs), statements: bundle.statements)
    #expect(network.refusal(without) == "BUNDLE_STATEMENT_REFUSED")
  }

  @Test("a closing block may be final by its tail")
  func tail() throws {
    let place = try some(network.closings.first)
    for length in 0...3 {
      let link = try network.link(at: place, tail: length)
      #expect(try followed([link]).latest.validators == network.contexts[1].validators)
    }
    guard case .succession(let link) = try network.link(at: place, tail: 2) else { throw Missing() }
    // The tail alone does not close the epoch: the record in its state is that of the block below.
    let cut = EpochSuccession(
      headers: Array(link.headers.dropFirst()), finalisation: link.finalisation, proof: link.proof)
    #expect(throws: EpochLinkError.noRecord) { try followed([.succession(cut)]) }
    let gap = EpochSuccession(
      headers: [link.headers[0], link.headers[2]], finalisation: link.finalisation, proof: link.proof)
    #expect(throws: EpochLinkError.brokenChain(link.headers[2].height)) { try followed([.succession(gap)]) }
  }

  @Test("every part of a link is needed")
  func parts() throws {
    let links = try network.links()
    guard case .succession(let first) = links[0], case .succession(let second) = links[1] else { throw Missing() }
    func refusal(_ link: EpochSuccession) -> EpochLinkError? {
      do throws(EpochLinkError) {
        _ = try followed([.succession(link)])
        return nil
      } catch {
        return error
      }
    }
    #expect(refusal(first) == nil)
    #expect(refusal(second) == .foreignBlock)
    #expect(
      refusal(EpochSuccession(headers: [], finalisation: first.finalisation, proof: first.proof)) == .foreignBlock)
    #expect(
      refusal(EpochSuccession(headers: first.headers, finalisation: second.finalisation, proof: first.proof))
        == .notFinal(nil))
    #expect(
      refusal(EpochSuccession(headers: first.headers, finalisation: first.finalisation, proof: second.proof))
        == .proof(.foreignRoot))
    let short = Certificate(
      subject: first.finalisation.subject, signatures: Array(first.finalisation.signatures.dropLast()))
    #expect(
      refusal(EpochSuccession(headers: first.headers, finalisation: short, proof: first.proof))
        == .notFinal(.tooFewSignatures(short.signatures.count)))
    // A block that closes nothing has no record of a next epoch.
    let ordinary = network.blocks[0].header
    let state = network.executions[0].state
    let none = EpochSuccession(
      headers: [ordinary], finalisation: try network.certificate(.finalize, on: ordinary).certificate,
      proof: StateProof([.entry(.epoch(1))], in: state.tree))
    #expect(refusal(none) == .noRecord)
  }

  @Test("a changed byte of a link is refused", arguments: 0..<16)
  func changedByte(slice: Int) throws {
    let bundle = try network.bundle(.row(lithium))
    let bytes = bundle.encoded
    for place in stride(from: slice, to: bytes.count, by: 16 * 19) {
      var changed = bytes
      changed[place] ^= 1 << UInt8(place % 8)
      #expect(throws: BundleError.self, "byte \(place) of \(bytes.count)") {
        try Bundle.verified(
          decoding: changed, genesis: network.genesis, demands: BundleDemands(), by: SystemVerifier())
      }
    }
  }

  @Test("a checkpoint at a closing block spares the keys before it, and contradicts any other block")
  func checkpoints() throws {
    let bundle = try network.bundle(.row(lithium), headers: 1)
    let closing = network.blocks[network.closings[1]].header
    let report = try network.report(
      bundle, BundleDemands(checkpoint: Checkpoint(height: closing.height, digest: closing.digest)))
    #expect(report.oldestEpoch == 2)
    #expect(report.sentences.contains { $0.contains("the oldest keys relied on are those of epoch 2") })
    let tip = Checkpoint(height: network.tip.height, digest: network.tip.digest)
    let sure = try network.report(bundle, BundleDemands(checkpoint: tip))
    #expect(sure.oldestEpoch == nil)
    #expect(sure.sentences.contains { $0.contains("rests on it, not on keys") })
    let other = BundleDemands(checkpoint: Checkpoint(height: closing.height, digest: .zero))
    #expect(network.refusal(bundle, other) == "BUNDLE_CONTRADICTS_CHECKPOINT")
    let between = BundleDemands(checkpoint: Checkpoint(height: 2, digest: network.blocks[1].digest))
    #expect(network.refusal(bundle, between) == "BUNDLE_CHECKPOINT_NOT_COVERED")
  }

  @Test("what follows a proved closing block is no part of the ledger")
  func trail() throws {
    let place = try some(network.closings.last)
    let closing = network.blocks[place].header
    guard case .succession(let link) = try network.link(at: place, tail: 2) else { throw Missing() }
    let bundle = try some(
      try BundlePlan(.row(lithium), in: network.executions[place].state).bundle(
        headers: link.headers, proved: 0, finalisation: link.finalisation,
        links: Array(try network.links().dropLast()), statement: { _ in nil }))
    let report = try network.report(bundle)
    #expect(report.trail.last == closing.height)
    let next = network.blocks[place + 1].header
    let published = BundleDemands(checkpoint: Checkpoint(height: next.height, digest: next.digest))
    #expect(network.refusal(bundle, published) == "BUNDLE_CHECKPOINT_NOT_COVERED", "the tail does not contradict it")
    let later = try network.report(try network.bundle(.row(lithium)))
    #expect(BundleComparison(report, later, by: SystemVerifier()).relation == .oneChain)
  }
}
