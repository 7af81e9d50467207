import Consensus
import Ledger
import Membership
import Replica
import Testing

@Suite("Late bodies")
struct LateBodiesTests {
  @Test("a block whose bodies come after its finalisation is committed when they come, with nothing else happening")
  func bodiesLast() throws {
    let parliament = try Parliament()
    let (home, slow) = (parliament.members[0], parliament.members[3])
    var session = try Session(parliament)
    session.late = [slow]
    try session.submit(try parliament.memorandum([1], by: home), 1, to: home)
    let height = try some(session.replicas[home]).finalised.height
    #expect(height > .zero)
    let before = try some(session.replicas[slow]).finalised.height
    #expect(before < height)
    try session.release()
    #expect(session.replicas[slow]?.finalised == session.replicas[home]?.finalised)
  }

  @Test("members that lack one block do not ask one another for it without end")
  func noSpinning() throws {
    let parliament = try Parliament()
    let (home, slow) = (parliament.members[0], parliament.members[3])
    var session = try Session(parliament)
    session.late = [slow]
    try session.submit(try parliament.memorandum([1], by: home), 1, to: home)
    let asked = session.sent.filter { if case .wantRange = $0.message { $0.from == slow } else { false } }
    #expect(asked.count < 8)
  }
}
