import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// A network of replicas under virtual time: everything that happens follows from the scenario.
///
/// Time is counted in microseconds since the world began. Members are numbered by their places in the roster.
final class World {
  /// What is on the agenda. A number of a life says for which run of a member it was meant: a crash makes it void.
  enum Happening {
    case arrival(Envelope, to: Int)
    case timer(ReplicaTimer, member: Int, life: Int, generation: Int)
    case durable(member: Int, life: Int)
    case signed(Attested<Vote>, member: Int, life: Int)
    case read([StoredBlock], ReadTicket, member: Int, life: Int)
    case session(Int, Int, isUp: Bool)
    case fault(FaultPlan.Step)
    case client(Int)
    case desk(Int)
    case inspection
  }

  /// A message on its way, decoded and verified once for all that it reaches.
  final class Envelope {
    let number: Int
    let sender: Int
    let message: PeerMessage
    let verified: VerifiedPeerMessage

    init(number: Int, sender: Int, message: PeerMessage, verified: VerifiedPeerMessage) {
      (self.number, self.sender, self.message, self.verified) = (number, sender, message, verified)
    }
  }

  let scenario: Scenario
  let network: SimulatedNetwork
  let byzantine: Set<Int>
  var members: [SimulatedMember]
  var links: Links
  var agenda = Agenda<Happening>()
  var history = History()
  var judges: Judges
  var clients: Clients
  var desks: Desks
  var adversaries: [Int: any Adversary]
  var counts = Outcome.Counts()
  var chance: SplitMix64
  var now: Int64 = 0
  private var messages = 0
  private var story: [String] = []

  init(_ scenario: Scenario, _ network: SimulatedNetwork) throws {
    var chance = SplitMix64(seed: scenario.seed)
    (self.scenario, self.network) = (scenario, network)
    let count = network.members.count
    // Byzantine members are spread by chance, so that every place in the round robin is theirs at times.
    var places = Array(0..<count)
    for place in places.indices.reversed() { places.swapAt(place, chance.below(place + 1)) }
    byzantine = Set(places.prefix(scenario.byzantine))
    links = Links(scenario, members: count, chance: chance.split())
    clients = Clients(scenario, chance: chance.split())
    desks = Desks(members: count)
    judges = Judges(network: network, byzantine: byzantine)
    let skews = (0..<count).map { _ in
      scenario.faults.contains(.skew) ? Int64(chance.within(-150...150)) : 0
    }
    members = skews.map { SimulatedMember(number: 0, skew: $0) }
    for place in members.indices { members[place].number = place }
    adversaries = [:]
    for place in byzantine.sorted() {
      adversaries[place] = AdversaryKind.of(scenario).make(
        Corruption(network: network, place: place, accomplices: byzantine, chance: chance.split()))
    }
    self.chance = chance
  }

  /// Runs the world to its end, or until a judge speaks.
  func run() throws -> Outcome {
    try begin()
    let end = (scenario.troubled + scenario.healed) * 1_000
    while judges.verdict == nil, let next = agenda.next(), next.time <= end {
      now = next.time
      counts.events += 1
      try happen(next.happening)
    }
    now = min(now, end)
    if judges.verdict == nil { judges.conclude(self) }
    counts.milliseconds = now / 1_000
    counts.blocks = judges.ledger.height
    counts.tables = judges.ledger.tables
    return Outcome(
      seed: scenario.seed, verdict: judges.verdict, history: history.digest().hexadecimal, counts: counts, story: story)
  }

  private func begin() throws {
    for place in members.indices { try start(place) }
    for step in FaultPlan(scenario, members: members.count, byzantine: byzantine, chance: &chance).steps {
      agenda.add(.fault(step), at: step.time)
    }
    agenda.add(.client(0), at: 200_000)
    for place in members.indices { agenda.add(.desk(place), at: 300_000 + Int64(place) * 7_000) }
    agenda.add(.inspection, at: (scenario.troubled + scenario.healed * 9 / 10) * 1_000)
  }

