import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

/// A network with a table, and a bundle of it.
private struct Bundled {
  let network: TestNetwork
  let finalisation: Certificate
  let statements: [Digest: SignedTransaction]

  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    try network.append([try network.memorandum("after the table")])
    try network.append()
    self.network = network
    finalisation = try network.certificate(.finalize, on: network.tip).certificate
    let all = network.blocks.flatMap(\.transactions).map { ($0.identity, $0.signed) }
    statements = Dictionary(all, uniquingKeysWith: { first, _ in first })
  }

  func bundle(_ subject: BundleSubject, headers count: Int = 1) throws -> Bundle {
    let plan = try BundlePlan(subject, in: network.state)
    return try some(
      plan.bundle(headers: network.blocks.suffix(count).map(\.header), finalisation: finalisation) { statements[$0] })
  }

  func verified(_ bundle: Bundle, _ demands: BundleDemands = BundleDemands()) throws(BundleError) -> BundleReport {
    try bundle.verified(genesis: network.genesis, demands: demands, by: SystemVerifier())
  }
}

private func refusal(_ body: () throws(BundleError) -> BundleReport) -> BundleError? {
  do throws(BundleError) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

@Suite("Bundles")
struct BundleTests {
  private let bundled: Bundled

  init() throws { bundled = try Bundled() }

  @Test("the whole table is proved from the genesis document alone")
  func table() throws {
    let bytes = try bundled.bundle(.table).encoded
    let report = try Bundle.verified(
      decoding: bytes, genesis: bundled.network.genesis, demands: BundleDemands(), by: SystemVerifier())
    #expect(report.contents.rows == bundled.network.state.negotiation.currentRows)
    #expect(report.contents.items == bundled.network.genesis.content.items)
    #expect(report.contents.votes == bundled.network.genesis.content.votes)
    let terms = try some(report.contents.terms)
    #expect(terms.profiles == bundled.network.genesis.content.profiles)
    #expect(terms.rates == bundled.network.genesis.content.rates)
    #expect(terms.territories == bundled.network.genesis.content.territories)
    #expect(terms.negotiation == bundled.network.genesis.content.negotiation)
    #expect(terms.ledger == bundled.network.genesis.content.ledger)
    #expect(terms.standings.map(\.member) == bundled.network.genesis.roster.members.map(\.id))
    #expect(report.contents.roster == bundled.network.genesis.roster)
    #expect(report.signers.map(\.text) == ["AUS", "EUN", "JPN"])
    let docket = try some(report.contents.dockets.first)
    #expect(docket.signedActs == (openings: 1, reveals: 4, ballots: 4))
    #expect(docket.results.map(\.item.text) == ["lithium/carbonate@1", "nickel/unwrought@1"])
    #expect(report.sentences.contains { $0.contains("version 1") && $0.contains("whole with 1 rows") })
    #expect(
      report.sentences.contains { $0.contains("3 signatures of 4 members, of which 3 are needed: AUS, EUN, JPN") })
    #expect(report.sentences.contains { $0.contains("no checkpoint was given") })
  }

  @Test("one item's floor is proved, and another's absence")
  func item() throws {
    let lithium = try some(ItemID("lithium/carbonate@1"))
    let found = try bundled.verified(try bundled.bundle(.item(lithium)))
    #expect(found.contents.rows.map(\.item) == [lithium])
    #expect(found.contents.items.map(\.id) == [lithium])
    #expect(found.sentences.contains { $0.contains("the floor of lithium/carbonate@1") })
    let nickel = try some(ItemID("nickel/unwrought@1"))
    let absent = try bundled.verified(try bundled.bundle(.item(nickel)))
    #expect(absent.contents.rows.isEmpty)
    #expect(absent.sentences.contains { $0.contains("nickel/unwrought@1 has no floor in the table of version 1") })
    let gold = try some(ItemID("gold/bar@1"))
    #expect(throws: BundlePlanError.unknownItem(gold)) { try BundlePlan(.item(gold), in: bundled.network.state) }
  }

  @Test("every floor, and every item without one, can be recomputed from the bundle alone")
  func explained() throws {
    let report = try bundled.verified(try bundled.bundle(.table))
    let proven = try ProvenEntries(report.bundle.proof, stateRoot: report.header.stateRoot)
    let docket = try some(report.contents.dockets.first).record.id
    for item in report.contents.items {
      let explanation = try Explanation.of(item.id, in: docket, network: bundled.network.genesis.network) { key in
        (try? proven.value(key)) ?? nil
      }
      #expect(explanation.rounds.count == 1)
      #expect(explanation.row == report.contents.rows.first { $0.item == item.id })
    }
  }

  @Test("before the first table a bundle proves that there is none")
  func beforeFirst() throws {
    var network = try TestNetwork()
    try network.append()
    let plan = try BundlePlan(.table, in: network.state)
    let finalisation = try network.certificate(.finalize, on: network.tip).certificate
    let bundle = try some(plan.bundle(headers: [network.tip], finalisation: finalisation) { _ in nil })
    let report = try bundle.verified(genesis: network.genesis, demands: BundleDemands(), by: SystemVerifier())
    #expect(report.contents.table == nil)
    #expect(report.sentences.contains { $0.contains("no floor table is in force yet") })
  }

  @Test("age is a refusal when it is asked for")
  func age() throws {
    let bundle = try bundled.bundle(.table)
    let now = try bundled.network.now.adding(milliseconds: 90_000)
    let report = try bundled.verified(bundle, BundleDemands(now: now, maximumAge: 90_000))
    #expect(report.age == 90_000)
    #expect(report.sentences.contains { $0.contains("1 min 30 s old") })
    #expect(
      refusal { () throws(BundleError) in
        try bundled.verified(bundle, BundleDemands(now: now, maximumAge: 89_999))
      } == .tooOld(milliseconds: 90_000))
    let ahead = try bundled.verified(bundle, BundleDemands(now: Instant(milliseconds: 0)))
    #expect(ahead.sentences.contains { $0.contains("ahead of this clock") })
  }

  @Test("a checkpoint must be covered and must agree")
  func checkpoint() throws {
    let bundle = try bundled.bundle(.table, headers: 3)
    let header = bundled.network.blocks[bundled.network.blocks.count - 3].header
    let good = Checkpoint(height: header.height, digest: header.digest)
    #expect(try bundled.verified(bundle, BundleDemands(checkpoint: good)).sentences.contains { $0.contains("agrees") })
    let genesis = Checkpoint(height: .zero, digest: bundled.network.genesis.header.digest)
    _ = try bundled.verified(bundle, BundleDemands(checkpoint: genesis))
    let other = Checkpoint(height: header.height, digest: .zero)
    #expect(
      refusal { () throws(BundleError) in try bundled.verified(bundle, BundleDemands(checkpoint: other)) }
        == .contradictsCheckpoint(other))
    let single = try bundled.bundle(.table)
    let tip = bundled.network.tip.height
    #expect(
      refusal { () throws(BundleError) in try bundled.verified(single, BundleDemands(checkpoint: good)) }
        == .checkpointNotCovered(first: .zero, last: tip))
  }

  @Test("a bundle of another network is refused")
  func otherNetwork() throws {
    let other = try TestNetwork { $0.name = "Another network" }
    let bundle = try bundled.bundle(.table)
    let found = refusal { () throws(BundleError) in
      try bundle.verified(genesis: other.genesis, demands: BundleDemands(), by: SystemVerifier())
    }
    #expect(found?.code == "BUNDLE_OTHER_NETWORK")
  }

  @Test("every changed byte is refused", arguments: 0..<64)
  func changedByte(slice: Int) throws {
    let bytes = try bundled.bundle(.item(try some(ItemID("lithium/carbonate@1")))).encoded
    // Every byte once would take minutes: each case takes every 448th from its own start.
    for place in stride(from: slice, to: bytes.count, by: 64 * 7) {
      var changed = bytes
      changed[place] ^= 1 << UInt8(place % 8)
      let found = refusal { () throws(BundleError) in
        try Bundle.verified(
          decoding: changed, genesis: bundled.network.genesis, demands: BundleDemands(), by: SystemVerifier())
      }
      #expect(found != nil, "byte \(place) of \(bytes.count) changed and nobody noticed")
    }
  }

  @Test("a bundle that ends early or goes on is refused")
  func length() throws {
    let bytes = try bundled.bundle(.table).encoded
    for changed in [Array(bytes.dropLast()), bytes + [0], []] {
      let found = refusal { () throws(BundleError) in
        try Bundle.verified(
          decoding: changed, genesis: bundled.network.genesis, demands: BundleDemands(), by: SystemVerifier())
      }
      #expect(found?.code == "BUNDLE_MALFORMED")
    }
  }
}
