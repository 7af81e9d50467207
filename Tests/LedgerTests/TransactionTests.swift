import Accession
import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

@Suite("Transactions")
struct TransactionTests {
  private let network: TestNetwork

  init() throws { network = try TestNetwork() }

  private func transaction(_ body: TransactionBody, by name: String = "JPN", notAfter: Int64) throws -> Transaction {
    Transaction(signer: try network.member(name), notAfter: Instant(milliseconds: notAfter), body: body)
  }

  @Test("bytes that are accepted encode to themselves, and the identity covers type, signer and payload")
  func coding() throws {
    let content = try transaction(.memorandum([1, 2, 3]), notAfter: 5)
    let signed = try network.signed(content)
    #expect(try SignedTransaction(decoding: signed.encoded) == signed)
    var writer = CBORWriter()
    writer.array(3)
    writer.text("memorandum")
    writer.text("JPN")
    writer.byteString(content.encoded)
    #expect(signed.identity == Digest.of(.transaction, writer.bytes))
    #expect(SignedTransaction.identity(of: content) == signed.identity)
  }

  @Test("statements of another type, of strangers and with wrong keys are refused")
  func attestation() throws {
    let content = try transaction(.memorandum([1]), notAfter: 5)
    let signed = try network.signed(content)
    #expect(throws: AttestationError.wrongType) { try SignedTransaction(signed.statement, as: .ballot) }
    #expect(throws: AttestationError.wrongType) { try SignedTransaction(signed.statement, as: .notarize) }
    let verifier = SystemVerifier()
    let node = try some(network.keys[content.signer]?[.node])
    let byNode = try SignedTransaction(TestNetwork.sign(content, node, network.genesis.network), as: .memorandum)
    #expect(throws: AttestationError.badSignature(content.signer)) {
      try byNode.verified(on: network.genesis.roster, network: network.genesis.network, by: verifier)
    }
    #expect(throws: AttestationError.badSignature(content.signer)) {
      try signed.verified(on: network.genesis.roster, network: NetworkID(.zero), by: verifier)
    }
    let foreign = Transaction(signer: try some(MemberID("ZZZ")), notAfter: content.notAfter, body: content.body)
    let stranger = try SignedTransaction(TestNetwork.sign(foreign, node, network.genesis.network), as: .memorandum)
    #expect(throws: AttestationError.stranger(foreign.signer)) {
      try stranger.verified(on: network.genesis.roster, network: network.genesis.network, by: verifier)
    }
  }

  @Test("a memorandum of 4 KiB is read, one byte more is not")
  func memorandumLimit() throws {
    let limit = Int(LedgerLimits.memorandumBytes)
    let largest = try network.signed(try transaction(.memorandum([UInt8](repeating: 7, count: limit)), notAfter: 5))
    #expect(try SignedTransaction(decoding: largest.encoded) == largest)
    let beyond = try transaction(.memorandum([UInt8](repeating: 7, count: limit + 1)), notAfter: 5)
    #expect(throws: CBORError.tooLong) { try Transaction(decoding: beyond.encoded) }
  }

  @Test("a payload beyond 256 KiB is not read")
  func payloadLimit() {
    for (count, isRead) in [(LedgerLimits.transactionBytes, true), (LedgerLimits.transactionBytes + 1, false)] {
      let statement = SignedStatement(
        algorithm: .eddsa, payload: [UInt8](repeating: 0, count: count), signature: [UInt8](repeating: 0, count: 64))
      #expect(((try? SignedStatement(decoding: statement.encoded)) != nil) == isRead)
    }
  }

  // MARK: Execution

  private func results(
    _ transactions: [VerifiedTransaction], at time: Instant, on network: TestNetwork
  ) -> [String] {
    network.state.executing(transactions, at: time, on: network.tip).outcomes.map(\.result.code)
  }

  @Test("the last instant decides: at it accepted, before and too far ahead refused")
  func life() throws {
    let now = TestNetwork.start.milliseconds + 5_000
    let life = network.genesis.content.ledger.longestTransactionLife
    let cases: [(Int64, String)] = [
      (now - 1, "STALE"), (now, "ACCEPTED"), (now + life, "ACCEPTED"), (now + life + 1, "TOO_FAR_AHEAD"),
      (.max, "TOO_FAR_AHEAD"), (.min, "STALE"),
    ]
    for (notAfter, expected) in cases {
      let signed = try network.verified(try transaction(.memorandum([]), notAfter: notAfter))
      #expect(results([signed], at: Instant(milliseconds: now), on: network) == [expected])
    }
  }

  @Test("a second inclusion is refused in the same block, in a later one, and at the very end of its life")
  func replay() throws {
    var network = network
    let memorandum = try network.memorandum("once", life: 10_000)
    let first = try network.append([memorandum, memorandum])
    #expect(first.outcomes.map(\.result.code) == ["ACCEPTED", "REPLAYED"])
    #expect(try network.append([memorandum]).outcomes.map(\.result.code) == ["REPLAYED"])
    let left = try memorandum.content.notAfter.milliseconds(since: network.now)
    #expect(try network.append([memorandum], after: left).outcomes.map(\.result.code) == ["REPLAYED"])
    #expect(try network.append([memorandum]).outcomes.map(\.result.code) == ["STALE"])
    try network.append(after: 1_000)
    #expect(network.state.seen == SeenTransactions())
    #expect(network.state[EntryKey(.seen, BigEndian.bytes(1_750_000_010))] == nil)
  }

  @Test("a refused act is remembered too, and changes nothing else")
  func refusedAct() throws {
    var network = network
    let withdrawal = DocketWithdrawal(docket: try some(DocketID("none")), reason: "")
    let act = try network.act(.docketWithdraw(withdrawal), by: "USA")
    let before = network.state.negotiation
    let execution = try network.append([act])
    #expect(execution.outcomes.map(\.result) == [.refusedAct(.docketUnknown)])
    #expect(execution.changes.map(\.key.section) == [.seen, .recent])
    #expect(network.state.negotiation == before)
    #expect(try network.append([act]).outcomes.map(\.result.code) == ["REPLAYED"])
  }

  @Test("a genesis may allow less than 4 KiB")
  func smallerMemoranda() throws {
    var network = try TestNetwork { $0.ledger.memorandumBytes = 3 }
    let (fits, exceeds) = (try network.memorandum("abc"), try network.memorandum("abcd"))
    let outcomes = try network.append([fits, exceeds]).outcomes
    #expect(outcomes.map(\.result.code) == ["ACCEPTED", "MEMORANDUM_TOO_LONG"])
  }

  @Test("every result has one number, and its number gives it back")
  func numbers() throws {
    let results: [TransactionResult] =
      [.accepted] + LedgerRefusal.allCases.map { .refused($0) } + Refusal.allCases.map { .refusedAct($0) }
      + AccessionRefusal.allCases.map { .refusedAccession($0) }
    #expect(Set(results.map(\.number)).count == results.count)
    for result in results {
      let outcome = TransactionOutcome(identity: .zero, result: result)
      #expect(try TransactionOutcome(decoding: outcome.encoded) == outcome)
      #expect(!result.sentence.isEmpty && result.code == result.code.uppercased())
    }
    for number in [UInt16(8), 99, 100, 299, 300, 65_535] { #expect(TransactionResult(number: number) == nil) }
  }
}
