import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

@Suite("Genesis")
struct GenesisTests {
  private let keys: [MemberID: [KeyRole: PrivateKey]]
  private let content: GenesisContent

  init() throws {
    keys = try TestNetwork.keys(TestNetwork.names)
    content = try TestNetwork.content(TestNetwork.names, keys)
  }

  private func problems(_ change: (inout GenesisContent) throws -> Void) rethrows -> [String] {
    var changed = content
    try change(&changed)
    return changed.problems.map { "\($0.code): \($0.sentence)" }
  }

  private func member(_ name: String) throws -> MemberID { try some(MemberID(name)) }

  @Test("the document encodes to itself and founds one network")
  func coding() throws {
    let genesis = try TestNetwork.signed(content, keys)
    #expect(try Genesis(decoding: genesis.encoded) == genesis)
    let verified = try Genesis.verified(decoding: genesis.encoded, by: SystemVerifier())
    #expect(verified.network == NetworkID(Digest.of(.genesis, content.encoded)))
    #expect(verified.header.height == .zero && verified.header.parent == .zero)
    #expect(verified.header.stateRoot == verified.state.root)
    #expect(verified.context.opener == verified.header.digest)
    // Signatures are no part of the network's identity, nor is their order.
    let reversed = Genesis(content: content, endorsements: genesis.endorsements.reversed())
    #expect(try reversed.verified(by: SystemVerifier()).network == verified.network)
    #expect(try reversed.verified(by: SystemVerifier()).header == verified.header)
  }

  @Test("every part is an entry of the first state")
  func entries() throws {
    let state = try TestNetwork.signed(content, keys).verified(by: SystemVerifier()).state
    #expect(state.tree[.roster].count == 4)
    #expect(state.tree[.items].count == 2)
    #expect(state.tree[.votes].count == 2)
    #expect(state.tree[.profiles].count == 4)
    #expect(state.tree[.rates].count == 1)
    #expect(state.tree[.territories].count == TerritoryMap.standard.entries.count)
    #expect(state.tree[.parameters].count == 6)
    #expect(state[EntryKey(.parameters, Array("negotiation".utf8))] == content.negotiation.encoded)
    #expect(state[EntryKey(.roster, Array("JPN".utf8))] == content.members[2].encoded)
  }

  // MARK: Signatures

  private func refusal(_ genesis: Genesis) -> [GenesisProblem] {
    do throws(GenesisError) {
      _ = try genesis.verified(by: SystemVerifier())
      return []
    } catch {
      guard case .problems(let problems) = error else { return [] }
      return problems
    }
  }

  @Test("each missing signature is named")
  func missing() throws {
    let genesis = try TestNetwork.signed(content, keys)
    let some = Genesis(content: content, endorsements: [genesis.endorsements[1], genesis.endorsements[3]])
    #expect(refusal(some) == [.endorsementMissing(try member("AUS")), .endorsementMissing(try member("JPN"))])
    #expect(refusal(Genesis(content: content)).count == 4)
  }

