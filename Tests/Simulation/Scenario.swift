/// What can go wrong in a world besides delays, which there always are.
package enum Fault: String, CaseIterable, Sendable {
  /// Messages get lost.
  case loss
  /// Messages arrive twice.
  case duplicate
  /// Some messages take much longer than others, and arrive after later ones.
  case reorder
  /// The network splits into parts, also so that one direction of a link is dead and the other is not.
  case partition
  /// Members stop at any moment and start again with what was durable.
  case crash
  /// A crash tears the list of writes under way: only its first writes survive.
  case tear
  /// Members start again with an old copy of their disk, the guard ahead of it or gone: as many as agreement bears.
  case rollback
  /// Members' clocks differ.
  case skew
  /// Members' clocks jump, forwards and back, a few of them by an hour.
  case jump
  /// Some disks do nothing for a while.
  case stall
  /// Some disks are slow for a while.
  case slow
  /// Some members are so slow to take messages for a while that their queues overflow.
  case crowd
  /// Members are in capitals all over the world, a measured round trip apart: in a quarter of the worlds.
  case wan
}

/// A rule that a world breaks on purpose, so that its judges can show that they see it.
package enum Mutation: String, CaseIterable, Sendable {
  /// The driver says that votes are durable before they are.
  case voteBeforeStored
  /// Certificates with one signature less than a quorum pass verification, and one member makes them.
  case thinCertificates
  /// Nobody verifies signatures, and one member signs in the names of others.
  case unverifiedSignatures
  /// One member more than agreement bears is Byzantine, and they work together.
  case tooManyEquivocators
  /// Submitters are told that a block is final as soon as it is proposed.
  case hastyAcknowledgement
  /// Disks lie: what they call durable is lost in a crash if it is not old.
  case lyingDisks
  /// Members that start with an old copy of their disk neither look at the guard nor hear what others have from them.
  case forgottenPast
  /// The time of a view never ends, while a member withholds its votes.
  case deafToTime
  /// Nothing is ever asked for, while a member withholds its blocks.
  case noFetching
  /// The queues of slow members have no end.
  case boundlessQueues
  /// Disks forget the certificates of views that are final. Seen where more members collude than agreement bears.
  case forgetfulDisks
  /// One bit of every bundle that the offline verifier is shown is another.
  case forgedBundle
}

/// One world to run: everything that its history follows from.
package struct Scenario: Sendable {
  /// Which Byzantine members there are.
  package enum Cast: Hashable, Sendable {
    /// Each world has at most as many as agreement bears, of these kinds.
    case drawn([AdversaryKind])
    /// Exactly these.
    case exactly([AdversaryKind])
  }

  package var seed: UInt64
  /// How many members there are; each world draws its number.
  package var members: ClosedRange<Int>
  /// What may go wrong: where it is more than one thing, each world draws what it has of it.
  package var faults: Set<Fault>
  package var cast: Cast
  package var mutation: Mutation?
  /// How long faults happen, in virtual milliseconds.
  package var troubled: Int64
  /// Whether more members than agreement bears tell two parts of the network two histories.
  package var isCollusion = false
  /// Whether members join in waves, rotate their keys, are exposed, and leave. `members` is how many there are once all
  /// have joined.
  package var isGrowth = false
  /// Whether the world tells its story, a line for each thing that happens. It changes nothing else.
  package var isTold = false

  package init(
    seed: UInt64, members: ClosedRange<Int> = 4...10, faults: Set<Fault> = Set(Fault.allCases),
    cast: Cast = .drawn(AdversaryKind.allCases), mutation: Mutation? = nil, troubled: Int64 = 6_000
  ) {
    (self.seed, self.members, self.faults, self.cast) = (seed, members, faults, cast)
    (self.mutation, self.troubled) = (mutation, troubled)
  }
}

