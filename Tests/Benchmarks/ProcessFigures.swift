import Foundation

/// What Linux says of this process and its machine.
enum ProcessFigures {
  /// The most resident memory since the last ``forgetPeakMemory()``, in KiB.
  static var peakMemory: Int {
    field("VmHWM:", in: "/proc/self/status")?.split(separator: " ").first.flatMap { Int($0) } ?? 0
  }

  /// Processor time of all threads so far, in seconds.
  static var processorTime: Double {
    var usage = rusage()
    guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
    return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
  }

  static var processor: String { field("model name", in: "/proc/cpuinfo") ?? "unknown processor" }

  /// Sets the peak to what is resident now (proc(5), clear_refs).
  static func forgetPeakMemory() { try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs")) }

  private static func field(_ name: String, in path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line.map { $0.dropFirst(name.count).trimmingCharacters(in: CharacterSet(charactersIn: ": \t")) }
  }
}
