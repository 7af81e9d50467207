import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

/// Bundles about one row, an absence, a range, a docket and the roster.
@Suite("Subjects of bundles")
struct BundleSubjectTests {
  private let network: TestNetwork
  private let lithium: ItemID
  private let nickel: ItemID
  private let docket: DocketID

  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    try network.append([try network.memorandum("after the table")])
    self.network = network
    lithium = try some(ItemID("lithium/carbonate@1"))
    nickel = try some(ItemID("nickel/unwrought@1"))
    docket = try some(DocketID("2025-first"))
  }

  private func subject(_ bundle: Bundle, _ subject: BundleSubject) -> Bundle {
    Bundle(
      network: bundle.network, subject: subject, finality: bundle.finality, proved: bundle.proved, proof: bundle.proof,
      statements: bundle.statements)
  }

  @Test("a row alone is proved, with its certificate and nothing else")
  func row() throws {
    let bundle = try network.bundle(.row(lithium))
    let report = try Bundle.verified(
      decoding: bundle.encoded, genesis: network.genesis, demands: BundleDemands(), by: SystemVerifier())
    #expect(report.contents.rows == network.state.negotiation.currentRows)
    #expect(report.contents.table?.version == 1)
    #expect(report.contents.terms == nil && report.contents.dockets.isEmpty && bundle.statements.isEmpty)
    #expect(report.sentences.contains { $0.contains("the floor of lithium/carbonate@1 in the table of version 1") })
    #expect(throws: BundlePlanError.noFloor(nickel)) { try BundlePlan(.row(nickel), in: network.state) }
    #expect(network.refusal(subject(bundle, .row(nickel))) == "BUNDLE_CONTENT", "its only row is shown")
    #expect(network.refusal(subject(bundle, .item(lithium))) == "PROOF_NOT_COVERED")
    #expect(network.refusal(subject(bundle, .roster)) == "PROOF_NOT_COVERED")
  }

  @Test("a proof of absence does not pass for one of a row")
  func rowOfAbsence() throws {
    let absence = try network.bundle(.absence(nickel))
    #expect(network.refusal(subject(absence, .row(nickel))) == "BUNDLE_CONTENT")
    let row = try network.bundle(.row(lithium))
    #expect(network.refusal(subject(row, .absence(lithium))) == "BUNDLE_CONTENT")
  }

  @Test("absence is proved of an item without a floor and of one that is no item at all")
  func absence() throws {
    let known = try network.report(try network.bundle(.absence(nickel)))
    #expect(known.contents.items.map(\.id) == [nickel] && known.contents.rows.isEmpty)
    #expect(known.sentences.contains { $0.contains("nickel/unwrought@1 has no floor in the table of version 1") })
    #expect(known.sentences.contains { $0.contains("the registry has the item, without a floor") })
    for name in ["gold/bar@1", "aaa/a@1", "zzz/z@9"] {
      let item = try some(ItemID(name))
      let report = try network.report(try network.bundle(.absence(item)))
      #expect(report.contents.items.isEmpty)
      #expect(report.sentences.contains { $0.contains("the registry has no such item") })
    }
    #expect(throws: BundlePlanError.hasFloor(lithium)) { try BundlePlan(.absence(lithium), in: network.state) }
  }

  @Test("a range is proved with all its rows")
  func range() throws {
    let all = try network.report(try network.bundle(.range(lithium, nickel)))
    #expect(all.contents.rows == network.state.negotiation.currentRows)
    #expect(all.sentences.contains { $0.contains("has exactly these 1 rows") })
    let after = try some(ItemID("lithium/carbonate@2"))
    #expect(try network.report(try network.bundle(.range(after, nickel))).contents.rows.isEmpty)
    #expect(throws: BundlePlanError.rangeOutOfOrder) { try BundlePlan(.range(nickel, lithium), in: network.state) }
    let bundle = try network.bundle(.range(lithium, lithium))
    #expect(try network.report(bundle).contents.rows.map(\.item) == [lithium])
    #expect(network.refusal(subject(bundle, .range(nickel, lithium))) == "BUNDLE_CONTENT")
  }

  @Test("a docket is proved with its commitments, and every result in it can be recomputed")
  func docketBundle() throws {
    let bundle = try network.bundle(.docket(docket))
    let report = try network.report(bundle)
    let found = try some(report.contents.dockets.first)
    #expect(found.record.id == docket && found.results.count == 2 && found.votes.count == 2)
    #expect(found.signedActs == (openings: 1, reveals: 4, ballots: 4))
    #expect(bundle.statements.count == 13, "with four commitments")
    #expect(bundle.statements.count { $0.type == .commitment } == 4)
    let proven = try ProvenEntries(bundle.proof, stateRoot: report.header.stateRoot)
    for item in found.record.items {
      let explanation = try Explanation.of(item, in: docket, network: network.genesis.network) { key in
        (try? proven.value(key)) ?? nil
      }
      #expect(explanation.rounds.count == 1)
    }
    let other = try some(DocketID("2026-none"))
    #expect(throws: BundlePlanError.unknownDocket(other)) { try BundlePlan(.docket(other), in: network.state) }
    for place in bundle.statements.indices {
      var statements = bundle.statements
      statements.remove(at: place)
      let less = Bundle(
        network: bundle.network, subject: bundle.subject, finality: bundle.finality, proved: 0, proof: bundle.proof,
        statements: statements)
      #expect(network.refusal(less) == "BUNDLE_STATEMENT_MISSING")
    }
  }

  @Test("the roster is proved with keys, pins and the validators")
  func roster() throws {
    let report = try network.report(try network.bundle(.roster))
    #expect(report.contents.roster == network.genesis.roster)
    #expect(report.contents.latestEpoch?.validators == network.genesis.context.validators)
    #expect(report.sentences.contains { $0.contains("the roster has 4 members: AUS, EUN, JPN, USA") })
  }

  @Test("every subject comes back from its bytes, and other forms are refused")
  func coding() throws {
    let subjects: [BundleSubject] = [
      .table, .item(lithium), .row(lithium), .absence(lithium), .range(lithium, nickel), .docket(docket), .roster,
    ]
    for subject in subjects { #expect(try BundleSubject(decoding: subject.encoded) == subject) }
    for bytes: [UInt8] in [
      [0xF6], [0x80], [0x81, 7], [0x82, 0, 0], [0x81, 1], [0x82, 6, 0xF6], [0x84, 0, 0, 0, 0],
    ] {
      #expect(throws: CBORError.self) { try BundleSubject(decoding: bytes) }
    }
  }
}

