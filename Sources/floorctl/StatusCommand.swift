import API
import ArgumentParser
import Client

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how a node is: height, view, members connected, table, what it waits for.",
    discussion: """
      Reads one node. Exit code 3 where it cannot be reached.

      Example:
        floorctl status --as /tmp/net/USA
        floorctl status --node http://127.0.0.1:7500 --json
      """)

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let report = try await connection.client().status()
    Output.show("status", report, asJSON: output.json) { report.lines }
  }
}

extension StatusReport {
  fileprivate var lines: [String] {
    let process = process
    return [
      "member     \(Style.strong(member)) of \(networkName) (network \(network.prefix(16))…)",
      "version    \(version), rules \(rulesVersion)",
      "height     \(head.height), block \(head.digest.prefix(16))…, \(head.time.text)",
      "state      root \(head.stateRoot.prefix(16))…",
      "view       \(view) of epoch \(epoch)\(voting ? "" : ", following without voting")",
      "connected  \(connected) of \(members) members, quorum \(quorum)",
      "table      \(tableLine)",
      "pool       \(pool.transactions) transactions",
      "process    \(process.identifier), up \(Show.duration(process.uptime)), \(Show.bytes(process.residentBytes)) "
        + "resident, CPU \(Show.duration(Int64(clamping: process.cpuTime)))",
      "waits for  \(waitingFor ?? "nothing")",
    ] + alarmLines + peerLines
  }

  private var alarmLines: [String] { clockAlarm.map { ["clock      \(Style.error($0))"] } ?? [] }

  private var tableLine: String {
    guard let table else { return "none yet" }
    return
      "version \(table.version), \(table.rows) rows, since \(table.effectiveAt.text) (\(Show.duration(table.age)) ago)"
  }

  private var peerLines: [String] {
    var table = TextTable([("peer", .left), ("session", .left), ("height", .right)])
    for peer in peers {
      let session = peer.connected ? Style.good("up") : Style.error("down")
      table.add([peer.member, session, peer.height.map(String.init) ?? "?"])
    }
    return peers.isEmpty ? [] : [""] + table.lines
  }
}
