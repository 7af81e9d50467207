import CBOR
import Consensus
import Cryptography
import Ledger
import Membership

/// What members send one another, as it came: [tag, body]. Nothing in it is verified; see ``PeerMessageVerifier``.
///
/// Tags are part of the protocol. 8 to 15 are kept for the transfer of snapshots.
package enum PeerMessage: Hashable, Sendable {
  /// A vote, a certificate, a status or a request of agreement. A proposal never travels so.
  case agreement(ConsensusMessage)
  /// A leader's proposal, with the block's header and the identities of its transactions.
  case proposal(ProposalMessage, BlockOutline)
  /// Transactions: because they are new, because they were asked for, or because their sender waits for them.
  case transactions([SignedTransaction])
  /// Asks for transactions of a block by their identities.
  case wantTransactions(block: Digest, [Digest])
  /// Asks for the outline of a block.
  case wantBlock(Digest)
  /// The answer to `wantBlock`.
  case block(BlockOutline)
  /// Asks for final blocks from a height on.
  case wantRange(from: Height)
  /// The answer to `wantRange`.
  case range(BlockRange)
}

/// The two lanes of a session: what agreement waits for never queues behind what a member catches up with.
package enum MessagePriority: UInt8, Hashable, Sendable {
  case consensus = 0
  case bulk = 1
}

extension PeerMessage: CBORCodable {
  private enum Tag: UInt8, CBORCodable {
    case agreement = 0
    case proposal = 1
    case transactions = 2
    case wantTransactions = 3
    case wantBlock = 4
    case block = 5
    case wantRange = 6
    case range = 7
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    switch self {
    case .agreement(let message): Self.encode(.agreement, message, to: &writer)
    case .proposal(let proposal, let outline):
      writer.value(Tag.proposal)
      writer.array(2)
      writer.value(proposal)
      writer.value(outline)
    case .transactions(let transactions):
      writer.value(Tag.transactions)
      writer.list(transactions)
    case .wantTransactions(let block, let identities):
      writer.value(Tag.wantTransactions)
      writer.array(2)
      writer.value(block)
      writer.list(identities)
    case .wantBlock(let digest): Self.encode(.wantBlock, digest, to: &writer)
    case .block(let outline): Self.encode(.block, outline, to: &writer)
    case .wantRange(let height): Self.encode(.wantRange, height, to: &writer)
    case .range(let range): Self.encode(.range, range, to: &writer)
    }
  }

  private static func encode(_ tag: Tag, _ body: some CBOREncodable, to writer: inout CBORWriter) {
    writer.value(tag)
    writer.value(body)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    switch try reader.value(Tag.self) {
    case .agreement: self = .agreement(try Self.agreement(from: &reader))
    case .proposal:
      try reader.array(exactly: 2)
      self = .proposal(try reader.value(), try reader.value())
      reader.leave()
    case .transactions: self = .transactions(try reader.list(max: ReplicaLimits.transactionsPerMessage))
    case .wantTransactions:
      try reader.array(exactly: 2)
      self = .wantTransactions(
        block: try reader.value(), try reader.list(max: ReplicaLimits.transactionsPerMessage))
      reader.leave()
    case .wantBlock: self = .wantBlock(try reader.value())
    case .block: self = .block(try reader.value())
    case .wantRange: self = .wantRange(from: try reader.value())
    case .range: self = .range(try reader.value())
    }
    reader.leave()
  }

  private static func agreement(from reader: inout CBORReader) throws(CBORError) -> ConsensusMessage {
    let message = try reader.value(ConsensusMessage.self)
    switch message {
    case .vote, .certificate, .status, .request: return message
    case .proposal: throw .unknownValue
    }
  }

  /// The lane on which the message travels.
  package var priority: MessagePriority {
    switch self {
    case .agreement, .proposal, .wantTransactions, .wantBlock, .block: .consensus
    case .transactions(let transactions): Self.isSmall(transactions) ? .consensus : .bulk
    case .wantRange, .range: .bulk
    }
  }

  // A few small transactions delay no vote by much, and whoever submitted one waits for it.
  private static func isSmall(_ transactions: [SignedTransaction]) -> Bool {
    var bytes = 0
    for transaction in transactions {
      bytes += transaction.statement.payload.count
      if bytes > 64 * 1_024 { return false }
    }
    return true
  }
}