/// What a bundle weighs.
@Suite("Sizes of bundles")
struct BundleSizeTests {
  @Test("a row of 55 members with its certificate has less than 8 KiB")
  func lean() throws {
    let names = (1...55).map { "M" + ($0 < 10 ? "0" : "") + "\($0)" }
    var network = try TestNetwork(names: names) { content in
      // So many members need many leaders within a window.
      content.ledger = LedgerParameters(delta: 1, timeoutDoublings: 3, clockBound: 100)
      content.profiles = []
    }
    try network.runDocket()
    let lithium = try some(ItemID("lithium/carbonate@1"))
    #expect(network.state.negotiation.currentRow(lithium) != nil)
    let bytes = try network.bundle(.row(lithium)).encoded
    let report = try Bundle.verified(
      decoding: bytes, genesis: network.genesis, demands: BundleDemands(), by: SystemVerifier())
    #expect(report.signers.count == 37 && report.members == 55)
    #expect(bytes.count < 8 * 1_024, "\(bytes.count) bytes")
    print(
      "a row of 55 members: \(bytes.count) bytes; its full bundle: \(try network.bundle(.item(lithium)).encoded.count)")
  }

  @Test("the rows of thousands of versions are proved whole, and more than a proof takes are refused")
  func manyVersions() throws {
    let count = 70_000
    var tree = StateTree()
    tree.apply(
      (0..<count).map { place in
        StateChange(key: EntryKey(.rows, BigEndian.bytes(UInt64(place / 7)) + [UInt8(place % 7)]), value: [1])
      })
    let proof = try StateProof(decoding: StateProof([.prefix(.rows, [])], in: tree).encoded)
    let proven = try ProvenEntries(proof, stateRoot: tree.root)
    #expect(try proven.entries(.rows).count == count)
    #expect(try proven.entries(.rows, prefix: BigEndian.bytes(9_999)).count == 7)
    #expect(try proven.value(EntryKey(.rows, BigEndian.bytes(10_000))) == nil)
    #expect(BundlePlanError.tooManyEntries(2_000_000).sentence.contains("1048576"))
    #expect(StateProof.Run.mostEntries >= 1_024 * 1_000)
  }
}
