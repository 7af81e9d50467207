import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

import Ledger

@Suite("Chain")
struct ChainTests {
  @Test("a docket runs its life in blocks and leaves a floor table")
  func docket() throws {
    var network = try TestNetwork()
    try network.runDocket()
    let refused = network.executions.flatMap(\.outcomes).filter { !$0.result.isAccepted }
    #expect(refused.isEmpty, "\(refused.map(\.result.code))")
    #expect(network.state.negotiation.currentRows.map(\.item.text) == ["lithium/carbonate@1"])
    #expect(network.state.negotiation.currentTable?.version == 1)
  }

  @Test("every block is accepted by whoever executes it on the parent's state, and gives the same state")
  func judged() throws {
    var network = try TestNetwork()
    try network.runDocket()
    var (state, parent) = (network.genesis.state, network.genesis.header)
    for (block, execution) in zip(network.blocks, network.executions) {
      let outline = try BlockOutline(decoding: block.outline.encoded)
      let received = try some(Block(outline: outline, transactions: block.transactions))
      let own = try state.judging(received, on: parent)
      #expect(own == execution)
      (state, parent) = (own.state, block.header)
    }
    #expect(state == network.state)
    #expect(state.root == network.tip.stateRoot)
  }

  @Test("the entries that a block is said to change are all that it changes")
  func changes() throws {
    var network = try TestNetwork()
    try network.runDocket()
    var tree = network.genesis.state.tree
    for execution in network.executions {
      tree.apply(execution.changes)
      #expect(tree == execution.state.tree)
      #expect(zip(execution.changes, execution.changes.dropFirst()).allSatisfy { $0.key < $1.key })
    }
  }

  @Test("competing blocks on one parent do not disturb one another")
  func overlays() throws {
    var network = try TestNetwork()
    try network.append([try network.memorandum("parent")])
    let parent = network.state
    var (left, right) = (network, network)
    try left.append([try network.memorandum("left")], after: 3)
    try right.append([try network.memorandum("right"), try network.memorandum("more")], after: 5)
    #expect(network.state == parent)
    #expect(left.state != right.state)
    #expect(left.tip.parent == right.tip.parent && left.tip.digest != right.tip.digest)
  }

