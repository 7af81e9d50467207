import API
import ArgumentParser
import Client
import CSV
import Foundation
import Glibc
import Membership
import Statistics
import Testnet
import Trade

struct TestnetCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "testnet", abstract: "Make and run a whole network on this machine, for trying and for tests.",
    discussion: """
      All secrets of all members lie in one folder: for trying only. The members of a real network make their own \
      keys, each on its own machines, with key new, genesis create and genesis sign.
      """,
    subcommands: [
      TestnetInit.self, TestnetAdd.self, TestnetUp.self, TestnetStatus.self, TestnetDown.self, TestnetBench.self,
    ])
}

/// The folder of a test network.
struct TestnetOptions: ParsableArguments {
  @Option(name: .long, help: "The network's folder.")
  var dir: String
}

struct TestnetInit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make keys, certificate authorities, a signed genesis, and a folder for each member.",
    discussion: """
      Each member gets DIR/ID with floord.yaml, keys/, tls/, evidence/, data/ and member.json (for --as DIR/ID). Ports \
      on loopback are chosen among the free ones and written down. Without --content the network has two sample items, \
      equal votes and dollar customs. The content's format is specified in Protocol/genesis.md.

      Example:
        floorctl testnet init --members USA,EUN,JPN,KOR --dir /tmp/net
        floorctl testnet init --dir /tmp/demo --content Deploy/data/network.json --statistics Deploy/data/trade_2024.csv \
      --rates Deploy/data/exchange_rates_2024_2026.csv --desk auto
      """)

  @OptionGroup var network: TestnetOptions

  @Option(
    name: .long,
    help: "Member ids with commas between. Default: those of the content, else USA,EUN,JPN,KOR,AUS,GBR,IND,MEX.")
  var members: String?

  @Option(name: .long, help: "A JSON file of items, votes, profiles, rates and parameters.")
  var content: String?

  @Option(
    name: .long, help: "A CSV of a year's trade, from which votes are distributed that the content does not state.")
  var statistics: String?

  @Option(name: .long, help: "A CSV of exchange rates: month, currency, units_per_usd.")
  var rates: String?

  @Option(name: .long, help: "demo: windows of seconds; treaty: windows of days.")
  var pace: Pace = .demo

  @Option(name: .long, help: "A parameter that differs, as firstBallot=20000; repeatable. Names: Protocol/genesis.md.")
  var parameter: [String] = []

  @Option(name: .customLong("desk"), help: "Price desks: off, confirm (wait for desk approve) or auto.")
  var deskPolicy: DeskSetup.Policy = .confirm

  @Option(
    name: .long,
    help: "What desks do when their price lies outside a narrowed band: hold (abstain) or meet (move to it).")
  var deskConciliation: DeskSetup.Conciliation = .hold

  @Option(name: .long, help: "A file for every desk's evidence folder; repeatable. Default: the file of --statistics.")
  var evidence: [String] = []

  @Option(name: .long, help: "Golden vectors that the daemons check themselves against at their start.")
  var vectors: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    var content = try self.content.map(ContentFile.read)
    let ids = try memberIDs(content)
    var made = content ?? .minimal(members: ids)
    try addFiles(to: &made, ids)
    content = made
    let evidence = self.evidence.isEmpty ? [statistics].compactMap(\.self) : self.evidence
    let draft = NetworkDraft(
      members: ids, content: made, contentPath: self.content ?? "the built-in content", pace: pace,
      desk: DeskSetup(policy: deskPolicy, conciliation: deskConciliation, evidence: evidence),
      vectors: vectors.map { URL(fileURLWithPath: $0).standardizedFileURL.path })
    let network = try draft.create(at: self.network.dir)
    Output.show("testnet", network.file, asJSON: output.json) {
      var table = TextTable([("member", .left), ("folder", .left), ("peers at", .left), ("API", .left)])
      for place in network.file.members {
        table.add([place.member, network.folder(place), place.listen, place.api])
      }
      return [Style.strong("network \(network.file.network.prefix(16))… (\(network.file.name))")] + table.lines
        + ["", "start it with: floorctl testnet up --dir \(self.network.dir)"]
    }
  }

  private func memberIDs(_ content: ContentFile?) throws -> [MemberID] {
    let listed = content?.members?.map(\.id) ?? ["USA", "EUN", "JPN", "KOR", "AUS", "GBR", "IND", "MEX"]
    let names = members.map { $0.split(separator: ",").map(String.init) } ?? listed
    let ids = try names.map { name in
      guard let id = MemberID(name) else {
        throw Failure.usage("\(name) is no member id: 2 to 16 of A-Z and 0-9, as USA,EUN,JPN")
      }
      return id
    }
    guard Set(ids).count == ids.count, Quorum(members: ids.count) != nil else {
      throw Failure.usage("name 1 to \(Quorum.maximumMembers) members, each once")
    }
    return ids
  }

  private func addFiles(to content: inout ContentFile, _ ids: [MemberID]) throws {
    if let statistics {
      do {
        let year = try TradeStatistics(csv: try Files.read(statistics), territories: .standard)
        content.addVotes(from: year, members: ids)
      } catch let error as StatisticsError {
        throw Failure.refused(error.code, "\(statistics): \(error.sentence)")
      }
    }
    if let rates {
      do { try content.addRates(csv: try Files.read(rates)) } catch let error as CSVError {
        throw Failure.refused(error.code, "\(rates): \(error.sentence)")
      }
    }
    for text in parameter {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let value = Int64(parts[1]) else {
        throw Failure.usage("--parameter is NAME=INTEGER, as firstBallot=20000, not \(text)")
      }
      content.parameters = (content.parameters ?? [:]).merging([String(parts[0]): value]) { _, new in new }
    }
  }
}

