import Cryptography
import Membership
import Negotiation
import Trade

/// What a verified bundle proves. There is none without verification.
package struct BundleReport: Hashable, Sendable {
  package let bundle: Bundle
  /// The header whose state the entries belong to.
  package let header: BlockHeader
  package let contents: BundleContents
  /// Who signed the certificate, ascending.
  package let signers: [MemberID]
  package let members: Int
  package let quorum: Int
  /// The header's age by the verifier's clock, in milliseconds; nil without a clock.
  package let age: Int64?
  package let checkpoint: Checkpoint?

  /// The whole outcome in plain words, one sentence a line.
  package var sentences: [String] {
    [network, subject, finality, time, keys, inputs].compactMap(\.self)
      + ["It proves what was final then, not that nothing came later."]
  }

  private var network: String { "The network is “\(contents.name)”, \(bundle.network)." }

  private var subject: String {
    switch bundle.subject {
    case .table:
      guard let table = contents.table else {
        return "Proved: no floor table is in force yet; the registry has \(contents.items.count) items."
      }
      return
        "Proved: the floor table of version \(table.version), in force since \(table.effectiveAt.text), is whole with "
        + "\(contents.rows.count) rows; the registry has \(contents.items.count) items."
    case .item(let item):
      guard let table = contents.table else { return "Proved: \(item.text) has no floor; no table is in force yet." }
      guard let row = contents.rows.first else {
        return "Proved: \(item.text) has no floor in the table of version \(table.version)."
      }
      return "Proved: the floor of \(item.text) in the table of version \(table.version) is \(row.floor.text) USD/kg, "
        + "in force since \(row.effectiveAt.text)."
    }
  }

  private var finality: String {
    "Final by \(signers.count) signatures of \(members) members, of which \(quorum) are needed: "
      + signers.map(\.text).joined(separator: ", ") + "."
  }

  private var time: String {
    let place = "Block \(header.height), \(header.digest.short)…, of \(header.timestamp.text)"
    guard let age else { return place + "." }
    return age < 0
      ? place + ", which is \(TimeText.words(Int64(clamping: age.magnitude))) ahead of this clock."
      : place + ", \(TimeText.words(age)) old."
  }

  private var keys: String {
    guard let checkpoint else {
      return "The keys of epoch \(header.epoch) were relied on, the oldest and only one; no checkpoint was given."
    }
    return "The checkpoint of height \(checkpoint.height) agrees."
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

/// Lengths of time in words.
package enum TimeText {
  /// The two greatest units: `3 d 4 h`, `12 s`, `250 ms`.
  package static func words(_ milliseconds: Int64) -> String {
    guard milliseconds >= 1_000 else { return "\(milliseconds) ms" }
    let seconds = milliseconds / 1_000
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
    guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0 s" }
    return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
  }
}
