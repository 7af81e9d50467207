import Foundation
import Testing

/// The files in `Protocol/Vectors` are the treaty: this program must write exactly them.
///
/// They are written anew by `PRICEFLOOR_WRITE_VECTORS=1 swift test --filter GoldenTests`, and by nothing else.
@Suite("Golden files")
struct GoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Protocol/Vectors")

  private static let isWriting = ProcessInfo.processInfo.environment["PRICEFLOOR_WRITE_VECTORS"] == "1"

  @Test("the golden bytes come out", .enabled(if: !isWriting), arguments: GoldenFiles.names)
  func golden(name: String) throws {
    let made = try GoldenFiles().bytes(name)
    let kept = try Data(contentsOf: Self.folder.appending(path: name))
    #expect(Data(made) == kept, "\(name) differs from what this program writes")
  }

  @Test("write the golden files", .enabled(if: isWriting))
  func write() throws {
    let files = try GoldenFiles()
    for name in GoldenFiles.names { try Data(files.bytes(name)).write(to: Self.folder.appending(path: name)) }
  }
}