extension Pace: ExpressibleByArgument {}
extension DeskSetup.Policy: ExpressibleByArgument {}
extension DeskSetup.Conciliation: ExpressibleByArgument {}

/// `pricefloor/testnet-status/1`.
struct TestnetReport: Encodable {
  struct Node: Encodable {
    let member: String
    let api: String
    /// The process, or nil where none runs.
    let pid: Int32?
    let ready: Bool
    let height: UInt64?
    let stateRoot: String?
    let connected: Int?
    let waitingFor: String?
  }

  let name: String
  let network: String
  let nodes: [Node]

  init(_ network: TestNetwork) async {
    (name, self.network) = (network.file.name, network.file.network)
    nodes = await withTaskGroup(of: Node.self) { group in
      for place in network.file.members { group.addTask { await Self.node(network, place) } }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.member < $1.member }
    }
  }

  private static func node(_ network: TestNetwork, _ place: NetworkFile.Place) async -> Node {
    let client = try? network.client(place)
    let status = try? await client?.status()
    let ready = (try? await client?.readiness().ready) ?? false
    await client?.close()
    return Node(
      member: place.member, api: place.api, pid: network.process(place)?.pid, ready: ready,
      height: status?.head.height, stateRoot: status?.head.stateRoot, connected: status?.connected,
      waitingFor: status?.waitingFor)
  }

  var lines: [String] {
    var table = TextTable([
      ("member", .left), ("process", .right), ("state", .left), ("height", .right), ("root", .left),
      ("sessions", .right),
      ("API", .left), ("waits for", .left),
    ])
    for node in nodes {
      let state =
        node.ready ? Style.good("ready") : node.pid == nil ? Style.error("down") : Style.warning("not ready")
      table.add([
        node.member, node.pid.map(String.init) ?? "–", state, node.height.map(String.init) ?? "–",
        String(node.stateRoot?.prefix(8) ?? "–"), node.connected.map(String.init) ?? "–", node.api,
        node.waitingFor ?? "–",
      ])
    }
    return [Style.strong("\(name) (\(network.prefix(16))…)")] + table.lines
  }
}

struct TestnetUp: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Start the nodes and wait until they are ready.",
    discussion: """
      floord is taken from beside floorctl. Each node runs in the background and logs to DIR/ID/floord.log; nodes that \
      run already are left alone. Exit code 1 where a node ends or does not get ready: its last log lines are shown.

      Example:
        floorctl testnet up --dir /tmp/net
      """)

  @OptionGroup var network: TestnetOptions

  @Option(name: .long, help: "The daemon's program.")
  var floord: String?

  @Option(name: .long, help: "Only these members, with commas between.")
  var members: String?

  @Option(name: .long, help: "How many seconds to wait until all are ready.")
  var timeout = 60

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let network = try TestNetwork.open(self.network.dir)
    let program = try TestNetwork.program(named: floord)
    let places = try network.places(named: members)
    var started: [String] = []
    for place in places where network.process(place) == nil {
      try network.start(place, program: program)
      started.append(place.member)
    }
    let line = ProgressLine()
    try await network.awaitReady(places, within: timeout) { ready, all in
      line.show("\(ready) of \(all) nodes are ready")
    }
    line.end()
    let report = await TestnetReport(network)
    Output.show("testnet-status", report, asJSON: output.json) {
      report.lines + [
        "", "\(started.count) started; look at one with: floorctl status --as \(self.network.dir)/\(places[0].folder)",
      ]
    }
  }
}

extension TestNetwork {
  /// The named members' places, or all; never none.
  fileprivate func places(named text: String?) throws -> [NetworkFile.Place] {
    guard let text else { return file.members }
    let places = try text.split(separator: ",").map { try place(String($0)) }
    guard !places.isEmpty else { throw Failure.usage("--members names nobody") }
    return places
  }
}

