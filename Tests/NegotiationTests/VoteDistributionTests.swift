import Membership
import Negotiation
import Testing

/// The seeded generator of these tests: the same seed, the same cases.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

private func shares(_ quantities: [(String, Int64)]) throws -> [VoteDistribution.Share] {
  try quantities.map { VoteDistribution.Share(member: try #require(MemberID($0.0)), quantity: $0.1) }
}

@Suite("Vote distribution")
struct VoteDistributionTests {
  @Test("vR4: capped members' surplus goes round among the rest")
  func worked() throws {
    let roll = try VoteDistribution.distribute(
      try shares([
        ("AUS", 550), ("USA", 400), ("IND", 30), ("THA", 15), ("COD", 5), ("JPN", 0), ("EUN", 0), ("KOR", 0),
      ]), total: 1_000, cap: 300, minimum: 1)
    let votes = Dictionary(uniqueKeysWithValues: roll.entries.map { ($0.member.text, $0.votes) })
    #expect(
      votes == ["AUS": 300, "USA": 300, "IND": 237, "THA": 119, "COD": 41, "JPN": 1, "EUN": 1, "KOR": 1])
    #expect(roll.total == 1_000)
  }

  @Test("votes add up, keep minimum and cap, do not depend on the order, and follow the quantities", arguments: 0..<200)
  func laws(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let quantities: [Int64] = [0, 1, 7, 50, 900, 123_456_789, .max]
    let list = (0..<Int.random(in: 4...55, using: &random)).map {
      ("M\(100 + $0)", quantities.randomElement(using: &random) ?? 0)
    }
    let members = try shares(list)
    let roll = try VoteDistribution.distribute(members, total: 1_000, cap: 300, minimum: 1)
    #expect(roll.entries.reduce(0) { $0 + $1.votes } == 1_000)
    #expect(roll.entries.allSatisfy { (1...300).contains($0.votes) })
    let again = try VoteDistribution.distribute(
      members.shuffled(using: &random), total: 1_000, cap: 300, minimum: 1)
    #expect(again == roll)
    for (quantity, entry) in zip(members.map(\.quantity), roll.entries) {
      for (other, rival) in zip(members.map(\.quantity), roll.entries) where quantity > other {
        #expect(entry.votes >= rival.votes, "seed \(seed)")
      }
    }
  }

  @Test("impossible parameters are refused: too many for the minimum, too few for the cap")
  func impossible() throws {
    let three = try shares([("AAA", 1), ("BBB", 1), ("CCC", 1)])
    #expect(throws: VoteDistributionError.impossible) {
      try VoteDistribution.distribute(three, total: 1_000, cap: 300, minimum: 1)
    }
    #expect(throws: VoteDistributionError.impossible) {
      try VoteDistribution.distribute(three, total: 2, cap: 300, minimum: 1)
    }
    #expect(
      try VoteDistribution.distribute(three, total: 900, cap: 300, minimum: 1).entries.map(\.votes) == [300, 300, 300])
    #expect(try VoteDistribution.distribute(three, total: 3, cap: 300, minimum: 1).entries.map(\.votes) == [1, 1, 1])
    #expect(throws: VoteDistributionError.impossible) {
      try VoteDistribution.distribute([], total: 1, cap: 300, minimum: 1)
    }
  }

  @Test("members without any quantity share alike, the smaller name first")
  func blank() throws {
    let members = try shares([("CCC", 0), ("AAA", 0), ("BBB", 0)])
    #expect(try VoteDistribution.distribute(members, total: 10, cap: 10, minimum: 1).entries.map(\.votes) == [4, 3, 3])
  }

  @Test("inputs at the ends of their range are answered or refused", arguments: 0..<200)
  func extremes(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let edges: [Int64] = [.min, -1, 0, 1, 1_000, .max / 2, .max - 1, .max]
    func edge() -> Int64 { edges.randomElement(using: &random) ?? 0 }
    let members = try shares((0..<Int.random(in: 0...4, using: &random)).map { ("M\(100 + $0)", edge()) })
    let total = edge()
    do throws(VoteDistributionError) {
      let roll = try VoteDistribution.distribute(members, total: total, cap: edge(), minimum: edge())
      #expect(roll.total == total, "seed \(seed)")
    } catch {
      #expect(!error.code.isEmpty && !error.sentence.isEmpty)
    }
  }
}
