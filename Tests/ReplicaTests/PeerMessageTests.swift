import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Testing
import Trade

@Suite("Peer messages")
struct PeerMessageTests {
  private static func proposed(_ parliament: Parliament, _ transactions: [SignedTransaction]) throws -> Block {
    let genesis = parliament.genesis
    return try genesis.state.proposing(
      try transactions.map(parliament.verified), on: genesis.header, view: 1,
      at: Instant(milliseconds: Parliament.start.milliseconds + 1), by: parliament.context.leader(of: 1)
    ).block
  }

  static func messages(_ parliament: Parliament) throws -> [PeerMessage] {
    let transaction = try parliament.memorandum([1, 2], by: parliament.members[0])
    let block = try proposed(parliament, [transaction])
    let context = parliament.context
    let vote = try parliament.attested(Vote(.notarize(block.digest, in: 1, of: context), by: context.leader(of: 1)))
    let proposal = ProposalMessage(
      link: block.link, notarize: vote.statement, parentCertificate: nil, nullifications: [])
    let finalisation = try parliament.certificate(.finalize(block.digest, in: 1, of: context), signers: 3)
    return [
      .agreement(.vote(SignedVote(vote))), .agreement(.certificate(finalisation)), .proposal(proposal, block.outline),
      .transactions([transaction]), .wantTransactions(block: block.digest, [transaction.identity]),
      .wantBlock(block.digest), .block(block.outline), .wantRange(from: 1),
      .range(BlockRange(entries: [BlockRange.Entry(block)], descendants: [], finalisation: finalisation)),
    ]
  }

  @Test("every message decodes from its own bytes, verifies, and is refused with a byte more or less")
  func roundTrip() throws {
    let parliament = try Parliament()
    for message in try Self.messages(parliament) {
      let bytes = message.encoded
      #expect(try PeerMessage(decoding: bytes) == message)
      _ = try parliament.verifier.verified(message, from: parliament.members[1])
      #expect(throws: CBORError.self) { try PeerMessage(decoding: bytes + [0]) }
      #expect(throws: CBORError.self) { try PeerMessage(decoding: Array(bytes.dropLast())) }
    }
  }

  @Test("no cut of any message traps or decodes")
  func truncation() throws {
    let parliament = try Parliament()
    for message in try Self.messages(parliament) {
      let bytes = message.encoded
      for count in 0..<bytes.count {
        #expect(throws: CBORError.self) { try PeerMessage(decoding: Array(bytes.prefix(count))) }
      }
    }
  }

  @Test("a proposal without its outline and an unknown tag are refused")
  func refused() throws {
    let parliament = try Parliament()
    guard case .proposal(let proposal, _) = try Self.messages(parliament)[2] else { throw Missing() }
    #expect(throws: CBORError.unknownValue) {
      try PeerMessage(decoding: PeerMessage.agreement(.proposal(proposal)).encoded)
    }
    #expect(throws: CBORError.unknownValue) { try PeerMessage(decoding: [0x82, 0x08, 0x80]) }
  }

  @Test("a changed signature, a thin certificate and parts of different messages are refused")
  func unverifiable() throws {
    let parliament = try Parliament()
    let messages = try Self.messages(parliament)
    let (sender, verifier) = (parliament.members[1], parliament.verifier)
    let good = try parliament.memorandum([1, 2], by: parliament.members[0])
    let statement = SignedStatement(
      algorithm: good.statement.algorithm, payload: good.statement.payload,
      signature: [UInt8](repeating: 1, count: good.statement.signature.count))
    let forged = try SignedTransaction(statement, as: .memorandum)
    #expect(throws: PeerMessageRefusal.transaction(.badSignature(parliament.members[0]))) {
      try verifier.verified(.transactions([forged]), from: sender)
    }
    let subject = VoteSubject.nullify(1, of: parliament.context)
    #expect(throws: PeerMessageRefusal.self) {
      try verifier.verified(.agreement(.certificate(try parliament.certificate(subject, signers: 2))), from: sender)
    }
    guard case .proposal(let proposal, _) = messages[2] else { throw Missing() }
    let other = try Self.proposed(parliament, []).outline
    #expect(throws: PeerMessageRefusal.incoherent) { try verifier.verified(.proposal(proposal, other), from: sender) }
    guard case .range(let range) = messages[8] else { throw Missing() }
    let broken = BlockRange(
      entries: range.entries, descendants: [parliament.genesis.header], finalisation: range.finalisation)
    #expect(throws: PeerMessageRefusal.incoherent) { try verifier.verified(.range(broken), from: sender) }
  }

  @Test("a transaction that was verified before is taken without a second look, if its signature is the same")
  func known() throws {
    let parliament = try Parliament()
    let transaction = try parliament.memorandum([5], by: parliament.members[0])
    let held = try parliament.verified(transaction)
    let known = KnownParts(certificates: [], transactions: [transaction.identity: held])
    guard
      case .transactions(let taken) = try parliament.verifier.verified(
        .transactions([transaction]), from: parliament.members[1], known: known)
    else { throw Missing() }
    #expect(taken == [held])
    let statement = SignedStatement(
      algorithm: .eddsa, payload: transaction.statement.payload, signature: [UInt8](repeating: 3, count: 64))
    #expect(throws: PeerMessageRefusal.transaction(.badSignature(parliament.members[0]))) {
      try parliament.verifier.verified(
        .transactions([try SignedTransaction(statement, as: .memorandum)]), from: parliament.members[1], known: known)
    }
  }

  @Test("what agreement waits for has its own lane, and large transactions do not use it")
  func lanes() throws {
    let parliament = try Parliament()
    let messages = try Self.messages(parliament)
    #expect(messages.prefix(7).allSatisfy { $0.priority == .consensus })
    #expect(messages.suffix(2).allSatisfy { $0.priority == .bulk })
    let large = try (0..<20).map {
      try parliament.memorandum([UInt8](repeating: $0, count: 4_000), by: parliament.members[0])
    }
    #expect(PeerMessage.transactions(large).priority == .bulk)
  }
}
