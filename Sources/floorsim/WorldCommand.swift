import ArgumentParser
import Foundation
import Simulation

/// Runs worlds with faults and adversaries.
struct WorldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worlds",
    abstract: "Worlds with faults and adversaries, one a seed (what floorsim does without a subcommand).")

  @Option(help: "The first seed.")
  var seed: UInt64 = 1
  @Option(help: "How many seeds, counted up from the first one.")
  var seeds: UInt64 = 1
  @Option(help: "How many members: a number, or a range of which each seed draws one. 1 to 64.")
  var members = "4-10"
  @Option(help: "Virtual seconds with faults; then the network has to come to rest, within a bound.")
  var seconds = 6.0
  @Option(
    help: ArgumentHelp(
      """
      What goes wrong, comma-separated: \(Fault.allCases.map(\.rawValue).joined(separator: ", ")); or all, or none. \
      Of several each seed draws what it has.
      """))
  var faults = "all"
  @Option(
    help: ArgumentHelp(
      """
      Which Byzantine members a seed may draw, comma-separated: \
      \(AdversaryKind.allCases.map(\.rawValue).joined(separator: ", ")); or all, or none.
      """))
  var adversaries = "all"
  @Option(
    help: ArgumentHelp(
      "A rule to break on purpose: \(Mutation.allCases.map(\.rawValue).joined(separator: ", ")). A judge should speak.")
  )
  var mutation: Mutation?
  @Flag(help: "More members than agreement bears tell two parts of the network two histories: evidence exposes them.")
  var collusion = false
  @Flag(help: "Members join in waves until there are as many as --members, rotate keys, are exposed; a third leaves.")
  var growth = false
  @Flag(help: "Print what happens, line by line. For one seed.")
  var story = false
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    _ = try wantedMembers()
    guard seeds >= 1, seed.addingReportingOverflow(seeds).overflow == false else {
      throw ValidationError("--seeds takes 1 or more")
    }
    guard seconds >= 3, seconds <= 36_000 else { throw ValidationError("--seconds takes 3 to 36000") }
    guard !collusion || wantedLeast >= 4 else { throw ValidationError("--collusion takes 4 members or more") }
    guard !growth || wantedLeast >= 10 else { throw ValidationError("--growth takes 10 members or more") }
    guard !growth || !collusion else { throw ValidationError("--growth and --collusion exclude each other") }
    _ = try wantedFaults()
    _ = try wantedAdversaries()
  }

  private var wantedLeast: Int { (try? wantedMembers().lowerBound) ?? 0 }

  private func wantedMembers() throws -> ClosedRange<Int> {
    let bounds = members.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard let first = bounds.first, let last = bounds.last, bounds.count <= 2, 1 <= first, first <= last, last <= 64
    else { throw ValidationError("--members takes a number or a range of 1 to 64, as in 4-10") }
    return first...last
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

  private func wantedAdversaries() throws -> [AdversaryKind] {
    if adversaries == "all" { return AdversaryKind.allCases }
    if adversaries == "none" { return [] }
    return try adversaries.split(separator: ",").map { name in
      guard let kind = AdversaryKind(rawValue: String(name)), kind != .colluder else {
        throw ValidationError("--adversaries: no adversary \"\(name)\"")
      }
      return kind
    }
  }

  func run() async throws {
    let report = Report(command: self)
    let range = try wantedMembers()
    var template = Scenario(
      seed: seed, members: range, faults: try wantedFaults(), cast: .drawn(try wantedAdversaries()),
      mutation: mutation, troubled: Int64(seconds * 1_000))
    template.isCollusion = collusion
    template.isGrowth = growth
    template.isTold = story && seeds == 1
    let networks = try SimulatedNetworks(members: range, isGrowth: growth)
    let campaign = Campaign(template: template, networks: networks, seeds: seeds)
    let summary = try await campaign.run { done in report.progress(done, of: seeds) }
    report.conclude(summary)
    if summary.failure != nil { throw ExitCode(1) }
  }
}

extension Mutation: ExpressibleByArgument {}
