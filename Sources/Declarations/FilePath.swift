import Glibc

/// What the file system knows of a path.
enum FilePath {
  /// The path with symbolic links followed and nothing relative, even where the file itself is not there yet. `-` stays.
  static func canonical(_ path: String) -> String {
    if path == "-" { return path }
    if let whole = resolved(path) { return whole }
    guard let folder = resolved(folder(of: path)) else { return path }
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? path
    return folder == "/" ? "/" + name : folder + "/" + name
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func isFolder(_ path: String) -> Bool { kind(path) == S_IFDIR }

  /// Whether a path names something that is neither a file nor a folder.
  static func isSpecial(_ path: String) -> Bool {
    guard let kind = kind(path) else { return false }
    return kind != S_IFREG && kind != S_IFDIR
  }

  /// The reason of the last failed system call.
  static var systemError: String { String(cString: strerror(errno)) }

  private static func kind(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  private static func resolved(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
  }
}
