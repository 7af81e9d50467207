import CBOR
import Cryptography
import Desk
import Foundation
import Glibc

/// The folder of sealed sheets: salts and prices that nobody may see before their reveal, encrypted under a key that the authority key
/// yields, one file a sheet, named by its commitment.
struct SealedSheetStore: Sendable {
  private static let ending = "sheet"
  private let folder: String
  /// Sheets are sealed under the first, and opened by whichever opens them: an authority key may be replaced meanwhile.
  private let keys: [SealingKey]

  init(folder: String, keys: [SealingKey]) throws(KeyError) {
    (self.folder, self.keys) = (folder, keys)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch { throw .file(path: folder, reason: FileProblem.describe(error)) }
  }

  /// Makes a sheet durable: after the return it and its name are on the disk, and its commitment may be sent.
  func store(_ sheet: SealedSheet) throws(KeyError) {
    let path = path(of: sheet)
    guard !FileManager.default.fileExists(atPath: path) else { return }
    guard let key = keys.first else { throw .notAuthentic }
    try KeyFile.createSecret(try key.seal(sheet.encoded), at: path)
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if directory >= 0 { close(directory) } }
    guard directory >= 0, fsync(directory) == 0 else {
      throw .file(path: folder, reason: String(cString: strerror(errno)))
    }
  }

  /// All sheets that can be opened, and the names of files that cannot: a sheet whose writing a crash interrupted was never committed to.
  func load() -> (sheets: [SealedSheet], unreadable: [String]) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    var (sheets, unreadable): ([SealedSheet], [String]) = ([], [])
    for name in names.sorted() where name.hasSuffix(".\(Self.ending)") {
      if let sheet = read("\(folder)/\(name)") { sheets.append(sheet) } else { unreadable.append(name) }
    }
    return (sheets, unreadable)
  }

  /// Takes away a sheet whose round is over: the ledger has what was revealed.
  func remove(_ sheet: SealedSheet) { unlink(path(of: sheet)) }

  private func read(_ path: String) -> SealedSheet? {
    guard let sealed = try? KeyFile.readSecret(path),
      let bytes = keys.lazy.compactMap({ try? $0.open(sealed) }).first
    else { return nil }
    return try? SealedSheet(decoding: bytes)
  }

  private func path(of sheet: SealedSheet) -> String { "\(folder)/\(sheet.commitment.hexadecimal).\(Self.ending)" }
}
