import Accession
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Waves of accession and departures: A8 to A14")
struct WaveTests {
  /// Admits so many in one motion, with votes for all of them.
  private func wave(
    _ bloc: inout Bloc, _ places: ClosedRange<Int>, entry: Int64? = nil
  ) throws -> Motion {
    let members = try places.map { try bloc.newMember(Bloc.name($0)) }
    let everyone = (bloc.accession.fullMembers + members.map(\.id)).sorted()
    return bloc.motion(
      try members.map { try bloc.admission($0) }, votes: try Bloc.votes(everyone), closes: 1_000_000, entry: entry)
  }

  @Test("8 become 19, then 55, each wave in one step, and then a third of them leaves")
  func waves() throws {
    var bloc = try Bloc(8)
    for wave in [9...19, 20...55] {
      let before = bloc.accession.fullMembers.count
      let motion = try self.wave(&bloc, wave, entry: 5_000)
      let identity = try bloc.carry(motion, by: "M01")
      #expect(bloc.outcome(identity) == .adopted(bloc.now))
      #expect(try bloc.endBlock())
      // On the roster as signatories: they follow, and neither vote nor agree.
      #expect(bloc.accession.roster.members.count == wave.upperBound)
      #expect(bloc.accession.fullMembers.count == before && bloc.validators.count == before)
      for place in wave where !place.isMultiple(of: 10) { try bloc.ready(Bloc.name(place)) }
      #expect(try !bloc.endBlock(after: 5_000))
      #expect(bloc.outcome(identity) == .entered(bloc.now))
      #expect(try bloc.endBlock())
      #expect(bloc.accession.fullMembers.count == wave.upperBound)
      #expect(bloc.electorates.last?.members == bloc.accession.fullMembers)
      // Those that are not ready do not stop the others; they join later.
      let late = wave.filter { $0.isMultiple(of: 10) }
      #expect(bloc.validators.count == wave.upperBound - late.count)
      for place in late { try bloc.ready(Bloc.name(place)) }
      #expect(try bloc.endBlock())
      #expect(bloc.validators.count == wave.upperBound)
    }
    #expect(bloc.accession.validators.quorum.quorum == 37)
    let leaving = (1...18).map { Bloc.name($0 * 3) }
    for name in leaving.prefix(6) {
      try bloc.carry(bloc.motion([try bloc.withdrawal(name)]), by: "M01")
      #expect(try bloc.endBlock())
    }
    try bloc.carry(bloc.motion(try leaving.dropFirst(6).map { try bloc.withdrawal($0) }), by: "M01")
    #expect(try bloc.endBlock())
    #expect(bloc.validators.count == 37 && bloc.accession.fullMembers.count == 37)
    #expect(bloc.accession.validators.quorum.quorum == 25)
    #expect(bloc.accession.epoch.number == UInt64(bloc.accession.epochs.count - 1))
  }

  @Test("without an entry instant a wave enters with its adoption, and waits for readiness alone")
  func atOnce() throws {
    var bloc = try Bloc(5)
    try bloc.carry(try wave(&bloc, 6...7), by: "M01")
    #expect(try bloc.endBlock())
    #expect(try bloc.status("M06") == .full && bloc.validators.count == 5)
    #expect(bloc.electorates.last?.members.count == 7)
    try bloc.ready("M07")
    #expect(try bloc.endBlock())
    #expect(bloc.validators.last == "M07" && bloc.validators.count == 6)
  }

  @Test("readiness names a recent block of this chain, expires, and is needless for validators")
  func readiness() throws {
    var bloc = try Bloc(4)
    try bloc.carry(try wave(&bloc, 5...6, entry: 3 * Instant.millisecondsPerDay), by: "M01")
    try bloc.endBlock()
    let mark = try #require(bloc.accession.latestMark)
    #expect(mark.height == 0)
    try bloc.refuses(.ready(Readiness(height: 1, block: Bloc.block(1))), by: "M05", .blockNotRecent)
    try bloc.refuses(.ready(Readiness(height: 0, block: Bloc.block(1))), by: "M05", .blockNotRecent)
    try bloc.refuses(.ready(Readiness(height: 0, block: mark.digest)), by: "M01", .readyNeedless)
    try bloc.ready("M05")
    try bloc.endBlock(after: 3 * Instant.millisecondsPerDay - 300)
    try bloc.ready("M06")
    #expect(!bloc.accession.isReady(try Bloc.id("M05"), at: bloc.now))
    try bloc.endBlock(after: 300)
    #expect(try bloc.endBlock())
    #expect(bloc.validators == ["M01", "M02", "M03", "M04", "M06"])
  }

  @Test("recent blocks: every sixteenth, the last sixteen of them")
  func recent() throws {
    var bloc = try Bloc(4)
    for _ in 0..<300 { try bloc.endBlock() }
    #expect(bloc.accession.recent.map(\.height.number) == (3...18).map { $0 * 16 })
    #expect(bloc.accession.latestMark == BlockMark(height: 288, digest: Bloc.block(288)))
  }

