import Accession
import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Testing
import Trade

@Suite("Handover")
struct HandoverTests {
  /// Of four members one other's motion carries a member's own affair.
  private func rotated(
    _ parliament: Parliament, _ session: inout Session, of member: MemberID, to key: PrivateKey
  ) throws {
    session.spare[key.publicKey] = key
    let others = parliament.members.filter { $0 != member }
    try session.carry([try parliament.rotation(of: member, .node, to: key)], by: Array(others.prefix(1)))
  }

  @Test("a node key is replaced without a missed view: the next block is made by the new key in the first view")
  func rotation() throws {
    let parliament = try Parliament()
    var session = try Session(parliament)
    let next = try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32))
    let context = parliament.context
    try rotated(parliament, &session, of: parliament.members[2], to: next)
    #expect(parliament.members.allSatisfy { session.entered[$0] == [1] })
    let entered = try some(session.replicas[parliament.members[0]]).context
    #expect(entered.validators[parliament.members[2]]?.node == next.publicKey)
    #expect(entered.validators.members.count == context.validators.members.count)
    for number in 1...UInt64(8) {
      try session.submit(
        try parliament.memorandum([UInt8(number)], by: parliament.members[0]), number, to: parliament.members[0])
      guard case .committed = session.answers[number] else {
        Issue.record("block \(number) is not final without a timer")
        return
      }
    }
    let first = try some(session.committed[parliament.members[0]]?.first { $0.block.header.epoch == 1 })
    #expect(first.block.header.view == entered.root.view.next)
    let views = try some(session.committed[parliament.members[0]]).filter { $0.block.header.epoch == 1 }
      .map(\.block.header.view.number)
    #expect(views == Array(views[0]..<views[0] + UInt64(views.count)))
    #expect(session.refused.isEmpty)
  }

  @Test("a member whose driver has no file of its new key follows, and says so")
  func keyMissing() throws {
    let parliament = try Parliament()
    let (member, next) = (parliament.members[2], try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32)))
    var session = try Session(parliament, running: parliament.members.filter { $0 != member })
    try session.start(
      try Replica(
        genesis: parliament.genesis, me: member, recovering: .nothing, by: SystemVerifier(),
        nodeKeys: [try some(parliament.keys[member]?[.node]).publicKey]), as: member)
    try rotated(parliament, &session, of: member, to: next)
    let health = try some(session.replicas[member]).health
    #expect(health.epoch == 1 && health.isValidator && !health.isVoting)
    #expect(health.waiting == .key(1))
    // The other three are a quorum.
    try session.submitAndCommit(
      try parliament.memorandum([1], by: parliament.members[0]), to: parliament.members[0])
  }

  @Test("a journal that ends anywhere in a handover is one to start from, and no vote contradicts one of before")
  func restarts() throws {
    let parliament = try Parliament()
    let (member, subject) = (parliament.members[0], parliament.members[2])
    var session = try Session(parliament)
    try rotated(
      parliament, &session, of: subject, to: try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32)))
    try session.submitAndCommit(try parliament.memorandum([1], by: member), to: member)
    let written = try some(session.written[member])
    #expect(written.contains { if case .epochClosed = $0 { true } else { false } })
    let whole = try some(session.replicas[member])
    for count in stride(from: 0, through: written.count, by: 1) {
      let journal = MemoryJournal(written.prefix(count))
      let replica = try parliament.replica(member, journal.recovery())
      #expect(replica.context.epoch <= whole.context.epoch)
      var restarted = session
      try restarted.start(replica, as: member)
      try restarted.catchUp()
      let after = try some(restarted.replicas[member])
      #expect(after.finalised.height >= whole.finalised.height, "after \(count) writes")
      #expect(after.context == whole.context, "after \(count) writes")
      let votes = MemoryJournal(try some(restarted.written[member])).votes.map(\.content.subject)
      for (place, vote) in votes.enumerated() {
        #expect(!votes[..<place].contains { $0.contradicts(vote) }, "after \(count) writes")
      }
    }
  }

  @Test("a member that ran on an old copy begins the next epoch as one, and votes again when it has heard a quorum")
  func oldCopy() throws {
    let parliament = try Parliament()
    let member = parliament.members[0]
    var session = try Session(parliament)
    try session.submitAndCommit(
      try parliament.memorandum([1], by: parliament.members[1]), to: parliament.members[1])
    let journal = MemoryJournal(try some(session.written[member]))
    try session.start(member, journal.recovery(isOldCopy: true))
    try session.catchUp()
    try rotated(
      parliament, &session, of: parliament.members[2],
      to: try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32)))
    let reports = try some(session.reports[member])
    #expect(reports.count { $0 == .agreement(.oldCopy) } == 2)
    #expect(session.replicas[member]?.context.epoch == 1)
    for number in UInt8(2)..<8 {
      try session.submitAndCommit(
        try parliament.memorandum([number], by: parliament.members[1]), to: parliament.members[1])
      try session.catchUp()
    }
    #expect(session.replicas[member]?.health.isVoting == true)
    // What it may have forgotten lies in the first views of the epoch at most.
    let first = try some(session.replicas[member]?.context.root.view.next?.next)
    let votes = MemoryJournal(try some(session.written[member])).votes.map(\.content).filter { $0.epoch == 1 }
    #expect(!votes.isEmpty && votes.allSatisfy { $0.view > first })
  }

  @Test("a member of which nothing is left does not vote in an epoch that others have carried on")
  func wiped() throws {
    let parliament = try Parliament()
    let member = parliament.members[0]
    var session = try Session(parliament)
    try session.submitAndCommit(
      try parliament.memorandum([1], by: parliament.members[1]), to: parliament.members[1])
    var nothing = JournalRecovery.nothing
    nothing.isFirstStart = true
    try session.start(member, nothing)
    #expect(session.reports[member]?.contains(.agreement(.oldCopy)) == true)
    // On a network that has not moved it is a first start like any other.
    var fresh = try Session(parliament, running: Array(parliament.members.dropFirst()))
    try fresh.start(member, nothing)
    #expect(fresh.replicas[member]?.health.isVoting == true)
  }

  @Test("what peers sent in an epoch that is over has no effect, and a status of any epoch tells how far a peer is")
  func foreignEpochs() throws {
    let parliament = try Parliament()
    let behind = parliament.members[3]
    var session = try Session(parliament)
    try session.submitAndCommit(
      try parliament.memorandum([1], by: parliament.members[0]), to: parliament.members[0])
    session.cut = [behind]
    let early = try some(session.sent.last { if case .agreement(.vote) = $0.message { true } else { false } } ?? nil)
    try rotated(
      parliament, &session, of: parliament.members[2],
      to: try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32)))
    for _ in 0..<3 {
      try session.submitAndCommit(
        try parliament.memorandum([UInt8(session.nextTicket & 0xff)], by: parliament.members[0]),
        to: parliament.members[0])
    }
    #expect(session.replicas[behind]?.context.epoch == 0)
    let home = parliament.members[0]
    let before = try some(session.replicas[home]).finalised
    #expect(session.replicas[home]?.screen(early.message) == nil)
    session.cut = []
    try session.catchUp()
    #expect(session.replicas[home]?.finalised.height ?? 0 >= before.height)
    #expect(session.replicas[behind]?.context == session.replicas[home]?.context)
    #expect(session.replicas[behind]?.finalised == session.replicas[home]?.finalised)
  }

  @Test("a transaction that waits when its signer's key is replaced is answered, and not committed")
  func waitingTransaction() throws {
    let parliament = try Parliament()
    let (subject, away) = (parliament.members[2], parliament.members[3])
    var session = try Session(parliament)
    session.cut = [away]
    // Only the member that is away has it.
    try session.submit(try parliament.memorandum([5], by: subject), 900, to: away)
    let key = try PrivateKey.ed25519(seed: [UInt8](repeating: 9, count: 32))
    try session.carry(
      [try parliament.rotation(of: subject, .authority, to: key)], by: [parliament.members[0]])
    session.cut = []
    try session.catchUp()
    #expect(session.replicas[away]?.context.epoch == 1)
    #expect(session.answers[900] == .refused(.ledger(.keyReplaced)))
    #expect(session.replicas[away]?.health.pooled == 0)
  }

  @Test("evidence that a member holds is recorded by the ledger, and the member leaves the validators")
  func exposes() throws {
    let parliament = try Parliament(["AUS", "CAN", "EUN", "JPN", "USA"])
    var session = try Session(parliament)
    let (culprit, witness) = (parliament.members[4], parliament.members[0])
    let context = try some(session.replicas[witness]).context
    let votes = [Digest.sha256([1]), Digest.sha256([2])].map {
      Vote(.notarize($0, in: 1, of: context), by: culprit)
    }
    for vote in votes {
      let message = PeerMessage.agreement(.vote(SignedVote(try parliament.attested(vote))))
      let verified = try parliament.verifier.verified(message, from: culprit)
      try session.handle(.received(verified, from: culprit), at: witness)
    }
    for _ in 0..<12 { try session.expire { $0 != .heartbeat && $0 != .work } }
    let after = try some(session.replicas[parliament.members[1]])
    #expect(after.context.epoch == 1)
    #expect(after.context.validators[culprit] == nil)
    #expect(after.context.roster[culprit] != nil)
    #expect(after.state.accession.isExposed(culprit))
  }

  @Test("a member stops before it signs under rules that it does not know, and says so")
  func unknownRules() throws {
    let parliament = try Parliament()
    var session = try Session(parliament)
    let height = try some(session.replicas[parliament.members[0]]).finalised.height.number + 8
    try session.carry([.rules(version: 9, height: height)], by: Array(parliament.members.prefix(3)))
    for number in UInt8(1)..<10 where session.halts.isEmpty {
      session.nextTicket += 1
      try session.submit(
        try parliament.memorandum([number], by: parliament.members[0]), session.nextTicket, to: parliament.members[0])
      try session.expire { $0 != .heartbeat && $0 != .work }
    }
    let halt = try some(session.halts.values.first)
    #expect(halt == .unknownRules(version: 9, from: Height(height), known: 2))
    #expect(halt.endsWithNewerProgram)
    let member = try some(session.halts.keys.first)
    let signed = MemoryJournal(try some(session.written[member]))
    #expect(signed.committed.allSatisfy { $0.header.height.number < height })
    #expect(
      session.sent.allSatisfy { sent in
        guard case .proposal(_, let outline) = sent.message else { return true }
        return outline.header.height.number < height
      })
  }
}
