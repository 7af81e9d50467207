/// Who may import whom. `Package.swift` builds by the same arrows; this table is written down a second time on purpose, so that an
/// arrow is added in two places, knowingly.
enum Architecture {
  /// Modules that take events and return actions: nothing from outside the standard library but these.
  static let deterministic: Set<String> = [
    "CBOR", "Trade", "Membership", "Consensus", "Negotiation", "Accession", "Tariff", "Support", "Ledger",
    "Replica",
  ]

  /// Modules in which every number is an integer.
  static let exact: Set<String> = [
    "Trade", "Negotiation", "Accession", "Tariff", "Ledger", "Consensus", "Support", "Membership", "CBOR", "Replica",
  ]

  private static let statements: Set<String> = ["CBOR", "Cryptography", "Membership"]
  private static let ledger: Set<String> = statements.union([
    "Trade", "Negotiation", "Consensus", "Accession", "Ledger",
  ])
  private static let sockets: Set<String> = ["NIOCore", "NIOPosix"]
  private static let system: Set<String> = ["Glibc", "Foundation", "Dispatch", "Synchronization"]

  static let arrows: [String: Set<String>] = [
    "CBOR": [],
    "Trade": ["CBOR"],
    "Membership": ["CBOR", "Cryptography"],
    "Consensus": statements,
    "Negotiation": statements.union(["Trade"]),
    "Accession": statements.union(["Trade", "Negotiation", "Consensus"]),
    "Tariff": ["Trade", "CBOR"],
    "Support": ["Trade"],
    "Ledger": ledger.subtracting(["Ledger"]),
    "Replica": ledger,
    "Cryptography": ["COpenSSL", "Glibc"],
    "Storage": ledger.union(["GRDB"]).union(system),
    "Transport": statements.union(["COpenSSL"]).union(sockets).union(system),
    "Vectors": statements.union(["Trade", "Negotiation", "Tariff", "Support", "Foundation"]),
    "CSV": ["Glibc"],
    "Statistics": ["Trade", "CSV", "Cryptography"],
    "Declarations": Set(["Trade", "Tariff", "CSV"]).union(system),
    "API": ledger.union(["Foundation"]),
    "Desk": ledger.union(["CSV", "Statistics"]),
    "Node": ledger.union(["Replica", "Storage", "Transport", "Vectors", "API", "CSV", "Statistics", "Desk"]).union(
      sockets
    )
    .union(system).union([
      "Hummingbird", "HTTPTypes", "Logging", "Metrics", "CoreMetrics", "ServiceLifecycle", "Yams",
    ]),
    "Client": ledger.union(["API", "NIOHTTP1"]).union(sockets).union(system),
    "Testnet": ledger.union(["API", "Client", "CSV", "Statistics", "Yams"]).union(system),
    "floord": Set(["Node", "Logging", "ServiceLifecycle", "ArgumentParser"]).union(system),
    "floorctl": ledger.union([
      "API", "Client", "Testnet", "Tariff", "Vectors", "Declarations", "CSV", "Statistics", "Desk", "ArgumentParser",
    ]).union(system),
    "floorsim": Set(["Simulation", "ArgumentParser"]).union(system),
    "floorcheck": Set(["Exploration", "ArgumentParser"]).union(system),
  ]

  /// Words that would bring a clock, chance, concurrency or a rounded number into a deterministic module.
  static let impureWords = [
    "async", "await", "Task", "actor", "Date", "random", "SystemRandomNumberGenerator", "hashValue", "print",
    "ContinuousClock", "SuspendingClock", "ObjectIdentifier", "unsafe", "unsafelyUnwrapped",
  ]

  static let inexactWords = ["Double", "Float", "Float16", "Float32", "Float64", "Float80", "Decimal"]

  /// Names that say nothing, with what to do instead.
  static let emptyNames = ["Core", "Common", "Shared", "Utils", "Util", "Helpers", "Helper", "Base", "Manager", "Impl"]
}
