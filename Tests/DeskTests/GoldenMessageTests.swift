import CBOR
import Cryptography
import Desk
import Foundation
import Membership
import Negotiation
import Testing
import Trade

/// Golden bytes of what this module sends: one message a line in `Protocol/Vectors`.
///
/// Written anew by `PRICEFLOOR_WRITE_VECTORS=1 swift test --filter GoldenMessageTests`, and by nothing else.
@Suite("Golden messages of the desk")
struct GoldenMessageTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Protocol/Vectors/desk-statement.hex")

  private static func messages() throws -> [DeskStatement] {
    let member = try #require(MemberID("GBR"))
    let place = LotRound(docket: try #require(DocketID("2025-first")), lot: 0, round: 1)
    let item = try #require(ItemID("lithium/carbonate@1"))
    let evidence = try #require(
      Evidence(.manual, source: "a ministry", period: "2024", file: Digest.sha256([1])))
    let quote = Quote(item: item, unit: 0, scale: 6, answer: .price(Price(microUSDPerKilogram: 10_500_000)))
    let limit = Instant(milliseconds: 1_750_000_060_000)
    return [
      DeskStatement(
        signer: member, notAfter: limit, place: place, content: .sheet(Sheet(quotes: [quote], evidence: [evidence]))),
      DeskStatement(signer: member, notAfter: limit, place: place, content: .approval(Digest.sha256([2]))),
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
