import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Replica
import Trade

/// A network of replicas under virtual time: everything that happens follows from the scenario.
///
/// Time is counted in microseconds since the world began. Members are numbered by their places in the roster. Machines
/// have the same numbers; a member whose keys are on two machines has the second one behind all others.
final class World {
  /// What is on the agenda. A number of a life says for which run of a machine it was meant: a crash makes it void.
  enum Happening {
    case arrival(Envelope, to: Int)
    case timer(ReplicaTimer, machine: Int, life: Int, generation: Int)
    case durable(machine: Int, life: Int)
    case signed(Attested<Vote>, machine: Int, life: Int)
    case read([StoredBlock], ReadTicket, machine: Int, life: Int)
    case session(Int, Int, isUp: Bool)
    case service(machine: Int, life: Int)
    case fault(FaultPlan.Step)
    case client(Int)
    case desk(Int)
    case mischief(machine: Int)
    case assembly
    case inspection
  }

  /// A message on its way, decoded and verified once for all that it reaches.
  final class Envelope {
    let number: Int
    let sender: Int
    let message: PeerMessage
    /// As whoever is in the sender's epoch finds it; nil where it is of no use to them.
    let verified: VerifiedPeerMessage?
    /// The block that opened the sender's epoch.
    let opener: Digest

    init(number: Int, sender: Int, message: PeerMessage, verified: VerifiedPeerMessage?, opener: Digest) {
      (self.number, self.sender, self.message) = (number, sender, message)
      (self.verified, self.opener) = (verified, opener)
    }
  }

  let scenario: Scenario
  let setting: Setting
  let network: SimulatedNetwork
  /// The places of the Byzantine members, with what each of them tries.
  let byzantine: [Int: AdversaryKind]
  /// The machines, by their numbers.
  var members: [SimulatedMember]
  var links: Links
  var agenda = Agenda<Happening>()
  var history = History()
  var judges: Judges
  var clients: Clients
  var desks: Desks
  var assembly: Assembly
  /// By machine.
  var adversaries: [Int: any Adversary] = [:]
  var counts = Counts()
  var chance: SplitMix64
  var now: Int64 = 0
  var messages = 0
  /// How often machines had something to say to the ledger by themselves, and the tickets of that.
  var spoken: UInt64 = 0
  static let ownTickets: UInt64 = 1 << 62
  private var story: [String] = []
  /// When the faults end and when the world does, in microseconds.
  let healing: Int64
  let end: Int64

  init(_ scenario: Scenario, _ setting: Setting, _ network: SimulatedNetwork) {
    var chance = SplitMix64(seed: scenario.seed)
    (self.scenario, self.setting, self.network) = (scenario, setting, network)
    let cast = Self.cast(setting, &chance)
    let spare = cast.keys.sorted().filter { cast[$0]?.hasTwoMachines == true }
    byzantine = cast
    links = Links(setting, machines: setting.members + spare.count, chance: chance.split())
    healing = scenario.troubled * 1_000
    end = Self.end(scenario, network, byzantine: cast.count)
    clients = Clients(healing: healing, end: end, chance: chance.split())
    desks = Desks(members: setting.members)
    assembly = Assembly(setting)
    judges = Judges(network: network, byzantine: cast, setting: setting, healing: healing)
    members = (Array(0..<setting.members) + spare).map { place in
      let skew = setting.faults.contains(.skew) ? Int64(chance.within(-150...150)) : 0
      return SimulatedMember(place: place, skew: skew)
    }
    self.chance = chance
    for machine in members.indices { recruit(machine) }
    countSetting()
  }

  /// When everyone who waits since the faults must have got an answer, and when a docket can be over.
  private static func end(_ scenario: Scenario, _ network: SimulatedNetwork, byzantine: Int) -> Int64 {
    let (healing, ledger) = (scenario.troubled * 1_000, network.genesis.content.ledger)
    guard !scenario.isCollusion else { return healing + 4_000_000 }
    let rest = LivenessJudge.bound(network, byzantine: byzantine) + 20 * ledger.delta * 1_000 + 1_000_000
    if scenario.isGrowth { return healing + rest }
    let windows = 7 * network.genesis.content.negotiation.minimumWindow * 1_000
    return max(healing + rest, 2_000_000 + windows)
  }

  /// Byzantine members are spread by chance, so that every place in the round robin is theirs at times.
  private static func cast(_ setting: Setting, _ chance: inout SplitMix64) -> [Int: AdversaryKind] {
    var places = setting.founders
    for place in places.indices.reversed() { places.swapAt(place, chance.below(place + 1)) }
    return Dictionary(zip(places, setting.cast), uniquingKeysWith: { first, _ in first })
  }

