import Foundation

/// Commands of the system that do their work at once.
enum Shell {
  /// Runs a script; an error holds what it said.
  @discardableResult
  static func run(_ script: String) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script]
    process.environment = ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: bytes, as: UTF8.self)
    guard process.terminationStatus == 0 else { throw WiringError.command(script, text) }
    return text
  }
}

/// Cleans up after a test, also where the test's process is killed: a shell of its own session that waits for the end of the pipe which
/// only this process holds.
final class Janitor {
  private let process = Process()
  private let pipe = Pipe()

  /// `script` runs once, when ``dismiss()`` is called or this process ends in whatever way.
  init(_ script: String) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
    process.arguments = ["/bin/sh", "-c", "trap '' INT TERM HUP; cat >/dev/null; \(script)"]
    process.environment = ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin"]
    process.standardInput = pipe
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    try pipe.fileHandleForReading.close()
    // No child of this process may keep the pipe open.
    let writer = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(writer, F_SETFD, FD_CLOEXEC)
  }

  /// Lets it clean up, and waits until it has.
  func dismiss() {
    guard process.isRunning else { return }
    try? pipe.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
