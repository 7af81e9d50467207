import CBOR
import Membership
import Negotiation
import Testing

private let bloc: [(id: String, producer: Int64, consumer: Int64)] = [
  ("AUS", 300, 40), ("USA", 300, 240), ("JPN", 10, 300), ("EUN", 10, 280),
  ("KOR", 10, 100), ("IND", 170, 20), ("THA", 120, 10), ("COD", 80, 10),
]

private func roll(_ votes: [(String, Int64)]) throws -> VoteRoll {
  let entries = try votes.map { VoteRoll.Entry(member: try #require(MemberID($0.0)), votes: $0.1) }
  return try #require(VoteRoll(entries))
}

private func ballots(_ choices: [String: BallotChoice]) throws -> [BallotEntry] {
  try choices.map { BallotEntry(member: try #require(MemberID($0.key)), choice: $0.value) }
}

private let worked: [String: BallotChoice] = [
  "AUS": .yes, "USA": .yes, "IND": .yes, "THA": .yes, "COD": .yes, "KOR": .yes, "JPN": .no, "EUN": .abstain,
]

private func count(
  _ choices: [String: BallotChoice], _ kind: BallotKind, _ call: BallotCall = .first
) throws -> Ratification {
  try Ratification(
    producer: try roll(bloc.map { ($0.id, $0.producer) }), consumer: try roll(bloc.map { ($0.id, $0.consumer) }),
    ballots: try ballots(choices), kind: kind, call: call)
}

@Suite("Ratification")
struct RatificationTests {
  @Test("vR1: 980 to 10 and 420 to 300 pass a simple vote")
  func simple() throws {
    let result = try count(worked, .simple)
    #expect(result.isAdopted)
    #expect((result.producer.yes, result.producer.no, result.producer.present) == (980, 10, 1_000))
    #expect((result.consumer.yes, result.consumer.no, result.consumer.present) == (420, 300, 1_000))
  }

  @Test("vR2: 420 to 300 fail a special vote")
  func special() throws {
    let result = try count(worked, .special)
    #expect(!result.isAdopted)
    #expect(result.producer.isPassed && !result.consumer.isPassed)
    #expect(result.hasQuorum)
  }

  @Test("vR3: without two consumers the chamber has no quorum, at any call")
  func quorum() throws {
    let few = worked.filter { $0.key != "JPN" && $0.key != "EUN" }
    for call in [BallotCall.first, .second, .third] {
      let result = try count(few, .simple, call)
      #expect(!result.hasQuorum && !result.isAdopted)
      #expect(result.consumer.present == 420)
    }
  }

  /// One member a vote, so that tallies can be set exactly.
  private func chamber(
    yes: Int, no: Int, abstain: Int, absent: Int, _ kind: BallotKind, _ call: BallotCall
  ) throws -> Ratification {
    let ids = (0..<yes + no + abstain + absent).map { "M\(100 + $0)" }
    var choices: [String: BallotChoice] = [:]
    for (index, id) in ids.enumerated() where index < yes + no + abstain {
      choices[id] = index < yes ? .yes : (index < yes + no ? .no : .abstain)
    }
    let votes = try roll(ids.map { ($0, 1) })
    return try Ratification(
      producer: votes, consumer: votes, ballots: try ballots(choices), kind: kind, call: call)
  }

  @Test("two thirds present at the first calls, more than half at the third: at, below and above")
  func presence() throws {
    #expect(try chamber(yes: 6, no: 0, abstain: 0, absent: 3, .simple, .first).isAdopted)
    #expect(try !chamber(yes: 5, no: 0, abstain: 0, absent: 4, .simple, .first).isAdopted)
    #expect(try !chamber(yes: 5, no: 0, abstain: 0, absent: 4, .simple, .second).isAdopted)
    #expect(try chamber(yes: 5, no: 0, abstain: 0, absent: 4, .simple, .third).isAdopted)
    #expect(try !chamber(yes: 5, no: 0, abstain: 0, absent: 5, .simple, .third).isAdopted)
    #expect(try chamber(yes: 1, no: 0, abstain: 5, absent: 3, .simple, .first).isAdopted)
  }

  @Test("a simple vote needs more than half of the votes cast, a special one two thirds")
  func majorities() throws {
    #expect(try !chamber(yes: 4, no: 4, abstain: 0, absent: 0, .simple, .first).isAdopted)
    #expect(try chamber(yes: 5, no: 4, abstain: 0, absent: 0, .simple, .first).isAdopted)
    #expect(try chamber(yes: 6, no: 3, abstain: 0, absent: 0, .special, .first).isAdopted)
    #expect(try !chamber(yes: 5, no: 3, abstain: 1, absent: 0, .special, .first).isAdopted)
    #expect(try !chamber(yes: 0, no: 0, abstain: 9, absent: 0, .special, .first).isAdopted)
    #expect(try !chamber(yes: 0, no: 0, abstain: 9, absent: 0, .simple, .first).isAdopted)
  }

  @Test("a special vote also counts heads: few great members do not outvote many small ones")
  func heads() throws {
    let votes = try roll([("BIG", 900), ("SM1", 50), ("SM2", 50)])
    let choices: [String: BallotChoice] = ["BIG": .yes, "SM1": .no, "SM2": .no]
    let special = try Ratification(
      producer: votes, consumer: votes, ballots: try ballots(choices), kind: .special, call: .first)
    let simple = try Ratification(
      producer: votes, consumer: votes, ballots: try ballots(choices), kind: .simple, call: .first)
    #expect(!special.isAdopted && simple.isAdopted)
  }

  @Test("a ballot twice is refused")
  func twice() throws {
    let aus = try #require(MemberID("AUS"))
    let votes = try roll([("AUS", 1)])
    #expect(throws: RatificationError.duplicateBallot(aus)) {
      try Ratification(
        producer: votes, consumer: votes,
        ballots: [BallotEntry(member: aus, choice: .yes), BallotEntry(member: aus, choice: .no)], kind: .simple,
        call: .first)
    }
  }

  @Test("votes at the ends of their range do not trap")
  func extremes() throws {
    let votes = try roll([("AAA", .max - 1), ("BBB", 1)])
    for kind in BallotKind.allCases {
      for call in BallotCall.allCases {
        let result = try Ratification(
          producer: votes, consumer: votes, ballots: try ballots(["AAA": .yes, "BBB": .no]), kind: kind, call: call)
        #expect(result.isAdopted)
      }
    }
    let aaa = try #require(MemberID("AAA"))
    #expect(VoteRoll([VoteRoll.Entry(member: aaa, votes: -1)]) == nil)
    let bbb = try #require(MemberID("BBB"))
    #expect(VoteRoll([VoteRoll.Entry(member: aaa, votes: .max), VoteRoll.Entry(member: bbb, votes: 1)]) == nil)
    #expect(try VoteRoll(decoding: votes.encoded) == votes)
  }

  @Test("after the third call there is no further one")
  func calls() {
    #expect(BallotCall.first.next == .second)
    #expect(BallotCall.second.next == .third)
    #expect(BallotCall.third.next == nil)
  }
}
