import CBOR
import Cryptography
import Membership
import Negotiation
import Trade

/// What the members agree on before the first block. Its digest is the network's identity.
///
/// Encoded as a map with ascending keys 0 to 12. Nothing here is checked beyond its form: ``problems`` names what does
/// not fit together.
package struct GenesisContent: Hashable, Sendable, CBORCodable {
  /// The form of the document that this version reads.
  package static let format: UInt64 = 1

  /// The network's name for people.
  package var name: String
  /// The time of the genesis block: every later block is later.
  package var time: Instant
  /// The members, ascending by id.
  package var members: [Member]
  /// The member that can open dockets alone.
  package var chair: MemberID
  package var ledger: LedgerParameters
  package var negotiation: NegotiationParameters
  /// The registry of items, ascending by id.
  package var items: [Item]
  /// The votes on each item, ascending by item.
  package var votes: [ItemVotes]
  /// The customs profiles, ascending by member.
  package var profiles: [CustomsProfile]
  package var rates: ExchangeRateTable
  package var territories: TerritoryMap
  /// The version of the rules by which blocks are executed.
  package var rulesVersion: UInt64

  package static let longestName = 128
  package static let mostItems = 1_024

  package init(
    name: String, time: Instant, members: [Member], chair: MemberID, ledger: LedgerParameters,
    negotiation: NegotiationParameters, items: [Item], votes: [ItemVotes], profiles: [CustomsProfile],
    rates: ExchangeRateTable, territories: TerritoryMap, rulesVersion: UInt64 = LedgerState.rulesVersion
  ) {
    (self.name, self.time, self.chair, self.ledger, self.negotiation) = (name, time, chair, ledger, negotiation)
    self.members = members.sorted { $0.id < $1.id }
    self.items = items.sorted { $0.id < $1.id }
    self.votes = votes.sorted { $0.item < $1.item }
    self.profiles = profiles.sorted { $0.member < $1.member }
    (self.rates, self.territories, self.rulesVersion) = (rates, territories, rulesVersion)
  }

  /// The identity of the network that this content founds.
  package var network: NetworkID { NetworkID(digest) }

  /// What the members sign.
  package var digest: Digest { Digest.of(.genesis, encoded) }

  package func encode(to writer: inout CBORWriter) {
    let fields: [(inout CBORWriter) -> Void] = [
      { $0.unsigned(Self.format) }, { $0.text(name) }, { $0.value(time) }, { $0.list(members) }, { $0.value(chair) },
      { $0.value(ledger) }, { $0.value(negotiation) }, { $0.list(items) }, { $0.list(votes) }, { $0.list(profiles) },
      { $0.value(rates) }, { $0.value(territories) }, { $0.unsigned(rulesVersion) },
    ]
    writer.map(fields.count)
    for (key, field) in fields.enumerated() {
      writer.unsigned(UInt64(key))
      field(&writer)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.map(max: 13) == 13 else { throw .wrongCount }
    try reader.key(0)
    guard try reader.unsigned() == Self.format else { throw .unknownValue }
    try reader.key(1)
    name = try reader.prose(max: Self.longestName)
    try reader.key(2)
    time = try reader.value()
    try reader.key(3)
    members = try reader.list(max: Quorum.maximumMembers)
    try reader.key(4)
    chair = try reader.value()
    try reader.key(5)
    ledger = try reader.value()
    try reader.key(6)
    negotiation = try reader.value()
    try reader.key(7)
    items = try reader.list(max: Self.mostItems)
    try reader.key(8)
    votes = try reader.list(max: Self.mostItems)
    try reader.key(9)
    profiles = try reader.list(max: Quorum.maximumMembers)
    try reader.key(10)
    rates = try reader.value()
    try reader.key(11)
    territories = try reader.value()
    try reader.key(12)
    rulesVersion = try reader.unsigned()
    reader.leave()
  }
}

/// The genesis document: the content, and the members' endorsements of it by their root keys.
package struct Genesis: Hashable, Sendable, CBORCodable {
  package let content: GenesisContent
  /// Signed ``GenesisEndorsement`` statements, in any order.
  package let endorsements: [SignedStatement]

  package init(content: GenesisContent, endorsements: [SignedStatement] = []) {
    (self.content, self.endorsements) = (content, endorsements)
  }

  /// The document with one more endorsement.
  package func endorsed(by statement: SignedStatement) -> Genesis {
    Genesis(content: content, endorsements: endorsements + [statement])
  }

  package func encode(to writer: inout CBORWriter) {
    writer.map(2)
    writer.unsigned(0)
    writer.value(content)
    writer.unsigned(1)
    writer.list(endorsements)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.map(max: 2) == 2 else { throw .wrongCount }
    try reader.key(0)
    content = try reader.value()
    try reader.key(1)
    endorsements = try reader.list(max: Quorum.maximumMembers)
    reader.leave()
  }
}

/// What a member's root key signs: that the network begins with this content. Signed under the empty network id.
package struct GenesisEndorsement: Statement {
  package let signer: MemberID
  package let content: Digest

  package init(signer: MemberID, content: Digest) { (self.signer, self.content) = (signer, content) }

  package var statementType: StatementType { .genesis }

  package static func accepts(_ type: StatementType) -> Bool { type == .genesis }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(signer)
    writer.value(content)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    signer = try reader.value()
    content = try reader.value()
    reader.leave()
  }
}
