import API

/// A docket for people.
struct DocketText {
  let report: DocketReport
  /// Whether each member's answers are listed.
  let quotes: Bool

  var lines: [String] {
    let head = report.summary
    var lines = [
      "\(Style.strong("docket \(head.docket)"))  \(head.kind), \(head.state.lowercased()), \(head.items) items",
      "opened \(head.openedAt.text) by \(head.openedBy.joined(separator: " "))",
    ]
    for lot in report.lots { lines += [""] + self.lines(of: lot) }
    lines += [""] + outcomeLines
    if !report.refusals.isEmpty { lines += [""] + refusalLines }
    return lines
  }

  private func lines(of lot: LotReport) -> [String] {
    let window = lot.closesAt.map { ", until \($0.text)" } ?? ""
    let call = lot.call > 0 ? ", call \(lot.call)" : ""
    var lines = ["\(Style.strong("lot \(lot.lot)"))  \(lot.phase), round \(lot.round)\(call)\(window)"]
    lines.append("items     \(lot.items.joined(separator: " "))")
    if !lot.committed.isEmpty { lines.append("sealed    \(lot.committed.joined(separator: " "))") }
    if !lot.revealed.isEmpty { lines.append("revealed  \(lot.revealed.joined(separator: " "))") }
    if !lot.withheld.isEmpty { lines.append(Style.warning("withheld  \(lot.withheld.joined(separator: " "))")) }
    if !lot.results.isEmpty { lines += resultLines(lot.results) }
    for ballot in lot.ballots {
      let reason = ballot.reason.isEmpty ? "" : ": \(ballot.reason)"
      lines.append("ballot    \(ballot.member) \(Style.strong(ballot.choice)), call \(ballot.call)\(reason)")
    }
    if !lot.tallies.isEmpty { lines += tallyLines(lot.tallies) }
    return lines
  }

  private func resultLines(_ results: [ResultReport]) -> [String] {
    var table = TextTable([
      ("item", .left), ("status", .left), ("result", .right), ("floor", .right), ("vote", .left), ("corridor", .left),
      ("members", .right), ("weight", .right), ("screened", .left), ("next band", .left),
    ])
    for result in results {
      let spread = result.dispersion
      let band = result.bandLow.flatMap { low in result.bandHigh.map { "\(low.text)–\($0.text)" } }
      table.add([
        result.item, result.status + (result.reason.map { " (\($0))" } ?? ""), result.result?.text ?? "–",
        result.floor?.text ?? "–", result.vote ?? "–", result.corridor, spread.map { String($0.members) } ?? "–",
        spread.map { "\($0.weight)/\($0.totalWeight)" } ?? "–", Show.list(spread?.screened ?? [], none: "–"),
        band ?? "–",
      ])
    }
    return table.lines + (quotes ? quoteLines(results) : [])
  }

  private func quoteLines(_ results: [ResultReport]) -> [String] {
    var table = TextTable([("item", .left), ("member", .left), ("answer", .left), ("price", .right), ("note", .left)])
    for result in results {
      for quote in result.quotes {
        let note = quote.refusal ?? (quote.screened ? "screened" : "")
        table.add([result.item, quote.member, quote.answer, quote.price?.text ?? "–", note])
      }
    }
    return table.lines
  }

  private func tallyLines(_ tallies: [TallyReport]) -> [String] {
    var table = TextTable([
      ("item", .left), ("chamber", .left), ("yes", .right), ("no", .right), ("abstain", .right), ("of", .right),
    ])
    for tally in tallies {
      table.add([
        tally.item, tally.chamber.lowercased(), String(tally.yes), String(tally.no), String(tally.abstain),
        String(tally.total),
      ])
    }
    return table.lines
  }

  private var outcomeLines: [String] {
    var table = TextTable([("item", .left), ("outcome", .left), ("setbacks by round", .left), ("floor", .right)])
    for outcome in report.outcomes {
      let isGood = outcome.outcome == "IN_FORCE" || outcome.outcome == "ADOPTED"
      table.add([
        outcome.item, isGood ? Style.good(outcome.outcome) : outcome.outcome,
        outcome.setbacks.isEmpty ? "–" : outcome.setbacks.joined(separator: ", "),
        outcome.floor?.text ?? "–",
      ])
    }
    return table.lines
  }

  private var refusalLines: [String] {
    var table = TextTable([("height", .right), ("member", .left), ("type", .left), ("refused with", .left)])
    for refusal in report.refusals {
      table.add([String(refusal.height), refusal.member, refusal.type, "\(refusal.code): \(refusal.sentence)"])
    }
    return table.lines
  }
}
