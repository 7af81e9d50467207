import ArgumentParser
import Exploration

/// Whether the judges would notice anything.
struct Broken: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Breaks one rule after another, and tells which judge notices and after how many states.",
    discussion: """
      The members' value stays as it is; the driver around it breaks the rule. `floorcheck broken --rule NAME` tells the way to the first \
      objection. Agreement alone may need more than these bounds to be broken, since other rules stand in the way; all judges together must \
      notice each rule.
      """)

  @Option(help: "Only this one, with the way there.")
  var rule: BrokenRule?
  @Flag(help: "Leave out what the judge of agreement notices alone, which takes most of the time.")
  var short = false

  func run() throws {
    let report = Report()
    var isGood = true
    report.brokenTitle(isShort: short)
    for rule in rule.map({ [$0] }) ?? BrokenRule.allCases {
      let outcome = try Explorer.explore(rule.setup) { report.progress($0) }
      let alone = short ? nil : try Explorer.explore(rule.setupForAgreementAlone) { report.progress($0) }
      report.brokenLine(rule, outcome, alone)
      if self.rule != nil { report.story(outcome) }
      if outcome.complaint == nil { isGood = false }
    }
    report.total()
    if !isGood { throw ExitCode(1) }
  }
}
