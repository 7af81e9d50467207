import ArgumentParser
import Foundation
import Ledger
import Logging
import Membership
import Node
import Trade

/// The node of a member that does not keep to the rules, or whose clock is wrong: for tests with real processes, and no part of any
/// installation. It is floord's own node with other surroundings.
@main
struct HostileNode: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "floord-byzantine", abstract: "A node for tests that lies, or whose clock is wrong.")

  @Option(name: .long, help: "The configuration file, as floord's.")
  var config: String

  @Flag(name: .long, help: "Propose two blocks in a view, and vote for both of them and against.")
  var equivocate = false

  @Option(name: .long, help: "How far the clock is off, in milliseconds; behind where negative.")
  var clockOffset: Int64 = 0

  @Option(name: .long, help: "A file: once it is there, the clock is off by so many milliseconds as it says.")
  var clockFile: String?

  @Option(name: .long, help: "The last version of the rules that the program knows, as an older one would.")
  var rules: UInt64?

  func run() async throws {
    let settings = try NodeConfiguration.read(config, environment: ProcessInfo.processInfo.environment)
    let output = LogOutput(format: settings.logFormat, level: Logger.Level(rawValue: settings.logLevel) ?? .info)
    let node: MemberNode
    do throws(NodeFailure) {
      node = try await MemberNode.start(settings, output: output, seams: seams(settings.member))
    } catch {
      FileHandle.standardError.write(Data("floord-byzantine: \(error.code): \(error.sentence)\n".utf8))
      throw ExitCode(error.exitStatus)
    }
    let signals = SignalWatch { signal in if signal != SIGHUP { node.stop() } }
    defer { signals.end() }
    if let failure = await node.run() { throw ExitCode(failure.exitStatus) }
  }

  private func seams(_ member: MemberID) -> NodeSeams {
    var seams = NodeSeams()
    if equivocate {
      seams.sender = { sessions, material in TwoFacedSender(member: member, material: material, sessions: sessions) }
    }
    if let rules { seams.rules = KnownRules(Array(1...max(1, rules))) }
    let (offset, file) = (clockOffset, clockFile)
    seams.clock = {
      let stated = file.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) }
      let change = stated.flatMap { Int64($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? offset
      return Instant(milliseconds: WallClock.now.milliseconds + change)
    }
    return seams
  }
}
