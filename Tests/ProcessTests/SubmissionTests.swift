import API
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Negotiation
import Testing
import Testnet
import Trade

extension ProcessTests {
  /// What a node answers to statements that it must not take, and that nothing comes of them.
  @Suite("refused submissions")
  struct Submissions {
    @Test("forged, foreign, stale, too far ahead, twice: each has its code, and the ledger stays as it is")
    func refusals() async throws {
      try await RealNetwork.with { real in
        try await real.startAll()
        let signers = try await Benchmark(real.network, clients: 1, bytes: 1, seconds: 1).signers()
        let (place, signer) = signers[0]
        let client = try real.network.client(place)
        let now = try await client.status().clock.milliseconds
        let soon = Instant(milliseconds: now + 60_000)
        let note = TransactionBody.memorandum([1, 2, 3])

        let stranger = StatementSigner(member: signer.member, network: signer.network, key: try PrivateKey.generate())
        try await refused("BAD_SIGNATURE", client, try stranger.sign(note, notAfter: soon))
        let nobody = StatementSigner(
          member: try #require(MemberID("ZZZ")), network: signer.network, key: try PrivateKey.generate())
        try await refused("STRANGER", client, try nobody.sign(note, notAfter: soon))
        try await refused("STALE", client, try signer.sign(note, notAfter: Instant(milliseconds: now - 60_000)))
        try await refused(
          "TOO_FAR_AHEAD", client, try signer.sign(note, notAfter: Instant(milliseconds: now + 86_400_000)))
        let ballot = try signer.sign(.act(.docketWithdraw(try withdrawal())), notAfter: soon)
        try await refused("WRONG_TYPE", client, ballot)
        #expect(try await client.status().head.height == 0, "something came of it")

        let good = try signer.sign(note, notAfter: soon)
        let report = try await client.submit(good, as: .memorandum, wait: .committed(milliseconds: 20_000))
        #expect(report.result == "OK")
        try await refused("REPLAYED", client, good)
        let again = try await client.submit(good, as: .memorandum, wait: .committed(milliseconds: 20_000))
        #expect(again == report, "the same bytes, the same answer")
      }
    }

    private func withdrawal() throws -> DocketWithdrawal {
      DocketWithdrawal(docket: try #require(DocketID("none")), reason: "")
    }

    private func refused(_ code: String, _ client: NodeClient, _ statement: SignedStatement) async throws {
      let error = await #expect(throws: NodeError.self, "\(code)") {
        try await client.submit(statement, as: .memorandum, wait: .accepted)
      }
      #expect(error?.code == code)
    }
  }
}
