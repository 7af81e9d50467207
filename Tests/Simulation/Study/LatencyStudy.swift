import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// How long agreement takes between real capitals: members that all keep to the rules, messages that take half a
/// measured round trip each, and nothing else that takes time: no disk, no signature, no verification.
///
/// In each view a memorandum becomes lawful that everyone has had for long, so that each block has one and no body has
/// to be fetched.
package final class LatencyStudy {
  package struct Figures: Sendable {
    package let blocks: Int
    /// From the sending of the proposal to finality, over all members and blocks, in microseconds.
    package let mean: Int64
    package let percentile95: Int64
    /// The mean over the blocks of what three delays allow for the block's leader, in microseconds.
    package let bound: Int64
    /// The mean over the blocks of time by bound, in thousandths.
    package let perMille: Int64
  }

  private enum Happening {
    case arrival(VerifiedPeerMessage, PeerMessage, from: Int, to: Int)
    case timer(ReplicaTimer, member: Int, generation: Int)
  }

  package static let sizes = [4, 8, 19, 55]
  private static let first = ["USA", "EUN", "JPN", "MEX", "AUS", "GBR", "IND", "KOR"]
  private static let wave = ["ARG", "BRA", "CAN", "COD", "DEU", "FRA", "ITA", "KAZ", "PHL", "SAU", "ZMB"]
  private static let warmup: Int64 = 2_000_000

  /// The members' capitals, by place.
  package let names: [String]
  private let network: SimulatedNetwork
  private let bounds: ThreeDelays
  private var members: [Replica] = []
  private var timers: [[ReplicaTimer: Int]]
  private var agenda = Agenda<Happening>()
  private var now: Int64 = 0
  private var generation = 0
  /// By digest of a block: when its leader sent it, and how long after that each member held it final.
  private var proposed: [Digest: (time: Int64, leader: Int)] = [:]
  private var waits: [Digest: [Int64]] = [:]
  private var finished: [Digest] = []

  package init(size: Int) throws {
    names = Self.capitals(size).sorted()
    network = try SimulatedNetwork(members: size, isWide: true)
    let places = names.compactMap { Capitals.names.firstIndex(of: $0) }
    guard places.count == size else { throw SimulationError.missing("a study of \(size) members") }
    bounds = ThreeDelays(delays: places.map { from in places.map { Capitals.delay(from: from, to: $0) } })
    timers = Array(repeating: [:], count: size)
  }

  /// 55 are all places but Belgium's: its capital is also that of the Union.
  private static func capitals(_ size: Int) -> [String] {
    switch size {
    case ...8: Array(first.prefix(size))
    case ...19: Array((first + wave).prefix(size))
    default: Capitals.names.filter { $0 != "BEL" }
    }
  }

  /// Runs until that many blocks with a memorandum are final with everyone.
  package func run(views: Int) throws -> Figures {
    for member in network.members {
      members.append(
        try Replica(genesis: network.genesis, me: member.id, recovering: .nothing, by: KeyedDigest()))
    }
    for place in members.indices { feed(.started, to: place) }
    for place in members.indices {
      for other in network.members.indices where other != place {
        feed(.connected(network.members[other].id), to: place)
      }
    }
    try supplyWork(views)
    while finished.count < views, let next = agenda.next() {
      now = next.time
      switch next.happening {
      case .arrival(let verified, let message, let sender, let place):
        guard members[place].screen(message) != nil else { continue }
        feed(.received(verified, from: network.members[sender].id), to: place)
      case .timer(let timer, let place, let generation):
        guard timers[place][timer] == generation else { continue }
        timers[place][timer] = nil
        feed(.expired(timer), to: place)
      }
    }
    return figures()
  }

  /// Everyone gets all memoranda in the beginning; each becomes lawful in its time, several in a view.
  private func supplyWork(_ views: Int) throws {
    let life = network.genesis.content.ledger.longestTransactionLife
    let leaders = (0..<members.count).map { bounds.mean(leader: $0) }
    let view = leaders.reduce(0, +) / Int64(members.count) * 2 / 3
    let pause = max(1_000, view / 3)
    let begin = SimulatedNetwork.start.milliseconds + 1_000 + Self.warmup / 1_000
    var work: [VerifiedTransaction] = []
    for number in 0..<views * 5 {
      let signer = network.members[number % members.count].id
      let end = Instant(milliseconds: begin + life + Int64(number) * pause / 1_000)
      let bytes = Array("memorandum \(number)".utf8)
      let signed = try network.sign(
        Transaction(signer: signer, notAfter: end, body: .memorandum(bytes)), on: network.genesis.roster)
      work.append(
        try signed.verified(on: network.genesis.roster, network: network.genesis.network, by: KeyedDigest()))
    }
    for place in members.indices {
      let other = network.members[(place + 1) % members.count].id
      feed(.received(.transactions(work), from: other), to: place)
    }
  }

  // MARK: Members

  /// Hands an event to a member. Signatures and writes are done at once.
  private func feed(_ event: ReplicaEvent, to place: Int) {
    var events = [event]
    while !events.isEmpty {
      let clock = Instant(milliseconds: SimulatedNetwork.start.milliseconds + 1_000 + now / 1_000)
      for action in members[place].handle(events.removeFirst(), at: clock) {
        if let answer = carryOut(action, of: place) { events.append(answer) }
      }
    }
  }

  private func carryOut(_ action: ReplicaAction, of place: Int) -> ReplicaEvent? {
    switch action {
    case .persist(_, let ticket): return .persisted(ticket)
    case .sign(let vote): return signed(vote, by: place)
    case .send(let message, let member):
      if let other = network.places[member] { post(message, from: place, to: [other]) }
    case .broadcast(let message): post(message, from: place, to: members.indices.filter { $0 != place })
    case .start(let timer, let milliseconds):
      generation += 1
      timers[place][timer] = generation
      agenda.add(.timer(timer, member: place, generation: generation), at: now + max(0, milliseconds) * 1_000)
    case .stop(let timer): timers[place][timer] = nil
    case .committed(let blocks): for block in blocks { committed(block.block) }
    case .read, .answer, .report, .halt, .epochEntered, .propose: break
    }
    return nil
  }

  private func signed(_ vote: Vote, by place: Int) -> ReplicaEvent? {
    let statement = SimulatedNetwork.sign(vote, by: network.members[place].node, on: network.genesis.network)
    let signed = SignedVote(kind: vote.kind, statement: statement)
    return (try? signed.attested(in: network.genesis.context, by: KeyedDigest())).map { .signed($0) }
  }

  private func post(_ message: PeerMessage, from place: Int, to recipients: [Int]) {
    if case .proposal(_, let outline) = message, proposed[outline.digest] == nil {
      proposed[outline.digest] = (now, place)
    }
    let verifier = PeerMessageVerifier(context: network.genesis.context, scheme: KeyedDigest())
    guard let verified = try? verifier.verified(message, from: network.members[place].id) else { return }
    for other in recipients {
      agenda.add(.arrival(verified, message, from: place, to: other), at: now + bounds.delays[place][other])
    }
  }

  private func committed(_ block: Block) {
    guard let start = proposed[block.digest], !block.transactions.isEmpty else { return }
    waits[block.digest, default: []].append(now - start.time)
    if waits[block.digest]?.count == members.count { finished.append(block.digest) }
  }

  // MARK: Figures

  private func figures() -> Figures {
    var (all, bound, perMille): ([Int64], Int64, Int64) = ([], 0, 0)
    for digest in finished {
      guard let times = waits[digest], let leader = proposed[digest]?.leader else { continue }
      let least = bounds.mean(leader: leader)
      all += times
      bound += least
      perMille += times.reduce(0, +) * 1_000 / Int64(times.count) / max(1, least)
    }
    all.sort()
    let blocks = Int64(max(1, finished.count))
    return Figures(
      blocks: finished.count, mean: all.reduce(0, +) / Int64(max(1, all.count)),
      percentile95: all.isEmpty ? 0 : all[min(all.count - 1, all.count * 95 / 100)], bound: bound / blocks,
      perMille: perMille / blocks)
  }
}