  private func happen(_ happening: Happening) throws {
    switch happening {
    case .arrival(let envelope, let place): try arrive(envelope, at: place)
    case .timer(let timer, let place, let life, let generation):
      guard members[place].isUp(life), members[place].timers[timer] == generation else { return }
      members[place].timers[timer] = nil
      history.note(2, at: now, member: place, Array("\(timer)".utf8))
      try feed(.expired(timer), to: place)
    case .durable(let place, let life): try becameDurable(place, life)
    case .signed(let vote, let place, let life):
      if members[place].isUp(life) { try feed(.signed(vote), to: place) }
    case .read(let blocks, let ticket, let place, let life):
      if members[place].isUp(life) { try feed(.read(blocks, ticket), to: place) }
    case .session(let place, let other, let isUp): try session(place, other, isUp)
    case .fault(let step): try take(step)
    case .client(let number): try act(client: number)
    case .desk(let place): try visit(desk: place)
    case .inspection: judges.inspect(self)
    }
  }

  // MARK: Lives

  /// Starts a member with what its disk holds.
  func start(_ place: Int) throws {
    history.note(3, at: now, member: place)
    tell(place, "starts")
    do throws(RecoveryError) {
      try members[place].start(on: network)
    } catch {
      judges.speak("recovery", "member \(place) cannot start with what was durable: \(error.sentence)", self)
      return
    }
    judges.started(place, self)
    try feed(.started, to: place)
    for other in members.indices where other != place && members[other].replica != nil && links.isOpen(place, other) {
      agenda.add(.session(place, other, isUp: true), at: now + Int64(chance.within(1_000...40_000)))
    }
  }

  /// Stops a member at once. Of the lists of writes under way the first few are durable by chance, the others never
  /// were.
  func crash(_ place: Int) throws {
    counts.crashes += 1
    history.note(4, at: now, member: place)
    tell(place, "crashes")
    judges.crashed(place)
    members[place].crash(
      durable: chance.below(members[place].writing.count + 1), isLying: scenario.mutation == .lyingDisks)
    for other in members.indices where other != place {
      agenda.add(.session(place, other, isUp: false), at: now + Int64(chance.within(100...20_000)))
    }
  }

  private func session(_ place: Int, _ other: Int, _ isUp: Bool) throws {
    guard !isUp || (links.isOpen(place, other) && members[place].replica != nil && members[other].replica != nil) else {
      return
    }
    for (own, peer) in [(place, other), (other, place)] where members[own].replica != nil {
      let id = network.members[peer].id
      try feed(isUp ? .connected(id) : .disconnected(id), to: own)
    }
  }

  private func take(_ step: FaultPlan.Step) throws {
    switch step.kind {
    case .crash(let place): if members[place].replica != nil { try crash(place) }
    case .restart(let place): if members[place].replica == nil { try start(place) }
    case .split(let sides, let isOneWay):
      counts.partitions += 1
      links.split(sides, isOneWay: isOneWay)
    case .mend: try mend()
    case .stall(let place, let until):
      counts.stalls += 1
      members[place].stalledUntil = until
    case .heal: links.heal()
    }
    history.note(5, at: now, member: 0, Array("\(step.kind)".utf8))
    tell(nil, "\(step.kind)")
  }

  /// Opens every link; members that were apart greet one another again.
  private func mend() throws {
    let apart = links.mend()
    for (place, other) in apart {
      agenda.add(.session(place, other, isUp: true), at: now + Int64(chance.within(1_000...60_000)))
    }
  }

  /// Adds a line to the story, if it is told.
  private func tell(_ place: Int?, _ line: @autoclosure () -> String) {
    guard scenario.isTold else { return }
    story.append("\(now / 1_000).\(now % 1_000 / 100) \(place.map { "member \($0)" } ?? "world"): \(line())")
  }

  // MARK: Feeding

