import ArgumentParser
import Foundation
import Simulation

/// Runs simulated networks of members under virtual time, with faults, and lets judges watch.
@main
struct FloorSim: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "floorsim",
    abstract: "Runs whole networks of members under virtual time, with faults, and lets independent judges watch.",
    discussion: """
      The same seed gives the same history to the byte: its digest is printed. Exit code 0: all judges were silent.
      1: a judge spoke; the seed and the reason are printed, and the same command with that seed shows it again.
      2: wrong usage.
      """,
    version: "floorsim 1")

  @Option(help: "The first seed.")
  var seed: UInt64 = 1
  @Option(help: "How many seeds, counted up from the first one.")
  var seeds: UInt64 = 1
  @Option(help: "How many members: 1 to 64.")
  var members = 4
  @Option(help: "Virtual minutes with faults; as long again without, for the network to come to rest.")
  var minutes = 0.2
  @Option(
    help: ArgumentHelp(
      "What goes wrong, comma-separated: \(Fault.allCases.map(\.rawValue).joined(separator: ", ")); or all, or none."
    ))
  var faults = "all"
  @Option(
    help: ArgumentHelp(
      "A rule to break on purpose: \(Mutation.allCases.map(\.rawValue).joined(separator: ", ")). A judge should speak.")
  )
  var mutation: Mutation?
  @Flag(help: "Print what happens, line by line. For one seed.")
  var story = false
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...64).contains(members) else { throw ValidationError("--members takes 1 to 64") }
    guard seeds >= 1, seed.addingReportingOverflow(seeds).overflow == false else {
      throw ValidationError("--seeds takes 1 or more")
    }
    guard minutes > 0, minutes <= 600 else { throw ValidationError("--minutes takes more than 0 and at most 600") }
    _ = try wantedFaults()
  }

  private func wantedFaults() throws -> Set<Fault> {
    if faults == "all" { return Set(Fault.allCases) }
    if faults == "none" { return [] }
    return try Set(
      faults.split(separator: ",").map { name in
        guard let fault = Fault(rawValue: String(name)) else { throw ValidationError("--faults: no fault \"\(name)\"") }
        return fault
      })
  }

  /// Runs the program; wrong usage ends with 2, as with every program here.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
      Foundation.exit(2)
    }
  }

  func run() async throws {
    let report = Report(command: self)
    let network = try SimulatedNetwork(members: members)
    let milliseconds = Int64(minutes * 60_000)
    var template = Scenario(
      seed: seed, members: members, faults: try wantedFaults(), mutation: mutation, troubled: milliseconds,
      healed: max(milliseconds, Scenario.shortestRest))
    template.isTold = story && seeds == 1
    let summary = try await Campaign(template: template, network: network, seeds: seeds).run { done in
      report.progress(done, of: seeds)
    }
    report.conclude(summary)
    if summary.failure != nil { throw ExitCode(1) }
  }
}

extension Mutation: ExpressibleByArgument {}