  @Test("signatures twice, of another content, of strangers, by another key and under a network are named")
  func bad() throws {
    let genesis = try TestNetwork.signed(content, keys)
    #expect(refusal(genesis.endorsed(by: genesis.endorsements[0])) == [.endorsementTwice(try member("AUS"))])
    let (aus, root, authority) = (
      try member("AUS"), try some(keys[try member("AUS")]?[.root]), try some(keys[try member("AUS")]?[.authority])
    )
    func with(_ statement: SignedStatement) -> [GenesisProblem] {
      refusal(Genesis(content: content, endorsements: [statement] + genesis.endorsements.dropFirst()))
    }
    let other = GenesisEndorsement(signer: aus, content: .zero)
    #expect(with(try TestNetwork.sign(other, root, .none)) == [.endorsementOfOther(aus)])
    let own = GenesisEndorsement(signer: aus, content: content.digest)
    #expect(
      with(try TestNetwork.sign(own, authority, .none)) == [
        .endorsementBad(.badSignature(aus)), .endorsementMissing(aus),
      ])
    #expect(
      with(try TestNetwork.sign(own, root, content.network)) == [
        .endorsementBad(.badSignature(aus)), .endorsementMissing(aus),
      ])
    let stranger = try member("ZZZ")
    let foreign = GenesisEndorsement(signer: stranger, content: content.digest)
    #expect(
      with(try TestNetwork.sign(foreign, root, .none)) == [
        .endorsementBad(.stranger(stranger)), .endorsementMissing(aus),
      ])
  }

  @Test("a content that does not fit together is refused before anyone looks at signatures")
  func contentFirst() throws {
    var changed = content
    changed.name = ""
    #expect(refusal(try TestNetwork.signed(changed, keys)) == [.nameEmpty])
  }

  @Test("bytes that are no document are refused with a sentence")
  func malformed() {
    #expect(throws: GenesisError.self) { try Genesis.verified(decoding: [0xA0], by: SystemVerifier()) }
    #expect(throws: GenesisError.self) { try Genesis.verified(decoding: [], by: SystemVerifier()) }
  }

  // MARK: Content

  @Test("a content without fault has no problem")
  func sound() { #expect(problems { _ in } == []) }

  @Test("name, time, chair and rules")
  func heads() throws {
    #expect(problems { $0.name = "" }.map { $0.prefix(12) } == ["GENESIS_NAME"])
    #expect(problems { $0.time = Instant(milliseconds: -1) }.count == 1)
    #expect(problems { $0.time = Instant(milliseconds: 0) } == [])
    let stranger = try member("ZZZ")
    #expect(problems { $0.chair = stranger } == ["GENESIS_CHAIR: the chair ZZZ is not among the members"])
    #expect(problems { $0.rulesVersion = 3 }.count == 1)
  }

  @Test("members: order, keys used twice, and more than a roster holds")
  func members() {
    #expect(problems { $0.members.swapAt(0, 1) }.contains { $0.contains("ascending order of their names") })
    let twice = problems { content in
      let (first, last) = (content.members[0], content.members[3])
      content.members[3] = Member(
        id: last.id, name: last.name, kind: last.kind, root: first.root, authority: last.authority, node: last.node,
        pins: last.pins)
    }
    #expect(twice.contains { $0.contains("duplicateKey") })
    #expect(!problems { $0.members = [] }.isEmpty)
  }

  @Test("each parameter at, below and above its range")
  func parameters() {
    let cases: [(String, WritableKeyPath<LedgerParameters, Int64>, ClosedRange<Int64>)] = [
      ("delta", \.delta, 1...3_600_000), ("longestTransactionLife", \.longestTransactionLife, 1_000...3_600_000),
      ("clockBound", \.clockBound, 1...3_600_000), ("blockBytes", \.blockBytes, 307_200...1_048_576),
      ("heartbeat", \.heartbeat, 100...86_400_000), ("memorandumBytes", \.memorandumBytes, 0...4_096),
    ]
    for (name, path, range) in cases {
      for (value, isLawful) in [
        (range.lowerBound, true), (range.upperBound, true), (range.lowerBound - 1, false),
        (range.upperBound + 1, false),
      ] {
        var parameters = LedgerParameters()
        parameters[keyPath: path] = value
        #expect(parameters.outOfRange == (isLawful ? [] : [name]))
      }
    }
    var parameters = LedgerParameters()
    parameters.timeoutDoublings = 16
    #expect(parameters.outOfRange == [] && parameters.patience != nil)
    parameters.timeoutDoublings = 17
    #expect(parameters.outOfRange == ["timeoutDoublings"])
    #expect(problems { $0.ledger.delta = 0 } == ["GENESIS_PARAMETER: the parameter delta lies outside its range"])
  }

  @Test("a window may be as short as 2(f + 1) time-outs and two clock bounds, and no shorter")
  func windows() {
    // Four members: f + 1 = 2, so 4 time-outs of 3Δ, and twice the clock bound: 12Δ + 2c = 12 · 25 + 2 · 100 = 500.
    let parameters = LedgerParameters(delta: 25, clockBound: 100)
    #expect(parameters.shortestWindow(witness: 2) == 500)
    #expect(problems { $0.ledger.delta = 25 } == [])
    let longer = problems { $0.ledger.delta = 26 }
    #expect(
      longer == [
        "GENESIS_WINDOW: the window minimum lasts 500 ms; with these time-outs a window must last at least 512 ms"
      ])
    #expect(problems { $0.ledger.delta = 100 }.count == 13)
    #expect(LedgerParameters(delta: .max, clockBound: .max).shortestWindow(witness: 86) == .max)
  }

  @Test("items and their votes")
  func votes() throws {
    let (item, aus) = (content.items[0].id, try member("AUS"))
    #expect(problems { $0.items.swapAt(0, 1) }.contains { $0.contains("items must be listed once each") })
    #expect(problems { $0.votes.removeFirst() } == ["GENESIS_VOTES: the votes on lithium/carbonate@1: there are none"])
    #expect(problems { $0.items.removeFirst() }.contains { $0.contains("the item is not in the registry") })
    #expect(problems { $0.votes.swapAt(0, 1) }.contains { $0.contains("ascending order of items") })
    func roll(_ votes: [String: Int64]) throws -> VoteRoll {
      try some(
        VoteRoll(try votes.sorted { $0.key < $1.key }.map { .init(member: try member($0.key), votes: $0.value) }))
    }
    func with(_ votes: [String: Int64]) throws -> [GenesisProblem] {
      var changed = content
      changed.votes[0] = ItemVotes(item: item, producer: try roll(votes), consumer: content.votes[0].consumer)
      return changed.problems
    }
    #expect(try with(["AUS": 300, "EUN": 300, "JPN": 300, "USA": 100]) == [])
    #expect(
      try with(["AUS": 300, "EUN": 300, "JPN": 300, "USA": 99]) == [
        .votes(item, .total(.producer, found: 999, wanted: 1_000))
      ])
    #expect(
      try with(["AUS": 301, "EUN": 300, "JPN": 300, "USA": 99]) == [
        .votes(item, .beyondLimits(.producer, aus, votes: 301))
      ])
    #expect(
      try with(["EUN": 300, "JPN": 300, "USA": 300]).contains(.votes(item, .beyondLimits(.producer, aus, votes: 0))))
    #expect(
      try with(["AUS": 100, "EUN": 300, "JPN": 300, "USA": 200, "ZZZ": 100])
        == [.votes(item, .stranger(try member("ZZZ")))])
  }

  @Test("customs profiles refer to members, territories and rates that exist")
  func profiles() throws {
    #expect(problems { $0.profiles.swapAt(0, 1) }.contains { $0.contains("ascending order of members") })
    let unrated = try problems { $0.rates = try some(ExchangeRateTable([])) }
    #expect(unrated.count == 1 && unrated[0].contains("no exchange rate of its currency EUR"))
    #expect(problems { $0.territories = .empty }.count == 4)
    let stranger = problems { content in
      content.members.removeLast()
      content.votes = []
      content.items = []
    }
    #expect(stranger.contains { $0.contains("it is not among the members") })
  }

  @Test("a network without items has blocks, and no votes to hand out")
  func withoutItems() throws {
    var network = try TestNetwork(names: ["AUS"])
    #expect(try network.append([try network.memorandum("alone", by: "AUS")]).outcomes.map(\.result) == [.accepted])
  }
}