  /// A member's clock.
  func clock(_ place: Int) -> Instant {
    Instant(milliseconds: SimulatedNetwork.start.milliseconds + 1_000 + now / 1_000 + members[place].skew)
  }

  /// Hands an event to a member and carries out what it wants, in order.
  func feed(_ event: ReplicaEvent, to place: Int) throws {
    guard var replica = members[place].replica.take() else { return }
    let actions = replica.handle(event, at: clock(place))
    if scenario.isTold { tell(place, Story.text(of: event, actions)) }
    members[place].replica = consume replica
    for action in actions {
      try carryOut(action, of: place)
      if judges.verdict != nil { return }
    }
  }

  private func carryOut(_ action: ReplicaAction, of place: Int) throws {
    let life = members[place].life
    switch action {
    case .persist(let writes, let ticket): try persist(writes, ticket, at: place)
    case .send(let message, let member):
      if let other = network.genesis.roster.index(of: member) { try post(message, from: place, to: [other]) }
    case .broadcast(let message): try post(message, from: place, to: members.indices.filter { $0 != place })
    case .sign(let vote): try sign(vote, at: place)
    case .start(let timer, let milliseconds):
      members[place].generations += 1
      members[place].timers[timer] = members[place].generations
      let generation = members[place].generations
      agenda.add(
        .timer(timer, member: place, life: life, generation: generation), at: now + max(0, milliseconds) * 1_000)
    case .stop(let timer): members[place].timers[timer] = nil
    case .read(let height, let bytes, let ticket):
      let blocks = members[place].disk.read(from: height.number, bytes: bytes)
      agenda.add(.read(blocks, ticket, member: place, life: life), at: now + 2_000)
    case .committed(let blocks): judges.committed(blocks, by: place, self)
    case .epochEntered, .propose: break  // Nobody joins, leaves or changes keys in these worlds.
    case .answer(let ticket, let outcome): answered(ticket, outcome, by: place)
    case .report(let report): noted(report, by: place)
    case .halt(let reason): judges.halted(place, reason.sentence, self)
    }
  }

  private func noted(_ report: ReplicaReport, by place: Int) {
    if case .evidence = report { counts.evidence += 1 }
  }

  // MARK: Disk and key

  private func persist(_ writes: [JournalWrite], _ ticket: PersistTicket, at place: Int) throws {
    let done = members[place].write(writes, ticket, at: now, latency: Int64(chance.within(300...4_000)))
    agenda.add(.durable(member: place, life: members[place].life), at: done)
    if scenario.mutation == .voteBeforeStored { try feed(.persisted(ticket), to: place) }
  }

  private func becameDurable(_ place: Int, _ life: Int) throws {
    guard members[place].isUp(life), let ticket = members[place].becameDurable() else { return }
    history.note(6, at: now, member: place)
    if scenario.mutation != .voteBeforeStored { try feed(.persisted(ticket), to: place) }
  }

  private func sign(_ vote: Vote, at place: Int) throws {
    let context = network.genesis.context
    let statement = SimulatedNetwork.sign(vote, by: network.members[place].node, on: context.network)
    judges.signatures.made(statement.signature, by: place)
    let signed = SignedVote(kind: vote.kind, statement: statement)
    let attested = try signed.attested(in: context, by: KeyedDigest())
    let wait = Int64(chance.within(20...200))
    agenda.add(.signed(attested, member: place, life: members[place].life), at: now + wait)
  }

  // MARK: The network

  /// Puts a message of a member on its way; an adversary sends what it likes instead.
  private func post(_ message: PeerMessage, from place: Int, to recipients: [Int]) throws {
    guard adversaries[place] != nil, let adversary = adversaries.removeValue(forKey: place) else {
      judges.sent(message, by: place, self)
      if scenario.mutation == .hastyAcknowledgement { acknowledgeHastily(message, by: place) }
      return try transmit(message, from: place, to: recipients)
    }
    var corrupted = adversary
    let sent = corrupted.corrupt(message, to: recipients)
    adversaries[place] = corrupted
    counts.equivocations += sent.count(where: { $0.message != message })
    for parcel in sent {
      for signature in parcel.signatures { judges.signatures.made(signature, by: place) }
      try transmit(parcel.message, from: place, to: parcel.recipients)
    }
  }

