import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Testing
import Trade

@Suite("Replica")
struct ReplicaTests {
  @Test("a submission is committed by everyone, and its submitter is told where")
  func commits() throws {
    let parliament = try Parliament()
    var session = try Session(parliament)
    let transaction = try parliament.memorandum([1, 2, 3], by: parliament.members[2])
    try session.submit(transaction, 7, to: parliament.members[0])
    guard case .committed(let receipt) = session.answers[7] else {
      Issue.record("the answer is \(String(describing: session.answers[7]))")
      return
    }
    #expect(receipt.identity == transaction.identity)
    #expect(receipt.height == 1)
    #expect(receipt.result == .accepted)
    let roots = Set(parliament.members.compactMap { session.replicas[$0]?.finalised.stateRoot })
    #expect(roots.count == 1)
    #expect(parliament.members.allSatisfy { session.committed[$0]?.count == 1 })
    #expect(session.replicas[parliament.members[1]]?.health.pooled == 0)
  }

  @Test("a network of one member commits alone")
  func alone() throws {
    let parliament = try Parliament(["USA"])
    var session = try Session(parliament)
    try session.submit(try parliament.memorandum([1], by: parliament.members[0]), 1, to: parliament.members[0])
    guard case .committed = session.answers[1] else {
      Issue.record("the answer is \(String(describing: session.answers[1]))")
      return
    }
  }

  @Test("an idle member has no timer but for telling where it stands and for the next sign of life")
  func idle() throws {
    let parliament = try Parliament()
    let session = try Session(parliament)
    for member in parliament.members {
      #expect(Set((session.timers[member] ?? [:]).keys).subtracting([.flush]) == [.heartbeat, .work])
      #expect(session.replicas[member]?.health.waiting == .work)
    }
  }

  @Test("an idle network makes an empty block when the sign of life is due")
  func heartbeat() throws {
    let parliament = try Parliament(heartbeat: 5_000)
    var session = try Session(parliament)
    session.clock = Instant(milliseconds: Parliament.start.milliseconds + 5_000)
    try session.expire { $0 == .work }
    let height = try some(session.replicas[parliament.members[0]]).finalised.height
    #expect(height == 1)
    #expect(session.committed[parliament.members[0]]?.first?.block.transactions.isEmpty == true)
  }

  @Test("what would not be taken by the next block is refused at once")
  func refusals() throws {
    let parliament = try Parliament()
    var session = try Session(parliament)
    let (home, signer) = (parliament.members[0], parliament.members[1])
    let stale = try parliament.memorandum([1], by: signer, notAfter: Parliament.start)
    try session.submit(stale, 1, to: home)
    #expect(session.answers[1] == .refused(.ledger(.stale)))
    let far = Instant(milliseconds: Parliament.start.milliseconds + 10_000_000)
    try session.submit(try parliament.memorandum([1], by: signer, notAfter: far), 2, to: home)
    #expect(session.answers[2] == .refused(.ledger(.tooFarAhead)))
    let good = try parliament.memorandum([1], by: signer)
    try session.submit(good, 3, to: home)
    try session.submit(good, 4, to: home)
    #expect(session.answers[4] == .refused(.ledger(.replayed)))
  }

