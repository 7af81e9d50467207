import API
import ArgumentParser
import Client
import Foundation

struct DocketWatch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Follow a docket, a line for each thing that happens, until it ends.",
    discussion: """
      --until PHASE ends as soon as a lot is in that phase, as RATIFY. Exit code 0 once that is reached or the docket has \
      ended with a floor, 1 if it ended without any floor or without the phase, or if --timeout ran out.

      Example:
        floorctl docket watch 2026-1 --until RATIFY --as /tmp/net/USA
      """)

  @Argument(help: "The docket's name.")
  var docket: String

  @Option(name: .long, help: "A phase to wait for: EVIDENCE, COMMIT, REVEAL, RATIFY, NOTICE or IN_FORCE.")
  var until: String?

  @Option(name: .long, help: "The longest wait in seconds.")
  var timeout: Int = 86_400

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  private static let phases = ["EVIDENCE", "COMMIT", "REVEAL", "RATIFY", "NOTICE", "IN_FORCE"]

  func validate() throws {
    if let until, !Self.phases.contains(until) {
      throw ValidationError("--until is one of \(Self.phases.joined(separator: ", "))")
    }
    guard timeout > 0 else { throw ValidationError("--timeout is a number of seconds above zero") }
  }

  /// `pricefloor/docket-event/1`, a line each.
  private struct Event: Encodable {
    let time: String
    let lot: UInt64
    let event: String
  }

  func run() async throws {
    let client = try connection.client()
    let deadline = Date().addingTimeInterval(TimeInterval(timeout))
    var seen: [UInt64: LotStanding] = [:]
    while Date() < deadline {
      let report = try await client.docket(docket)
      for lot in report.lots {
        let standing = LotStanding(lot)
        let time = lot.opensAt?.text ?? report.summary.openedAt.text
        for event in standing.events(since: seen[lot.lot]) { show(Event(time: time, lot: lot.lot, event: event)) }
        seen[lot.lot] = standing
      }
      if let until, report.lots.contains(where: { $0.phase == until }) { return }
      if report.summary.state != "OPEN" {
        guard until == nil, report.outcomes.contains(where: { $0.floor != nil }) else {
          throw Failure.no("DOCKET_ENDED", "the docket has ended: \(report.summary.state)")
        }
        return
      }
      try await Task.sleep(for: .milliseconds(200))
    }
    throw Failure.no("TIMEOUT", "nothing of that kind happened within \(timeout) s")
  }

  private func show(_ event: Event) {
    if output.json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      if let data = try? encoder.encode(event) { print(String(decoding: data, as: UTF8.self)) }
    } else {
      print("\(event.time)  lot \(event.lot)  \(event.event)")
    }
  }
}

/// What of a lot is told as an event when it changes.
private struct LotStanding {
  private let lot: LotReport

  init(_ lot: LotReport) { self.lot = lot }

  private var place: String {
    let call = lot.call > 0 ? ", call \(lot.call)" : ""
    let items = lot.items.count == 1 ? lot.items[0] : "\(lot.items.count) items"
    return "\(lot.phase), round \(lot.round)\(call): \(items)" + (lot.closesAt.map { ", until \($0.text)" } ?? "")
  }

  func events(since before: LotStanding?) -> [String] {
    var events: [String] = []
    let old = before?.lot
    let isSameRound = old?.round == lot.round
    if old?.phase != lot.phase || !isSameRound || old?.call != lot.call { events.append(place) }
    func arrivals(_ kind: String, _ now: [String], _ then: [String]) {
      let known = Set(isSameRound ? then : [])
      let new = now.filter { !known.contains($0) }
      if !new.isEmpty { events.append("\(kind) \(new.joined(separator: " "))") }
    }
    arrivals("sealed:", lot.committed, old?.committed ?? [])
    arrivals("revealed:", lot.revealed, old?.revealed ?? [])
    arrivals("withheld:", lot.withheld, old?.withheld ?? [])
    let counted = (old?.ballots ?? []).count
    for ballot in lot.ballots.dropFirst(lot.ballots.count >= counted ? counted : 0) {
      events.append("ballot: \(ballot.member) \(ballot.choice)" + (ballot.reason.isEmpty ? "" : ", “\(ballot.reason)”"))
    }
    return events
  }
}
