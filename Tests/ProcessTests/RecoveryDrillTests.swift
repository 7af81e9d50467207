import API
import CBOR
import Client
import Consensus
import Cryptography
import Foundation
import Ledger
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// The runbook's section on members that are lost for good, step by step, with real processes.
  @Suite("more than f lost for good")
  struct RecoveryDrill {
    private static let eight = ["AUS", "CAN", "EUN", "GBR", "JPN", "KOR", "MEX", "USA"].compactMap { MemberID($0) }
    private static let restarted: UInt64 = 2

    @Test("three of eight are lost: freeze, compose, sign, join, verify, apply; one of the three comes back")
    func drill() async throws {
      // Thousandths of a second: a sign of life every other second is what lets those that follow hear of the others soon.
      try await RealNetwork.with(members: Self.eight, parameters: ["heartbeat": 2_000]) { real in
        try await real.startAll()
        let table = FloorctlRun(real)
        let (survivors, lost) = (Array(real.places.prefix(5)), Array(real.places.suffix(3)))
        let signer = try #require(try await Benchmark(real.network, clients: 1, bytes: 1, seconds: 1).signers().first).1
        let client = try real.network.client(survivors[0])
        let first = try Benchmark.memorandum(100, signer)
        let report = try await client.submit(first, as: .memorandum, wait: .committed(milliseconds: 20_000))
        _ = try await real.agreement(height: report.height ?? 1, within: 30)
        for place in lost { try await real.network.kill(place) }

        let height = try await standstill(client)
        let status = try await table.succeeds(["recovery", "status"], as: survivors[0])
        #expect(status["neededFreezes"] as? Int == 3 && (status["next"] as? String)?.contains("wait for 1") == true)

        let files = try await freeze(survivors, table)
        try await staysFrozen(survivors[1], table, at: height)
        let document = try await document(files, real.places.suffix(6), table)
        try await apply(document, to: Array(survivors.dropLast()), table)
        let goesOn = try Benchmark.memorandum(100, signer)
        let after = try await RealNetwork.eventually(within: 60, "a commit after the restart") {
          try await client.submit(goesOn, as: .memorandum, wait: .committed(milliseconds: 10_000))
        }
        #expect(after.result == "OK" && (after.height ?? 0) > height)
        // The fifth was told nothing: it has learnt of the restart from the blocks.
        _ = try await real.agreement(of: survivors, height: after.height ?? 0, within: 60)
        try await isHistory(document, table, as: survivors[4])
        try await outsiderSees(document, table, as: survivors[2])

        try real.start([lost[0]])
        try await comesBack(lost[0], survivors, real, table)
      }
    }

    /// Nothing is committed while a quorum is missing; the height at which that is.
    private func standstill(_ client: NodeClient) async throws -> UInt64 {
      try await Task.sleep(for: .seconds(3))
      let height = try await client.status().head.height
      try await Task.sleep(for: .seconds(4))
      #expect(try await client.status().head.height == height, "a block was finalised without a quorum")
      return height
    }

    private func freeze(_ survivors: [NetworkFile.Place], _ table: FloorctlRun) async throws -> [String] {
      var files: [String] = []
      try await freezeStanding(survivors[4], table)
      for place in survivors {
        let file = table.real.network.directory + "/\(place.member)-freeze.cbor"
        let folder = table.real.network.folder(place)
        try await table.succeeds(["recovery", "freeze", "--data", folder + "/data", "--out", file], as: nil)
        files.append(file)
      }
      return files
    }

    /// A node that stands is frozen when it starts, before it could vote.
    private func freezeStanding(_ place: NetworkFile.Place, _ table: FloorctlRun) async throws {
      _ = try await table.real.network.stop(place)
      let (directory, folder) = (table.real.network.directory, table.real.network.folder(place))
      let silent = try await table.run(
        ["recovery", "freeze", "--data", folder + "/data", "--out", directory + "/never.cbor", "--wait", "1"], as: nil)
      #expect(silent.status == 1 && silent.output.contains("NODE_SILENT"), "\(silent.output)\(silent.errors)")
      try table.real.start([place])
      try await RealNetwork.eventually(within: 30, "the freeze of a node that stood") {
        FileManager.default.fileExists(atPath: folder + "/data/recovery/freeze.cbor") ? true : nil
      }
    }

    /// A frozen node that is started anew does not vote, and still answers.
    private func staysFrozen(_ place: NetworkFile.Place, _ table: FloorctlRun, at height: UInt64) async throws {
      _ = try await table.real.network.stop(place)
      try table.real.start([place])
      try await RealNetwork.eventually(within: 30, "the frozen node's answer") {
        let client = try table.real.network.client(place)
        let status = try await client.status()
        await client.close()
        let isFrozen = status.waitingFor?.contains("frozen in epoch 0") ?? false
        return isFrozen && !status.voting && status.head.height == height ? true : nil
      }
    }

    /// Composes, has it approved by root keys (the lost members' governments have theirs), joins and verifies.
    private func document(
      _ freezes: [String], _ approvers: some Sequence<NetworkFile.Place>, _ table: FloorctlRun
    ) async throws -> String {
      let directory = table.real.network.directory
      let (draft, document, genesis) = (
        directory + "/restart.draft", directory + "/restart.cbor", directory + "/genesis.cbor"
      )
      let few = try await table.run(
        ["recovery", "compose"] + freezes.prefix(2) + ["--reason", "too few", "--out", draft], as: nil)
      #expect(few.status == 1 && few.output.contains("FREEZES_TOO_FEW"), "\(few.output)\(few.errors)")
      try await table.succeeds(
        ["recovery", "compose"] + freezes + [
          "--reason", "three members were lost", "--instrument", genesis, "--out", draft,
        ], as: nil)
      var approvals: [String] = []
      for place in approvers {
        let file = directory + "/\(place.member)-approval.cbor"
        let key = table.real.network.folder(place) + "/keys/root.pem"
        try await table.succeeds(
          [
            "recovery", "sign", draft, "--member", place.member, "--key", key, "--genesis", genesis, "--out", file,
          ], as: nil)
        approvals.append(file)
      }
      let early = try await table.run(
        ["recovery", "join", draft] + approvals.prefix(5) + ["--genesis", genesis, "--out", document], as: nil)
      #expect(early.status == 1 && early.output.contains("APPROVALS_TOO_FEW"), "\(early.output)\(early.errors)")
      try await table.succeeds(
        ["recovery", "join", draft] + approvals + ["--genesis", genesis, "--out", document], as: nil)
      let verified = try await table.succeeds(
        ["recovery", "verify", document, "--genesis", genesis, "--against", freezes[0]], as: nil)
      #expect((verified["approvedBy"] as? [String])?.count == 6)
      return document
    }

    private func apply(_ document: String, to places: [NetworkFile.Place], _ table: FloorctlRun) async throws {
      for place in places {
        let folder = table.real.network.folder(place)
        let answer = try await table.succeeds(["recovery", "apply", document, "--data", folder + "/data"], as: nil)
        #expect(answer["epoch"] as? UInt64 == Self.restarted || answer["epoch"] as? Int == Int(Self.restarted))
      }
    }

    /// The node's own history names the restart.
    private func isHistory(_ document: String, _ table: FloorctlRun, as place: NetworkFile.Place) async throws {
      let digest = try RestartDocument(decoding: Array(Data(contentsOf: URL(fileURLWithPath: document)))).content.digest
      let client = try table.real.network.client(place)
      let epochs = try await client.epochs().epochs
      await client.close()
      let last = try #require(epochs.last)
      #expect(last.epoch == Self.restarted && last.validators.count == 5)
      #expect(last.restart == digest.hexadecimal)
    }

    /// An outsider with the genesis alone accepts the restart, and is told of it.
    private func outsiderSees(_ document: String, _ table: FloorctlRun, as place: NetworkFile.Place) async throws {
      let directory = table.real.network.directory
      let bundle = directory + "/roster.bundle"
      try await table.succeeds(["bundle", "export", "--roster", "--out", bundle], as: place)
      let arguments = ["bundle", "verify", bundle, "--genesis", directory + "/genesis.cbor"]
      let verified = try await Command.run(table.program, arguments)
      #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
      #expect(verified.output.contains("RESTART: the network left epoch 0 without a quorum and opened epoch 2"))
      #expect(verified.output.contains("three members were lost"))
    }

    /// With its old data: it follows, says that it is ready, and validates again; nothing of its old epoch matters.
    private func comesBack(
      _ place: NetworkFile.Place, _ survivors: [NetworkFile.Place], _ real: RealNetwork, _ table: FloorctlRun
    ) async throws {
      try await RealNetwork.eventually(within: 90, "\(place.member) validates again") { () -> Bool? in
        let client = try real.network.client(place)
        let (status, epochs) = (try await client.status(), try await client.epochs().epochs)
        await client.close()
        guard let last = epochs.last, last.epoch > Self.restarted, status.voting else { return nil }
        return last.validators.contains(place.member) && last.validators.count == 6 ? true : nil
      }
      _ = try await real.agreement(of: survivors + [place], within: 60)
    }
  }
}
