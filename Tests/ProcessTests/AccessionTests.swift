import API
import Client
import Foundation
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// Members that join and leave a network that runs.
  @Suite("accession")
  struct AccessionOfMembers {
    private static let newcomers = ["CHL", "KAZ", "ZMB"]

    /// Windows in which the leaders of seven members have their turn, too: shorter ones would make the motion unlawful.
    private static let windows: [String: Int64] = {
      let names = ["Notice", "Evidence", "Commit", "Reveal", "Ballot", "Vacatio"]
      let windows = ["first", "routine"].flatMap { kind in names.map { (kind + $0, Int64(60_000)) } }
      return Dictionary(uniqueKeysWithValues: windows + [("minimumWindow", 60_000)])
    }()

    @Test("three join four in one step by ballot, agree with them from then on, and one of the first leaves")
    func wave() async throws {
      try await RealNetwork.with(parameters: Self.windows) { real in
        try await real.startAll()
        let table = FloorctlRun(real)
        let grown = try await admit(Self.newcomers, table)
        let all = grown.file.members
        for place in all.suffix(Self.newcomers.count) { try grown.start(place, program: real.program) }
        defer { for place in all.suffix(Self.newcomers.count) { grown.process(place)?.signal(SIGKILL) } }
        try await validating(7, asked: all, grown)

        // Seven bear two that fail: two of the first four, so that the newcomers' votes are needed.
        for place in all.prefix(2) { try await grown.kill(place) }
        try await memorandum(as: all[2], table)
        _ = try await RealNetwork.agreement(grown, of: Array(all.dropFirst(2)), height: 1, within: 30)
        for place in all.prefix(2) { try grown.start(place, program: real.program) }
        try await grown.awaitReady(Array(all.prefix(2)), within: 60)

        try await leave(all[3], table, grown)
        try await validating(6, asked: Array(all.prefix(3)), grown)
        try await verifiesFromGenesis(table, as: all[5])
      }
    }

    /// Files the wave's motion and adopts it by the ballots of a quorum.
    private func admit(_ newcomers: [String], _ table: FloorctlRun) async throws -> TestNetwork {
      let directory = table.real.network.directory
      var arguments = ["motion", "file", "--title", "Accession of three", "--instrument", directory + "/genesis.cbor"]
      for member in newcomers {
        let id = try #require(MemberID(member))
        let made = try TestNetwork.open(directory).adding(id, name: member)
        arguments += ["--change", made.change]
      }
      let members = RealNetwork.four.map(\.text) + newcomers
      let shares = Dictionary(uniqueKeysWithValues: members.map { ($0, 1) })
      let votes = ["lithium/carbonate@1", "nickel/unwrought@1"].map { item in
        ["item": item, "producerQuantities": shares, "consumerQuantities": shares] as [String: Any]
      }
      let file = directory + "/votes.json"
      try JSONSerialization.data(withJSONObject: ["votes": votes]).write(to: URL(fileURLWithPath: file))
      arguments += ["--votes", file, "--open-hours", "1"]
      let places = table.real.places
      let filed = try await table.succeeds(arguments, as: places[0])
      let motion = try #require(filed["identity"] as? String)
      for place in places[1...2] { try await table.succeeds(["motion", "ballot", motion, "yes"], as: place) }
      let shown = try await table.succeeds(["motion", "show", motion], as: places[3])
      #expect(shown["outcome"] as? String == "ENTERED", "\(shown)")
      return try TestNetwork.open(directory)
    }

    /// Waits until so many members agree on blocks, as every asked node says.
    private func validating(_ count: Int, asked: [NetworkFile.Place], _ network: TestNetwork) async throws {
      for place in asked {
        try await RealNetwork.eventually(within: 90, "\(count) validators, as \(place.member) sees it") {
          let client = try network.client(place)
          let epochs = try await client.epochs().epochs
          await client.close()
          return epochs.last?.validators.count == count ? true : nil
        }
      }
    }

    private func memorandum(as place: NetworkFile.Place, _ table: FloorctlRun) async throws {
      let opened = ["docket", "open", "after-\(place.member)", "--kind", "FIRST", "--all", "--note", "alive"]
      try await table.succeeds(opened, as: place)
    }

    /// A member leaves by its root key's approval and the witness of others.
    private func leave(_ place: NetworkFile.Place, _ table: FloorctlRun, _ network: TestNetwork) async throws {
      let change = network.directory + "/leaves.change"
      let folder = network.folder(place)
      try await table.succeeds(
        [
          "change", "withdraw", "--member", place.member, "--root", folder + "/keys/root.pem", "--genesis",
          folder + "/genesis.cbor", "--out", change,
        ], as: nil)
      let filed = try await table.succeeds(
        [
          "motion", "file", "--title", "Withdrawal", "--instrument", folder + "/genesis.cbor", "--change", change,
          "--open-hours", "1",
        ], as: place)
      let motion = try #require(filed["identity"] as? String)
      for witness in network.file.members.prefix(3) {
        let answer = try await table.run(["motion", "ballot", motion, "yes"], as: witness)
        #expect(answer.status == 0 || answer.output.contains("MOTION"), "\(answer.output)\(answer.errors)")
      }
      let shown = try await table.succeeds(["motion", "show", motion], as: network.file.members[0])
      #expect(shown["outcome"] as? String == "ENTERED", "\(shown)")
    }

    /// An outsider with the genesis alone follows the epochs to the present roster.
    private func verifiesFromGenesis(_ table: FloorctlRun, as place: NetworkFile.Place) async throws {
      let directory = table.real.network.directory
      let bundle = directory + "/roster.bundle"
      try await table.succeeds(["bundle", "export", "--roster", "--out", bundle], as: place)
      let verified = try await table.succeeds(
        ["bundle", "verify", bundle, "--genesis", directory + "/genesis.cbor"], as: nil)
      #expect(verified["schema"] as? String == "pricefloor/bundle-verification/1" || verified["verified"] != nil)
    }
  }
}
