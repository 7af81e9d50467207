import CBOR

/// Where in the chain from mine to magnet an item stands.
package enum Stage: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  case ore = 0
  case intermediate = 1
  case refinedCompound = 2
  case refinedMetal = 3
  case alloy = 4
  case magnet = 5
  case batteryMaterial = 6
  case scrap = 7

  /// The name that files and tables use.
  package var name: String {
    switch self {
    case .ore: "ore"
    case .intermediate: "intermediate"
    case .refinedCompound: "refined_compound"
    case .refinedMetal: "refined_metal"
    case .alloy: "alloy"
    case .magnet: "magnet"
    case .batteryMaterial: "battery_material"
    case .scrap: "scrap"
    }
  }

  /// The stage of that name, if there is one.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}
