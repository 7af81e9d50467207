import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

/// Records that other modules store, send and show: what they say of themselves, and that they come back from their bytes.
@Suite("Records for the journal, for peers and for people")
struct RecordTests {
  @Test("a freeze with its certificates, headers and closing blocks comes back from its bytes")
  func freezes() throws {
    let bench = try RecoveryBench()
    let closing = ClosingBlock(digest: bench.header(3).digest, successor: try bench.validators(RecoveryBench.survivors))
    for (final, notarised) in [(3, 4), (2, nil), (nil, 2), (nil, nil)] as [(Int?, Int?)] {
      let file = try bench.freeze("AUS", final: final, notarised: notarised, closing: final == 3 ? [closing] : [])
      #expect(try FreezeFile(decoding: file.encoded) == file)
      let verified = try bench.verified(file)
      #expect(verified.highest == file.notarisation ?? file.finalisation)
    }
    #expect(try RestartBasis(decoding: bench.basis.encoded) == bench.basis)
    #expect(bench.basis.context.validators == bench.basis.validators)
  }

  @Test("a draft that is signed is the file, with no more headers and closing blocks than a file may have")
  func drafts() throws {
    let bench = try RecoveryBench()
    let made = try bench.freeze("CAN", final: 3, notarised: 4)
    let many = Array(repeating: bench.header(3), count: RestartLimits.headers + 1)
    let draft = FreezeDraft(
      member: try bench.network.member("CAN"), context: bench.basis.context, notarisation: made.notarisation,
      finalisation: made.finalisation, lastVoted: bench.header(4).view, headers: many, closing: [])
    let file = draft.file(made.statement)
    #expect(file.headers.count == RestartLimits.headers)
    #expect(file.basis == bench.basis)
    #expect(try bench.verified(file).freeze == draft.freeze)
  }

  @Test("a member that never ran has nothing in its journal, and does not take that for an old copy")
  func nothing() {
    let nothing = JournalRecovery.nothing
    #expect(nothing.committed.isEmpty && nothing.votes.isEmpty && nothing.snapshot == nil && nothing.frozen == nil)
    #expect(!nothing.isOldCopy)
  }

  @Test("a final block is certified by its own finalisation or its tail's, not by that of a descendant")
  func certified() throws {
    let bench = try RecoveryBench()
    func finalised(by height: Int, tail: [Int]) throws -> CommittedBlock {
      CommittedBlock(
        header: bench.header(2),
        finalisation: try bench.network.certificate(.finalize, on: bench.header(height)).certificate,
        tail: tail.map(bench.header), outcomes: [], changes: [])
    }
    #expect(try finalised(by: 2, tail: []).isCertified)
    #expect(try finalised(by: 3, tail: [3]).isCertified)
    #expect(try !finalised(by: 3, tail: []).isCertified)
  }

  @Test("transactions count as one by their identity, and come back from the journal without a key")
  func transactions() throws {
    let bench = try RecoveryBench(blocks: 1)
    let transaction = try bench.network.memorandum("once")
    let again = try VerifiedTransaction(fromJournal: transaction.signed.encoded)
    #expect(again == transaction)
    #expect(Set([again, transaction]).count == 1)
    #expect(again.key == nil)
    #expect(throws: CBORError.self) { try VerifiedTransaction(fromJournal: [0x80]) }
    let block = bench.network.blocks[0]
    let outline = try #require(BlockOutline(header: block.header, transactions: block.transactions.map(\.identity)))
    #expect(outline.digest == block.digest)
    #expect(block.link == block.header.link)
  }

  @Test("two bundles of one chain, or of which nobody can tell, say so")
  func relations() {
    #expect(BundleRelation.oneChain.sentences.count == 1)
    let undecided = BundleRelation.undecided(from: 4, through: 9)
    #expect(undecided.sentences.last?.contains("4 to 9") == true)
    #expect(BundleRelation.oneChain.isCompatible && undecided.isCompatible)
  }
}
