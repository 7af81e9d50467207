import API
import Client
import Cryptography
import Foundation
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// Who gets a session is judged by OpenSSL's own client, which knows nothing of this program.
  @Suite("sessions refused")
  struct Sessions {
    @Test("no certificate, TLS 1.2, a foreign authority; a member's own certificate is accepted")
    func refusals() async throws {
      try await RealNetwork.with { real in
        try await real.startAll()
        let (server, peer) = (real.places[0], real.places[1])
        let own = real.network.folder(peer) + "/tls"

        let anonymous = try await connect(server.listen, [])
        #expect(anonymous.contains("TLSv1.3"), "\(anonymous)")
        #expect(anonymous.contains("certificate required"), "\(anonymous)")

        let old = try await connect(server.listen, ["-tls1_2", "-cert", own + "/chain.pem", "-key", own + "/key.pem"])
        #expect(old.contains("protocol version"), "\(old)")
        #expect(!old.contains("Cipher    : ECDHE"), "\(old)")

        let foreign = try foreignIdentity(real)
        let stranger = try await connect(server.listen, ["-cert", foreign.certificate, "-key", foreign.key])
        #expect(stranger.contains("alert unknown ca"), "\(stranger)")

        let member = try await connect(server.listen, ["-cert", own + "/chain.pem", "-key", own + "/key.pem"])
        #expect(member.contains("TLSv1.3") && !member.contains("alert"), "\(member)")

        // None of it has harmed the node.
        let client = try real.network.client(server)
        #expect(try await client.readiness().ready)
      }
    }

    /// What s_client says within two seconds of a handshake. In TLS 1.3 a client is refused only after its own handshake is done, so the
    /// input stays open meanwhile.
    private func connect(_ address: String, _ options: [String]) async throws -> String {
      let arguments = ["-c", "sleep 2 | timeout 4 openssl s_client -connect \"$0\" \"$@\" 2>&1", address] + options
      let command = try await Command.run("/bin/sh", arguments, within: 10)
      return command.output + command.errors
    }

    /// A certificate by an authority that nobody has pinned.
    private func foreignIdentity(_ real: RealNetwork) throws -> (certificate: String, key: String) {
      let directory = real.network.directory + "/foreign"
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      let authority = try CertificateAuthority.create(name: "foreign authority")
      let key = try PrivateKey.generate(.es256)
      let leaf = try authority.issue(name: "USA node", key: key)
      try KeyFile.create(key, at: directory + "/key.pem")
      try KeyFile.createPublic(try leaf.pem(), at: directory + "/leaf.pem")
      return (directory + "/leaf.pem", directory + "/key.pem")
    }
  }
}
