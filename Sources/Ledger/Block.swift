import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// A block as it travels and is kept: the header, and the transactions by identity. Their bodies travel once, beside
/// it.
package struct BlockOutline: Hashable, Sendable, CBORCodable {
  package let header: BlockHeader
  package let transactions: [Digest]

  /// Nil where the identities are not those under the header's transactions root.
  package init?(header: BlockHeader, transactions: [Digest]) {
    guard Self.root(of: transactions) == header.transactionsRoot else { return nil }
    (self.header, self.transactions) = (header, transactions)
  }

  package var digest: Digest { header.digest }

  /// The root over identities: each is one leaf of 32 bytes.
  package static func root(of identities: [Digest]) -> Digest { MerkleHash.root(of: identities.lazy.map(\.bytes)) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(header)
    writer.list(transactions)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    let header = try reader.value(BlockHeader.self)
    let identities = try reader.list(of: Digest.self, max: LedgerLimits.transactionsPerBlock)
    reader.leave()
    guard let outline = BlockOutline(header: header, transactions: identities) else { throw .unknownValue }
    self = outline
  }
}

/// A block with the bodies of its transactions.
package struct Block: Hashable, Sendable {
  package let header: BlockHeader
  package let transactions: [VerifiedTransaction]

  /// Joins an outline with its bodies; nil where one is missing or stands in another place.
  package init?(outline: BlockOutline, transactions: [VerifiedTransaction]) {
    guard outline.transactions == transactions.map(\.identity) else { return nil }
    (header, self.transactions) = (outline.header, transactions)
  }

  /// A block as its proposer claims it: whether header and transactions belong together is found by judging it.
  package init(header: BlockHeader, transactions: [VerifiedTransaction]) {
    (self.header, self.transactions) = (header, transactions)
  }

  package var digest: Digest { header.digest }
  package var link: BlockLink { header.link }

  /// The header with the identities alone.
  package var outline: BlockOutline { BlockOutline(trusted: header, transactions.map(\.identity)) }

  /// What counts against the limit of a block: the outline and all bodies, in bytes as they are sent.
  package var byteCount: Int { Self.byteCount(transactions, header: header.encoded.count) }

  /// The bytes that one transaction takes of a block: its body, and its identity in the outline.
  package static func cost(of transaction: VerifiedTransaction) -> Int { transaction.byteCount + Digest.size + 2 }

  /// The bytes that a block takes without any transaction, at most.
  package static let overhead = 320

  private static func byteCount(_ transactions: [VerifiedTransaction], header: Int) -> Int {
    transactions.reduce(header + 8) { $0 + cost(of: $1) }
  }
}

extension BlockOutline {
  fileprivate init(trusted header: BlockHeader, _ transactions: [Digest]) {
    (self.header, self.transactions) = (header, transactions)
  }
}

/// A finalised block: the outline with the certificate that finalises it or one of its descendants.
package struct CertifiedBlock: Hashable, Sendable, CBORCodable {
  package let outline: BlockOutline
  package let certificate: Certificate

  package init(outline: BlockOutline, certificate: Certificate) {
    (self.outline, self.certificate) = (outline, certificate)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(outline)
    writer.value(certificate)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    outline = try reader.value()
    certificate = try reader.value()
    reader.leave()
  }
}
