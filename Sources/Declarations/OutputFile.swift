import Glibc

/// A file that appears under its name only when it is complete; `-` is standard output.
///
/// Until then its bytes are in a file without a name, of which nothing is left whatever ends the process. File systems that have no
/// such files (NFS), and systems without `/proc`, get one whose name ends in `.partial-<process>`; that one is removed by ``deinit``.
/// What is no regular file, as a pipe or `/dev/null`, is written in place.
final class OutputFile {
  private enum Stage: Hashable {
    case inPlace
    case nameless
    case partial
    case complete
  }

  /// The name as the user gave it, for messages.
  private let path: String
  /// Where the file appears: symbolic links followed, so that they stay.
  private let target: String
  private var descriptor: Int32
  private var stage: Stage

  init(_ path: String) throws(DeclarationRunError) {
    self.path = path
    target = FilePath.canonical(path)
    if path == "-" {
      (descriptor, stage) = (dup(STDOUT_FILENO), .inPlace)
    } else if FilePath.isSpecial(path) {
      (descriptor, stage) = (open(path, O_WRONLY | O_CLOEXEC), .inPlace)
    } else {
      (descriptor, stage) = (Self.openNameless(in: FilePath.folder(of: target)), .nameless)
      if descriptor < 0 {
        (descriptor, stage) = (open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666), .partial)
      }
    }
    guard descriptor >= 0 else { throw .output(path: path, reason: FilePath.systemError) }
    guard !FilePath.isFolder(target) else { throw .output(path: path, reason: "is a folder") }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if stage == .partial { unlink(partial) }
  }

  func write(_ bytes: [UInt8]) throws(DeclarationRunError) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw errno == EPIPE ? .brokenPipe : .output(path: path, reason: FilePath.systemError)
      }
      offset += count
    }
  }

  /// Nothing is written any more: what can still fail fails here, before the file has its name.
  func settle() throws(DeclarationRunError) {
    if stage == .nameless {
      unlink(partial)
      let nameless = "/proc/self/fd/\(descriptor)"
      guard linkat(AT_FDCWD, nameless, AT_FDCWD, partial, AT_SYMLINK_FOLLOW) == 0 else { throw failure }
      stage = .partial
    }
    let isClosed = close(descriptor) == 0
    descriptor = -1
    guard isClosed else { throw failure }
  }

  /// Gives the file its name. What stood under the name before is replaced whole.
  func appear() throws(DeclarationRunError) {
    guard stage == .partial else { return }
    guard rename(partial, target) == 0 else { throw failure }
    stage = .complete
  }

  /// Takes the name away again, since the file's companion has none.
  func withdraw() {
    if stage == .complete { unlink(target) }
  }

  private var partial: String { "\(target).partial-\(getpid())" }

  private var failure: DeclarationRunError { .output(path: path, reason: FilePath.systemError) }

  /// Below zero where there are no files without a name, or no way to name one later.
  private static func openNameless(in folder: String) -> Int32 {
    guard access("/proc/self/fd", X_OK) == 0 else { return -1 }
    // O_TMPFILE of open(2), which the importer does not take over since it is made of two other flags.
    return open(folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o666)
  }
}
