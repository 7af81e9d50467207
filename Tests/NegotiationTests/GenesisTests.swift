import CBOR
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("What a negotiation starts from")
struct GenesisTests {
  private func genesis(
    members: [String] = Parliament.everyone, chair: String = "KOR",
    parameters: NegotiationParameters = Parliament.parameters(), names: [String] = Parliament.names,
    change: (inout [ItemVotes]) throws -> Void = { _ in }
  ) throws -> NegotiationGenesis {
    let items = try names.map { try Parliament.item($0, corridor: nil) }
    var votes = try Parliament.genesis(
      Parliament.parameters(), try Parliament.names.map { try Parliament.item($0, corridor: nil) }, network: "x"
    ).votes
    try change(&votes)
    return try NegotiationGenesis(
      network: NetworkID(.zero), members: try members.map(Parliament.member), chair: try Parliament.member(chair),
      parameters: parameters, items: items, votes: votes)
  }

  private func roll(_ change: (inout [VoteRoll.Entry]) throws -> Void) throws -> VoteRoll {
    var entries = try Parliament.votes.map {
      VoteRoll.Entry(member: try Parliament.member($0.id), votes: $0.producer)
    }
    try change(&entries)
    return try #require(VoteRoll(entries))
  }

  @Test("a lawful genesis is accepted")
  func lawful() throws {
    #expect(try genesis().votes.count == 4)
  }

  @Test("members, chair, items and votes must fit together")
  func misfits() throws {
    let (nickel, mica) = (try Parliament.itemID("nickel/unwrought@1"), try Parliament.itemID("cobalt/hydroxide@1"))
    #expect(throws: NegotiationGenesisError.chairIsNoMember(try Parliament.member("GBR"))) { try genesis(chair: "GBR") }
    #expect(throws: NegotiationGenesisError.membersNotAscending) {
      try genesis(members: Parliament.everyone.reversed())
    }
    #expect(throws: NegotiationGenesisError.itemsNotAscending) { try genesis(names: Parliament.names.reversed()) }
    #expect(throws: NegotiationGenesisError.votesMissing(nickel)) { try genesis { $0.removeLast() } }
    #expect(throws: NegotiationGenesisError.votesMissing(nil)) {
      try genesis(names: Array(Parliament.names.dropLast()))
    }
    #expect(throws: NegotiationGenesisError.votesMissing(mica)) { try genesis { $0.swapAt(0, 1) } }
  }

  @Test("invariant I5: votes sum to the total, each within minimum and cap, for every member")
  func votes() throws {
    let item = try Parliament.itemID("cobalt/hydroxide@1")
    func expectRefusal(_ chamber: Chamber, _ change: (inout [VoteRoll.Entry]) throws -> Void) throws {
      let roll = try roll(change)
      #expect(throws: NegotiationGenesisError.votesUnlawful(item, chamber)) {
        try genesis { votes in
          let (producer, consumer) = (votes[0].producer, votes[0].consumer)
          votes[0] = ItemVotes(
            item: item, producer: chamber == .producer ? roll : producer,
            consumer: chamber == .consumer ? roll : consumer)
        }
      }
    }
    func entry(_ index: Int, _ votes: Int64) throws -> VoteRoll.Entry {
      VoteRoll.Entry(member: try Parliament.member(Parliament.everyone[index]), votes: votes)
    }
    for chamber in Chamber.allCases {
      // AUS 301 and COD 79: over the cap. AUS 300, COD 81: over the total. COD 0, AUS 300, IND 250: under the minimum.
      try expectRefusal(chamber) {
        $0[0] = try entry(0, 301); $0[1] = try entry(1, 79)
      }
      try expectRefusal(chamber) { $0[1] = try entry(1, 81) }
      try expectRefusal(chamber) {
        $0[1] = try entry(1, 0); $0[3] = try entry(3, 250)
      }
      try expectRefusal(chamber) { $0.removeLast() }
    }
  }

  @Test("parameters outside their range are refused, in the constructor's genesis and from bytes")
  func parameters() throws {
    let customary = NegotiationParameters.customary
    #expect(customary.isLawful)
    let windows = Parliament.windows
    func changed(
      first: DocketWindows = windows, minimum: Int64 = 100, calls: UInt8 = 3, rounds: UInt8 = 3, lapse: Int64 = 1,
      review: Int64 = 1, votes: VoteRules = .customary
    ) -> NegotiationParameters {
      NegotiationParameters(
        aggregation: .customary, firstWindows: first, routineWindows: windows, minimumWindow: minimum,
        maximumCalls: calls, maximumRounds: rounds, maximumCarried: 0, lapseTerm: lapse, reviewTerm: review,
        votes: votes, mode: .exact)
    }
    #expect(changed().isLawful)
    let unlawful = [
      changed(minimum: 0), changed(minimum: 501), changed(calls: 0), changed(calls: 4), changed(rounds: 0),
      changed(rounds: 17), changed(lapse: 0), changed(review: 0), changed(lapse: .max),
      changed(
        first: DocketWindows(notice: 99, evidence: 100, commit: 100, reveal: 100, ballot: 100, vacatio: 100)),
      changed(votes: VoteRules(total: 1_000, cap: 300, minimum: 0)),
      changed(votes: VoteRules(total: 1_000, cap: 1_001, minimum: 1)),
      changed(votes: VoteRules(total: 1_000, cap: 0, minimum: 1)),
      changed(votes: VoteRules(total: VoteRules.greatestTotal + 1, cap: 300, minimum: 1)),
    ]
    for parameters in unlawful {
      #expect(!parameters.isLawful)
      #expect(throws: NegotiationGenesisError.parameters) { try genesis(parameters: parameters) }
      #expect(throws: (any Error).self) { try NegotiationParameters(decoding: parameters.encoded) }
    }
  }

  @Test("G2: policy votes and validators are two things: neither follows from the other")
  func separateWeights() throws {
    // The same acts with other policy votes: the thresholds of validators stay what the number of members makes them.
    let quorum = try #require(Quorum(members: Parliament.everyone.count))
    for seed in UInt64(0)..<50 {
      var dice = Dice(seed: seed)
      let shares = try Parliament.everyone.map {
        VoteDistribution.Share(member: try Parliament.member($0), quantity: Int64(dice.below(1_000_000)))
      }
      let roll = try VoteDistribution.distribute(shares, total: 1_000, cap: 300, minimum: 1)
      let changed = try genesis { votes in
        votes = votes.map { ItemVotes(item: $0.item, producer: roll, consumer: roll) }
      }
      #expect(changed.members.count == quorum.members && Quorum(members: changed.members.count) == quorum)
      #expect(changed.members == (try genesis().members))
      // And the other way: whoever validates, the votes on an item are the genesis' own.
      #expect(changed.votes.first { $0.item.text == "nickel/unwrought@1" }?.producer == roll)
    }
  }
}
