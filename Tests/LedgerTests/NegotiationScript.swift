import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Trade

extension TestNetwork {
  /// Runs a docket of kind FIRST from its opening to entry into force: lithium gets a floor, nickel has too few prices
  /// for one.
  mutating func runDocket(_ name: String = "2025-first") throws {
    let docket = try some(DocketID(name))
    let items = genesis.content.items
    let names = genesis.roster.members.map(\.id.text)
    let opening = DocketOpening(docket: docket, kind: 1, items: items.map(\.id), windows: nil, note: "first floors")
    try append([try act(.docketOpen(opening), by: names[0])])
    try append(after: 1_000)
    try append(after: 1_000)
    let prices: [String: Int64] = ["AUS": 11_000_000, "EUN": 10_500_000, "JPN": 10_000_000, "USA": 10_900_000]
    let place = LotRound(docket: docket, lot: 0, round: 1)
    var reveals: [Reveal] = []
    var commitments: [VerifiedTransaction] = []
    for (index, name) in names.enumerated() {
      let member = try member(name)
      let answers: [Answer] = [
        .price(Self.price(prices[name] ?? 10_000_000 + 10_000 * Int64(index))),
        index == 0 ? .price(Self.price(16_000_000)) : .noData,
      ]
      let sheet = Sheet(
        quotes: zip(items, answers).map { Quote($0, $1) },
        evidence: [
          try some(
            Evidence(
              .transaction, source: "customs statistics", period: "2024", file: Digest.sha256(Array(name.utf8))))
        ])
      let salt = [UInt8](repeating: UInt8(index + 1), count: SealingContext.saltSize)
      let context = try some(state.negotiation.sealingContext(docket, lot: 0, member))
      let commitment = Commitment(place: place, digest: context.commitment(to: sheet, salt: salt))
      commitments.append(try act(.commitment(commitment), by: name))
      reveals.append(Reveal(place: place, salt: salt, sheet: sheet))
    }
    try append(commitments)
    try append(after: 1_000)
    let opened = try zip(names, reveals).map { try act(.reveal($1), by: $0) }
    try append(opened)
    try append(after: 1_000)
    try castBallots(docket)
    try append(after: 1_000)
    try append(after: 1_000)
  }

  private mutating func castBallots(_ docket: DocketID) throws {
    let lot = try some(state.negotiation.lots(of: docket).first { $0.phase == .ratify })
    let names = genesis.roster.members.map(\.id.text)
    let ballots = try names.map { name in
      let choice: BallotChoice = name == names.last ? .no : .yes
      let ballot = Ballot(
        place: lot.place, call: lot.call, choice: choice, reason: choice == .no ? "too high" : "agreed")
      return try act(.ballot(ballot), by: name)
    }
    try append(ballots)
  }
}
