import Foundation
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// The command line against a real network: what it prints for programs, and by what exit codes it answers.
  @Suite("floorctl")
  struct CommandLineUse {
    /// Windows of seconds, long enough for a machine that has other work too.
    private static let windows: [String: Int64] = [
      "firstNotice": 2_500, "firstEvidence": 2_500, "firstCommit": 4_000, "firstReveal": 3_000, "firstBallot": 5_000,
      "firstVacatio": 2_500,
    ]

    @Test("a docket's whole life, from sheets by hand to a verified bundle")
    func docketLife() async throws {
      try await RealNetwork.with(parameters: Self.windows) { real in
        try await real.startAll()
        let table = FloorctlRun(real)
        try await open(table)
        for (index, place) in real.places.enumerated() {
          let sheet = try sheet(real, prices: ("12.\(index)0", "15.\(index)5"))
          let arguments = ["sheet", "submit", sheet, "--docket", "life-1", "--period", "2024"]
          try await table.succeeds(arguments, as: place)
        }
        try await waitForPhase("RATIFY", table)
        for (index, place) in real.places.enumerated() {
          let choice = index == 0 ? "abstain" : "yes"
          try await table.succeeds(["ballot", "cast", "life-1", choice, "--reason", "test"], as: place)
        }
        let again = try await table.run(["ballot", "cast", "life-1", "no", "--reason", "again"], as: real.places[1])
        #expect(again.status == 4 && again.output.contains("BALLOT_TWICE"), "\(again.output)\(again.errors)")
        try await waitForPhase("NOTICE", table)
        let pending = try await table.succeeds(["table", "show", "--pending"], as: real.places[2])
        #expect((pending["rows"] as? [Any])?.count == 2)
        try await waitForPhase("IN_FORCE", table)
        try await judge(table, real)
      }
    }

    private func open(_ table: FloorctlRun) async throws {
      let chair = table.real.places[0]
      let stranger = try await table.run(
        ["docket", "open", "life-1", "--kind", "FIRST", "--item", "gold/bar@1"], as: chair)
      #expect(stranger.status == 4 && stranger.output.contains("ITEM_UNKNOWN"), "\(stranger.output)\(stranger.errors)")
      try await table.succeeds(["docket", "open", "life-1", "--kind", "FIRST", "--all", "--note", "first"], as: chair)
      let early = try await table.run(["ballot", "cast", "life-1", "yes", "--reason", "too early"], as: chair)
      #expect(early.status == 4 && early.output.contains("WINDOW_NOT_OPEN"))
    }

    private func sheet(_ real: RealNetwork, prices: (String, String)) throws -> String {
      let path = real.network.directory + "/sheet-\(prices.0).csv"
      let lines = [
        "item,unit,answer,price", "lithium/carbonate@1,USD/kg,PRICE,\(prices.0)",
        "nickel/unwrought@1,USD/kg,PRICE,\(prices.1)",
      ]
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
      return path
    }

    private func waitForPhase(_ phase: String, _ table: FloorctlRun) async throws {
      try await RealNetwork.eventually(within: 30, "the phase \(phase)") {
        let docket = try await table.succeeds(["docket", "show", "life-1"], as: table.real.places[3])
        let lots = docket["lots"] as? [[String: Any]] ?? []
        return lots.contains { $0["phase"] as? String == phase } ? true : nil
      }
    }

    private func judge(_ table: FloorctlRun, _ real: RealNetwork) async throws {
      let show = try await table.succeeds(["table", "show"], as: real.places[1])
      let rows = show["rows"] as? [[String: Any]] ?? []
      #expect(rows.map { $0["item"] as? String } == ["lithium/carbonate@1", "nickel/unwrought@1"])
      #expect(show["schema"] as? String == "pricefloor/table/1")

      let explained = try await table.succeeds(["explain", "life-1", "lithium/carbonate@1"], as: real.places[0])
      // 12.00, 12.10, 12.20 and 12.30 with equal votes: the lower median.
      #expect(explained["floorMicroUSDPerKilogram"] as? Int == 12_100_000)

      let bundle = real.network.directory + "/floors.bundle"
      let genesis = real.network.directory + "/genesis.cbor"
      try await table.succeeds(["bundle", "export", "--out", bundle], as: real.places[2])
      let verified = try await table.succeeds(["bundle", "verify", bundle, "--genesis", genesis], as: nil)
      #expect(verified["verified"] as? Bool == true)
      let offline = ["explain", "life-1", "nickel/unwrought@1", "--bundle", bundle, "--genesis", genesis]
      #expect(try await table.succeeds(offline, as: nil)["rounds"] as? Int == 1)
      let old = try await table.run(["bundle", "verify", bundle, "--genesis", genesis, "--max-age", "0"], as: nil)
      #expect(old.status == 1 && old.output.contains("BUNDLE_TOO_OLD"))

      var bytes = try Data(contentsOf: URL(fileURLWithPath: bundle))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(fileURLWithPath: bundle))
      let changed = try await table.run(["bundle", "verify", bundle, "--genesis", genesis], as: nil)
      #expect(changed.status == 1, "a changed byte went unnoticed")
    }

    @Test("the load test reports what it measured")
    func bench() async throws {
      try await RealNetwork.with { real in
        try await real.startAll()
        let arguments = [
          "bench", "--dir", real.network.directory, "--clients", "4", "--bytes", "200", "--seconds", "2",
        ]
        let report = try await FloorctlRun(real).succeeds(["testnet"] + arguments, as: nil)
        #expect(report["count"] as? Int ?? 0 > 0)
        #expect(report["schema"] as? String == "pricefloor/bench/1")
        let (p50, p99) = (report["p50"] as? Double ?? 0, report["p99"] as? Double ?? 0)
        #expect(p50 > 0 && p50 <= p99)
      }
    }

    @Test("exit codes without a network")
    func exitCodes() async throws {
      try await RealNetwork.with { real in
        let table = FloorctlRun(real)
        let cases: [([String], Int32)] = [
          (["--version"], 0), (["status", "--help"], 0), (["sing"], 2), (["status"], 2), (["status", "--nod", "x"], 2),
          (["status", "--node", "http://127.0.0.1:1"], 3), (["status", "--node", "ftp:"], 2),
          (["testnet", "status", "--dir", real.network.directory], 1),
          (["testnet", "init", "--dir", real.network.directory], 4),
          (["genesis", "verify", real.network.directory + "/genesis.cbor"], 0),
          (["genesis", "verify", real.network.directory + "/network.json"], 4),
        ]
        for (arguments, status) in cases {
          let ended = try await Command.run(table.program, arguments)
          #expect(ended.status == status, "\(arguments): \(ended.output)\(ended.errors)")
        }
      }
    }
  }
}

/// floorctl as a program runs it: with --json.
struct FloorctlRun {
  let real: RealNetwork
  let program = RealNetwork.product("floorctl")

  init(_ real: RealNetwork) { self.real = real }

  func run(_ arguments: [String], as place: NetworkFile.Place?) async throws -> Command {
    let identity = place.map { ["--as", real.network.folder($0)] } ?? []
    return try await Command.run(program, arguments + identity + ["--json"])
  }

  /// Runs a command that must succeed; answers its JSON object.
  @discardableResult
  func succeeds(_ arguments: [String], as place: NetworkFile.Place?) async throws -> [String: Any] {
    let ended = try await run(arguments, as: place)
    try #require(ended.status == 0, "floorctl \(arguments.joined(separator: " ")): \(ended.output)\(ended.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(ended.output.utf8))
    return try #require(object as? [String: Any])
  }
}
