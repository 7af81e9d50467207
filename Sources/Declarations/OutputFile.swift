import Glibc

/// A file that appears under its name only when it is complete; `-` is standard output.
final class OutputFile {
  private let path: String
  private let partial: String?
  private var descriptor: Int32
  private var isFinished = false

  init(_ path: String) throws(DeclarationRunError) {
    self.path = path
    partial = path == "-" ? nil : "\(path).partial-\(getpid())"
    descriptor = partial.map { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) } ?? STDOUT_FILENO
    guard descriptor >= 0 else { throw .output(path: path, reason: Self.reason) }
  }

  deinit {
    guard let partial, !isFinished else { return }
    close(descriptor)
    unlink(partial)
  }

  func write(header: [String]) throws(DeclarationRunError) {
    try write(Array((header.joined(separator: ",") + "\n").utf8))
  }

  func write(_ bytes: [UInt8]) throws(DeclarationRunError) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .output(path: path, reason: Self.reason) }
      offset += count
    }
  }

  /// Gives the file its name. What stood under the name before is replaced whole.
  func finish() throws(DeclarationRunError) {
    guard let partial else { return }
    guard close(descriptor) == 0, rename(partial, path) == 0 else { throw .output(path: path, reason: Self.reason) }
    isFinished = true
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
