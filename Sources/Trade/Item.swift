import CBOR

/// One immutable version of a tradable item: everything that must be known to read a price of it.
package struct Item: Hashable, Sendable, CBORCodable {
  package let id: ItemID
  package let stage: Stage
  /// The item's name for people.
  package let title: String
  package let basis: ContentBasis
  /// The basis in words, as "FOB statistics, kg as traded".
  package let basisStatement: String
  package let unit: PriceUnit
  /// Decimals of a signed price.
  package let scale: UInt8
  package let grades: GradeWindow
  package let moisture: MoistureBasis
  package let delivery: Delivery
  /// The subheadings under which the item is declared, ascending.
  package let codes: [CommodityCode]
  package let pricing: PriceRules
  /// A warning for readers, as "mixed grades, illustrative".
  package let note: String?
  /// From when on no new docket may name the item.
  package let retiredAt: Instant?

  package static let longestProse = 200
  package static let mostCodes = 32

  /// Makes an item that obeys every rule of registration.
  package init(
    id: ItemID, stage: Stage, title: String, basis: ContentBasis, basisStatement: String,
    grades: GradeWindow, moisture: MoistureBasis, delivery: Delivery, codes: [CommodityCode],
    pricing: PriceRules, note: String? = nil, retiredAt: Instant? = nil
  ) throws(ItemError) {
    self.id = id
    self.stage = stage
    self.title = title
    self.basis = basis
    self.basisStatement = basisStatement
    unit = .usdPerKilogram
    scale = UInt8(Price.decimals)
    self.grades = grades
    self.moisture = moisture
    self.delivery = delivery
    self.codes = codes
    self.pricing = pricing
    self.note = note
    self.retiredAt = retiredAt
    try validate()
  }

  /// Whether a declaration must state a grade: all but product-weight items, for which the reference grade stands in.
  package var requiresGrade: Bool {
    switch basis {
    case .productWeight: false
    case .containedContent, .normalisedProduct: true
    }
  }

  package func isRetired(at instant: Instant) -> Bool {
    retiredAt.map { $0 <= instant } ?? false
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(14)
    writer.value(id)
    writer.value(stage)
    writer.text(title)
    writer.value(basis)
    writer.text(basisStatement)
    writer.value(unit)
    writer.unsigned(UInt64(scale))
    writer.value(grades)
    writer.value(moisture)
    writer.value(delivery)
    writer.list(codes)
    writer.value(pricing)
    writer.optional(note) { writer, note in writer.text(note) }
    writer.optional(retiredAt) { writer, instant in writer.value(instant) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 14)
    id = try reader.value()
    stage = try reader.value()
    title = try reader.prose(max: Self.longestProse)
    basis = try reader.value()
    basisStatement = try reader.prose(max: Self.longestProse)
    unit = try reader.value()
    scale = try reader.narrow()
    grades = try reader.value()
    moisture = try reader.value()
    delivery = try reader.value()
    codes = try reader.list(max: Self.mostCodes)
    pricing = try reader.value()
    note = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.prose(max: Self.longestProse)
    }
    retiredAt = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Instant.self) }
    reader.leave()
    do throws(ItemError) { try validate() } catch { throw .outOfRange }
  }
}
