import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

import struct Consensus.Certificate
import struct Consensus.Evidence

/// Two bundles side by side, and the files of evidence that come of those that contradict each other.
@Suite("Bundles that contradict each other")
struct BundleComparisonTests {
  private let common: TestNetwork
  private let lithium: ItemID

  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    common = network
    lithium = try some(ItemID("lithium/carbonate@1"))
  }

  /// The network with blocks of its own after the table, so many empty views in between.
  private func branch(_ text: String, blocks: Int = 1) throws -> TestNetwork {
    var network = common
    for _ in 0..<blocks { try network.append([try network.memorandum(text)]) }
    return network
  }

  private func relation(_ first: Bundle, _ second: Bundle, _ further: [Certificate] = []) throws -> BundleRelation {
    BundleComparison(
      try common.report(first), try common.report(second), further: further, by: SystemVerifier()
    ).relation
  }

  private func conflict(_ relation: BundleRelation) throws -> BundleConflict {
    guard case .contradictory(let conflict) = relation else { throw Missing() }
    return conflict
  }

  @Test("bundles of one chain, near and far")
  func oneChain() throws {
    let long = try branch("a", blocks: 4)
    let early = try common.bundle(.row(lithium))
    let late = try long.bundle(.row(lithium))
    let (from, through) = (try some(common.tip.height.next), Height(long.tip.height.number - 1))
    #expect(try relation(early, late) == .undecided(from: from, through: through))
    #expect(try relation(late, early) == .undecided(from: from, through: through))
    #expect(try relation(early, try long.bundle(.row(lithium), headers: 5)) == .oneChain)
    #expect(try relation(early, try long.bundle(.row(lithium), headers: 4)) == .oneChain, "its parent is named")
    #expect(try relation(early, early) == .oneChain)
  }

  @Test("two final blocks of one view expose all that signed both")
  func sameView() throws {
    let (first, second) = (try branch("a"), try branch("b"))
    let found = try conflict(
      try relation(try first.bundle(.row(lithium)), try second.bundle(.row(lithium))))
    #expect(found.place == .height(first.tip.height))
    #expect(found.findings.map(\.member.text) == ["AUS", "EUN", "JPN"] && found.needed.isEmpty)
    let file = try some(found.evidence)
    let findings = try EvidenceFile.verified(
      decoding: file.encoded, in: EpochHistory(common.genesis), by: SystemVerifier())
    #expect(findings == found.findings)
    #expect(findings.allSatisfy { $0.rule == "a member finalises at most one block in a view" })
    #expect(found.sentences.contains { $0.contains("AUS, EUN, JPN") })
  }

  @Test("final blocks of different views need the notarisation or nullification between them")
  func otherView() throws {
    let first = try branch("a")
    let second = try branch("b", blocks: 3)
    let (one, other) = (try first.bundle(.row(lithium)), try second.bundle(.row(lithium), headers: 3))
    let found = try conflict(try relation(one, other))
    let fork = second.blocks[second.blocks.count - 3].header
    #expect(found.findings.isEmpty && found.evidence == nil)
    #expect(found.needed.count == 1 && found.needed[0].contains("the notarisation of block \(fork.digest)"))
    let notarisation = try second.certificate(.notarize, on: fork).certificate
    let more = try conflict(try relation(one, other, [notarisation]))
    #expect(more.findings.count == 3)
    #expect(more.findings.allSatisfy { $0.rule.contains("notarised a block in a view finalises no other") })
    let short = try second.bundle(.row(lithium), headers: 1)
    #expect(try relation(one, short).isCompatible, "heights that nobody shows contradict nothing")
  }

  @Test("a block that passed over the view of another final one rests on a nullification")
  func passedOver() throws {
    let first = try branch("a")
    var second = common
    second.skipView()
    try second.append([try second.memorandum("b")])
    let (one, other) = (try first.bundle(.row(lithium)), try second.bundle(.row(lithium)))
    let found = try conflict(try relation(one, other))
    #expect(found.needed.count == 1 && found.needed[0].contains("the nullification of view \(first.tip.view)"))
    let nullification = try first.certificate(.nullify, on: first.tip).certificate
    let more = try conflict(try relation(one, other, [nullification]))
    #expect(more.findings.count == 3 && more.findings.allSatisfy { $0.rule.contains("nullified") })
  }

  @Test("two closing blocks of one epoch are a contradiction as well")
  func epochs() throws {
    var (first, second) = (common, common)
    try first.rotate(.node, of: "EUN", seed: 80)
    try second.rotate(.node, of: "EUN", seed: 81)
    try first.append()
    try second.append()
    let found = try conflict(try relation(try first.bundle(.row(lithium)), try second.bundle(.row(lithium))))
    #expect(found.place == .epoch(0))
    #expect(found.findings.count == 3)
  }

  // MARK: Evidence files

  private func file(_ change: (inout [Evidence]) throws -> Void = { _ in }) throws -> EvidenceFile {
    var contradictions = [try evidence("AUS", .finalize, .nullify), try evidence("JPN", .nullify, .finalize)]
    try change(&contradictions)
    return try some(
      EvidenceFile(
        network: try some(common.genesis.network.digest), epoch: .zero, contradictions: contradictions))
  }

  private func evidence(_ name: String, _ first: VoteKind, _ second: VoteKind) throws -> Evidence {
    let member = try common.member(name)
    return Evidence(
      first: SignedVote(try common.vote(first, on: common.tip, by: member)),
      second: SignedVote(try common.vote(second, on: common.tip, by: member)))
  }

  private func code(_ bytes: [UInt8], _ network: TestNetwork? = nil) -> String? {
    do throws(EvidenceFileError) {
      _ = try EvidenceFile.verified(
        decoding: bytes, in: EpochHistory((network ?? common).genesis), by: SystemVerifier())
      return nil
    } catch {
      return error.code
    }
  }

  @Test("evidence convinces from the genesis alone")
  func evidenceFile() throws {
    let file = try file()
    #expect(try EvidenceFile(decoding: file.encoded) == file)
    let findings = try file.verified(in: EpochHistory(common.genesis), by: SystemVerifier())
    #expect(findings.map(\.member.text) == ["AUS", "JPN"])
    #expect(findings[0].sentences.joined().contains("Rule R16"))
    #expect(EvidenceFile(network: .zero, epoch: .zero, contradictions: []) == nil)
  }

  @Test("every fault of a file of evidence has its code")
  func evidenceRefused() throws {
    let good = try file()
    #expect(code(Array(good.encoded.dropLast())) == "EVIDENCE_MALFORMED")
    #expect(code(good.encoded, try TestNetwork { $0.name = "Another" }) == "EVIDENCE_OTHER_NETWORK")
    let later = try some(EvidenceFile(network: good.network, epoch: 3, contradictions: good.contradictions))
    #expect(code(later.encoded) == "EVIDENCE_EPOCH_UNPROVED")
    let lawful = try file { $0[1] = try evidence("JPN", .notarize, .nullify) }
    #expect(code(lawful.encoded) == "EVIDENCE_NO_CONTRADICTION")
    let mixed = try file { $0 = [Evidence(first: $0[0].first, second: $0[1].first)] }
    #expect(code(mixed.encoded) == "EVIDENCE_DIFFERENT_MEMBERS")
    let statement = good.contradictions[0].first.statement
    var signature = statement.signature
    signature[3] ^= 1
    let forged = SignedVote(
      kind: .finalize,
      statement: SignedStatement(algorithm: statement.algorithm, payload: statement.payload, signature: signature))
    let bad = try file { $0[0] = Evidence(first: forged, second: $0[0].second) }
    #expect(code(bad.encoded) == "EVIDENCE_SIGNATURE")
    var next = common
    try next.rotate(.node, of: "EUN", seed: 70)
    try next.append()
    let aus = try next.member("AUS")
    let elsewhere = Evidence(
      first: SignedVote(try next.vote(.finalize, on: next.tip, by: aus)),
      second: SignedVote(try next.vote(.nullify, on: next.tip, by: aus)))
    #expect(code(try file { $0[0] = elsewhere }.encoded) == "EVIDENCE_OTHER_EPOCH")
    let proved = try some(EvidenceFile(network: good.network, epoch: 1, contradictions: [elsewhere]))
    let history = try next.report(try next.bundle(.roster)).history
    #expect(try proved.verified(in: history, by: SystemVerifier()).map(\.epoch) == [1])
  }

  @Test("no changed byte of evidence passes", arguments: 0..<8)
  func evidenceBytes(slice: Int) throws {
    let bytes = try file().encoded
    for place in stride(from: slice, to: bytes.count, by: 8) {
      var changed = bytes
      changed[place] ^= 1 << UInt8(place % 8)
      #expect(code(changed) != nil, "byte \(place) of \(bytes.count)")
    }
  }
}

