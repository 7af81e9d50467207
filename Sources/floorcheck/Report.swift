import Exploration
import Foundation

/// What floorcheck prints: progress on a terminal's standard error, the result on standard output.
struct Report {
  private let began = ContinuousClock.now

  func progress(_ line: String) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// A line of the result, at once also where output is not a terminal.
  private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  // MARK: One world

  func conclude(_ setup: Setup, _ outcome: Explorer.Outcome) {
    say(setup.title)
    for (name, figure) in [
      ("states", "\(outcome.states)"), ("transitions", "\(outcome.transitions)"), ("depth", "\(outcome.depth)"),
      ("one member's", outcome.memberStates.map(String.init).joined(separator: " + ") + " states"),
      ("told apart", outcome.memberClasses.map(String.init).joined(separator: " + ")),
      ("steps worked", "\(outcome.workedSteps)"), ("extent", extent(outcome)), ("time", seconds), ("memory", memory),
    ] {
      say("\(left(name, 16)) \(figure)")
    }
    guard let complaint = outcome.complaint else { return say("judges           silent") }
    say("")
    say("the judge of \(complaint)")
    story(outcome)
  }

  func story(_ outcome: Explorer.Outcome) {
    for line in outcome.story { say("  " + line) }
  }

  // MARK: Tables

  func surveyTitle() {
    say("\(left("world", 104)) \(right("states", 10)) \(right("transitions", 12)) depth     time  result")
  }

  func surveyLine(_ setup: Setup, _ outcome: Explorer.Outcome) {
    let figures =
      "\(right("\(outcome.states)", 10)) \(right("\(outcome.transitions)", 12)) \(right("\(outcome.depth)", 5))"
    let result = outcome.complaint.map { "the judge of \($0)" } ?? "judges silent, \(extent(outcome))"
    say("\(left(setup.title, 104)) \(figures) \(right(seconds, 8))  \(result)")
    if outcome.complaint != nil { story(outcome) }
  }

  func brokenTitle(isShort: Bool) {
    let alone = isShort ? "" : " agreement alone, after states"
    say(
      "\(left("rule", 5)) \(left("what is done instead", 52)) \(left("caught by", 14)) \(right("states", 8)) \(alone)")
  }

  func brokenLine(_ rule: BrokenRule, _ outcome: Explorer.Outcome, _ alone: Explorer.Outcome?) {
    let judge = outcome.complaint?.judge.rawValue ?? "NOBODY"
    let start = "\(left(rule.number, 5)) \(left(rule.summary, 52)) \(left(judge, 14)) \(right("\(outcome.states)", 8))"
    guard let alone else { return say(start) }
    let other = alone.complaint == nil ? "not within \(alone.states)" : "\(alone.states)"
    say("\(start)  \(other)")
  }

  func total() { say("took \(seconds), \(memory)") }

  // MARK: Figures

  private func extent(_ outcome: Explorer.Outcome) -> String {
    switch outcome.extent {
    case .complete: "complete"
    case .limited(let steps): "complete to \(steps) steps each"
    case .cut: "NOT complete: the bound on states was reached"
    case .stopped: "stopped by a judge"
    }
  }

  private var seconds: String {
    let took = (ContinuousClock.now - began).components
    let tenths = took.seconds * 10 + took.attoseconds / 100_000_000_000_000_000
    return "\(tenths / 10).\(tenths % 10) s"
  }

  /// The most memory that the process ever had; where the system does not tell, nothing is said.
  private var memory: String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    return kibibytes.map { "\($0 / 1024) MiB" } ?? "memory unknown"
  }

  private func left(_ text: String, _ width: Int) -> String {
    text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
