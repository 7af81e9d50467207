import Foundation
import Simulation

/// What floorsim prints: progress on a terminal's standard error, the result on standard output.
struct Report {
  private let command: FloorSim
  private let began = ContinuousClock.now

  init(command: FloorSim) { self.command = command }

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
    for (name, figure) in figures(summary) {
      print("\(name.padding(toLength: 16, withPad: " ", startingAt: 0)) \(figure)")
    }
    guard let failure = summary.failure, let verdict = failure.verdict else { return print("judges           silent") }
    print("")
    print("seed \(failure.seed): the judge of \(verdict.judge) speaks at \(verdict.time) ms: \(verdict.reason)")
    print("again: \(again(failure.seed))")
  }

  private func again(_ seed: UInt64) -> String {
    let mutation = command.mutation.map { " --mutation \($0.rawValue)" } ?? ""
    let world = "--members \(command.members) --minutes \(command.minutes) --faults \(command.faults)"
    return "floorsim --seed \(seed) \(world)\(mutation)"
  }

  private func figures(_ summary: Campaign.Summary) -> [(String, Int)] {
    let counts = summary.counts
    return [
      ("seeds", Int(summary.seeds)), ("virtual seconds", Int(counts.milliseconds / 1_000)), ("blocks", counts.blocks),
      ("tables", counts.tables), ("events", counts.events), ("messages", counts.messages), ("lost", counts.lost),
      ("duplicated", counts.duplicated), ("partitions", counts.partitions), ("crashes", counts.crashes),
      ("stalls", counts.stalls), ("equivocations", counts.equivocations), ("evidence", counts.evidence),
      ("nullifications", counts.nullifications), ("submitted", counts.submitted), ("committed", counts.committed),
      ("refused", counts.refused),
    ]
  }

  private func printJSON(_ summary: Campaign.Summary) {
    var object: [String: Any] = ["silent": summary.failure == nil, "members": command.members, "seed": command.seed]
    for (name, figure) in figures(summary) { object[name.replacingOccurrences(of: " ", with: "_")] = figure }
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
