// swift-tools-version: 6.2
import PackageDescription

// One list of settings, shared by every target of ours: Swift 6 language mode is the tools version's default.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
  .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

// The arrows: who may import whom. Tests/TidyTests holds the same table and fails when an import goes beyond it.
let membership: [Target.Dependency] = ["CBOR", "Cryptography", "Membership"]
let service: [Target.Dependency] = [hummingbird, logging, metrics, lifecycle, yams]
let ledger: [Target.Dependency] = membership + ["Trade", "Negotiation", "Consensus", "Accession", "Ledger"]
let desk: [Target.Dependency] = ledger + ["CSV", "Statistics"]

let package = Package(
  name: "pricefloor",
  products: [
    .executable(name: "floord", targets: ["floord"]),
    .executable(name: "floorctl", targets: ["floorctl"]),
    .executable(name: "floorsim", targets: ["floorsim"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // System library
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),

    // Deterministic modules: no clock, no randomness, no input or output, no Foundation, no floating point
    module("CBOR"),
    module("Trade", ["CBOR"]),
    module("Membership", ["CBOR", "Cryptography"]),
    module("Consensus", membership),
    module("Negotiation", membership + ["Trade"]),
    module("Tariff", ["Trade"]),
    module("Support", ["Trade"]),
    module("Accession", membership + ["Trade", "Negotiation", "Consensus"]),
    module("Ledger", membership + ["Trade", "Negotiation", "Consensus", "Accession"]),
    module("Replica", ledger),

    // Effects
    module("Cryptography", ["COpenSSL"]),
    module("Storage", ledger + [grdb]),
    module("Transport", membership + ["COpenSSL"] + nio),
    module("Vectors", ["Trade", "Negotiation", "Membership", "Tariff", "Support"]),
    module("CSV"),
    module("Statistics", ["Trade", "CSV", "Cryptography"]),
    module("Desk", desk),
    module("Declarations", ["Trade", "Tariff", "CSV"]),
    module("Node", desk + ["Desk", "Replica", "Storage", "Transport", "Vectors", "API"] + nio + service),
    module("API"),
    module("Client", ledger + ["API"] + nio + [nioHTTP]),
    module("Testnet", desk + ["Client", "API", yams]),

    // Programs
    program("floord", ["Node", logging, lifecycle, arguments]),
    program("floorctl", desk + ["Desk", "Tariff", "Vectors", "Declarations", "Client", "Testnet", "API", arguments]),
    program("floorsim", ["Simulation", arguments]),
    program("floorcheck", ["Exploration", arguments]),

    // Tests
    .target(name: "Simulation", dependencies: ledger + ["Replica"], path: "Tests/Simulation", swiftSettings: strict),
    .target(
      name: "Exploration", dependencies: membership + ["Consensus"], path: "Tests/Exploration", swiftSettings: strict),
    tests("CBORTests", ["CBOR"]),
    tests("TradeTests", ["Trade", "CBOR"]),
    tests("CryptographyTests", ["Cryptography"]),
    tests("MembershipTests", membership),
    tests("ConsensusTests", membership + ["Consensus"]),
    tests("NegotiationTests", membership + ["Trade", "Negotiation"]),
    tests("AccessionTests", membership + ["Trade", "Negotiation", "Consensus", "Accession"]),
    tests("TariffTests", ["Trade", "Tariff"]),
    tests("VectorsTests", ["Vectors", "Trade", "Support"]),
    tests("LedgerTests", ledger),
    tests("ReplicaTests", ledger + ["Replica"]),
    tests("StorageTests", ledger + ["Storage", grdb]),
    tests("TransportTests", membership + ["Transport"] + nio),
    tests("CSVTests", ["CSV"]),
    tests("StatisticsTests", ["Statistics", "Trade"]),
    tests("DeskTests", desk + ["Desk"]),
    tests("DeclarationsTests", ["Declarations", "Trade", "Tariff", "CSV"]),
    program("floorbench", ["Declarations", "Trade", "Tariff"], path: "Tests/Benchmarks"),
    program(
      "floord-byzantine", ledger + ["Node", "Replica", "Transport", logging, arguments], path: "Tests/Byzantine"),
    .target(name: "Harness", dependencies: ledger + ["Testnet", grdb], path: "Tests/Harness", swiftSettings: strict),
    tests(
      "NodeTests", desk + ["Desk", "Node", "Replica", "Storage", "Transport", "API", "Client", logging, metrics, grdb]),
    tests("SimulationTests", ["Simulation"]),
    tests("ExplorationTests", ["Exploration"]),
    tests(
      "ClientTests", ["Client", "API", nioHTTP, .product(name: "NIOConcurrencyHelpers", package: "swift-nio")] + nio),
    tests("TestnetTests", ledger + ["Client", "Testnet"]),
    tests("ProcessTests", ledger + ["Client", "Testnet", "API", "Harness", grdb]),
    tests("TidyTests", []),
  ]
)
