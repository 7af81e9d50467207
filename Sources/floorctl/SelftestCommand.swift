import ArgumentParser
import Vectors

struct SelftestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "selftest", abstract: "Run a file of worked cases through this program's own arithmetic.",
    discussion: """
      Every case is computed anew and compared exactly. Prints "N passed, M failed" with every difference; exit code 1 \
      if any failed. The format is specified in Protocol/Vectors/README.md.

      Example:
        floorctl selftest --vectors Protocol/Vectors/floors.json
      """)

  @Option(name: .long, help: "The file of cases.")
  var vectors: String

  @OptionGroup var output: OutputOptions

  /// `pricefloor/selftest/1`.
  private struct Report: Encodable {
    struct Failure: Encodable {
      let id: String
      let kind: String
      let differences: [String]
    }

    let passed: Int
    let failed: Int
    let failures: [Failure]
  }

  func run() throws {
    let result: VectorReport
    do { result = try VectorRun.run(try Files.read(vectors)) } catch let error as VectorFileError {
      throw Failure.refused(error.code, "\(vectors): \(error.sentence)")
    }
    let report = Report(
      passed: result.passed, failed: result.failed,
      failures: result.failures.map { .init(id: $0.id, kind: $0.kind, differences: $0.differences) })
    Output.show("selftest", report, asJSON: output.json) {
      result.failures.flatMap { failure in
        ["\(Style.error(failure.id)) (\(failure.kind))"] + failure.differences.map { "  \($0)" }
      } + [result.summary]
    }
    guard result.failed == 0 else { throw ExitCode(ExitStatus.no.rawValue) }
  }
}
