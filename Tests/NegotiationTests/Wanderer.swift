import Cryptography
import Membership
import Negotiation
import Testing
import Trade

/// Drives a parliament at random: mostly sensible acts, some senseless ones, and time that jumps. A seed names the whole history.
struct Wanderer {
  private(set) var world: Parliament
  /// The entries as a ledger would hold them, from nothing but the changes.
  private(set) var mirror: [EntryKey: [UInt8]] = [:]
  private(set) var accepted = 0
  private(set) var refused: [Refusal: Int] = [:]
  private var dice: Dice
  private var sheets: [String: Sheet] = [:]
  private var dockets = 0
  private var turn = 0

  init(seed: UInt64) throws {
    dice = Dice(seed: seed)
    world = try Parliament(Parliament.parameters(rounds: 3, carried: 1, lapse: 20_000))
  }

  /// One step: an act or some time. A refused act must leave everything as it was.
  mutating func step() throws {
    let before = world.state
    if dice.below(isIdle ? 2 : 18) == 0 {
      world.wait(pause())
    } else {
      do {
        try attempt()
        accepted += 1
      } catch let refusal as Refusal {
        refused[refusal, default: 0] += 1
        #expect(world.state == before, "a refused act changed the state")
      }
    }
    for key in world.state.takeChanges() { mirror[key] = world.state.entry(key) }
  }

  /// To the next deadline as a rule, else anywhere.
  private mutating func pause() -> Int64 {
    let next = world.state.nextDeadline.map { $0.milliseconds - world.now.milliseconds } ?? 100
    return dice.below(4) == 0 ? Int64(1 + dice.below(1_500)) : min(max(1, next), 3_000)
  }

  /// In turn as a rule, so that windows fill; else anyone.
  private mutating func member() -> String {
    turn += 1
    return Parliament.everyone[dice.below(5) == 0 ? dice.below(8) : turn % 8]
  }

  /// Whether all that anybody could do is wait.
  private var isIdle: Bool { !world.state.liveLots.contains { [.commit, .reveal, .ratify].contains($0.phase) } }

  private mutating func attempt() throws {
    let lots = world.state.liveLots
    guard !lots.isEmpty, dice.below(40) > 0 else { return try openSomething() }
    let busy = lots.filter { [.commit, .reveal, .ratify].contains($0.phase) }
    let lot = busy.isEmpty || dice.below(10) == 0 ? lots[dice.below(lots.count)] : busy[dice.below(busy.count)]
    if dice.below(20) == 0 { return try senseless(lot) }
    switch lot.phase {
    case .open, .evidence:
      if dice.below(30) == 0 { return try world.withdraw(lot.docket.text, by: member()) }
      if dice.below(20) == 0 { return try openSomething() }
      world.wait(pause())
    case .commit: try commitSomething(lot)
    case .reveal: try revealSomething(lot)
    case .ratify:
      let choice: BallotChoice = [.yes, .yes, .yes, .yes, .yes, .no, .abstain][dice.below(7)]
      try world.ballot(lot, choice, by: member())
    case .notice, .inForce, .statusQuo, .noFloor, .withdrawn: world.wait(pause())
    }
  }

  private mutating func openSomething() throws {
    if dice.below(3) == 0 { dockets += 1 }
    let names = Parliament.names.filter { _ in dice.below(2) == 0 }
    let kind = dice.below(3) == 0 ? UInt8(dice.below(3)) : DocketKind.routine.rawValue
    let hasFloors = names.allSatisfy { name in ItemID(name).flatMap { world.state.currentRow($0) } != nil }
    let fitting = dice.below(4) > 0 ? (hasFloors ? DocketKind.routine : .first).rawValue : kind
    let opener = dice.below(2) == 0 ? "KOR" : member()
    try world.open("d\(dockets)", fitting, names, by: opener)
  }

  private mutating func commitSomething(_ lot: LotRecord) throws {
    let who = member()
    let spread = dice.below(6) == 0 ? 200 : 6
    let answers = lot.items.map { item -> Answer in
      if dice.below(15) == 0 { return [.abstain, .noData, .notCovered, .conflicted][dice.below(4)] }
      let low = item.band?.low ?? Parliament.usd(97)
      return .price(Price(microUSDPerKilogram: low.microUSDPerKilogram + Int64(dice.below(spread)) * 500_000))
    }
    let quotes = zip(lot.items, answers).compactMap { item, answer in
      world.state.genesis.item(item.item).map { Quote($0, answer) }
    }
    let sheet = Sheet(quotes: quotes, evidence: [try Parliament.evidence(.transaction)])
    let replaced = world.state.sheet(lot.place, try Parliament.member(who))?.commitments.last?.digest
    try world.commit(sheet, lot, by: who, replacing: dice.below(5) == 0 ? nil : replaced)
    sheets[Self.name(lot, who)] = sheet
  }

  private mutating func revealSomething(_ lot: LotRecord) throws {
    let who = member()
    guard let sheet = sheets[Self.name(lot, who)] else {
      return try world.reveal(Sheet(quotes: [], evidence: []), lot, by: who)
    }
    try world.reveal(sheet, lot, by: who)
  }

  /// Something out of place.
  private mutating func senseless(_ lot: LotRecord) throws {
    let place = LotRound(docket: lot.docket, lot: UInt16(dice.below(3)), round: UInt8(dice.below(5)))
    switch dice.below(4) {
    case 0: try world.act(.commitment(Commitment(place: place, digest: .zero)), by: member())
    case 1:
      let sheet = Sheet(quotes: [], evidence: [])
      try world.act(.reveal(Reveal(place: place, salt: Parliament.salt("x"), sheet: sheet)), by: member())
    case 2:
      let ballot = Ballot(place: place, call: UInt8(dice.below(5)), choice: .yes, reason: "")
      try world.act(.ballot(ballot), by: member())
    default: try world.act(.commitment(Commitment(place: place, digest: .zero)), by: "GBR")
    }
  }

  private static func name(_ lot: LotRecord, _ member: String) -> String {
    "\(lot.docket)/\(lot.number)/\(lot.round)/\(member)"
  }
}
