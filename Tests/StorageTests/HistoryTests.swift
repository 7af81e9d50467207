import Consensus
import Cryptography
import GRDB
import Ledger
import Membership
import Negotiation
import Storage
import Testing
import Trade

/// What other threads read beside the writer.
@Suite("Committed history")
struct HistoryTests {
  @Test("blocks come back whole, with their outcomes and the finalisation that covers them")
  func blocks() throws {
    var network = try TestNetwork()
    for number in 0..<4 { try network.append([try network.memorandum("block \(number)")]) }
    let storage = try JournalFolder(owner: network.owner).open()
    // The first two blocks are final by the finalisation of the third.
    for place in 0..<4 {
      let certified = network.blocks[max(2, place)].header
      try storage.commit([
        .transactions(network.blocks[place].transactions), .block(network.blocks[place].outline),
        try network.committed(place, network.executions[place], by: certified),
      ])
    }
    for (place, block) in network.blocks.enumerated() {
      let height = block.header.height.number
      #expect(try storage.history.block(at: height) == block)
      #expect(try storage.history.outcomes(at: height) == network.executions[place].outcomes)
      #expect(try storage.history.finalisation(covering: height)?.height == UInt64(max(3, place + 1)))
    }
    #expect(try storage.history.block(at: 5) == nil)
    #expect(try storage.history.finalisation(covering: 5) == nil)
  }

  @Test("a range ends with the first block at or beyond the bytes that has a finalisation of its own")
  func range() throws {
    var network = try TestNetwork()
    for number in 0..<6 { try network.append([try network.memorandum("block \(number)")]) }
    let storage = try JournalFolder(owner: network.owner).open()
    for place in 0..<6 {
      let certified = network.blocks[place < 3 ? 2 : place].header
      try storage.commit([
        .transactions(network.blocks[place].transactions), .block(network.blocks[place].outline),
        try network.committed(place, network.executions[place], by: certified),
      ])
    }
    let first = try storage.history.blocks(from: 1, bytes: 1)
    #expect(first.map(\.block) == Array(network.blocks[...2]))
    #expect(first.allSatisfy { $0.finalisation.block == network.blocks[2].digest })
    #expect(try storage.history.blocks(from: 4, bytes: 1).map(\.block) == [network.blocks[3]])
    #expect(try storage.history.blocks(from: 1, bytes: .max).map(\.block) == network.blocks)
    #expect(try storage.history.blocks(from: 7, bytes: 1).isEmpty)
  }

  @Test("statements about a docket come in the ledger's order, refused ones with their codes")
  func statements() throws {
    var network = try TestNetwork()
    try network.runDocket()
    let late = try network.act(
      .docketWithdraw(DocketWithdrawal(docket: try some(DocketID("2025-first")), reason: "too late")), by: "AUS")
    try network.append([late])
    let storage = try JournalFolder(owner: network.owner).open()
    try network.commitAll(to: storage)
    let all = try storage.history.statements(about: "2025-first", limit: 100)
    #expect(all.count == 14)
    #expect(all.map(\.height) == all.map(\.height).sorted())
    let refused = try storage.history.refusals(about: "2025-first", limit: 100)
    #expect(refused.map(\.transaction) == [late])
    #expect(refused.allSatisfy { !$0.isAccepted })
    #expect(try storage.history.statement(late.identity)?.height == network.tip.height.number)
    #expect(try storage.history.statement(Digest.zero) == nil)
  }

  @Test("an analyst finds the floor table, the dockets and the ballots in plain columns")
  func readable() throws {
    var network = try TestNetwork()
    try network.runDocket()
    let folder = try JournalFolder(owner: network.owner)
    let storage = try folder.open()
    try network.commitAll(to: storage)
    let queue = try DatabaseQueue(path: folder.database)
    try queue.read { database in
      let row = try some(try Row.fetchOne(database, sql: "SELECT * FROM floor_rows"))
      #expect(row["version"] == 1)
      #expect(row["item"] == "lithium/carbonate@1")
      #expect(row["floor_usd_per_kg"] == "10.50")
      #expect(row["floor_micro_usd"] == 10_500_000)
      #expect(row["authority"] == "SPECIAL_VOTE")
      #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM pending_rows") == 0)
      #expect(try String.fetchOne(database, sql: "SELECT state FROM dockets") == "ENDED")
      #expect(
        try String.fetchAll(database, sql: "SELECT choice FROM ballots ORDER BY member") == ["YES", "YES", "YES", "NO"])
      let outcomes = try String.fetchAll(database, sql: "SELECT outcome FROM results ORDER BY item")
      #expect(outcomes == ["IN_FORCE", "NO_FLOOR"])
    }
    #expect(storage.standing == .new)
  }
}
