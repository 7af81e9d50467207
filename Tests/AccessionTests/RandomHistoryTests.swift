import Accession
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

/// SplitMix64, so that a seed names a history.
private struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, bound)))
  }

  mutating func one<Element>(of list: [Element]) -> Element? { list.isEmpty ? nil : list[below(list.count)] }
}

/// Histories in which members do all there is to do, in any order. What must hold is judged after every block
/// (``Judge``).
@Suite("Random histories of the bloc")
struct RandomHistoryTests {
  @Test("whatever is decided, the invariants hold", arguments: 0..<16)
  func histories(seed: Int) throws {
    var dice = Dice(seed: UInt64(seed))
    var bloc = try Bloc(4 + dice.below(5))
    var accepted = 0
    for step in 0..<60 {
      for _ in 0..<(1 + dice.below(3)) {
        do {
          try act(&bloc, &dice, step)
          accepted += 1
        } catch is AccessionRefusal {
          continue
        }
      }
      try bloc.endBlock(after: Int64(1 + dice.below(800)))
    }
    try judgeVotes(bloc)
    #expect(accepted > 10)
  }

  private func act(_ bloc: inout Bloc, _ dice: inout Dice, _ step: Int) throws {
    let mover = dice.one(of: bloc.accession.fullMembers)?.text ?? "M01"
    let member = dice.one(of: bloc.accession.roster.members)?.id.text ?? "M01"
    switch dice.below(12) {
    case 0: try bloc.ready(member)
    case 1: try bloc.act(.evidence(try exposure(bloc, &dice)), by: mover)
    case 2:
      guard let motion = dice.one(of: bloc.accession.motions)?.identity else { return }
      try bloc.act(.ballot(MotionBallot(motion: motion, isYes: dice.below(4) > 0)), by: mover)
    case 3, 4: try file(&bloc, &dice, [.suspend(try Bloc.id(member))], mover, isCarried: dice.below(3) == 0)
    case 5:
      let all = (bloc.accession.fullMembers + [try Bloc.id(member)]).sorted()
      let distinct = all.enumerated().filter { $0.offset == 0 || all[$0.offset - 1] != $0.element }.map(\.element)
      try file(&bloc, &dice, [.reinstate(try Bloc.id(member))], mover, votes: try Bloc.votes(distinct), isCarried: true)
    case 6: try file(&bloc, &dice, [try bloc.withdrawal(member)], mover, isCarried: true)
    case 7, 8:
      let role = KeyRole(rawValue: UInt8(dice.below(3))) ?? .node
      try file(&bloc, &dice, [try bloc.rotation(member, role, to: try bloc.newKey())], mover, isCarried: true)
    case 9: try file(&bloc, &dice, [], mover, votes: try Bloc.votes(bloc.accession.fullMembers), isCarried: true)
    case 10:
      let change = RosterChange.rules(
        version: UInt64(2 + dice.below(6)), height: bloc.height.number + UInt64(dice.below(9)))
      try file(&bloc, &dice, [change], mover, isCarried: true)
    default: try admit(&bloc, &dice, step, mover)
    }
  }

  private func admit(_ bloc: inout Bloc, _ dice: inout Dice, _ step: Int, _ mover: String) throws {
    let members = try (0...dice.below(3)).map { try bloc.newMember("N\(step)X\(bloc.accession.motions.count)X\($0)") }
    let everyone = (bloc.accession.fullMembers + members.map(\.id)).sorted()
    let changes = try members.map { try bloc.admission($0) }
    try file(
      &bloc, &dice, changes, mover, votes: try Bloc.votes(everyone), entry: dice.below(2) == 0 ? 900 : nil,
      isCarried: true)
  }

  private func file(
    _ bloc: inout Bloc, _ dice: inout Dice, _ changes: [RosterChange], _ mover: String, votes: [ItemVotes]? = nil,
    entry: Int64? = nil, isCarried: Bool
  ) throws {
    let motion = bloc.motion(changes, votes: votes, closes: Int64(500 + dice.below(4_000)), entry: entry)
    if isCarried { try bloc.carry(motion, by: mover) } else { try bloc.act(.motion(motion), by: mover) }
  }

  private func exposure(_ bloc: Bloc, _ dice: inout Dice) throws -> Exposure {
    let record = bloc.accession.epochs[dice.below(bloc.accession.epochs.count)]
    let member = record.validators.members[dice.below(record.validators.members.count)]
    return try bloc.exposure(
      member.id.text, epoch: record.epoch, view: View(UInt64(dice.below(50))), key: member.node)
  }

  /// Policy votes are lawful over the full members after every change, and never say anything about validators.
  private func judgeVotes(_ bloc: Bloc) throws {
    var accession = bloc.accession
    // The block that has just begun may have brought a wave in.
    let electorates = bloc.electorates + accession.takeElectorates()
    for electorate in electorates {
      #expect(zip(electorate.members, electorate.members.dropFirst()).allSatisfy { $0 < $1 })
      #expect(Bloc.rules.isPossible(for: electorate.members.count))
    }
    if let last = electorates.last { #expect(last.members == bloc.accession.fullMembers) }
  }
}
