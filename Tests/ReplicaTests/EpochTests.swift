import Accession
import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Testing
import Trade

@Suite("Epochs")
struct EpochTests {
  static let eight = ["AUS", "CAN", "CHL", "EUN", "IND", "JPN", "NOR", "USA"]
  static let three = ["BRA", "KOR", "ZAF"]

  /// Eight members with a block or two, and three newcomers that follow from the genesis on.
  private func eightAndThree() throws -> Session {
    let parliament = try Parliament(Self.eight, newcomers: Self.three)
    var session = try Session(parliament)
    for number in 0..<UInt8(17) {
      try session.submitAndCommit(
        try parliament.memorandum([number], by: parliament.members[0]), to: parliament.members[1])
    }
    return session
  }

  private func admitThree(_ session: inout Session) throws {
    let parliament = session.parliament
    try session.carry(
      try parliament.newcomers.map { try parliament.admission(of: $0) }, by: Array(parliament.members.prefix(6)))
  }

  @Test("eight members admit three: all go over to the next epoch, and the three follow")
  func admits() throws {
    var session = try eightAndThree()
    let parliament = session.parliament
    try admitThree(&session)
    #expect(parliament.members.allSatisfy { session.entered[$0] == [1] })
    let context = try some(session.replicas[parliament.members[0]]).context
    #expect(context.roster.members.count == 11)
    #expect(context.validators.members.count == 8)
    for newcomer in parliament.newcomers { try session.start(newcomer) }
    try session.submitAndCommit(
      try parliament.memorandum([99], by: parliament.members[0]), to: parliament.members[0])
    try session.catchUp()
    let final = Set(session.replicas.values.map(\.finalised))
    #expect(final.count == 1)
  }

  @Test("newcomers that have caught up say that they are ready, and vote from the next epoch on")
  func validates() throws {
    var session = try eightAndThree()
    let parliament = session.parliament
    try admitThree(&session)
    for newcomer in parliament.newcomers { try session.start(newcomer) }
    for _ in 0..<4 { try session.catchUp() }
    let context = try some(session.replicas[parliament.members[0]]).context
    #expect(context.validators.members.count == 11)
    for id in parliament.members + parliament.newcomers {
      let replica = try some(session.replicas[id])
      #expect(replica.context == context)
      #expect(replica.health.isVoting, "\(id): \(replica.health.waiting.sentence)")
    }
    // With three of eight silent the newcomers' votes are needed.
    session.cut = Set(parliament.members.prefix(3))
    try session.submitAndCommit(
      try parliament.memorandum([7], by: parliament.newcomers[0]), to: parliament.newcomers[0])
  }

  @Test("a closing block whose own votes to finalize are lost becomes final by its tail")
  func tail() throws {
    var session = try eightAndThree()
    let parliament = session.parliament
    let motion = try parliament.motion(
      try parliament.newcomers.map { try parliament.admission(of: $0) }, by: parliament.members[0])
    try session.submitAndCommit(motion, to: parliament.members[0])
    for elector in parliament.members[1..<5] {
      try session.submitAndCommit(try parliament.ballot(on: motion, by: elector), to: elector)
    }
    session.muted = [.finalize]
    let last = try parliament.ballot(on: motion, by: parliament.members[5])
    try session.submit(last, 77, to: parliament.members[5])
    #expect(session.entered.isEmpty)
    session.muted = []
    // The leader makes an empty block, since its parent is not final; nobody's time is over.
    try session.expire { $0 == .emptyBlock }
    #expect(parliament.members.allSatisfy { session.entered[$0] == [1] })
    let committed = try some(session.committed[parliament.members[0]]).map(\.committed)
    let closing = try some(committed.first { $0.closesEpoch })
    #expect(!closing.tail.isEmpty)
    #expect(closing.isCertified)
    #expect(closing.tail.allSatisfy { $0.epoch == 0 && $0.stateRoot == closing.header.stateRoot })
    try session.submitAndCommit(
      try parliament.memorandum([99], by: parliament.members[0]), to: parliament.members[0])
    let next = try some(session.committed[parliament.members[0]]?.last).block.header
    #expect(next.parent == closing.header.digest)
    #expect(next.height == closing.header.height.next)
    // Whoever was away gets the tail with the range.
    for newcomer in parliament.newcomers { try session.start(newcomer) }
    try session.catchUp()
    #expect(session.replicas[parliament.newcomers[0]]?.finalised == session.replicas[parliament.members[0]]?.finalised)
  }
}

extension Session {
  /// Tells everyone where everyone stands, and lets what follows from it happen.
  mutating func catchUp() throws {
    clock = try clock.adding(milliseconds: 10)
    try expire { $0 == .heartbeat }
    for _ in 0..<12 { try expire { $0 != .heartbeat && $0 != .work } }
  }
}
