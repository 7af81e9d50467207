import Foundation

/// What the operating system counts for this process, read from /proc: getrusage does not say how much is resident now.
struct ProcessStatistics: Hashable, Sendable {
  /// Bytes in memory now, and the most there ever were.
  var residentBytes: UInt64 = 0
  var peakResidentBytes: UInt64 = 0
  /// User and system time in milliseconds.
  var cpuMilliseconds: UInt64 = 0

  static var identifier: Int32 { getpid() }

  /// The figures now; zeros where /proc cannot be read.
  static func now() -> ProcessStatistics {
    var statistics = ProcessStatistics()
    for line in contents("/proc/self/status").split(separator: "\n") {
      if line.hasPrefix("VmRSS:") { statistics.residentBytes = kibibytes(line) }
      if line.hasPrefix("VmHWM:") { statistics.peakResidentBytes = kibibytes(line) }
    }
    // The command's name may contain anything, so fields are counted from its closing parenthesis: user time is the 12th.
    let fields = contents("/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
    if fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) {
      statistics.cpuMilliseconds = (user + system) * 1_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }
    return statistics
  }

  private static func contents(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  private static func kibibytes(_ line: Substring) -> UInt64 {
    let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
    return number.flatMap { UInt64($0) }.map { $0 * 1_024 } ?? 0
  }
}
