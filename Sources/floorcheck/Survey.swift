import ArgumentParser
import Exploration

/// The worlds that are explored as a rule.
struct Survey: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explores the standard worlds one after another, and prints a line for each.")

  @Flag(help: "Only the worlds that take seconds.")
  var short = false

  func run() throws {
    let report = Report()
    var isGood = true
    report.surveyTitle()
    for setup in short ? Setup.short : Setup.short + Setup.long {
      let watch = Report()
      let outcome = try Explorer.explore(setup) { report.progress($0) }
      watch.surveyLine(setup, outcome)
      if outcome.complaint != nil || outcome.extent == .cut { isGood = false }
    }
    report.total()
    if !isGood { throw ExitCode(1) }
  }
}
