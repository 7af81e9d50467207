import CSV
import Cryptography
import Trade

/// One year's trade between customs territories, per commodity: the evidence from which members derive prices and votes.
///
/// Read from a CSV with the columns `year, exporter, importer, hs6, value_usd, qty_kg` (others are passed over): values in USD, FOB,
/// quantities in kg. Exporters and importers are first mapped to their territories; trade inside a territory does not count, nor do
/// flows without a quantity, since no unit value can be computed from them.
package struct TradeStatistics: Sendable {
  /// What one territory sent another of one commodity. Thousandths of USD and grams, summed exactly from the raw columns.
  package struct Flow: Hashable, Sendable {
    package internal(set) var milliUSD: Int64
    package internal(set) var grams: Int64
  }

  package struct Lane: Hashable, Comparable, Sendable {
    package let hs6: CommodityCode
    package let importer: TerritoryCode
    package let exporter: TerritoryCode

    package static func < (left: Lane, right: Lane) -> Bool {
      (left.hs6, left.importer, left.exporter) < (right.hs6, right.importer, right.exporter)
    }
  }

  /// Ascending by commodity, importer, exporter.
  package let flows: [(lane: Lane, flow: Flow)]
  /// SHA-256 of the file, for the evidence list of a proposal.
  package let fileDigest: Digest
  package let year: Int
  /// Flows left out because they state no quantity.
  package let flowsWithoutQuantity: Int

  init(flows: [Lane: Flow], fileDigest: Digest, year: Int, flowsWithoutQuantity: Int) {
    self.flows = flows.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    (self.fileDigest, self.year, self.flowsWithoutQuantity) = (fileDigest, year, flowsWithoutQuantity)
  }

  /// The year's exports of a territory to other territories, in kg rounded down.
  package func exports(of hs6: CommodityCode, by territory: TerritoryCode) -> Int64 {
    kilograms { $0.hs6 == hs6 && $0.exporter == territory }
  }

  /// The year's imports of a territory from other territories, in kg rounded down.
  package func imports(of hs6: CommodityCode, by territory: TerritoryCode) -> Int64 {
    kilograms { $0.hs6 == hs6 && $0.importer == territory }
  }

  /// The flows into one territory, one for each origin.
  package func imports(of hs6: CommodityCode, into territory: TerritoryCode) -> [(origin: TerritoryCode, flow: Flow)] {
    flows.filter { $0.lane.hs6 == hs6 && $0.lane.importer == territory }.map { ($0.lane.exporter, $0.flow) }
  }

  private func kilograms(where isMeant: (Lane) -> Bool) -> Int64 {
    let grams = flows.filter { isMeant($0.lane) }.reduce(Int128(0)) { $0 + Int128($1.flow.grams) }
    return Int64(clamping: grams / 1_000)
  }
}
