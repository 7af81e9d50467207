import API
import ArgumentParser
import Client

struct MemberCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "member", abstract: "Show the members of the network, and the epochs of its roster.",
    subcommands: [MemberList.self, MemberEpochs.self])

  struct MemberList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the members: where they stand, their keys, how they value imports.",
      discussion: """
        FULL members vote on policy; those that also agree on blocks have "yes" under agrees. A member that waits to \
        agree says by its node that it is ready. Fingerprints are those that key show prints of the members' own key \
        files. --json has the whole keys and pins.

        Example:
          floorctl member list --as /tmp/net/USA
        """)

    @OptionGroup var connection: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let list = try await connection.client().members()
      Output.show("members", list, asJSON: output.json) {
        var table = TextTable([
          ("member", .left), ("name", .left), ("kind", .left), ("standing", .left), ("agrees", .left),
          ("valuation", .left), ("currency", .left), ("authority key", .left),
        ])
        for member in list.members {
          let isChair = member.member == list.chair
          table.add([
            member.member, member.name + (isChair ? " (chair)" : ""), member.kind, member.standing?.status ?? "–",
            member.standing.map(Self.agrees) ?? "–", member.profile?.valuation ?? "–", member.profile?.currency ?? "–",
            member.keys["authority"]?.fingerprint ?? "–",
          ])
        }
        return table.lines
      }
    }

    private static func agrees(_ standing: StandingReport) -> String {
      if standing.validates { return "yes" }
      return standing.readyUntil.map { "ready until \($0.text)" } ?? "no"
    }
  }

  struct MemberEpochs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "epochs", abstract: "List the epochs: the stretches of blocks with one roster.",
      discussion: """
        Any change of the roster closes an epoch. A restart after the loss of too many members is named as such.

        Example:
          floorctl member epochs --as /tmp/net/USA
        """)

    @OptionGroup var connection: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let list = try await connection.client().epochs()
      Output.show("epochs", list, asJSON: output.json) {
        var table = TextTable([
          ("epoch", .right), ("after height", .right), ("validators", .right), ("quorum", .right), ("bears", .right),
          ("opened by", .left), ("who", .left),
        ])
        for epoch in list.epochs {
          table.add([
            "\(epoch.epoch)", "\(epoch.closingHeight)", "\(epoch.validators.count)", "\(epoch.quorum)",
            "\(epoch.faults)", epoch.restart.map { "restart \($0.prefix(16))" } ?? "a block",
            epoch.validators.joined(separator: " "),
          ])
        }
        return table.lines
      }
    }
  }
}
