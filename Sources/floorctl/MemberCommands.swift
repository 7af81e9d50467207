import API
import ArgumentParser
import Client

struct MemberCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "member", abstract: "Show the members of the network.", subcommands: [MemberList.self])

  struct MemberList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the members with their keys and how they value imports.",
      discussion: """
        Fingerprints are those that key show prints of the members' own key files. --json has the whole keys and pins.

        Example:
          floorctl member list --as /tmp/net/USA
        """)

    @OptionGroup var connection: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let list = try await connection.client().members()
      Output.show("members", list, asJSON: output.json) {
        var table = TextTable([
          ("member", .left), ("name", .left), ("kind", .left), ("valuation", .left), ("currency", .left),
          ("authority key", .left),
        ])
        for member in list.members {
          let isChair = member.member == list.chair
          table.add([
            member.member, member.name + (isChair ? " (chair)" : ""), member.kind, member.profile?.valuation ?? "–",
            member.profile?.currency ?? "–", member.keys["authority"]?.fingerprint ?? "–",
          ])
        }
        return table.lines
      }
    }
  }
}
