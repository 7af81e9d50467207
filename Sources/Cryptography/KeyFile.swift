import Glibc

/// Files of secrets and of certificates. A secret's file is made for its owner alone, and one that others can read is
/// not used.
package enum KeyFile {
  /// The largest key or certificate file that is read, in bytes.
  package static let maximumSize = 1024 * 1024

  /// Writes a private key as PEM to a new file of mode 0600, synced before the call returns. Fails where the file
  /// exists.
  package static func create(_ key: PrivateKey, at path: String) throws(KeyError) {
    try create(try key.pem(), at: path, mode: 0o600)
  }

  /// Writes sealed or secret bytes to a new file of mode 0600, synced before the call returns. Fails where the file
  /// exists.
  package static func createSecret(_ bytes: [UInt8], at path: String) throws(KeyError) {
    try create(bytes, at: path, mode: 0o600)
  }

  /// Reads what ``createSecret(_:at:)`` wrote. Refuses a file that its group or others can read or write.
  package static func readSecret(_ path: String) throws(KeyError) -> [UInt8] {
    try contents(path, isSecret: true)
  }

  /// Reads a private key. Refuses a file that its group or others can read or write.
  package static func read(_ path: String) throws(KeyError) -> PrivateKey {
    try PrivateKey.parse(pem: try contents(path, isSecret: true), path: path)
  }

  /// Writes something public, as a certificate, to a new file of mode 0644. Fails where the file exists.
  package static func createPublic(_ bytes: [UInt8], at path: String) throws(KeyError) {
    try create(bytes, at: path, mode: 0o644)
  }

  /// Reads something public.
  package static func readPublic(_ path: String) throws(KeyError) -> [UInt8] {
    try contents(path, isSecret: false)
  }

  private static func create(_ bytes: [UInt8], at path: String, mode: mode_t) throws(KeyError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard file >= 0 else { throw errno == EEXIST ? .exists(path: path) : failure(path) }
    defer { close(file) }
    // The process's mask can only take permissions away; what is asked for is set once more.
    guard fchmod(file, mode) == 0 else { throw failure(path) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure(path) }
      rest = rest.dropFirst(written)
    }
    guard fsync(file) == 0 else { throw failure(path) }
  }

  private static func contents(_ path: String, isSecret: Bool) throws(KeyError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .file(path: path, reason: "is not a regular file") }
    guard !isSecret || status.st_mode & 0o077 == 0 else { throw .permissions(path: path) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure(path) }
      guard count > 0 else { return bytes }
      bytes += chunk.prefix(count)
      guard bytes.count <= maximumSize else { throw .file(path: path, reason: "is larger than \(maximumSize) bytes") }
    }
  }

  private static func failure(_ path: String) -> KeyError {
    .file(path: path, reason: strerror(errno).map { String(cString: $0) } ?? "unknown error")
  }
}