  private func acknowledgeHastily(_ message: PeerMessage, by place: Int) {
    guard case .proposal(_, let outline) = message else { return }
    for identity in outline.transactions {
      judges.answers.acknowledge(
        identity.bytes, height: Int(clamping: outline.header.height.number), block: outline.digest.bytes, by: place)
    }
  }

  private func transmit(_ message: PeerMessage, from place: Int, to recipients: [Int]) throws {
    messages += 1
    counts.messages += recipients.count
    let bytes = message.encoded
    history.note(7, at: now, member: place, bytes)
    guard let envelope = open(bytes, from: place) else {
      if !byzantine.contains(place) { judges.unreadable(message, by: place, self) }
      return
    }
    for recipient in recipients {
      let deliveries = links.deliveries(from: place, to: recipient, at: now)
      if deliveries.isEmpty { counts.lost += 1 }
      if deliveries.count > 1 { counts.duplicated += 1 }
      for time in deliveries { agenda.add(.arrival(envelope, to: recipient), at: time) }
    }
  }

  /// Decodes and verifies what was sent, as every recipient would.
  private func open(_ bytes: [UInt8], from place: Int) -> Envelope? {
    guard let message = try? PeerMessage(decoding: bytes) else { return nil }
    guard let verified = Verification.verified(message, from: network.members[place].id, network, scenario.mutation)
    else { return nil }
    return Envelope(number: messages, sender: place, message: message, verified: verified)
  }

  private func arrive(_ envelope: Envelope, at place: Int) throws {
    guard let replica = members[place].replica else { return }
    history.note(1, at: now, member: place, Array(String(envelope.number).utf8))
    guard let known = replica.screen(envelope.message) else { return }
    let sender = network.members[envelope.sender].id
    // Now and then as the node does it: with what the recipient knows already.
    if chance.below(16) == 0, scenario.mutation == nil {
      let verifier = PeerMessageVerifier(context: network.genesis.context, scheme: KeyedDigest())
      guard let verified = try? verifier.verified(envelope.message, from: sender, known: known) else { return }
      return try feed(.received(verified, from: sender), to: place)
    }
    try feed(.received(envelope.verified, from: sender), to: place)
  }
}

/// Verification of messages, with the mutations that break it.
enum Verification {
  static func verified(
    _ message: PeerMessage, from sender: MemberID, _ network: SimulatedNetwork, _ mutation: Mutation?
  ) -> VerifiedPeerMessage? {
    let context = network.genesis.context
    switch mutation {
    case .unverifiedSignatures:
      return try? PeerMessageVerifier(context: context, scheme: Credulous()).verified(message, from: sender)
    case .thinCertificates:
      if case .agreement(.certificate) = message, let thin = Self.smaller(context) {
        let verifier = PeerMessageVerifier(context: thin, scheme: KeyedDigest())
        if let verified = try? verifier.verified(message, from: sender) { return verified }
      }
    case .voteBeforeStored, .tooManyEquivocators, .hastyAcknowledgement, .lyingDisks, nil: break
    }
    return try? PeerMessageVerifier(context: context, scheme: KeyedDigest()).verified(message, from: sender)
  }

  /// The same epoch with fewer validators, whose quorum is smaller.
  private static func smaller(_ context: EpochContext) -> EpochContext? {
    let count = Corruption.thinQuorum(of: context.validators.members.count)
    guard let few = ValidatorSet(Array(context.validators.members.prefix(count))) else { return nil }
    return EpochContext(
      network: context.network, epoch: context.epoch, root: context.root, validators: few, roster: context.roster)
  }

  /// Believes every signature.
  private struct Credulous: SignatureVerifier {
    func isValid(signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool { true }
  }
}
