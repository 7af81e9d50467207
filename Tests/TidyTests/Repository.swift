import Foundation

/// The repository's files as the checks see them: paths relative to its root, and text.
struct SourceFile: Sendable {
  let path: String
  let text: String

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The folder below `Sources` or `Tests`.
  var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
}

enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// All files below a folder with one of these endings, ascending by path.
  static func files(below folder: String, endings: Set<String>) -> [SourceFile] {
    // Linked folders are followed, so that the checks also run on a tree of links.
    let base = root.appendingPathComponent(folder).resolvingSymlinksInPath()
    let walker = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
    var found: [SourceFile] = []
    while let url = walker?.nextObject() as? URL {
      guard endings.contains(url.pathExtension), let text = try? String(contentsOf: url, encoding: .utf8) else {
        continue
      }
      let below = url.path.dropFirst(base.path.count)
      guard !below.contains("/.") else { continue }
      found.append(SourceFile(path: folder + below, text: text))
    }
    return found.sorted { $0.path < $1.path }
  }

  static let sources = files(below: "Sources", endings: ["swift"])
  static let tests = files(below: "Tests", endings: ["swift"])
}