struct TestnetStatus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show every node's process, height, state root and sessions.",
    discussion: """
      Exit code 1 where a node does not run or is not ready.

      Example:
        floorctl testnet status --dir /tmp/net
      """)

  @OptionGroup var network: TestnetOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let report = await TestnetReport(try TestNetwork.open(network.dir))
    Output.show("testnet-status", report, asJSON: output.json) { report.lines }
    guard report.nodes.allSatisfy(\.ready) else { throw ExitCode(ExitStatus.no.rawValue) }
  }
}

struct TestnetDown: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Stop the nodes.",
    discussion: """
      Asks each node to end and forces those that do not within ten seconds. Only the very processes that testnet up \
      started are touched. The data stays: testnet up goes on with it.

      Example:
        floorctl testnet down --dir /tmp/net
      """)

  @OptionGroup var network: TestnetOptions

  @Option(name: .long, help: "Only these members, with commas between.")
  var members: String?

  @OptionGroup var output: OutputOptions

  /// `pricefloor/testnet-down/1`.
  private struct Report: Encodable {
    let stopped: [String]
  }

  func run() async throws {
    let network = try TestNetwork.open(self.network.dir)
    let places = try network.places(named: members)
    // All are asked at once, so that none waits for the others.
    let running = places.filter { network.process($0) != nil }
    for place in running { network.process(place)?.signal(SIGTERM) }
    for place in running { _ = try await network.stop(place) }
    let stopped = running.map(\.member)
    Output.show("testnet-down", Report(stopped: stopped), asJSON: output.json) {
      [stopped.isEmpty ? "no node was running" : "stopped \(stopped.joined(separator: " "))"]
    }
  }
}

struct TestnetBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast signed submissions are committed.",
    discussion: """
      Each client has a keep-alive connection to one node (the nodes in turn), signs a memorandum of random bytes with \
      that member's authority key, sends it, and waits for the answer that a finalised block has it; then the next. \
      Signing is inline: it is part of the time between submissions, and not of the latency, which is from sending to \
      the answer. The answer is JSON: count, perSecond, p50 and p99 in milliseconds.

      Example:
        floorctl testnet bench --dir /tmp/net --clients 64 --bytes 200 --seconds 10
      """)

  @OptionGroup var network: TestnetOptions

  @Option(name: .long, help: "How many clients at once.")
  var clients = 1

  @Option(name: .long, help: "The size of a memorandum in bytes.")
  var bytes = 200

  @Option(name: .long, help: "How long to run.")
  var seconds = 10

  @Flag(name: .long, help: "Accepted for uniformity: the answer is always JSON.")
  var json = false

  func validate() throws {
    guard (1...4_096).contains(clients) else { throw ValidationError("--clients is 1 to 4096") }
    guard (1...4_096).contains(bytes) else { throw ValidationError("--bytes is 1 to 4096, the largest memorandum") }
    guard (1...86_400).contains(seconds) else { throw ValidationError("--seconds is 1 to 86400") }
  }

  func run() async throws {
    let network = try TestNetwork.open(self.network.dir)
    let benchmark = Benchmark(network, clients: clients, bytes: bytes, seconds: seconds)
    let line = ProgressLine()
    let report = try await benchmark.run { count in line.show("\(count) committed") }
    line.end()
    Output.json("bench", report)
    guard report.count > 0 else { throw Failure.no("NOTHING_COMMITTED", "no submission was committed") }
  }
}

struct TestnetAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Prepare a newcomer: its folder, its keys, its request to join.",
    discussion: """
      The members then adopt it, and the newcomer's node, once started, synchronises and says that it is ready:
        floorctl testnet add KAZ --dir /tmp/net
        floorctl motion file --title "Accession of KAZ" --instrument treaty.txt --change /tmp/net/KAZ/admission.change \
      --votes votes.json --as /tmp/net/USA
        floorctl motion ballot 3f6c… yes --as /tmp/net/EUN      (and as others, until it is adopted)
        floorctl testnet up --members KAZ --dir /tmp/net
        floorctl member list --as /tmp/net/USA
      """)

  @Argument(help: "The newcomer's id, as KAZ.")
  var member: String
  @Option(name: .long, help: "Its name for people. Default: its id.")
  var name: String?
  @OptionGroup var network: TestnetOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/newcomer/1`.
  private struct Report: Encodable {
    let member: String
    let folder: String
    let change: String
  }

  func run() throws {
    let id = try ChangeFile.member(member)
    let (grown, change) = try TestNetwork.open(network.dir).adding(id, name: name ?? member)
    let report = Report(member: member, folder: grown.directory + "/" + member, change: change)
    Output.show("newcomer", report, asJSON: output.json) {
      ["folder       \(report.folder)", "change       \(report.change)"]
    }
  }
}
