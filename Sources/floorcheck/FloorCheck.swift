import ArgumentParser

/// Explores what members can come to.
@main
struct FloorCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "floorcheck",
    abstract: "Drives the agreement through every interleaving of a small network, and lets independent judges watch.",
    discussion: """
      Exit code 0: all judges were silent (for `broken`: every broken rule was caught). 1: a judge spoke (for `broken`: a broken rule passed
      unnoticed), or the bound on states was reached. 2: wrong usage.
      """,
    version: "floorcheck 1", subcommands: [Explore.self])
}
