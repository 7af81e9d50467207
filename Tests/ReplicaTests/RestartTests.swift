import Accession
import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Replica
import Testing
import Trade

/// Eight members of which three are lost for good, and what the five others do (`Protocol/recovery.md`).
@Suite("Restart after a loss")
struct RestartTests {
  static let names = ["AUS", "CAN", "EUN", "GBR", "JPN", "KOR", "MEX", "USA"]
  static let epoch: Epoch = 5

  let parliament: Parliament
  let survivors: [MemberID]
  let lost: [MemberID]

  init() throws {
    parliament = try Parliament(Self.names)
    survivors = Array(parliament.members.prefix(5))
    lost = Array(parliament.members.suffix(3))
  }

  /// A network with one final block and one that is notarised only, of which three members are lost.
  func stricken() throws -> Session {
    var session = try Session(parliament)
    try session.submit(try parliament.memorandum([1], by: survivors[0]), 1, to: survivors[0])
    session.muted = [.finalize]
    try session.submit(try parliament.memorandum([2], by: survivors[1]), 2, to: survivors[1])
    session.muted = []
    session.cut = Set(lost)
    return session
  }

  func freeze(_ member: MemberID, _ session: inout Session) throws -> FreezeFile {
    var draft: FreezeDraft?
    try session.change(member) { replica, now in
      let frozen = try some(replica.freeze(at: now))
      draft = frozen.draft
      return frozen.actions
    }
    let made = try some(draft)
    let key = try some(parliament.keys[member]?[.node])
    let statement = try Parliament.sign(made.freeze, key, parliament.genesis.network)
    session.write([.frozen(made.freeze.epoch, statement)], at: member)
    return made.file(statement)
  }

  func document(
    _ files: [FreezeFile], approvers: Int = 6, validators: [MemberID]? = nil
  ) throws -> RestartDocument {
    let chosen = validators ?? survivors
    let basis = try some(files.first).basis
    let verified = try files.map { try $0.verified(on: basis, by: SystemVerifier()) }
    let set = try some(ValidatorSet(basis.validators.members.filter { chosen.contains($0.id) }))
    let content = try RestartContent(
      composing: verified, on: basis, newEpoch: Self.epoch, newValidators: set, reason: "three were lost",
      instrument: .zero, by: SystemVerifier())
    let approvals = try parliament.members.suffix(approvers).map { member in
      try Parliament.sign(
        RestartApproval(member: member, of: content), try some(parliament.keys[member]?[.root]), basis.network)
    }
    return RestartDocument(content: content, approvals: approvals)
  }

  func envelope(_ document: RestartDocument, by member: MemberID) throws -> SignedTransaction {
    let key = try some(parliament.keys[member]?[.node])
    return try SignedTransaction(
      Parliament.sign(Transaction(restart: document, signer: member), key, parliament.genesis.network), as: .restart)
  }

  func follow(_ document: RestartDocument, at member: MemberID, _ session: inout Session) throws -> RestartProblem? {
    let basis = RestartBasis(try some(session.replicas[member]).context)
    let verified = try envelope(document, by: member).verified(restarting: basis, by: SystemVerifier())
    var problem: RestartProblem?
    try session.change(member) { replica, now in
      let answer = replica.follow(verified.restart, verified.transaction, at: now)
      problem = answer.problem
      return answer.actions
    }
    return problem
  }

  /// Whether the timer is that of a view: where all timers run out at once, views would end before anything is sent.
  func isView(_ timer: ReplicaTimer) -> Bool {
    if case .agreement(.view) = timer { true } else { false }
  }

  func heights(_ session: Session, _ members: [MemberID]) -> [Height] {
    members.compactMap { session.replicas[$0]?.finalised.height }
  }

  /// Who sent votes since then that were not in the journals before: what was stored may be sent again.
  func newVotes(_ session: Session, since count: Int) -> Set<MemberID> {
    let earlier = session.sent[..<count].compactMap { Self.vote($0.message) }
    let later = session.sent[count...].filter { sent in Self.vote(sent.message).map { !earlier.contains($0) } ?? false }
    return Set(later.map(\.from))
  }

  static func vote(_ message: PeerMessage) -> SignedStatement? {
    switch message {
    case .agreement(.vote(let vote)): vote.statement
    case .proposal(let proposal, _): proposal.notarize
    default: nil
    }
  }

