import Client
import Cryptography
import Foundation
import Glibc
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// A node that must not start says why, by a code and a sentence, and ends.
  @Suite("refused at the start")
  struct Refusals {
    /// Runs a member's node in the foreground until it ends by itself.
    private func attempt(_ real: RealNetwork, _ arguments: [String] = []) async throws -> Command {
      let configuration = real.network.configuration(real.places[0])
      return try await Command.run(real.program, ["--config", configuration] + arguments, within: 20)
    }

    @Test("a database of another network")
    func otherNetwork() async throws {
      try await RealNetwork.with { first in
        try first.start([first.places[0]])
        let data = first.network.folder(first.places[0]) + "/data"
        let client = try first.network.client(first.places[0])
        try await RealNetwork.eventually(within: 20, "the node's first answer") { try await client.status() }
        #expect(try await first.network.stop(first.places[0]))
        try await RealNetwork.with { second in
          let folder = second.network.folder(second.places[0]) + "/data"
          try FileManager.default.removeItem(atPath: folder)
          try FileManager.default.copyItem(atPath: data, toPath: folder)
          let ended = try await attempt(second)
          #expect(ended.status == 5)
          #expect(ended.errors.contains("DATABASE_OF_OTHER_NETWORK") || ended.errors.contains("belongs to the network"))
        }
      }
    }

    @Test("a port that is in use", arguments: ["listen", "api"])
    func portInUse(_ which: String) async throws {
      try await RealNetwork.with { real in
        let place = real.places[0]
        let address = which == "listen" ? place.listen : place.api
        let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
        let listener = try #require(Listener(port: port))
        defer { listener.close() }
        let ended = try await attempt(real)
        #expect(ended.status == 3)
        #expect(ended.errors.contains(String(port)), "the message names the port: \(ended.errors)")
      }
    }

    @Test("a configuration with an unknown key, and nothing is left behind")
    func unknownKey() async throws {
      try await RealNetwork.with { real in
        let path = real.network.configuration(real.places[0])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "lissten: 127.0.0.1:1\n").write(toFile: path, atomically: true, encoding: .utf8)
        for arguments in [[], ["--check-config"]] {
          let ended = try await attempt(real, arguments)
          #expect(ended.status == 2)
          #expect(ended.errors.contains("lissten") && ended.errors.contains("floord.yaml"))
        }
        let data = real.network.folder(real.places[0]) + "/data"
        #expect(try FileManager.default.contentsOfDirectory(atPath: data).isEmpty)
      }
    }

    @Test("a configuration that is right")
    func rightConfiguration() async throws {
      try await RealNetwork.with { real in
        let ended = try await attempt(real, ["--check-config"])
        #expect(ended.status == 0, "\(ended.errors)")
      }
    }
  }
}

/// Something that listens on a loopback port.
struct Listener {
  private let descriptor: Int32

  init?(port: UInt16) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard descriptor >= 0, bound == 0, listen(descriptor, 1) == 0 else { return nil }
  }

  func close() { _ = Glibc.close(descriptor) }
}
