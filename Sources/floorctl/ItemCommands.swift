import API
import ArgumentParser
import Client

struct ItemCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "item", abstract: "Show what prices are agreed for: the registry of items.",
    subcommands: [ItemListing.self, ItemShow.self])
}

struct ItemListing: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the registered item versions.",
    discussion: """
      An item's id is mineral/form@version. A version never changes; a correction is a new version.

      Example:
        floorctl item list --as /tmp/net/USA
      """)

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let list = try await connection.client().items()
    Output.show("items", list, asJSON: output.json) {
      var table = TextTable([
        ("item", .left), ("stage", .left), ("HS", .left), ("bounds USD/kg", .right), ("corridor", .left),
        ("title", .left),
      ])
      for item in list.items {
        table.add([
          item.item, item.stage, item.codes.joined(separator: " "), "\(item.hardLow.text)–\(item.hardHigh.text)",
          item.corridor.map { "\($0.low.text)–\($0.high.text)" } ?? "NO_CORRIDOR",
          item.title + (item.note.map { " (\($0))" } ?? ""),
        ])
      }
      return table.lines
    }
  }
}

struct ItemShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show every field of one item version.",
    discussion: """
      Example:
        floorctl item show lithium/carbonate@1 --as /tmp/net/USA
      """)

  @Argument(help: "The item version, as lithium/carbonate@1.")
  var item: String

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let report = try await connection.client().item(item)
    Output.show("item", report, asJSON: output.json) { report.lines }
  }
}

extension ItemReport {
  fileprivate var lines: [String] {
    var lines = [
      "item       \(Style.strong(item))  \(title)",
      "stage      \(stage)",
      "price      \(unit), \(decimals) decimals, \(basisStatement)",
      "basis      \(basis), moisture \(moisture)",
      "grade      \(gradeLowPPM) to \(gradeHighPPM) ppm, reference \(gradeReferencePPM) ppm",
      "delivery   \(incoterm) \(deliveryPoint)",
      "HS         \(codes.joined(separator: " "))",
      "bounds     \(hardLow.text) to \(hardHigh.text) USD/kg, tick \(tick.text)",
      "corridor   \(corridor.map { "\($0.low.text) to \($0.high.text) USD/kg (\($0.source))" } ?? "NO_CORRIDOR")",
    ]
    if let note { lines.append("note       \(note)") }
    if let retiredAt { lines.append("retired    \(retiredAt.text)") }
    var table = TextTable([("member", .left), ("producer votes", .right), ("consumer votes", .right)])
    for share in votes { table.add([share.member, String(share.producer), String(share.consumer)]) }
    return lines + [""] + table.lines
  }
}