  @Test("five of eight freeze, restart, and commit again; what was notarised is in the chain; a lost one comes back")
  func recovery() throws {
    var session = try stricken()
    #expect(Set(heights(session, survivors)) == [1])
    // They stand still: what is submitted does not become final, whatever runs out.
    try session.submit(try parliament.memorandum([3], by: survivors[2]), 3, to: survivors[2])
    for _ in 0..<20 { try session.expire { _ in true } }
    #expect(Set(heights(session, survivors)) == [1])

    let files = try survivors.map { try freeze($0, &session) }
    let before = session.sent.count
    for _ in 0..<5 { try session.expire { _ in true } }
    #expect(newVotes(session, since: before).isEmpty)
    let document = try document(files)
    #expect(document.content.start.height == 2)

    for member in survivors.dropLast() { #expect(try follow(document, at: member, &session) == nil) }
    for _ in 0..<10 where heights(session, survivors).contains(where: { $0 < 4 }) { try session.expire { _ in true } }
    // Four of five are a quorum. The fifth learnt it from their blocks.
    let tips = Set(survivors.compactMap { session.replicas[$0]?.finalised.digest })
    #expect(tips.count == 1)
    try #require(heights(session, survivors).allSatisfy { $0 >= 3 })
    let replica = try some(session.replicas[survivors[0]])
    #expect(replica.finalised.epoch == Self.epoch && replica.finalised.height >= 3)
    #expect(replica.context.validators.members.map(\.id) == survivors)
    let chain = try some(session.committed[survivors[4]]).map(\.block)
    #expect(chain.map(\.header.height) == (1...UInt64(chain.count)).map { Height($0) })
    #expect(chain[1].digest == document.content.start.digest, "the notarised block is final by the restart")
    #expect(chain[2].restart == document)
    // The statement of the time of standstill is in a block now.
    #expect(session.answers[3].map { if case .committed = $0 { true } else { false } } == true)
    #expect(session.halts.isEmpty)

    try comeBack(&session)
  }

  private func comeBack(_ session: inout Session) throws {
    session.cut = []
    try session.connect()
    for _ in 0..<20 where Set(heights(session, parliament.members)).count > 1 { try session.expire { _ in true } }
    #expect(Set(parliament.members.compactMap { session.replicas[$0]?.finalised.digest }).count == 1)
    #expect(session.halts.isEmpty)
    // Each says that it is ready, and they are validators again in a later epoch.
    for _ in 0..<20 where try some(session.replicas[lost[0]]).context.validators.members.count < 8 {
      try session.expire { _ in true }
      session.clock = try session.clock.adding(milliseconds: 1_000)
    }
    let context = try some(session.replicas[survivors[0]]).context
    #expect(context.epoch > Self.epoch)
    #expect(context.validators.members.map(\.id) == parliament.members)
    // Whoever executes nothing follows the links, restart and all.
    var history = EpochHistory(parliament.genesis)
    for link in try some(session.replicas[survivors[0]]).links { try history.follow(link, by: SystemVerifier()) }
    #expect(history.latest.epoch == context.epoch)
    #expect(history.latest.validators == context.validators)
  }

  @Test("a frozen member stays frozen over a restart of its process, also on an older journal with its guard")
  func frozenStays() throws {
    var session = try stricken()
    let member = survivors[0]
    let old = MemoryJournal(session.written[member] ?? [])
    _ = try freeze(member, &session)
    var journal = old.recovery()
    // The guard knows what the database has forgotten.
    journal.frozen = .zero
    session.stop(member)
    session.cut = []
    let before = session.sent.count
    try session.start(member, journal)
    for _ in 0..<10 { try session.expire { _ in true } }
    #expect(session.replicas[member]?.isFrozen == true)
    #expect(!newVotes(session, since: before).contains(member))
    // The seven others are a quorum: they go on, and it follows.
    #expect(Set(heights(session, parliament.members)).count == 1 && heights(session, [member])[0] >= 2)
  }

  @Test("a process that ends between following a restart and its first final block takes it up where it was")
  func restartOfProcess() throws {
    var session = try stricken()
    let document = try document(try survivors.map { try freeze($0, &session) })
    session.muted = [.finalize]
    for member in survivors { #expect(try follow(document, at: member, &session) == nil) }
    for _ in 0..<3 { try session.expire { _ in true } }
    #expect(Set(heights(session, survivors)) == [1])
    for member in survivors {
      session.stop(member)
      let journal = MemoryJournal(session.written[member] ?? [])
      #expect(journal.votes.contains { $0.content.epoch == Self.epoch })
      try session.start(member, journal.recovery(), restarting: try envelope(document, by: member))
      #expect(session.replicas[member]?.context.epoch == Self.epoch)
      #expect(session.replicas[member]?.isFrozen == false)
    }
    session.muted = []
    for _ in 0..<20 { try session.expire { !isView($0) } }
    #expect(heights(session, survivors).allSatisfy { $0 >= 3 }, "\(heights(session, survivors))")
    #expect(session.halts.isEmpty)
    // No member signed two different votes of one kind in one view of the new epoch.
    for member in survivors {
      let votes = MemoryJournal(session.written[member] ?? []).votes.map(\.content.subject)
      for (place, vote) in votes.enumerated() {
        #expect(!votes[..<place].contains { $0.contradicts(vote) })
      }
    }
  }

  @Test("a closing block that was notarised and not final: the restart starts there, and leaves the tail behind")
  func closingBlock() throws {
    var session = try Session(parliament)
    let motion = try parliament.motion([.suspend(lost[2])], by: survivors[0])
    try session.submitAndCommit(motion, to: survivors[0])
    // Of the seven others five are needed; the mover is one of them.
    for elector in survivors[1...3] {
      try session.submitAndCommit(try parliament.ballot(on: motion, by: elector), to: elector)
    }
    let before = try some(session.replicas[survivors[0]]).finalised.height
    session.muted = [.finalize]
    session.nextTicket += 1
    try session.submit(
      try parliament.ballot(on: motion, by: survivors[4]), session.nextTicket, to: survivors[4])
    for _ in 0..<3 { try session.expire { !isView($0) && $0 != .heartbeat } }
    session.muted = []
    session.cut = Set(lost)
    #expect(Set(heights(session, survivors)) == [before])

    let files = try survivors.map { try freeze($0, &session) }
    let document = try document(files)
    let successor = try some(document.content.successor)
    #expect(successor.members.map(\.id) == parliament.members.filter { $0 != lost[2] })
    #expect(document.content.tail > 0)
    for member in survivors { #expect(try follow(document, at: member, &session) == nil) }
    for _ in 0..<10 where heights(session, survivors).contains(where: { $0 <= document.content.start.height }) {
      try session.expire { !isView($0) }
    }
    for member in survivors {
      let replica = try some(session.replicas[member])
      #expect(replica.context.epoch == Self.epoch && replica.finalised.height > document.content.start.height)
      #expect(replica.state.accession.isSuspended(lost[2]))
    }
    #expect(session.halts.isEmpty)
    var history = EpochHistory(parliament.genesis)
    for link in try some(session.replicas[survivors[0]]).links { try history.follow(link, by: SystemVerifier()) }
    #expect(history.latest.epoch == Self.epoch)
    // One that knows of none of this comes back: what closed the epoch is in the same range as the restart.
    session.cut = [lost[0], lost[2]]
    try session.connect()
    for _ in 0..<20 where heights(session, [lost[1]]) != heights(session, [survivors[0]]) {
      try session.expire { !isView($0) }
    }
    #expect(heights(session, [lost[1]]) == heights(session, [survivors[0]]))
    #expect(session.halts.isEmpty)
  }

  @Test("whoever is lost and whatever was under way: what was final anywhere stays, and all agree", arguments: 1...12)
  func randomLoss(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    var session = try Session(parliament)
    for number in 0..<(1 + chance.below(4)) {
      session.muted = chance.below(3) == 0 ? [.finalize] : []
      // Some hear the new transactions only by asking for them; some are away for a while.
      session.cut = Set((0..<chance.below(3)).map { _ in parliament.members[Int(chance.below(8))] })
      session.nextTicket += 1
      try session.submit(
        try parliament.memorandum([UInt8(number)], by: parliament.members[0]), session.nextTicket,
        to: parliament.members[0])
      for _ in 0..<chance.below(3) { try session.expire { $0 != .heartbeat && $0 != .work } }
    }
    session.muted = []
    let gone = chance.chosen(3, of: parliament.members)
    let left = parliament.members.filter { !gone.contains($0) }
    session.cut = Set(gone)
    let known = parliament.members.compactMap { session.replicas[$0]?.finalised }

    // Three freezes would do; at least three are made, in any order.
    let frozen = chance.chosen(3 + Int(chance.below(3)), of: left)
    let files = try frozen.map { try freeze($0, &session) }
    let document = try document(files, validators: left)
    for member in chance.chosen(5, of: left) { #expect(try follow(document, at: member, &session) == nil) }
    for _ in 0..<20 where heights(session, left).contains(where: { $0 <= document.content.start.height }) {
      try session.expire { !isView($0) }
    }
    session.cut = []
    try session.connect()
    for _ in 0..<30 where Set(heights(session, parliament.members)).count > 1 { try session.expire { !isView($0) } }
    #expect(session.halts.isEmpty)
    let chains = parliament.members.map { session.committed[$0]?.map(\.block.digest) ?? [] }
    let longest = chains.max { $0.count < $1.count } ?? []
    #expect(longest.count > Int(document.content.start.height.number))
    for chain in chains { #expect(chain == Array(longest.prefix(chain.count))) }
    #expect(Set(heights(session, parliament.members)).count == 1)
    for header in known where header.height > 0 { #expect(longest[Int(header.height.number) - 1] == header.digest) }
  }

  @Test("what leaves an epoch that is over is refused")
  func secondRestart() throws {
    var session = try stricken()
    let files = try survivors.map { try freeze($0, &session) }
    let document = try document(files)
    for member in survivors { #expect(try follow(document, at: member, &session) == nil) }
    for _ in 0..<10 { try session.expire { _ in true } }
    #expect(heights(session, survivors).allSatisfy { $0 >= 3 })
    let verified = try document.verified(on: files[0].basis, by: SystemVerifier())
    try session.change(survivors[0]) { replica, now in
      let answer = replica.follow(verified, nil, at: now)
      #expect(answer.problem == .otherEpoch(0, expected: Self.epoch))
      return answer.actions
    }
  }

  @Test("a member stops, and keeps both sides, where a restart passes its final block by")
  func againstFinal() throws {
    var session = try Session(parliament)
    try session.submit(try parliament.memorandum([1], by: survivors[0]), 1, to: survivors[0])
    let early = survivors.map { MemoryJournal(session.written[$0] ?? []).recovery() }
    try session.submit(try parliament.memorandum([2], by: survivors[1]), 2, to: survivors[1])
    #expect(Set(heights(session, parliament.members)) == [2])
    session.cut = Set(lost)
    // The five froze as if they had never seen block 2: they lie, and with them a quorum of root keys errs.
    for member in survivors { session.stop(member) }
    for (member, journal) in zip(survivors, early) { try session.start(member, journal) }
    let document = try document(try survivors.map { try freeze($0, &session) })
    #expect(document.content.start.height == 1)
    for member in survivors { #expect(try follow(document, at: member, &session) == nil) }
    for _ in 0..<10 { try session.expire { _ in true } }
    #expect(heights(session, survivors).allSatisfy { $0 >= 2 })
    // By hand, the document is refused; by blocks, the member stops.
    let verified = try document.verified(on: RestartBasis(parliament.context), by: SystemVerifier())
    try session.change(lost[0]) { replica, now in
      let answer = replica.follow(verified, nil, at: now)
      #expect(answer.problem.map(\.code) == "RESTART_AGAINST_FINAL")
      return answer.actions
    }
    try session.submit(try parliament.memorandum([3], by: survivors[2]), 3, to: survivors[2])
    for _ in 0..<10 { try session.expire { _ in true } }
    #expect(heights(session, survivors).allSatisfy { $0 >= 3 })
    session.cut = []
    try session.connect()
    for _ in 0..<10 { try session.expire { _ in true } }
    for member in lost {
      guard case .contradictedRestart(let restart, let final, _) = session.halts[member] else {
        Issue.record("\(member) did not stop")
        continue
      }
      #expect(restart == document && final.height == 2)
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
private struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ limit: UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return (mixed ^ mixed >> 31) % limit
  }

  /// So many of them, in an order of its own.
  mutating func chosen(_ count: Int, of members: [MemberID]) -> [MemberID] {
    var (rest, chosen): ([MemberID], [MemberID]) = (members, [])
    while chosen.count < count, !rest.isEmpty { chosen.append(rest.remove(at: Int(below(UInt64(rest.count))))) }
    return chosen
  }
}
