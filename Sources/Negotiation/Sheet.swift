import CBOR
import Cryptography
import Membership
import Trade

/// What a member answers on one item.
package enum Answer: Hashable, Sendable {
  case price(Price)
  /// Takes no position.
  case abstain
  /// Has too little data of its own.
  case noData
  /// The item is not traded under its law.
  case notCovered
  /// May not answer, for a conflict of interest.
  case conflicted

  /// The number in the signed bytes; 0 is a price.
  package var number: UInt8 {
    switch self {
    case .price: 0
    case .abstain: 1
    case .noData: 2
    case .notCovered: 3
    case .conflicted: 4
    }
  }

  package var name: String {
    switch self {
    case .price: "PRICE"
    case .abstain: "ABSTAIN"
    case .noData: "NO_DATA"
    case .notCovered: "NOT_COVERED"
    case .conflicted: "CONFLICTED"
    }
  }

  package var price: Price? {
    if case .price(let price) = self { price } else { nil }
  }
}

/// One line of a sheet: the answer, with the item's version, the unit and the scale inside the signed bytes.
package struct Quote: Hashable, Sendable, CBORCodable {
  package let item: ItemID
  /// The number of a `PriceUnit`. It is read as a number, so that a foreign unit is refused by its own code, not as bad bytes.
  package let unit: UInt8
  /// How many decimals the price has.
  package let scale: UInt8
  package let answer: Answer

  package init(item: ItemID, unit: UInt8, scale: UInt8, answer: Answer) {
    (self.item, self.unit, self.scale, self.answer) = (item, unit, scale, answer)
  }

  /// A quote in the item's own unit and scale.
  package init(_ item: Item, _ answer: Answer) {
    self.init(item: item.id, unit: item.unit.rawValue, scale: item.scale, answer: answer)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(item)
    writer.unsigned(UInt64(unit))
    writer.unsigned(UInt64(scale))
    writer.unsigned(UInt64(answer.number))
    writer.optional(answer.price) { writer, price in writer.value(price) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    item = try reader.value()
    unit = try reader.narrow()
    scale = try reader.narrow()
    let number: UInt8 = try reader.narrow()
    let price = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Price.self) }
    reader.leave()
    switch (number, price) {
    case (0, let price?): answer = .price(price)
    case (1, nil): answer = .abstain
    case (2, nil): answer = .noData
    case (3, nil): answer = .notCovered
    case (4, nil): answer = .conflicted
    default: throw .unknownValue
    }
  }
}

/// What kind of evidence a sheet rests on, best first.
package enum EvidenceClass: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// Prices that were paid; customs statistics among them.
  case transaction = 0
  /// The assessment of a price agency.
  case assessment = 1
  case model = 2
  case manual = 3
  /// Derived from this bloc's own floors: it has no weight.
  case circular = 4

  package var name: String {
    switch self {
    case .transaction: "TRANSACTION"
    case .assessment: "ASSESSMENT"
    case .model: "MODEL"
    case .manual: "MANUAL"
    case .circular: "CIRCULAR"
    }
  }

  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// One piece of evidence: what it is, and the digest of the file that holds it.
package struct Evidence: Hashable, Sendable, CBORCodable {
  package static let longestSource = 128
  package static let longestPeriod = 32

  package let evidenceClass: EvidenceClass
  /// Who published it, printable ASCII.
  package let source: String
  /// The period it covers, as `2024` or `2024-01/2024-06`.
  package let period: String
  /// Plain SHA-256 of the file.
  package let file: Digest

  /// Takes printable ASCII of at most ``longestSource`` and ``longestPeriod`` bytes, neither empty; nil otherwise.
  package init?(_ evidenceClass: EvidenceClass, source: String, period: String, file: Digest) {
    guard Self.isLawful(source, max: Self.longestSource), Self.isLawful(period, max: Self.longestPeriod) else {
      return nil
    }
    (self.evidenceClass, self.source, self.period, self.file) = (evidenceClass, source, period, file)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(evidenceClass)
    writer.text(source)
    writer.text(period)
    writer.value(file)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    let evidenceClass: EvidenceClass = try reader.value()
    let source = try reader.text(max: Self.longestSource)
    let period = try reader.text(max: Self.longestPeriod)
    let file: Digest = try reader.value()
    reader.leave()
    guard let evidence = Evidence(evidenceClass, source: source, period: period, file: file) else {
      throw .unknownValue
    }
    self = evidence
  }

  private static func isLawful(_ text: String, max: Int) -> Bool {
    (1...max).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }
}

/// All that a member says on a lot in one round: an answer to every item, and what the answers rest on.
package struct Sheet: Hashable, Sendable, CBORCodable {
  package static let maximumQuotes = 512
  package static let maximumEvidence = 64

  /// Ascending by item.
  package let quotes: [Quote]
  package let evidence: [Evidence]

  package init(quotes: [Quote], evidence: [Evidence]) { (self.quotes, self.evidence) = (quotes, evidence) }

  package var hasPrice: Bool { quotes.contains { $0.answer.price != nil } }

  /// The best class of evidence with weight, or nil if all of it is circular or there is none.
  package var bestEvidence: EvidenceClass? {
    EvidenceClass.allCases.first { best in best != .circular && evidence.contains { $0.evidenceClass == best } }
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.list(quotes)
    writer.list(evidence)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    quotes = try reader.list(max: Self.maximumQuotes)
    evidence = try reader.list(max: Self.maximumEvidence)
    reader.leave()
  }
}

/// What a commitment binds besides the sheet itself, so that it is worth nothing in any other place.
package struct SealingContext: Hashable, Sendable {
  package static let saltSize = 32

  package let network: NetworkID
  package let place: LotRound
  package let member: MemberID
  /// The items of the lot, ascending.
  package let items: [ItemID]
  /// The digest of the parameters in force.
  package let parameters: Digest

  package init(network: NetworkID, place: LotRound, member: MemberID, items: [ItemID], parameters: Digest) {
    (self.network, self.place, self.member) = (network, place, member)
    (self.items, self.parameters) = (items, parameters)
  }

  /// The commitment to a sheet under a salt of 32 random bytes (`Protocol/negotiation.md`, rule N16).
  package func commitment(to sheet: Sheet, salt: [UInt8]) -> Digest {
    Digest.of(.commitment, content(of: sheet), salt)
  }

  /// What a commitment is the digest of, before the salt.
  package func content(of sheet: Sheet) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(9)
    writer.byteString(network.digest?.bytes ?? [])
    writer.value(place.docket)
    writer.unsigned(UInt64(place.lot))
    writer.unsigned(UInt64(place.round))
    writer.value(member)
    writer.value(Self.digest(.items, of: items))
    writer.value(parameters)
    writer.value(Self.digest(.proposals, of: sheet.quotes))
    writer.value(Self.digest(.evidence, of: sheet.evidence))
    return writer.bytes
  }

  private static func digest(_ domain: DigestDomain, of values: [some CBOREncodable]) -> Digest {
    var writer = CBORWriter()
    writer.list(values)
    return Digest.of(domain, writer.bytes)
  }
}
