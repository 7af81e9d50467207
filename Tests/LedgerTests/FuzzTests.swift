import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

/// Decoders meet bytes that nobody meant: they answer or refuse, never trap, and what they accept is what they would
/// write.
@Suite("Decoders and strange bytes")
struct FuzzTests {
  private let network: TestNetwork

  init() throws {
    var network = try TestNetwork()
    try network.runDocket()
    self.network = network
  }

  /// Changes, cuts, doubles, inserts or exchanges a few bytes.
  private static func mutated(_ bytes: [UInt8], _ lot: inout Lot) -> [UInt8] {
    var changed = bytes
    for _ in 0...lot.below(3) {
      guard !changed.isEmpty else { break }
      let place = lot.below(changed.count)
      switch lot.below(6) {
      case 0: changed[place] ^= 1 << UInt8(lot.below(8))
      case 1: changed[place] = UInt8(lot.below(256))
      case 2: changed.removeSubrange(place...)
      case 3: changed.insert(UInt8(lot.below(256)), at: place)
      case 4: changed.remove(at: place)
      default: changed.append(contentsOf: changed[place...].prefix(16))
      }
    }
    return changed
  }

  private func check<Value: CBORCodable>(_: Value.Type, _ bytes: [UInt8], rounds: Int, seed: UInt64) throws {
    #expect(try Value(decoding: bytes).encoded == bytes)
    var lot = Lot(seed: seed)
    for _ in 0..<rounds {
      let changed = Self.mutated(bytes, &lot)
      guard let value = try? Value(decoding: changed) else { continue }
      #expect(value.encoded == changed, "\(Value.self) accepts bytes that it would write otherwise")
    }
  }

  @Test("headers, outlines, transactions and outcomes", arguments: 0..<4)
  func blocks(seed: UInt64) throws {
    try check(BlockHeader.self, network.tip.encoded, rounds: 2_000, seed: seed)
    for block in network.blocks {
      try check(BlockOutline.self, block.outline.encoded, rounds: 200, seed: seed)
      for transaction in block.transactions {
        try check(SignedTransaction.self, transaction.signed.encoded, rounds: 300, seed: seed)
        try check(Transaction.self, transaction.content.encoded, rounds: 300, seed: seed)
      }
    }
    for outcome in network.executions.flatMap(\.outcomes) {
      try check(TransactionOutcome.self, outcome.encoded, rounds: 100, seed: seed)
    }
  }

  @Test("genesis documents and their parts", arguments: 0..<4)
  func genesis(seed: UInt64) throws {
    try check(Genesis.self, network.genesis.genesis.encoded, rounds: 150, seed: seed)
    try check(LedgerParameters.self, network.genesis.content.ledger.encoded, rounds: 2_000, seed: seed)
    let endorsement = GenesisEndorsement(signer: network.genesis.content.chair, content: .zero)
    try check(GenesisEndorsement.self, endorsement.encoded, rounds: 2_000, seed: seed)
  }

  @Test("a changed genesis document is refused or is another network", arguments: 0..<4)
  func changedGenesis(seed: UInt64) throws {
    let bytes = network.genesis.genesis.encoded
    var lot = Lot(seed: seed)
    for _ in 0..<60 {
      let changed = Self.mutated(bytes, &lot)
      guard changed != bytes else { continue }
      #expect(throws: GenesisError.self) { try Genesis.verified(decoding: changed, by: SystemVerifier()) }
    }
  }

  @Test("proofs, bundles and snapshots", arguments: 0..<4)
  func proofs(seed: UInt64) throws {
    let finalisation = try network.certificate(.finalize, on: network.tip).certificate
    let known = Dictionary(
      network.blocks.flatMap(\.transactions).map { ($0.identity, $0.signed) }, uniquingKeysWith: { first, _ in first })
    let plan = try BundlePlan(.table, in: network.state)
    let bundle = try some(plan.bundle(headers: [network.tip], finalisation: finalisation) { known[$0] })
    try check(StateProof.self, plan.proof.encoded, rounds: 150, seed: seed)
    try check(Bundle.self, bundle.encoded, rounds: 150, seed: seed)
    let snapshot = try some(Snapshot(of: network.state, header: network.tip, finalisation: finalisation))
    try check(Snapshot.self, snapshot.encoded, rounds: 150, seed: seed)
    let certified = CertifiedBlock(outline: try some(network.blocks.last).outline, certificate: finalisation)
    try check(CertifiedBlock.self, certified.encoded, rounds: 1_000, seed: seed)
  }

  @Test("changed proofs of the right form never prove another value", arguments: 0..<8)
  func soundness(seed: UInt64) throws {
    let state = network.state.tree
    let key = try some(network.executions.flatMap(\.changes).first { $0.key.section == .rows }).key
    let proof = StateProof([.entry(key), .prefix(.roster, [])], in: state)
    let bytes = proof.encoded
    var lot = Lot(seed: seed)
    for _ in 0..<1_500 {
      guard let changed = try? StateProof(decoding: Self.mutated(bytes, &lot)) else { continue }
      guard let proven = try? ProvenEntries(changed, stateRoot: state.root) else { continue }
      let value = Result { () throws(StateProofError) in try proven.value(key) }
      if case .success(let shown) = value { #expect(shown == state[key]) }
    }
  }
}
