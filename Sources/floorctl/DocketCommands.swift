import API
import ArgumentParser
import Client
import Negotiation
import Trade

struct DocketCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "docket", abstract: "Open negotiations and follow them.",
    discussion: """
      A docket is one negotiation: notice, evidence, sealed sheets (COMMIT), their opening (REVEAL), ballots in two \
      chambers (RATIFY), announcement (NOTICE), entry into force. Its items move in lots, each with its own phase.
      """,
    subcommands: [DocketOpen.self, DocketList.self, DocketShow.self, DocketWatch.self, DocketWithdraw.self])
}

struct DocketOpen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open", abstract: "Open a docket, or support its opening.",
    discussion: """
      The chair opens alone. Any other member's opening is a proposal: the docket opens with the third member that \
      signs exactly the same content, by the same command. FIRST is for items without a floor and needs the special \
      vote; ROUTINE revises floors in force.

      Example:
        floorctl docket open 2026-1 --kind FIRST --all --note "First floors" --as /tmp/net/USA
        floorctl docket open 2026-2 --item lithium/carbonate@1 --as /tmp/net/USA
      """)

  @Argument(help: "A name for the docket that was never used: 1 to 32 printable characters without blanks.")
  var docket: String

  @Option(name: .long, help: "FIRST or ROUTINE.")
  var kind = "ROUTINE"

  @Option(name: .long, help: "An item version, as lithium/carbonate@1; repeatable.")
  var item: [String] = []

  @Flag(name: .long, help: "Every item that the kind admits: FIRST those without a floor, ROUTINE those with one.")
  var all = false

  @Option(name: .long, help: "What it is about, for people.")
  var note = ""

  @OptionGroup var signing: SignerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard DocketKind(name: kind) != nil else { throw ValidationError("--kind is FIRST or ROUTINE") }
    guard all != !item.isEmpty else { throw ValidationError("name the items: either --item or --all") }
  }

  func run() async throws {
    guard let id = DocketID(docket), let kind = DocketKind(name: kind) else {
      throw Failure.usage("\(docket) is no name for a docket: 1 to 32 printable characters without blanks")
    }
    let submission = try await Submission(signing)
    let items = try await items(kind, submission)
    let opening = DocketOpening(docket: id, kind: kind.rawValue, items: items, windows: nil, note: note)
    let report = try await submission.submit(.docketOpen(opening))
    let isOpen = await isOpen(submission)
    Output.show("submission", report, asJSON: output.json) {
      let proposal = "proposed: it opens with the third member that signs exactly the same opening"
      return [
        "docket \(docket), \(kind.name), \(items.count) items: \(isOpen ? "open" : proposal)", report.line,
      ]
    }
  }

  /// Whether the docket exists: an opening by another than the chair is a proposal until three have signed it.
  private func isOpen(_ submission: Submission) async -> Bool {
    (try? await submission.client.docket(docket)) != nil
  }

  private func items(_ kind: DocketKind, _ submission: Submission) async throws -> [ItemID] {
    guard all else {
      return try item.map { text in
        guard let id = ItemID(text) else {
          throw Failure.refused("ITEM_ID", "\(text) is no item version; write it as lithium/carbonate@1")
        }
        return id
      }.sorted()
    }
    let floors = Set(try await submission.client.table().rows.map(\.item))
    let registered = try await submission.client.items().items
    let wanted = registered.filter { item in
      item.retiredAt == nil && (kind == .first ? !floors.contains(item.item) : floors.contains(item.item))
    }
    guard !wanted.isEmpty else {
      throw Failure.refused("ITEMS_EMPTY", "no item is without a floor".replacing(kind: kind))
    }
    return wanted.compactMap { ItemID($0.item) }.sorted()
  }
}

extension String {
  fileprivate func replacing(kind: DocketKind) -> String {
    switch kind {
    case .first: self
    case .routine: "no item has a floor"
    }
  }
}

struct DocketList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the dockets.",
    discussion: """
      Example:
        floorctl docket list --as /tmp/net/USA
      """)

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let list = try await connection.client().dockets()
    Output.show("dockets", list, asJSON: output.json) {
      var table = TextTable([
        ("docket", .left), ("kind", .left), ("state", .left), ("items", .right), ("opened", .left), ("by", .left),
        ("next deadline", .left),
      ])
      for docket in list.dockets {
        table.add([
          docket.docket, docket.kind, docket.state, String(docket.items), docket.openedAt.text,
          docket.openedBy.joined(separator: " "), docket.nextDeadline?.text ?? "–",
        ])
      }
      return list.dockets.isEmpty ? ["no docket was ever opened"] : table.lines
    }
  }
}

struct DocketShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a docket's whole life: phases, sheets, results, ballots, outcomes, refusals.",
    discussion: """
      Example:
        floorctl docket show 2026-1 --as /tmp/net/USA
        floorctl docket show 2026-1 --quotes --as /tmp/net/USA
      """)

  @Argument(help: "The docket's name.")
  var docket: String

  @Flag(name: .long, help: "Every member's revealed answer too.")
  var quotes = false

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let report = try await connection.client().docket(docket)
    Output.show("docket", report, asJSON: output.json) { DocketText(report: report, quotes: quotes).lines }
  }
}

struct DocketWithdraw: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "withdraw", abstract: "Take a docket back before its first sealed sheets are due.",
    discussion: """
      Only who opened it can. After the commit window has opened it takes its course.

      Example:
        floorctl docket withdraw 2026-1 --reason "opened in error" --as /tmp/net/USA
      """)

  @Argument(help: "The docket's name.")
  var docket: String

  @Option(name: .long, help: "Why, for the record.")
  var reason: String

  @OptionGroup var signing: SignerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    guard let id = DocketID(docket) else { throw Failure.usage("\(docket) is no name of a docket") }
    let submission = try await Submission(signing)
    let report = try await submission.submit(.docketWithdraw(DocketWithdrawal(docket: id, reason: reason)))
    Output.show("submission", report, asJSON: output.json) { ["docket \(docket) withdrawn: \(report.line)"] }
  }
}
