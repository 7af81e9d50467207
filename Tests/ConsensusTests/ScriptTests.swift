import Foundation
import Testing

/// Stories of one member as text: comments tell, `>` gives a command, the lines after it are what the member then does.
///
/// With `REWRITE_SCRIPTS=1` in the environment the files are written anew and the run still fails: read the difference, and commit it only
/// if you understand it.
@Suite("Scripts")
struct ScriptTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Scripts")

  static let names: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (files ?? []).filter { $0.hasSuffix(".txt") }.sorted()
  }()

  @Test("there are scripts to run")
  func some() { #expect(Self.names.count >= 8) }

  @Test("the member does what the script says", arguments: names)
  func transcript(name: String) throws {
    let url = Self.folder.appendingPathComponent(name)
    let written = try String(contentsOf: url, encoding: .utf8)
    let played = try Script.play(written)
    guard written != played else { return }
    if ProcessInfo.processInfo.environment["REWRITE_SCRIPTS"] == "1" {
      try played.write(to: url, atomically: true, encoding: .utf8)
      Issue.record("\(name) was written anew: read the difference")
    } else {
      let lines = zip(
        written.split(separator: "\n", omittingEmptySubsequences: false),
        played.split(separator: "\n", omittingEmptySubsequences: false))
      let first = lines.first { $0 != $1 }
      Issue.record("\(name) differs, first at: expected «\(first?.0 ?? "the end")», got «\(first?.1 ?? "the end")»")
    }
  }
}
