import CBOR

/// What a kilogram in an item's price is a kilogram of.
package enum ContentBasis: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// The product as it is traded, at the reference grade.
  case productWeight = 0
  /// The pure content (an element or a compound), whatever the product's weight.
  case containedContent = 1
  /// The product of a stated reference grade; other grades are converted in proportion.
  case normalisedProduct = 2

  package var name: String {
    switch self {
    case .productWeight: "PRODUCT_WEIGHT"
    case .containedContent: "CONTAINED_CONTENT"
    case .normalisedProduct: "NORMALISED_PRODUCT"
    }
  }
}

/// In what a price is stated.
///
/// There is one unit, so that a sheet that names another is refused instead of read as this one.
package enum PriceUnit: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  case usdPerKilogram = 0

  package var name: String {
    switch self {
    case .usdPerKilogram: "USD/kg"
    }
  }

  /// The unit of that name, if there is one.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// With or without its water a product is priced.
///
/// A moisture that a declaration states is deducted in either case.
package enum MoistureBasis: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// Per dry kilogram.
  case dry = 0
  /// As traded: the prices behind the item state no moisture.
  case asTraded = 1

  package var name: String {
    switch self {
    case .dry: "DRY"
    case .asTraded: "AS_TRADED"
    }
  }
}

/// The delivery term of a price (Incoterms 2020).
package enum Incoterm: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  case exw = 0
  case fca = 1
  case fas = 2
  case fob = 3
  case cfr = 4
  case cif = 5
  case cpt = 6
  case cip = 7
  case dap = 8
  case dpu = 9
  case ddp = 10

  package var name: String {
    switch self {
    case .exw: "EXW"
    case .fca: "FCA"
    case .fas: "FAS"
    case .fob: "FOB"
    case .cfr: "CFR"
    case .cif: "CIF"
    case .cpt: "CPT"
    case .cip: "CIP"
    case .dap: "DAP"
    case .dpu: "DPU"
    case .ddp: "DDP"
    }
  }

  /// The term of that name, if there is one.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// Where and on which term a price is quoted.
package struct Delivery: Hashable, Sendable, CBORCodable {
  package let incoterm: Incoterm
  /// A place for people, as "any port of export".
  package let point: String

  package static let longestPoint = 80

  package init(incoterm: Incoterm, point: String) {
    self.incoterm = incoterm
    self.point = point
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(incoterm)
    writer.text(point)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    incoterm = try reader.value()
    point = try reader.prose(max: Self.longestPoint)
    reader.leave()
  }
}

/// The grades that an item covers, and the one to which its price refers.
package struct GradeWindow: Hashable, Sendable, CBORCodable {
  package let low: PPM
  package let high: PPM
  /// The grade of the priced kilogram: 10⁶ for a price per kg of pure content.
  package let reference: PPM

  package init(low: PPM, high: PPM, reference: PPM) {
    self.low = low
    self.high = high
    self.reference = reference
  }

  package func contains(_ grade: PPM) -> Bool { low <= grade && grade <= high }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(low)
    writer.value(high)
    writer.value(reference)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    low = try reader.value()
    high = try reader.value()
    reference = try reader.value()
    reader.leave()
  }
}

/// The range in which outside evidence places a price.
package struct Corridor: Hashable, Sendable, CBORCodable {
  package let low: Price
  package let high: Price
  /// Publication, year and series, for people.
  package let source: String

  package static let longestSource = 200

  package init(low: Price, high: Price, source: String) {
    self.low = low
    self.high = high
    self.source = source
  }

  package func contains(_ price: Price) -> Bool { low <= price && price <= high }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(low)
    writer.value(high)
    writer.text(source)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    low = try reader.value()
    high = try reader.value()
    source = try reader.prose(max: Self.longestSource)
    reader.leave()
  }
}

/// What an item's prices and floors must obey.
package struct PriceRules: Hashable, Sendable, CBORCodable {
  /// Every floor is a multiple of it.
  package let tick: Price
  /// A price below it is refused, never raised to it.
  package let hardLow: Price
  /// A price above it is refused, never lowered to it.
  package let hardHigh: Price
  package let corridor: Corridor?

  package init(tick: Price, hardLow: Price, hardHigh: Price, corridor: Corridor?) {
    self.tick = tick
    self.hardLow = hardLow
    self.hardHigh = hardHigh
    self.corridor = corridor
  }

  /// Whether a price is within the hard bounds.
  package func admits(_ price: Price) -> Bool { hardLow <= price && price <= hardHigh }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(tick)
    writer.value(hardLow)
    writer.value(hardHigh)
    writer.optional(corridor) { writer, corridor in writer.value(corridor) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    tick = try reader.value()
    hardLow = try reader.value()
    hardHigh = try reader.value()
    corridor = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Corridor.self) }
    reader.leave()
  }
}
