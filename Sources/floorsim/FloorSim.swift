import ArgumentParser
import Foundation

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
    version: "floorsim 2", subcommands: [WorldCommand.self, LatencyCommand.self], defaultSubcommand: WorldCommand.self)

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
}
