import CBOR
import Cryptography
import Foundation
import Membership
import Testing
import Transport

/// Golden bytes of what this module sends: one message a line in `Protocol/Vectors`.
///
/// Written anew by `PRICEFLOOR_WRITE_VECTORS=1 swift test --filter GoldenMessageTests`, and by nothing else.
@Suite("Golden messages of sessions")
struct GoldenMessageTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Protocol/Vectors/hello-payload.hex")

  private static func messages() throws -> [Hello] {
    let (low, high) = (try #require(MemberID("AUS")), try #require(MemberID("USA")))
    let binding = Digest.sha256(Array("a session".utf8))
    return [
      Hello(member: low, peer: high, role: .client, channelBinding: binding),
      Hello(member: high, peer: low, role: .server, channelBinding: binding),
    ]
  }

  @Test("the golden bytes come out")
  func golden() throws {
    let text = try Self.messages().map { $0.encoded.hexadecimal + "\n" }.joined()
    if ProcessInfo.processInfo.environment["PRICEFLOOR_WRITE_VECTORS"] == "1" {
      try Data(text.utf8).write(to: Self.file)
    }
    #expect(try Data(contentsOf: Self.file) == Data(text.utf8), "\(Self.file.lastPathComponent) differs")
  }
}
