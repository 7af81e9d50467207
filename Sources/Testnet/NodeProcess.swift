import Foundation
import Glibc

/// A floord process that was started here, now or in an earlier run.
///
/// Process numbers are used again, so a number alone is never signalled: the start time and the program must be those that were
/// recorded.
package struct NodeProcess: Codable, Hashable, Sendable {
  package let pid: Int32
  /// Clock ticks after boot at which the process started (field 22 of `/proc/PID/stat`).
  package let startTicks: UInt64
  /// The configuration file that it was started with.
  package let configuration: String

  /// Starts floord in a session of its own, so that neither Ctrl-C nor the end of the caller reaches it. Its output is appended to
  /// the log.
  package static func start(
    program: String, configuration: String, log: String
  ) throws(TestnetError) -> NodeProcess {
    try start([program, "--config", configuration], configuration: configuration, log: log)
  }

  /// Starts floord by a command of one's own, as one that sets limits or enters a namespace first and then becomes the daemon. The
  /// configuration's path must be one of the words.
  package static func start(
    _ words: [String], configuration: String, log: String
  ) throws(TestnetError) -> NodeProcess {
    let member = configuration
    let pid = try spawn(words, log: log)
    guard let ticks = startTicks(of: pid) else {
      throw .notStarted(member: member, reason: "the process ended at once", log: LogTail.read(log))
    }
    let process = NodeProcess(pid: pid, startTicks: ticks, configuration: configuration)
    process.awaitCommandLine()
    return process
  }

  /// While the kernel puts the new program in place a process has no command line, by which it is known. On a loaded machine that
  /// takes a while.
  private func awaitCommandLine() {
    let limit = ContinuousClock.now + .seconds(5)
    while commandLine.isEmpty, Self.startTicks(of: pid) == startTicks, ContinuousClock.now < limit { usleep(500) }
  }

  /// Whether this very process still runs; one that has ended but was not yet collected does not.
  package var isRunning: Bool {
    // A child of ours stays as a zombie until it is collected; for any other process this does nothing.
    var status: Int32 = 0
    _ = waitpid(pid, &status, WNOHANG)
    guard Self.startTicks(of: pid) == startTicks else { return false }
    // A command that only then becomes the daemon has no command line for another moment.
    let words = commandLine
    return words.isEmpty || words.contains(configuration)
  }

  /// Sends a signal, if this very process still runs.
  package func signal(_ number: Int32) {
    guard isRunning else { return }
    kill(pid, number)
  }

  /// Waits until the process has ended; false if it has not in time.
  package func ended(within seconds: Double) async -> Bool {
    let limit = ContinuousClock.now + .milliseconds(Int64(seconds * 1000))
    while isRunning {
      guard ContinuousClock.now < limit else { return false }
      try? await Task.sleep(for: .milliseconds(20))
    }
    return true
  }

  private var commandLine: [String] {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return [] }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The start time; nil where no such process exists or only its remains do.
  private static func startTicks(of pid: Int32) -> UInt64? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    // The second field is the program's name in parentheses, which may itself contain blanks and parentheses.
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return UInt64(fields[19])
  }

  /// POSIX_SPAWN_SETSID, which glibc declares only for GNU sources, as Swift's are not.
  private static let newSession: Int16 = 0x80

  /// Descriptors of this process that a child would get: those beyond standard error that are not closed on exec.
  private static var inheritedDescriptors: [Int32] {
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return open.compactMap { Int32($0) }.filter { descriptor in
      let flags = fcntl(descriptor, F_GETFD)
      return descriptor > 2 && flags >= 0 && flags & FD_CLOEXEC == 0
    }
  }

  private static func spawn(_ arguments: [String], log: String) throws(TestnetError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    for descriptor in inheritedDescriptors { posix_spawn_file_actions_addclose(&actions, descriptor) }
    // The daemon starts with no signal blocked or ignored, whatever the caller's own arrangement.
    var none = sigset_t()
    var defaults = sigset_t()
    sigemptyset(&none)
    sigfillset(&defaults)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(
      &attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    var pid: Int32 = 0
    let words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let result = posix_spawn(&pid, arguments[0], &actions, &attributes, words, environ)
    guard result == 0 else {
      throw .notStarted(member: arguments[0], reason: String(cString: strerror(result)), log: "")
    }
    return pid
  }
}

/// The end of a node's log, which says why it ended.
package enum LogTail {
  package static func read(_ path: String, lines: Int = 12) -> String {
    guard let bytes = FileManager.default.contents(atPath: path) else { return "" }
    return String(decoding: bytes.suffix(16_384), as: UTF8.self)
      .split(separator: "\n").suffix(lines).map { "  \($0)" }.joined(separator: "\n")
  }
}
