import Foundation
import Simulation

/// What floorsim prints: progress on a terminal's standard error, the result on standard output.
struct Report {
  private let command: WorldCommand
  private let began = ContinuousClock.now

  init(command: WorldCommand) { self.command = command }

  func progress(_ done: UInt64, of seeds: UInt64) {
    guard seeds > 1, isatty(STDERR_FILENO) == 1, done == seeds || done.isMultiple(of: 10) else { return }
    FileHandle.standardError.write(Data("\r\(done) of \(seeds) seeds\(done == seeds ? "\n" : "")".utf8))
  }

  func conclude(_ summary: Campaign.Summary) {
    if command.json { printJSON(summary) } else { printText(summary) }
  }

  private func printText(_ summary: Campaign.Summary) {
    for line in summary.story { print(line) }
    if summary.seeds == 1 { print("history  \(summary.history)") }
    for (name, figure) in figures(summary) { print(Self.padded(name), figure) }
    for kind in AdversaryKind.allCases + [.colluder] {
      if let attacks = summary.counts.attacks[kind] { print(Self.padded("  by \(kind.rawValue)"), attacks) }
    }
    print(Self.padded("slowest"), "\(summary.counts.slowest) % of the bound on liveness")
    guard let failure = summary.failure, let verdict = failure.verdict else {
      return print(Self.padded("judges"), "silent")
    }
    print("")
    print("seed \(failure.seed): the judge of \(verdict.judge) speaks at \(verdict.time) ms: \(verdict.reason)")
    print("again: \(again(failure.seed))")
  }

  private static func padded(_ name: String) -> String { name.padding(toLength: 22, withPad: " ", startingAt: 0) }

  private func again(_ seed: UInt64) -> String {
    let mutation = command.mutation.map { " --mutation \($0.rawValue)" } ?? ""
    let collusion = (command.collusion ? " --collusion" : "") + (command.growth ? " --growth" : "")
    let world = "--members \(command.members) --seconds \(command.seconds) --faults \(command.faults)"
    return "floorsim --seed \(seed) \(world) --adversaries \(command.adversaries)\(mutation)\(collusion)"
  }

  private func figures(_ summary: Campaign.Summary) -> [(String, Int)] {
    [("seeds", Int(summary.seeds)), ("virtual seconds", Int(summary.counts.milliseconds / 1_000))]
      + Figure.allCases.map { ($0.words, summary.counts[$0]) }
  }

  private func printJSON(_ summary: Campaign.Summary) {
    var object: [String: Any] = ["silent": summary.failure == nil, "members": command.members, "seed": command.seed]
    for (name, figure) in figures(summary) { object[name.replacingOccurrences(of: " ", with: "_")] = figure }
    object["attacks_by_kind"] = Dictionary(
      uniqueKeysWithValues: summary.counts.attacks.map { ($0.key.rawValue, $0.value) })
    object["slowest_percent_of_bound"] = Int(summary.counts.slowest)
    object["history"] = summary.seeds == 1 ? summary.history : nil
    let took = (ContinuousClock.now - began).components
    object["milliseconds"] = took.seconds * 1_000 + took.attoseconds / 1_000_000_000_000_000
    if let failure = summary.failure, let verdict = failure.verdict {
      object["failure"] = [
        "seed": failure.seed, "judge": verdict.judge, "milliseconds": verdict.time, "reason": verdict.reason,
      ]
    }
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .prettyPrinted]
    guard let data = try? JSONSerialization.data(withJSONObject: object, options: options) else { return }
    print(String(decoding: data, as: UTF8.self))
  }
}
