import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// A verified bundle in plain words.
struct BundleSentences {
  private let report: BundleReport

  init(_ report: BundleReport) { self.report = report }

  private var contents: BundleContents { report.contents }

  var lines: [String] {
    [network, subject, finality, time, keys, inputs].compactMap(\.self) + report.history.restarts.flatMap(\.sentences)
      + ["It proves what was final then, not that nothing came later."]
  }

  private var network: String { "The network is “\(report.network)”, \(report.bundle.network)." }

  private var subject: String {
    switch report.bundle.subject {
    case .table: table
    case .item(let item), .row(let item): floor(of: item)
    case .absence(let item): absence(of: item)
    case .range(let first, let last): range(from: first, through: last)
    case .docket(let docket): self.docket(docket)
    case .roster: roster
    }
  }

  private var table: String {
    guard let table = contents.table else {
      return "Proved: no floor table is in force yet; the registry has \(contents.items.count) items."
    }
    return
      "Proved: the floor table of version \(table.version), in force since \(table.effectiveAt.text), is whole with "
      + "\(contents.rows.count) rows; the registry has \(contents.items.count) items."
  }

  private func floor(of item: ItemID) -> String {
    guard let table = contents.table else { return "Proved: \(item.text) has no floor; no table is in force yet." }
    guard let row = contents.rows.first else {
      return "Proved: \(item.text) has no floor in the table of version \(table.version)."
    }
    return "Proved: the floor of \(item.text) in the table of version \(table.version) is \(row.floor.text) USD/kg, "
      + "in force since \(row.effectiveAt.text)."
  }

  private func absence(of item: ItemID) -> String {
    let place = contents.table.map { "in the table of version \($0.version)" } ?? "since no table is in force yet"
    let registry =
      contents.items.isEmpty ? "the registry has no such item" : "the registry has the item, without a floor"
    let pending = contents.pending.first.map {
      ", and one of \($0.floor.text) USD/kg is adopted for \($0.effectiveAt.text)"
    }
    return "Proved: \(item.text) has no floor \(place); \(registry)\(pending ?? "")."
  }

  private func range(from first: ItemID, through last: ItemID) -> String {
    guard let table = contents.table else {
      return "Proved: from \(first.text) to \(last.text) there is no floor; no table is in force yet."
    }
    return "Proved: from \(first.text) to \(last.text) the table of version \(table.version) has exactly these "
      + "\(contents.rows.count) rows."
  }

  private func docket(_ docket: DocketID) -> String {
    guard let record = contents.dockets.first?.record else { return "Proved: the docket \(docket.text)." }
    let end = record.endedAt.map { "ended \($0.text)" } ?? "under way"
    return
      "Proved: the docket \(docket.text) of \(record.items.count) items, opened \(record.openedAt.text), \(end), whole "
      + "with all that its members signed."
  }

  private var roster: String {
    let members = contents.roster?.members.map(\.id.text) ?? []
    let latest = contents.latestEpoch.map { latest in
      " The validators of epoch \(latest.epoch) are "
        + latest.validators.members.map(\.id.text).joined(separator: ", ") + "."
    }
    return "Proved: the roster has \(members.count) members: \(members.joined(separator: ", "))." + (latest ?? "")
  }

  private var finality: String {
    let epoch = report.history.epochs.count > 1 ? ", validators of epoch \(report.history.latest.epoch)" : ""
    return
      "Final by \(report.signers.count) signatures of \(report.members) members\(epoch), of which \(report.quorum) "
      + "are needed: " + report.signers.map(\.text).joined(separator: ", ") + "."
  }

  private var time: String {
    let header = report.header
    let place = "Block \(header.height), \(header.digest.short)…, of \(header.timestamp.text)"
    guard let age = report.age else { return place + "." }
    return age < 0
      ? place + ", which is \(TimeText.words(Int64(clamping: age.magnitude))) ahead of this clock."
      : place + ", \(TimeText.words(age)) old."
  }

  private var keys: String {
    let latest = report.history.latest.epoch
    guard let checkpoint = report.checkpoint else {
      return latest == .zero
        ? "The keys of epoch \(latest) were relied on, the oldest and only one; no checkpoint was given."
        : "The keys of the epochs 0 to \(latest) were relied on, epoch 0 the oldest; no checkpoint was given."
    }
    let agrees = "The checkpoint of height \(checkpoint.height) agrees"
    guard let oldest = report.oldestEpoch else { return agrees + "; what is proved rests on it, not on keys." }
    return agrees + "; the oldest keys relied on are those of epoch \(oldest)."
  }

  private var inputs: String? {
    guard !contents.dockets.isEmpty else { return nil }
    let each = contents.dockets.map { docket in
      let acts = docket.signedActs
      return "\(docket.record.id): \(acts.openings) openings, \(acts.reveals) revealed sheets, \(acts.ballots) ballots"
    }
    return "Signed by the members' authorities and included: " + each.joined(separator: "; ") + "."
  }
}
