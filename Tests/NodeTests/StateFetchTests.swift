import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Testing
import Trade

@testable import Node

@Suite("Taking a state over")
struct StateFetchTests {
  private struct Offered {
    let network: TestNetwork
    let offer: SnapshotOffer
    let bytes: [UInt8]
  }

  private func offered() throws -> Offered {
    var network = try TestNetwork()
    try network.append([try network.memorandum("first")])
    let tip = network.tip
    let finalisation = try network.certificate(.finalize, on: tip).certificate
    let snapshot = try some(Snapshot(of: network.state, header: tip, finalisation: finalisation))
    let member = try network.member("AUS")
    let manifest = try some(SnapshotManifest(of: snapshot.encoded, header: tip, by: member))
    let statement = try TestNetwork.sign(
      manifest, try some(network.keys[member]?[.node]), network.genesis.network)
    let offer = SnapshotOffer(
      network: try some(network.genesis.network.digest), statement: statement,
      finality: EpochFinality(headers: [tip], certificate: finalisation, links: []))
    return Offered(network: network, offer: offer, bytes: snapshot.encoded)
  }

  @Test("the messages decode from their own bytes, and nothing else does")
  func messages() throws {
    let offered = try offered()
    let header = Digest.sha256([1])
    for message: StateMessage in [
      .want(above: 7), .offer(offered.offer), .wantChunk(header: header, place: 3),
      .chunk(header: header, place: 0, [1, 2, 3]),
    ] {
      let bytes = message.encoded
      #expect(StateMessage.isOne(bytes))
      #expect(try StateMessage(decoding: bytes) == message)
      #expect(throws: CBORError.self) { try StateMessage(decoding: bytes + [0]) }
      #expect(throws: CBORError.self) { try StateMessage(decoding: Array(bytes.dropLast())) }
    }
    #expect(!StateMessage.isOne([0x82, 7]))
    #expect(!StateMessage.isOne([0x82]))
  }

  @Test("a chunk that is not the offered one names its sender, who is asked no more; another member is")
  func wrongChunk() throws {
    let offered = try offered()
    let (first, second) = (try offered.network.member("AUS"), try offered.network.member("EUN"))
    let offer = try offered.offer.verified(genesis: offered.network.genesis, by: SystemVerifier())
    var fetch = StateFetch()
    #expect(fetch.begin(with: first, above: 0) == .want(above: 0))
    #expect(fetch.begin(with: second, above: 0) == nil)
    #expect(fetch.take(offer, of: second, above: 0) == nil)
    #expect(fetch.take(offer, of: first, above: 0) == .wantChunk(header: offer.header.digest, place: 0))
    var wrong = offered.bytes
    wrong[10] ^= 1
    guard case .nothing = fetch.take(chunk: offered.bytes, 0, offer.header.digest, of: second) else {
      Issue.record("a chunk counts that nobody asked this member for")
      return
    }
    guard case .wrong(first) = fetch.take(chunk: wrong, 0, offer.header.digest, of: first) else {
      Issue.record("a wrong chunk is not noticed")
      return
    }
    #expect(!fetch.isUnderWay)
    #expect(fetch.begin(with: first, above: 0) == nil)
    #expect(fetch.begin(with: second, above: 0) != nil)
    _ = fetch.take(offer, of: second, above: 0)
    guard case .complete(let bytes, let taken) = fetch.take(chunk: offered.bytes, 0, offer.header.digest, of: second)
    else {
      Issue.record("the only chunk does not complete the state")
      return
    }
    let state = try StartingState.verified(
      bytes, taken, offered.network.genesis, SystemVerifier(), from: "the chunks")
    #expect(state.snapshot.header == offered.network.tip)
    #expect(throws: NodeFailure.self) {
      try StartingState.verified(wrong, taken, offered.network.genesis, SystemVerifier(), from: "the chunks")
    }
  }

  @Test("an offer that is not above the own height is not taken up, and a late alarm changes nothing")
  func needless() throws {
    let offered = try offered()
    let member = try offered.network.member("AUS")
    let offer = try offered.offer.verified(genesis: offered.network.genesis, by: SystemVerifier())
    var fetch = StateFetch()
    _ = fetch.begin(with: member, above: 0)
    let step = fetch.step
    #expect(fetch.take(offer, of: member, above: 1) == nil)
    #expect(!fetch.isUnderWay)
    #expect(fetch.step != step)
  }
}