  @Test("a full share of the pool refuses its signer, and nobody else")
  func poolFull() throws {
    let parliament = try Parliament()
    var session = try Session(parliament, running: [parliament.members[0]])
    let (home, signer) = (parliament.members[0], parliament.members[1])
    for number in 0..<ReplicaLimits.poolTransactions {
      let bytes = [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
      try session.submit(try parliament.memorandum(bytes, by: signer), UInt64(number), to: home)
    }
    #expect(session.answers.isEmpty)
    try session.submit(try parliament.memorandum([9, 9, 9], by: signer), 5_000, to: home)
    #expect(session.answers[5_000] == .refused(.poolFull))
    try session.submit(try parliament.memorandum([9, 9, 9], by: parliament.members[2]), 5_001, to: home)
    #expect(session.answers[5_001] == nil)
  }

  @Test("whoever waits twice for one transaction is answered twice")
  func twoWaiters() throws {
    let parliament = try Parliament()
    var session = try Session(parliament, running: Array(parliament.members.prefix(2)))
    let transaction = try parliament.memorandum([1], by: parliament.members[2])
    try session.submit(transaction, 1, to: parliament.members[0])
    try session.submit(transaction, 2, to: parliament.members[0])
    #expect(session.answers.isEmpty)
    try session.start(parliament.members[2])
    try session.expire { if case .agreement = $0 { true } else { false } }
    for _ in 0..<8 where session.answers.isEmpty { try session.expire { $0 != .heartbeat && $0 != .work } }
    #expect(session.answers[1] != nil)
    #expect(session.answers[1] == session.answers[2])
  }

  @Test("a share is full by bytes too: at the limit it takes, beyond it refuses")
  func poolBytes() throws {
    let parliament = try Parliament()
    let (home, signer) = (parliament.members[0], parliament.members[1])
    var session = try Session(parliament, running: [home])
    let size = try parliament.verified(try parliament.memorandum([UInt8](repeating: 0, count: 4_000), by: signer))
      .byteCount
    let fitting = ReplicaLimits.poolBytes / size
    for number in 0...fitting {
      var bytes = [UInt8](repeating: 0, count: 4_000)
      (bytes[0], bytes[1]) = (UInt8(number >> 8), UInt8(truncatingIfNeeded: number))
      try session.submit(try parliament.memorandum(bytes, by: signer), UInt64(number), to: home)
    }
    #expect(session.answers == [UInt64(fitting): .refused(.poolFull)])
  }

  @Test("a leader takes from the members in turn: nobody waits behind another's flood")
  func turns() throws {
    let parliament = try Parliament()
    let home = parliament.members[0]
    var session = try Session(parliament)
    session.cut = Set(parliament.members)
    for number in 0..<UInt8(200) {
      try session.submit(try parliament.memorandum([number], by: parliament.members[1]), UInt64(number), to: home)
    }
    let single = try parliament.memorandum([7], by: parliament.members[2])
    try session.submit(single, 900, to: home)
    session.cut = []
    for _ in 0..<8 where session.answers[900] == nil { try session.expire { $0 != .heartbeat && $0 != .work } }
    let block = try some(session.committed[home]?.first { !$0.block.transactions.isEmpty }).block
    #expect(block.transactions.prefix(2).contains { $0.identity == single.identity })
    #expect(block.transactions.count == 201)
  }

  @Test("bodies that did not come are fetched from whoever proposed the block")
  func fetches() throws {
    let parliament = try Parliament()
    let deaf = parliament.members[3]
    var session = try Session(parliament)
    session.deaf = [deaf]
    try session.submit(try parliament.memorandum([1], by: parliament.members[0]), 1, to: parliament.members[0])
    #expect(session.sent.contains { if case .wantTransactions = $0.message { $0.from == deaf } else { false } })
    #expect(session.committed[deaf]?.contains { !$0.block.transactions.isEmpty } == true)
  }

  @Test("what expires before any block takes it is answered so")
  func expires() throws {
    let parliament = try Parliament(heartbeat: 1_000)
    let home = parliament.members[0]
    var session = try Session(parliament)
    session.cut = Set(parliament.members)
    let soon = try session.clock.adding(milliseconds: 400)
    try session.submit(try parliament.memorandum([1], by: home, notAfter: soon), 1, to: home)
    session.clock = try session.clock.adding(milliseconds: 2_000)
    session.cut = []
    for _ in 0..<8 where session.answers[1] == nil { try session.expire { _ in true } }
    #expect(session.answers[1] == .refused(.expired))
  }

  @Test("a vote leaves only after the writes that hold it are durable")
  func durableBeforeVisible() throws {
    let parliament = try Parliament(["USA"])
    var replica = try parliament.replica(parliament.members[0])
    let clock = Instant(milliseconds: Parliament.start.milliseconds + 1_000)
    _ = replica.handle(.started, at: clock)
    let transaction = try parliament.verified(try parliament.memorandum([1], by: parliament.members[0]))
    var actions = replica.handle(.submitted(transaction, SubmissionTicket(1)), at: clock)
    let vote = try some(actions.compactMap { if case .sign(let vote) = $0 { vote } else { nil } }.first)
    actions = replica.handle(.signed(try parliament.attested(vote)), at: clock)
    let (writes, ticket) = try some(
      actions.compactMap { if case .persist(let writes, let ticket) = $0 { (writes, ticket) } else { nil } }.first)
    #expect(writes.contains { if case .vote = $0 { true } else { false } })
    #expect(writes.contains { if case .block = $0 { true } else { false } })
    #expect(writes.contains(.transactions([transaction])))
    #expect(!actions.contains { if case .broadcast = $0 { true } else { false } })
    actions = replica.handle(.persisted(ticket), at: clock)
    #expect(actions.contains { if case .broadcast(.proposal) = $0 { true } else { false } })
  }

  @Test("a member that was away catches up by ranges")
  func catchesUp() throws {
    let parliament = try Parliament()
    let late = parliament.members[3]
    var session = try Session(parliament, running: Array(parliament.members.prefix(3)))
    for number in 0..<UInt8(20) {
      try session.submit(
        try parliament.memorandum([number], by: parliament.members[0]), UInt64(number), to: parliament.members[0])
      for _ in 0..<6 where session.answers[UInt64(number)] == nil {
        try session.expire { $0 != .heartbeat && $0 != .work }
      }
    }
    let height = try some(session.replicas[parliament.members[0]]).finalised.height
    #expect(height >= 10)
    try session.start(late)
    #expect(session.replicas[late]?.finalised == session.replicas[parliament.members[0]]?.finalised)
    #expect(session.sent.contains { if case .range = $0.message { $0.from != late } else { false } })
  }

  @Test("a member that was restarted from its journal goes on where it was")
  func recovers() throws {
    let parliament = try Parliament(["USA"])
    let me = parliament.members[0]
    var session = try Session(parliament)
    for number in 0..<UInt8(3) {
      try session.submit(try parliament.memorandum([number], by: me), UInt64(number), to: me)
    }
    let final = try some(session.committed[me])
    let journal = JournalRecovery(
      committed: final.map(\.block), finalisation: final.last?.committed.finalisation,
      lastVoted: final.last.map { EpochView(0, $0.block.header.view) },
      view: final.last?.block.header.view.next.map { EpochView(0, $0) })
    let replica = try parliament.replica(me, journal)
    #expect(replica.finalised == session.replicas[me]?.finalised)
    #expect(replica.state.root == session.replicas[me]?.state.root)
  }

  @Test("a journal whose blocks do not follow is named, not used")
  func damagedJournal() throws {
    let parliament = try Parliament(["USA"])
    let me = parliament.members[0]
    var session = try Session(parliament)
    for number in 0..<UInt8(2) {
      try session.submit(try parliament.memorandum([number], by: me), UInt64(number), to: me)
    }
    let blocks = try some(session.committed[me]).map(\.block)
    #expect(throws: RecoveryError.block(2, .notOnParent)) {
      try parliament.replica(me, JournalRecovery(committed: Array(blocks.dropFirst())))
    }
  }
}
