import API
import ArgumentParser
import Foundation

/// Where the process begins: parses, runs, and turns every error into a sentence and an exit code.
@main
enum Program {
  static func main() async {
    do {
      var command = try Floorctl.parseAsRoot()
      if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
    } catch {
      ExitStatus.end(reporting: error, asJSON: CommandLine.arguments.contains("--json"))
    }
  }
}

/// The root of all commands.
struct Floorctl: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "floorctl",
    abstract: "Negotiate, inspect and verify the floor prices of a critical-minerals bloc.",
    discussion: """
      Commands are a noun and a verb. Those that ask a node take --node URL, or the environment variable \
      FLOORCTL_NODE, or --as DIR with a member's folder. Those that sign take --as DIR, or --member ID with \
      --key FILE. All take --json: one object on standard output whose field "schema" names its format.

      Try it without any preparation:
        floorctl testnet init --dir /tmp/net --members USA,EUN,JPN,KOR
        floorctl testnet up --dir /tmp/net
        floorctl status --as /tmp/net/USA
        floorctl testnet down --dir /tmp/net

      Exit codes: 0 done; 1 the answer is no (not verified, not agreed, differences found); 2 wrong usage; \
      3 a node cannot be reached; 4 the input was refused.
      """,
    version: "floorctl \(ProgramVersion.text)",
    subcommands: [
      TestnetCommands.self, KeyCommands.self, GenesisCommands.self, StatusCommand.self, MemberCommands.self,
      ChangeCommands.self, MotionCommands.self,
      ItemCommands.self, DeskCommands.self, DocketCommands.self, SheetCommands.self, BallotCommands.self,
      TableCommands.self, ExplainCommand.self, TariffCommands.self, BundleCommands.self, EvidenceCommands.self,
      SnapshotCommands.self, SelftestCommand.self,
      RecoveryCommands.self,
    ])
}
