import Statistics
import Testing
import Trade

@Suite("Trade statistics")
struct StatisticsTests {
  private let lithium = CommodityCode("283691").unsafelyUnwrapped
  private let union = TerritoryCode("EUN").unsafelyUnwrapped

  private func statistics(_ rows: [String]) throws -> TradeStatistics {
    let text = (["year,exporter,importer,hs6,value_usd,qty_kg"] + rows).joined(separator: "\n")
    return try TradeStatistics(csv: Array(text.utf8), territories: .standard)
  }

  @Test(
    "the states of a customs union are one origin and one importer, and their trade with one another does not count")
  func customsUnion() throws {
    let year = try statistics([
      "2024,CHL,DEU,283691,100,10", "2024,CHL,FRA,283691,50.5,5", "2024,DEU,FRA,283691,7,1", "2024,DEU,GBR,283691,8,2",
      "2024,FRA,GBR,283691,8,2", "2024,CHN,GBR,283691,9,",
    ])
    let imports = year.imports(of: lithium, into: union)
    #expect(imports.count == 1)
    #expect(imports.first?.flow.milliUSD == 150_500)
    #expect(year.exports(of: lithium, by: union) == 4)
    #expect(year.imports(of: lithium, by: union) == 15)
    #expect(year.flowsWithoutQuantity == 1)
    #expect(year.year == 2024)
  }

  @Test("the price is the lower median of unit values by origin, weighted by quantity, each rounded down once")
  func median() throws {
    let year = try statistics([
      "2024,CHL,GBR,283691,100000,6000", "2024,CHN,GBR,283691,70000,7000", "2024,ARG,GBR,283691,99999,1000",
      "2024,USA,GBR,283691,20000,2000",
    ])
    // 10 USD/kg carries 9 t of 16 t: half is reached there, though three of four origins are dearer or equal.
    let answer = try UnitValue.price(of: [lithium], into: TerritoryCode("GBR").unsafelyUnwrapped, by: year)
    #expect(answer == .price(Price(microUSDPerKilogram: 10_000_000), origins: 4, kilograms: 16_000))
  }

  @Test("at exactly half the lower value is the answer")
  func exactHalf() throws {
    let year = try statistics([
      "2024,CHL,GBR,283691,8000,4000", "2024,CHN,GBR,283691,3001,1000", "2024,ARG,GBR,283691,45000,5000",
    ])
    let answer = try UnitValue.price(of: [lithium], into: TerritoryCode("GBR").unsafelyUnwrapped, by: year)
    #expect(answer == .price(Price(microUSDPerKilogram: 3_001_000), origins: 3, kilograms: 10_000))
  }

  @Test(
    "two origins or less than ten tonnes are NO_DATA",
    arguments: [(["CHL", "CHN"], 9_000), (["CHL", "CHN", "ARG"], 3_333)])
  func noData(origins: [String], each: Int) throws {
    let year = try statistics(origins.map { "2024,\($0),GBR,283691,100,\(each)" })
    let answer = try UnitValue.price(of: [lithium], into: TerritoryCode("GBR").unsafelyUnwrapped, by: year)
    #expect(answer == .noData(origins: origins.count, kilograms: Int64(origins.count * each)))
  }

  @Test(
    "a line that cannot be read refuses the file with its place",
    arguments: [
      ("2024,CHL,GBR,2836,1,1", "BAD_FIELD"), ("2024,CHL,gbr,283691,1,1", "BAD_FIELD"),
      ("2024,CHL,GBR,283691,1e3,1", "BAD_FIELD"), ("2024,CHL,GBR,283691,-1,1", "BAD_FIELD"),
      ("2024,CHL,GBR,283691,\"1,1", "QUOTATION"), ("2023,CHL,GBR,283691,1,1", "SEVERAL_YEARS"),
      ("2024,CHL,GBR,283691,9223372036854775,1", "AMOUNT_OVERFLOW"),
    ] as [(String, String)])
  func refusals(row: String, code: String) throws {
    let error = #expect(throws: StatisticsError.self) { try statistics(["2024,CHL,GBR,283691,1,1", row]) }
    #expect(error?.code == code)
  }

  @Test("a price beyond 64 bits is an error, not a wrong number")
  func overflow() throws {
    let huge = try statistics([
      "2024,CHL,GBR,283691,9000000000000000,1", "2024,CHN,GBR,283691,1,5000", "2024,ARG,GBR,283691,1,5000",
    ])
    #expect(throws: ArithmeticError.self) {
      try UnitValue.price(of: [lithium], into: TerritoryCode("GBR").unsafelyUnwrapped, by: huge)
    }
  }
}