  private func recruit(_ machine: Int) {
    let place = members[machine].place
    guard let kind = byzantine[place] else { return }
    let corruption = Corruption(
      network: network, place: place, accomplices: Set(byzantine.keys), chance: chance.split())
    adversaries[machine] = kind.make(corruption)
  }

  private func countSetting() {
    counts[.members] = setting.members
    counts[.byzantineMembers] = byzantine.count
    counts[.wideWorlds] = setting.isWide ? 1 : 0
    counts[.skewedClocks] = members.count { $0.skew != 0 }
  }

  /// Runs the world to its end, or until a judge speaks.
  func run() throws -> Outcome {
    try begin()
    while judges.verdict == nil, let next = agenda.next(), next.time <= end {
      now = next.time
      counts[.events] += 1
      try happen(next.happening)
    }
    now = min(now, end)
    if judges.verdict == nil { judges.conclude(self) }
    counts.milliseconds = now / 1_000
    counts[.blocks] = judges.height
    counts[.tables] = judges.tables
    for machine in members.indices {
      if let corruption = adversaries[machine]?.corruption, let kind = byzantine[members[machine].place] {
        counts.attacked(kind, corruption.attacks)
      }
    }
    return Outcome(
      seed: scenario.seed, verdict: judges.verdict, history: history.digest().hexadecimal, counts: counts,
      exposed: judges.exposed.compactMap { byzantine[$0] }, story: story)
  }

  private func begin() throws {
    separate()
    for step in plan().steps { agenda.add(.fault(step), at: step.time) }
    for machine in members.indices where setting.founders.contains(members[machine].place) { try start(machine) }
    if scenario.isGrowth { agenda.add(.assembly, at: FaultPlan.calm) }
    for machine in adversaries.keys.sorted() where adversaries[machine]?.isActive == true {
      agenda.add(.mischief(machine: machine), at: FaultPlan.calm + Int64(chance.within(50_000...500_000)))
    }
    agenda.add(.client(0), at: FaultPlan.calm)
    for place in 0..<setting.members { agenda.add(.desk(place), at: FaultPlan.calm + Int64(place) * 7_000) }
    for part in 1..<Int64(60) { agenda.add(.inspection, at: end * part / 60) }
  }

  private func plan() -> FaultPlan {
    guard scenario.isCollusion else {
      return FaultPlan(setting, byzantine: Set(byzantine.keys), until: healing, chance: &chance)
    }
    return FaultPlan(apart: members.indices.map(judges.isFirstSide), until: healing, chance: &chance)
  }

  /// Twins share the others between them: each machine of a member hears some, and some hear both. The machines of one
  /// member never meet, and those that collude never leave their side.
  private func separate() {
    for machine in setting.members..<members.count {
      let first = members[machine].place
      links.sever(first, machine)
      for other in members.indices where members[other].place != first {
        if scenario.isCollusion {
          let side = judges.isFirstSide(other)
          links.sever(side ? machine : first, other)
          continue
        }
        switch chance.below(3) {
        case 0: links.sever(first, other)
        case 1: links.sever(machine, other)
        default: break
        }
      }
    }
  }

  private func happen(_ happening: Happening) throws {
    switch happening {
    case .arrival(let envelope, let machine): try arrive(envelope, at: machine)
    case .timer(let timer, let machine, let life, let generation):
      guard members[machine].isUp(life), members[machine].timers[timer] == generation else { return }
      members[machine].timers[timer] = nil
      history.note(2, at: now, member: machine, number: timer.code)
      try feed(.expired(timer), to: machine)
    case .durable(let machine, let life): try becameDurable(machine, life)
    case .signed(let vote, let machine, let life):
      if members[machine].isUp(life) { try feed(.signed(vote), to: machine) }
    case .read(let blocks, let ticket, let machine, let life):
      if members[machine].isUp(life) { try feed(.read(blocks, ticket), to: machine) }
    case .session(let machine, let other, let isUp): try session(machine, other, isUp)
    case .service(let machine, let life): try serve(machine, life)
    case .fault(let step): try take(step)
    case .client(let number): try act(client: number)
    case .desk(let place): try visit(desk: place)
    case .mischief(let machine): try makeMischief(machine)
    case .assembly: try convene()
    case .inspection: judges.inspect(self)
    }
  }

  /// Adds a line to the story, if it is told.
  func tell(_ machine: Int?, _ line: @autoclosure () -> String) {
    guard scenario.isTold else { return }
    story.append("\(now / 1_000).\(now % 1_000 / 100) \(machine.map { "member \($0)" } ?? "world"): \(line())")
  }
}
