import CSV
import Foundation
import Membership
import Statistics
import Trade

extension ContentFile {
  /// Adds the votes of items that state none: from each member's exports and imports of the item's subheadings in one year of trade
  /// with other territories, in kg.
  package mutating func addVotes(from statistics: TradeStatistics, members: [MemberID]) {
    let stated = Set(votes.map(\.item))
    for item in items where !stated.contains(item.id) {
      let codes = item.codes.compactMap(CommodityCode.init)
      func quantities(_ kilograms: (CommodityCode, TerritoryCode) -> Int64) -> [String: Int64] {
        Dictionary(
          uniqueKeysWithValues: Set(members).map { member in
            let territory = TerritoryCode(member.text)
            return (member.text, codes.reduce(0) { sum, code in sum + (territory.map { kilograms(code, $0) } ?? 0) })
          })
      }
      votes.append(
        VotesEntry(
          item: item.id, producerVotes: nil, consumerVotes: nil,
          producerQuantities: quantities { statistics.exports(of: $0, by: $1) },
          consumerQuantities: quantities { statistics.imports(of: $0, by: $1) }))
    }
  }

  /// Adds the exchange rates of a CSV with the columns `month, currency, units_per_usd`.
  package mutating func addRates(csv bytes: [UInt8]) throws(CSVError) {
    let document = try CSVDocument(bytes, requiring: ["month", "currency", "units_per_usd"])
    let places = ["month", "currency", "units_per_usd"].compactMap { document.header.index(of: $0) }
    var (added, failure): ([RateEntry], CSVError?) = (rates ?? [], nil)
    document.lines.forEachLine { _, text, line in
      switch line {
      case .refused(let error): failure = failure ?? error
      case .fields(let record):
        let fields = places.map { String(decoding: record.unquoted($0, of: text), as: UTF8.self) }
        added.append(RateEntry(currency: fields[1], month: fields[0], unitsPerDollar: fields[2]))
      }
    }
    if let failure { throw failure }
    rates = added
  }
}