/// What a world draws from its seed before it begins.
struct Setting {
  let members: Int
  let faults: Set<Fault>
  /// Whether the members are in capitals all over the world.
  let isWide: Bool
  /// The Byzantine members, by what they try.
  let cast: [AdversaryKind]
  /// The places of the members that the genesis has, ascending.
  let founders: [Int]
  /// By place, in a world of collusion: on which side an honest member is. Empty otherwise.
  var sides: [Bool] = []

  init(_ scenario: Scenario) {
    // Not the world's own stream, so that drawing more here changes nothing there.
    var chance = SplitMix64(seed: scenario.seed ^ 0x5CE7_A210)
    // The lesser of two draws: smaller networks cost less, and have as many ways to go wrong.
    members = min(chance.within(scenario.members), chance.within(scenario.members))
    founders = scenario.isGrowth ? Self.founders(of: members) : Array(0..<members)
    guard !scenario.isCollusion else {
      (faults, isWide) = ([], false)
      let (colluders, few) = Self.drawCollusion(members, &chance)
      cast = Array(repeating: .colluder, count: colluders)
      sides = (0..<members - colluders).map { $0 < few }
      return
    }
    let borne = Self.borne(by: founders.count)
    faults = Self.draw(scenario.faults, &chance)
    isWide = faults.contains(.wan)
    cast = Self.cast(scenario, borne, &chance)
  }

  /// A seventh of the members and one found the network, spread over the roster, so that places move as others join.
  static func founders(of members: Int) -> [Int] {
    let count = max(4, members / 7 + 1)
    return (0..<count).map { $0 * members / count }
  }

  /// With n members agreement bears ⌊(n − 1) / 3⌋ Byzantine ones.
  static func borne(by members: Int) -> Int { (members - 1) / 3 }

  /// How many equal votes are more than two thirds of the members.
  static func quorum(of members: Int) -> Int {
    var votes = 1
    while 3 * votes <= 2 * members { votes += 1 }
    return votes
  }

  private static func draw(_ faults: Set<Fault>, _ chance: inout SplitMix64) -> Set<Fault> {
    guard faults.count > 1 else { return faults }
    var drawn: Set<Fault> = []
    for fault in Fault.allCases where faults.contains(fault) {
      if chance.below(12) < (fault == .wan ? 3 : 9) { drawn.insert(fault) }
    }
    return drawn
  }

  private static func cast(_ scenario: Scenario, _ borne: Int, _ chance: inout SplitMix64) -> [AdversaryKind] {
    if scenario.isGrowth { return [.doubleVoter] }
    switch scenario.mutation {
    case .thinCertificates: return [.thinCertifier]
    case .unverifiedSignatures: return [.forger]
    case .tooManyEquivocators: return Array(repeating: .equivocator, count: borne + 1)
    case .deafToTime: return [.voteWithholder]
    case .noFetching: return [.blockWithholder]
    case .boundlessQueues: return [.flooder]
    case .forgottenPast, .forgedBundle: return []
    case .voteBeforeStored, .hastyAcknowledgement, .lyingDisks, .forgetfulDisks, nil: break
    }
    switch scenario.cast {
    case .exactly(let kinds): return kinds
    case .drawn(let kinds):
      guard !kinds.isEmpty else { return [] }
      // Every second world has as many as agreement bears.
      let count = chance.below(2) == 0 ? borne : chance.below(borne + 1)
      return (0..<count).map { _ in kinds[chance.below(kinds.count)] }
    }
  }

  /// How many collude, and how many of the honest members are on the first side: each side has a quorum with them.
  private static func drawCollusion(_ members: Int, _ chance: inout SplitMix64) -> (colluders: Int, few: Int) {
    let quorum = quorum(of: members)
    let colluders = chance.within(min(2 * quorum - members, quorum - 1)...quorum - 1)
    let honest = members - colluders
    let least = max(1, quorum - colluders)
    return (colluders, chance.within(least...max(least, honest - least)))
  }
}
