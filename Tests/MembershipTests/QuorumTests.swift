import Membership
import Testing

@Suite("Quorum")
struct QuorumTests {
  // Written out, so that a slip in the formula cannot also be a slip in its test.
  @Test(
    "thresholds",
    arguments: [
      (1, 0, 1), (2, 0, 2), (3, 0, 3), (4, 1, 3), (5, 1, 4), (6, 1, 5), (7, 2, 5), (8, 2, 6), (9, 2, 7), (10, 3, 7),
      (11, 3, 8), (13, 4, 9), (19, 6, 13), (31, 10, 21), (55, 18, 37), (100, 33, 67), (256, 85, 171),
    ] as [(Int, Int, Int)])
  func thresholds(members: Int, faults: Int, quorum: Int) throws {
    let rule = try #require(Quorum(members: members))
    #expect(rule.faults == faults)
    #expect(rule.quorum == quorum)
    #expect(rule.witness == faults + 1)
  }

  @Test("two quorums share an honest member, and the honest alone make one, for every size")
  func intersection() throws {
    for members in 1...Quorum.maximumMembers {
      let rule = try #require(Quorum(members: members))
      #expect(3 * rule.faults < members)
      #expect(3 * (rule.faults + 1) >= members)
      #expect(rule.exposed == 2 * rule.quorum - members)
      #expect(rule.exposed > rule.faults)
      #expect(members - rule.faults >= rule.quorum)
    }
  }

  @Test("no network has no members, or more than the limit")
  func limits() {
    #expect(Quorum(members: 0) == nil)
    #expect(Quorum(members: -1) == nil)
    #expect(Quorum(members: 257) == nil)
  }
}
