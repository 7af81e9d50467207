import ArgumentParser
import Foundation

/// Explores what members can come to.
@main
struct FloorCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "floorcheck",
    abstract: "Drives the agreement through every interleaving of a small network, and lets independent judges watch.",
    discussion: """
      Four members, one of which (the traitor) does what it likes. What was sent arrives in any order, late, twice or never; time runs out at \
      any moment; blocks are found valid or invalid; members crash and start again. Protocol/consensus.md, section 12, says what that means.

      Exit code 0: all judges were silent and everything within the bounds was visited (for `broken`: every broken rule was caught). \
      1: a judge spoke (for `broken`: a broken rule passed unnoticed), or the bound on states was reached. 2: wrong usage.
      """,
    version: "floorcheck 1", subcommands: [Explore.self, Survey.self, Broken.self])

  /// Runs the program; wrong usage ends with 2, as with every program here.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
      Foundation.exit(2)
    }
  }
}
