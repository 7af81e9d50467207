import CBOR
import Cryptography
import Foundation
import Replica
import Testing

/// Golden bytes of what this module sends: one message a line in `Protocol/Vectors`.
///
/// Written anew by `PRICEFLOOR_WRITE_VECTORS=1 swift test --filter GoldenMessageTests`, and by nothing else.
@Suite("Golden messages of peers")
struct GoldenMessageTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Protocol/Vectors/peer-message.hex")

  private static func messages() throws -> [PeerMessage] { try PeerMessageTests.messages(try Parliament()) }

  @Test("the golden bytes come out")
  func golden() throws {
    let text = try Self.messages().map { $0.encoded.hexadecimal + "\n" }.joined()
    if ProcessInfo.processInfo.environment["PRICEFLOOR_WRITE_VECTORS"] == "1" {
      try Data(text.utf8).write(to: Self.file)
    }
    #expect(try Data(contentsOf: Self.file) == Data(text.utf8), "\(Self.file.lastPathComponent) differs")
  }
}
