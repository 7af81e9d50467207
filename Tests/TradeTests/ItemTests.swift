import CBOR
import Testing
import Trade

private func price(_ microUSD: Int64) -> Price { Price(microUSDPerKilogram: microUSD) }

/// A registrable item, some of whose fields a test replaces.
private func item(
  title: String = "Lithium carbonate", basis: ContentBasis = .productWeight,
  grades: GradeWindow = GradeWindow(low: PPM(950_000), high: PPM(1_000_000), reference: PPM(995_000)),
  codes: [String] = ["283691"], tick: Int64 = 10_000, low: Int64 = 2_000_000, high: Int64 = 80_000_000,
  corridor: Corridor? = nil, note: String? = nil
) throws -> Item {
  try Item(
    id: try #require(ItemID("lithium/carbonate@1")), stage: .refinedCompound, title: title, basis: basis,
    basisStatement: "FOB statistics, kg as traded", grades: grades, moisture: .asTraded,
    delivery: Delivery(incoterm: .fob, point: "any port of export"), codes: codes.compactMap { CommodityCode($0) },
    pricing: PriceRules(tick: price(tick), hardLow: price(low), hardHigh: price(high), corridor: corridor),
    note: note, retiredAt: nil)
}

@Suite("Items")
struct ItemTests {
  @Test(
    "item names",
    arguments: [
      ("lithium/carbonate@1", "lithium", "carbonate", 1),
      ("rare-earth/NdPr-oxide@65535", "rare-earth", "NdPr-oxide", 65_535),
    ] as [(String, String, String, UInt16)])
  func names(text: String, mineral: String, form: String, version: UInt16) throws {
    let id = try #require(ItemID(text))
    #expect((id.mineral, id.form, id.version) == (mineral, form, version))
    #expect(id == ItemID(mineral: mineral, form: form, version: version))
    #expect(id.name == "\(mineral)/\(form)")
    #expect(try ItemID(decoding: id.encoded) == id)
  }

  @Test(
    "what is no item name is none",
    arguments: [
      "", "lithium", "lithium/carbonate", "lithium/carbonate@", "lithium/carbonate@0", "lithium/carbonate@01",
      "lithium/carbonate@65536", "lithium/carbonate@-1", "Lithium/carbonate@1", "lithium//carbonate@1",
      "lithium/carbo/nate@1", "lithium/car@bonate@1", "/carbonate@1", "lithium/@1", "lithium/carbonate@1 ",
      "lithíum/carbonate@1", "lithium/\(String(repeating: "a", count: 33))@1", "@/1",
    ])
  func notNames(text: String) {
    #expect(ItemID(text) == nil)
  }

  @Test("names are ordered by bytes")
  func order() throws {
    let ids = ["a/B@1", "a/a@1", "a/a@10", "a/a@2", "a-b/a@1", "b/a@1"].compactMap { ItemID($0) }
    #expect(ids.count == 6)
    #expect(
      ids.sorted().map { Array($0.text.utf8) }
        == ids.map { Array($0.text.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
  }

  @Test("an item that obeys the rules is read back from its bytes, and from no shorter ones")
  func roundTrip() throws {
    let corridor = Corridor(low: price(9_000_000), high: price(15_000_000), source: "USGS Mineral Commodity Summaries")
    let original = try item(corridor: corridor, note: "mixed grades, illustrative")
    let bytes = original.encoded
    #expect(try Item(decoding: bytes) == original)
    for count in 0..<bytes.count {
      #expect(throws: CBORError.self) { try Item(decoding: Array(bytes[..<count])) }
    }
  }

  @Test("rules of registration")
  func rules() throws {
    let window = GradeWindow(low: PPM(2), high: PPM(1), reference: PPM(1))
    #expect(throws: ItemError.title) { try item(title: "") }
    #expect(throws: ItemError.gradeWindow) { try item(grades: window) }
    #expect(throws: ItemError.referenceGrade) {
      try item(grades: GradeWindow(low: PPM(1), high: PPM(2), reference: PPM(3)))
    }
    #expect(throws: ItemError.referenceGrade) {
      try item(basis: .containedContent, grades: GradeWindow(low: PPM(1), high: PPM(2), reference: .zero))
    }
    #expect(throws: ItemError.codes) { try item(codes: []) }
    #expect(throws: ItemError.codes) { try item(codes: ["283691", "283691"]) }
    #expect(throws: ItemError.codes) { try item(codes: ["283691", "250490"]) }
    #expect(throws: ItemError.tickNotPositive) { try item(tick: 0) }
    #expect(throws: ItemError.tickNotPositive) { try item(tick: .min) }
    #expect(throws: ItemError.bounds) { try item(low: 0) }
    #expect(throws: ItemError.bounds) { try item(low: 90_000_000) }
    #expect(throws: ItemError.bounds) { try item(high: .max) }
    #expect(throws: ItemError.lowBoundOffTick) { try item(low: 2_000_001) }
    #expect(throws: ItemError.corridor) { try item(corridor: Corridor(low: price(2), high: price(1), source: "x")) }
    #expect(throws: ItemError.corridor) { try item(corridor: Corridor(low: price(1), high: price(2), source: "")) }
    #expect(throws: ItemError.prose) { try item(note: String(repeating: "x", count: 201)) }
  }

  @Test("the tick is at most half a percent of the lower bound")
  func tick() throws {
    _ = try item(tick: 10_000, low: 2_000_000)
    #expect(throws: ItemError.tickTooCoarse) { try item(tick: 10_000, low: 1_990_000) }
    #expect(throws: ItemError.tickTooCoarse) { try item(tick: 12_500, low: 2_000_000) }
  }

  @Test("every error has its own code and a sentence")
  func errors() {
    let codes = Set(ItemError.allCases.map(\.code))
    #expect(codes.count == ItemError.allCases.count)
    #expect(ItemError.allCases.allSatisfy { !$0.sentence.isEmpty })
  }
}