/// Manifests of snapshots.
@Suite("Manifests of snapshots")
struct SnapshotOfferTests {
  private let network: TestNetwork
  private let snapshot: [UInt8]

  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    try network.rotate(.node, of: "EUN", seed: 60)
    try network.append()
    self.network = network
    let finalisation = try network.certificate(.finalize, on: network.tip).certificate
    snapshot = try some(Snapshot(of: network.state, header: network.tip, finalisation: finalisation)).encoded
  }

  private func offer(
    by name: String = "EUN", header: BlockHeader? = nil, links: [EpochLink]? = nil, forged: Bool = false
  ) throws -> SnapshotOffer {
    let member = try network.member(name)
    let manifest = try some(SnapshotManifest(of: snapshot, header: header ?? network.tip, by: member))
    let role: KeyRole = forged ? .authority : .node
    let statement = try TestNetwork.sign(manifest, try some(network.keys[member]?[role]), network.genesis.network)
    let finality = EpochFinality(
      headers: [network.tip], certificate: try network.certificate(.finalize, on: network.tip).certificate,
      links: try links ?? network.links())
    return SnapshotOffer(
      network: try some(network.genesis.network.digest), statement: statement, finality: finality)
  }

  private func code(_ offer: SnapshotOffer) -> String? {
    do throws(SnapshotOfferError) {
      _ = try SnapshotOffer.verified(decoding: offer.encoded, genesis: network.genesis, by: SystemVerifier())
      return nil
    } catch {
      return error.code
    }
  }

  @Test("an offer is verified by its header's finality, and its pieces by their digests")
  func verified() throws {
    let offer = try offer()
    let found = try SnapshotOffer.verified(decoding: offer.encoded, genesis: network.genesis, by: SystemVerifier())
    #expect(found.isSignerKnown && found.header == network.tip)
    #expect(found.sentences.contains { $0.contains("nothing about whether it is right") })
    #expect(found.manifest.difference(from: snapshot) == nil)
    for (place, chunk) in SnapshotManifest.chunks(of: snapshot).enumerated() {
      #expect(found.manifest.accepts(Array(chunk), at: place))
      #expect(!found.manifest.accepts(Array(chunk), at: place + 1))
    }
    var changed = snapshot
    changed[snapshot.count / 2] ^= 1
    #expect(found.manifest.difference(from: changed) == 0)
    #expect(found.manifest.difference(from: snapshot + [0]) == 0)
    #expect(found.manifest.difference(from: []) == 0)
    let state = try Snapshot(decoding: snapshot).state(
      on: network.genesis, in: found.finality.epoch, by: SystemVerifier())
    #expect(state.root == network.tip.stateRoot)
  }

  @Test("a large snapshot travels in chunks of one length and a rest")
  func chunks() throws {
    let size = SnapshotManifest.chunkBytes
    for count in [size - 1, size, size + 1, 2 * size] {
      let bytes = [UInt8](repeating: 7, count: count)
      let manifest = try some(SnapshotManifest(of: bytes, header: network.tip, by: try network.member("USA")))
      #expect(manifest.chunks.count == (count + size - 1) / size)
      #expect(manifest.difference(from: bytes) == nil)
      #expect(try SnapshotManifest(decoding: manifest.encoded) == manifest)
    }
    #expect(SnapshotManifest(of: [], header: network.tip, by: try network.member("USA")) == nil)
  }

  @Test("another header, a forged signature or a missing link is refused")
  func refused() throws {
    #expect(code(try offer()) == nil)
    #expect(code(try offer(header: network.blocks[0].header)) == "SNAPSHOT_OTHER_HEADER")
    #expect(code(try offer(forged: true)) == "SNAPSHOT_MANIFEST_REFUSED")
    #expect(code(try offer(links: [])) == "SNAPSHOT_BROKEN_CHAIN")
    let other = try offer()
    let elsewhere = SnapshotOffer(network: .zero, statement: other.statement, finality: other.finality)
    #expect(code(elsewhere) == "SNAPSHOT_OTHER_NETWORK")
    let empty = EpochFinality(headers: [], certificate: other.finality.certificate, links: other.finality.links)
    #expect(
      code(SnapshotOffer(network: other.network, statement: other.statement, finality: empty)) == "SNAPSHOT_NO_HEADER")
  }
}
