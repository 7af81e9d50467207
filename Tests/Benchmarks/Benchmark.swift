import Declarations
import Foundation
import Tariff

/// Measures the assessment of generated declarations: lines per second and peak memory.
///
///     swift run -c release floorbench [lines] [brief|explained]
///
/// Each measurement is one line: what, threads, lines, seconds, lines per second, processor time a line (which a busy machine disturbs
/// less), peak resident memory. A quarter of the lines comes first, on one thread and on all: the memory of the whole must not be larger
/// by more than `tolerance`, or the exit code is 1. Explained, a million lines take 1.3 GB in the temporary folder while it runs.
@main
enum Benchmark {
  private static let usage = "usage: floorbench [lines, 1000000 unless told] [brief|explained, both unless told]"
  /// In KiB; a few blocks more or less are noise.
  private static let tolerance = 16 * 1024

  static func main() {
    do {
      let words = CommandLine.arguments.dropFirst()
      let lines = words.first.map { Int($0) ?? 0 } ?? 1_000_000
      let modes = words.count > 1 ? Mode.allCases.filter { $0.rawValue == words.last } : Mode.allCases
      guard lines > 0, !modes.isEmpty, words.count < 3 else { throw BenchmarkFailure(usage) }
      try measure(lines, modes)
    } catch {
      FileHandle.standardError.write(Data("floorbench: \(error)\n".utf8))
      exit(1)
    }
  }

  private enum Mode: String, CaseIterable {
    case brief
    case explained
  }

  private static func measure(_ lines: Int, _ modes: [Mode]) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("floorbench-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    print("machine: \(cores) x \(ProcessFigures.processor)")
    let (part, whole) = (folder + "/part.csv", folder + "/whole.csv")
    let quarter = max(1, lines / 4)
    for (path, count) in [(part, quarter), (whole, lines)] {
      print("input: \(count) lines, \(try GeneratedDeclarations.write(count, to: path) >> 20) MiB")
    }
    for mode in modes {
      _ = try run(mode, part, quarter, workers: 1)
      let small = try run(mode, part, quarter, workers: cores)
      let great = try run(mode, whole, lines, workers: cores)
      guard great <= small + tolerance else { throw BenchmarkFailure("memory grows with the file") }
    }
  }

  /// Assesses a file and answers the peak memory in KiB.
  private static func run(_ mode: Mode, _ file: String, _ lines: Int, workers: Int) throws -> Int {
    guard let assessor = try BenchmarkBasis.assessor() else { throw BenchmarkFailure("the basis is broken") }
    ProcessFigures.forgetPeakMemory()
    let clock = ContinuousClock()
    let (begin, processorBegin) = (clock.now, ProcessFigures.processorTime)
    let summary = try DeclarationRun(assessor: assessor, isExplained: mode == .explained, workers: workers).run(
      declarations: file, duties: file + ".duties", rejects: file + ".rejects"
    ) { _, _ in }
    let elapsed = (clock.now - begin) / .seconds(1)
    let busy = ProcessFigures.processorTime - processorBegin
    guard summary.assessed.lines + summary.rejected == lines else { throw BenchmarkFailure("lines are missing") }
    let peak = ProcessFigures.peakMemory
    print(
      "\(mode.rawValue): \(workers) threads, \(lines) lines, \(hundredths(elapsed)) s,"
        + " \(Int(Double(lines) / elapsed)) lines/s, \(hundredths(busy * 1_000_000 / Double(lines)))"
        + " µs of processor a line, peak \(peak >> 10) MiB")
    return peak
  }

  private static func hundredths(_ value: Double) -> String { String(Double(Int(value * 100)) / 100) }
}

struct BenchmarkFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