  @Test("a header that says anything else than execution does is refused")
  func faults() throws {
    var network = try TestNetwork()
    let state = network.state
    let parent = network.tip
    try network.append([try network.memorandum("one")])
    let block = try some(network.blocks.first)
    let good = block.header
    func fault(
      height: Height? = nil, epoch: Epoch? = nil, view: View? = nil, parent other: Digest? = nil,
      parentView: View? = nil, timestamp: Instant? = nil, roots: BlockRoots? = nil, rules: UInt64? = nil
    ) -> String? {
      let header = BlockHeader(
        height: height ?? good.height, epoch: epoch ?? good.epoch, view: view ?? good.view,
        parent: other ?? good.parent,
        parentView: parentView ?? good.parentView, timestamp: timestamp ?? good.timestamp, roots: roots ?? good.roots,
        proposer: good.proposer, rulesVersion: rules ?? good.rulesVersion)
      do throws(BlockFault) {
        _ = try state.judging(Block(header: header, transactions: block.transactions), on: parent)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(fault() == nil)
    #expect(fault(height: 2) == "BLOCK_HEIGHT")
    #expect(fault(epoch: 1) == "BLOCK_EPOCH")
    #expect(fault(view: 0) == "BLOCK_VIEW")
    #expect(fault(view: 9) == nil)
    #expect(fault(parent: .zero) == "BLOCK_PARENT")
    #expect(fault(parentView: 1) == "BLOCK_PARENT")
    #expect(fault(timestamp: parent.timestamp) == "BLOCK_TIME")
    #expect(fault(timestamp: Instant(milliseconds: .min)) == "BLOCK_TIME")
    #expect(fault(rules: 2) == "BLOCK_RULES_VERSION")
    let roots = good.roots
    #expect(
      fault(roots: BlockRoots(transactions: .zero, results: roots.results, state: roots.state))
        == "BLOCK_TRANSACTIONS_ROOT")
    #expect(
      fault(roots: BlockRoots(transactions: roots.transactions, results: .zero, state: roots.state))
        == "BLOCK_RESULTS_ROOT")
    #expect(
      fault(roots: BlockRoots(transactions: roots.transactions, results: roots.results, state: .zero))
        == "BLOCK_STATE_ROOT")
  }

  @Test("an outline and its bodies belong together, in their order")
  func outline() throws {
    let network = try TestNetwork()
    let transactions = try ["a", "b", "c"].map { try network.memorandum($0) }
    let (block, _) = try network.state.proposing(
      transactions, on: network.tip, view: 1, at: try network.now.adding(milliseconds: 1), by: network.member("AUS"))
    #expect(BlockOutline(header: block.header, transactions: block.outline.transactions) == block.outline)
    #expect(BlockOutline(header: block.header, transactions: block.outline.transactions.reversed()) == nil)
    #expect(BlockOutline(header: block.header, transactions: []) == nil)
    #expect(Block(outline: block.outline, transactions: transactions) == block)
    #expect(Block(outline: block.outline, transactions: transactions.reversed()) == nil)
    #expect(Block(outline: block.outline, transactions: Array(transactions.dropLast())) == nil)
  }

  @Test("a block of exactly the limit is made, a byte more is not")
  func size() throws {
    let limit = LedgerLimits.leastBlockBytes
    let network = try TestNetwork { $0.ledger.blockBytes = limit }
    let time = try network.now.adding(milliseconds: 1)
    let large = String(repeating: "x", count: 4_000)
    let candidates = try (0..<100).map { try network.memorandum("\($0) " + large) }
    let chosen = network.state.selecting(from: candidates + candidates, at: time)
    #expect(chosen.count < candidates.count)
    #expect(chosen == Array(candidates.prefix(chosen.count)))
    func block(_ transactions: [VerifiedTransaction]) throws(BlockFault) -> Block {
      try network.state.proposing(
        transactions, on: network.tip, view: 1, at: time, by: network.genesis.content.chair
      ).block
    }
    let full = try block(chosen)
    #expect(full.byteCount <= Int(limit))
    #expect(Block.overhead >= (try block([])).byteCount)
    // A last memorandum fills what is left to the byte.
    let room = Int(limit) - full.byteCount
    let probe = try network.memorandum("")
    let exact = try network.memorandum(String(repeating: "y", count: room - Block.cost(of: probe) - 4))
    let filled = chosen + [exact]
    let rest = Int(limit) - (try block(filled)).byteCount
    let last = try network.memorandum(String(repeating: "y", count: room - Block.cost(of: probe) - 4 + rest))
    #expect(try block(chosen + [last]).byteCount == Int(limit))
    let beyond = try network.memorandum(String(repeating: "y", count: room - Block.cost(of: probe) - 4 + rest + 1))
    #expect(throws: BlockFault.tooLarge(Int(limit) + 1)) { try block(chosen + [beyond]) }
  }

  @Test("what the ledger would refuse is not chosen, and nothing is chosen twice")
  func selection() throws {
    var network = try TestNetwork()
    let (used, fresh) = (try network.memorandum("used"), try network.memorandum("fresh"))
    let stale = try network.memorandum("stale", life: 1)
    try network.append([used])
    let time = try network.now.adding(milliseconds: 10)
    #expect(network.state.selecting(from: [used, stale, fresh, fresh], at: time) == [fresh])
  }
}

@Suite("Snapshots")
struct SnapshotTests {
  private let network: TestNetwork
  private let snapshot: Snapshot

  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    try network.append([try network.memorandum("a"), try network.memorandum("b")])
    self.network = network
    snapshot = try some(
      Snapshot(
        of: network.state, header: network.tip,
        finalisation: try network.certificate(.finalize, on: network.tip).certificate))
  }

  @Test("a state comes back whole, and goes on as if it had never stopped")
  func restored() throws {
    let decoded = try Snapshot(decoding: snapshot.encoded)
    #expect(decoded == snapshot)
    let state = try decoded.state(on: network.genesis, by: SystemVerifier())
    #expect(state == network.state)
    let again = try network.memorandum("later")
    let time = try network.now.adding(milliseconds: 2_000)
    let parent = network.tip
    #expect(
      state.executing([again], at: time, on: parent) == network.state.executing([again], at: time, on: parent))
    let used = try some(network.blocks.last?.transactions.first)
    #expect(state.executing([used], at: time, on: parent).outcomes.map(\.result.code) == ["REPLAYED"])
  }

  @Test("a header that is not finalised, or entries that are not the state's, are refused")
  func refused() throws {
    let notarised = try network.certificate(.notarize, on: network.tip).certificate
    #expect(Snapshot(of: network.state, header: network.tip, finalisation: notarised) == nil)
    #expect(Snapshot(of: network.state, header: network.genesis.header, finalisation: snapshot.finalisation) == nil)
    let other = try TestNetwork { $0.name = "other" }
    #expect(throws: SnapshotError.self) { try snapshot.state(on: other.genesis, by: SystemVerifier()) }
    let bytes = snapshot.encoded
    var noticed = 0
    for place in stride(from: 0, to: bytes.count, by: 151) {
      var changed = bytes
      changed[place] ^= 1
      guard let decoded = try? Snapshot(decoding: changed) else {
        noticed += 1
        continue
      }
      #expect(throws: SnapshotError.self, "byte \(place)") {
        try decoded.state(on: network.genesis, by: SystemVerifier())
      }
      noticed += 1
    }
    #expect(noticed > 50)
  }
}
