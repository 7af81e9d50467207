import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Replica
import Trade

/// The members' price desks: they look at their own replica's final state now and then, and do what the docket calls
/// for.
struct Desks {
  /// By member: when it last did what, so that it does not repeat itself before the answer can be there.
  fileprivate var done: [[String: Int64]]

  init(members: Int) { done = Array(repeating: [:], count: members) }
}

extension World {
  func visit(desk place: Int) throws {
    let pause = Int64(400_000)
    if now < end - 1_000_000 { agenda.add(.desk(place), at: now + pause) }
    guard let state = members[place].mind?.replica.state, !judges.departed.contains(place) else { return }
    if scenario.isGrowth { return try vote(desk: place, on: state.accession) }
    let negotiation = state.negotiation
    guard !network.genesis.content.items.isEmpty else { return }
    let member = network.members[place].id
    if place == 0, negotiation.dockets.isEmpty, now > 1_000_000, isTime(place, "open"), let docket = DocketID("floors")
    {
      let items = network.genesis.content.items.map(\.id)
      let opening = DocketOpening(docket: docket, kind: DocketKind.first.rawValue, items: items, windows: nil, note: "")
      try act(.docketOpen(opening), by: place)
    }
    for lot in negotiation.liveLots {
      let record = negotiation.sheet(lot.place, member)
      let key = "\(lot.number) \(lot.round) \(lot.phase) \(lot.call)"
      switch lot.phase {
      case .commit where record == nil && isTime(place, key):
        guard let context = negotiation.sealingContext(lot.docket, lot: lot.number, member) else { continue }
        let digest = context.commitment(to: try sheet(place, lot), salt: salt(place, lot))
        try act(.commitment(Commitment(place: lot.place, digest: digest)), by: place)
      case .reveal where record != nil && record?.revealed == nil && isTime(place, key):
        // What was promised and is never shown: the desk's own kind of malice.
        guard byzantine[place] != .revealWithholder else {
          adversaries[place]?.corruption.attacks += 1
          continue
        }
        try act(.reveal(Reveal(place: lot.place, salt: salt(place, lot), sheet: try sheet(place, lot))), by: place)
      case .ratify where negotiation.ballot(lot.place, call: lot.call, member) == nil && isTime(place, key):
        try act(.ballot(Ballot(place: lot.place, call: lot.call, choice: .yes, reason: "")), by: place)
      case .open, .evidence, .commit, .reveal, .ratify, .notice, .inForce, .statusQuo, .noFloor, .withdrawn: break
      }
    }
  }

  /// Whether the desk may do this now; it tries again after a while, for a crash may have lost what it did.
  func isTime(_ place: Int, _ what: String) -> Bool {
    if let last = desks.done[place][what], now - last < 1_500_000 { return false }
    desks.done[place][what] = now
    return true
  }

  private func act(_ act: Act, by place: Int) throws {
    let notAfter = try clock(place).adding(milliseconds: 10_000)
    try submit(Transaction(signer: network.members[place].id, notAfter: notAfter, body: .act(act)), to: place)
  }

  private func salt(_ place: Int, _ lot: LotRecord) -> [UInt8] {
    Digest.sha256([UInt8(truncatingIfNeeded: place), lot.round], lot.docket.bytes).bytes
  }

  private func sheet(_ place: Int, _ lot: LotRecord) throws -> Sheet {
    let quotes = lot.items.compactMap { entry -> Quote? in
      guard let item = network.genesis.content.items.first(where: { $0.id == entry.item }) else { return nil }
      return Quote(item, .price(Price(microUSDPerKilogram: 10_000_000 + Int64(place) * 50_000)))
    }
    guard
      let evidence = Negotiation.Evidence(
        .transaction, source: "simulation", period: "2024", file: Digest.sha256([UInt8(truncatingIfNeeded: place)]))
    else { throw SimulationError.missing("evidence") }
    return Sheet(quotes: quotes, evidence: [evidence])
  }
}