  @Test("votes: missing, unlawful, impossible")
  func votes() throws {
    var bloc = try Bloc(4)
    let member = try bloc.newMember("NEW")
    let admission = try bloc.admission(member)
    let everyone = (bloc.accession.fullMembers + [member.id]).sorted()
    try bloc.refuses(.motion(bloc.motion([admission])), by: "M01", .votesMissing)
    let without = try Bloc.votes(bloc.accession.fullMembers)
    try bloc.refuses(.motion(bloc.motion([admission], votes: without)), by: "M01", .votesUnlawful)
    let partial = Array(try Bloc.votes(everyone).prefix(1))
    try bloc.refuses(.motion(bloc.motion([admission], votes: partial)), by: "M01", .votesUnlawful)
    try bloc.act(.motion(bloc.motion([admission], votes: try Bloc.votes(everyone))), by: "M01")
    // Three members cannot share 1,000 votes when nobody may have more than 300: nor may agreement be left to three.
    var five = try Bloc(5)
    let three = try ["M04", "M05"].map { RosterChange.suspend(try Bloc.id($0)) }
    try five.refuses(.motion(five.motion(three)), by: "M01", .tooFewValidators)
  }

  @Test("a motion never leaves fewer than four validators where there were four")
  func fewest() throws {
    var bloc = try Bloc(5)
    try bloc.carry(bloc.motion([.suspend(try Bloc.id("M05"))]), by: "M01")
    try bloc.endBlock()
    try bloc.refuses(.motion(bloc.motion([.suspend(try Bloc.id("M04"))])), by: "M01", .tooFewValidators)
    try bloc.refuses(.motion(bloc.motion([try bloc.withdrawal("M01")])), by: "M02", .tooFewValidators)
    #expect(bloc.validators.count == 4)
  }

  @Test("so many members that a window could be missed are refused")
  func windows() throws {
    var bloc = try Bloc(4, mostMembers: 6)
    try bloc.refuses(.motion(try wave(&bloc, 5...7)), by: "M01", .windowsTooShort)
    try bloc.carry(try wave(&bloc, 5...6), by: "M01")
    try bloc.endBlock()
    #expect(bloc.accession.fullMembers.count == 6)
    try bloc.carry(bloc.motion([.suspend(try Bloc.id("M05"))]), by: "M01")
    try bloc.endBlock()
  }

  @Test("a wave that cannot enter any more takes its signatories off the roster")
  func voidWave() throws {
    var bloc = try Bloc(4, mostMembers: 6)
    let first = try bloc.carry(try wave(&bloc, 5...6, entry: 1_000), by: "M01")
    try bloc.endBlock()
    let second = try bloc.carry(try wave(&bloc, 7...7), by: "M01")
    #expect(bloc.outcome(second) == .entered(bloc.now))
    try bloc.endBlock(after: 1_000)
    #expect(bloc.outcome(first) == .void(bloc.now, .windowsTooShort))
    #expect(try bloc.endBlock())
    #expect(try bloc.status("M05") == .withdrawn && bloc.accession.roster.members.count == 5)
  }

  @Test("a signatory that leaves before the entry does not stop the wave")
  func leavingSignatory() throws {
    var bloc = try Bloc(4)
    let identity = try bloc.carry(try wave(&bloc, 5...7, entry: 1_000), by: "M01")
    try bloc.endBlock()
    try bloc.carry(bloc.motion([try bloc.withdrawal("M06")]), by: "M01")
    try bloc.endBlock(after: 1_000)
    #expect(bloc.outcome(identity) == .entered(bloc.now))
    try bloc.endBlock()
    #expect(bloc.accession.fullMembers.count == 6)
    #expect(bloc.electorates.last?.members == bloc.accession.fullMembers)
    // It may come back, with other keys.
    let again = try bloc.newMember("M06")
    let everyone = (bloc.accession.fullMembers + [again.id]).sorted()
    try bloc.carry(bloc.motion([try bloc.admission(again)], votes: try Bloc.votes(everyone)), by: "M01")
    try bloc.endBlock()
    #expect(try bloc.status("M06") == .full)
  }

  @Test("new policy votes change no validator, and end no epoch")
  func votesAlone() throws {
    var bloc = try Bloc(6)
    let before = bloc.accession.validators
    let votes = try Bloc.votes(bloc.accession.fullMembers)
    try bloc.carry(bloc.motion([], votes: votes), by: "M01")
    #expect(try !bloc.endBlock())
    #expect(bloc.electorates.last?.votes == votes && bloc.accession.validators == before)
  }

  @Test("a member alone manages its own affairs")
  func alone() throws {
    let terms = AccessionTerms(network: Bloc.network, rulesVersion: 1, items: [], votes: Bloc.rules, mostMembers: 256)
    var bloc = try Bloc(1)
    #expect(bloc.accession.terms.votes == terms.votes)
    let identity = try bloc.act(.motion(bloc.motion([try bloc.rotation("M01", .node, to: bloc.newKey())])), by: "M01")
    #expect(bloc.outcome(identity) == .entered(bloc.now))
    #expect(try bloc.endBlock())
    try bloc.refuses(.motion(bloc.motion([try bloc.withdrawal("M01")])), by: "M01", .noMemberLeft)
  }
}
