import CBOR
import Consensus
import Cryptography
import Membership

/// A world of members that only agree: virtual time, lost, late and repeated messages, partitions, crashes that keep what was durable.
///
/// Blocks carry numbered pieces of work. The world is trouble until `healing`; from then on every message arrives within the delay bound,
/// and members that crashed are back.
struct World {
  struct Plan {
    var members = 4
    var seed: UInt64 = 0
    /// Members that break the rules; the last ones of the roster.
    var equivocators = 0
    /// Members that are never there; those before the equivocators.
    var absent = 0
    var healing: Int64 = 8_000
    var end: Int64 = 40_000
    /// Pieces of work, given out until `workEnds`.
    var work = 12
    var workEnds: Int64 = 14_000
    var crashes = 4
    var partitions = 2
    var lossPercent = 10
    /// Every message takes exactly that long, and storing takes no time.
    var exactDelay: Int64?
    /// A member that is once restored from a backup of its disk.
    var restored: Int?
    /// A rule broken on purpose, to see that a judge notices.
    var mutation: Mutation?
  }

  /// What a driver can do wrong, or a verifier.
  enum Mutation: CaseIterable { case sendsBeforeStoring, forgetsVotes, ignoresGuard }

  struct Block: Hashable {
    let link: BlockLink
    let work: [Int]
  }

  enum Happening {
    case message(from: Int, to: Int, Parcel)
    case stored(Int, life: Int, Consensus.Ticket)
    case timer(Int, life: Int, Consensus.Timer, serial: Int)
    case fetch(Int, life: Int, Digest, from: Int)
    case heartbeat(Int)
    case work(Int, piece: Int)
    case crash(Int)
    case revive(Int)
    case partition([Int])
    case heal
    case backup(Int)
    case restore(Int)
  }

  enum Parcel {
    case agreement([UInt8], Block?)
    case work([Int])
    case wanted(Digest)
    case found(Block)
  }

  static let delay: Int64 = 100

  let plan: Plan
  let members: Members
  var random: SplitMix64
  var now: Int64 = 0
  var judges: Judges
  var nodes: [Node] = []
  private var agenda = Agenda()
  /// By member, the side of the partition that it is on.
  private var sides: [Int]
  /// By view: when the leader built its block, and when the last honest member held it final.
  private(set) var builtAt: [View: Int64] = [:]
  private(set) var finalAt: [View: Int64] = [:]
  /// How many messages other than heartbeats were sent after the last piece of work was final everywhere.
  private(set) var messagesAtRest = 0

  init(_ plan: Plan) throws {
    self.plan = plan
    members = try Members(plan.members)
    random = SplitMix64(seed: plan.seed)
    sides = Array(repeating: 0, count: plan.members)
    let honest = plan.members - plan.equivocators
    judges = Judges(members: plan.members, honest: honest - plan.absent, quorum: members.context.quorum.quorum)
    for index in 0..<plan.members {
      nodes.append(Node(index: index, members: members, isEquivocator: index >= honest))
    }
    for index in 0..<plan.members where !isAbsent(index) {
      agenda.add(.revive(index), at: random.milliseconds(0...300))
      agenda.add(.heartbeat(index), at: random.milliseconds(0...1_000))
    }
    planTrouble()
  }

  private func isAbsent(_ index: Int) -> Bool { nodes[index].isEquivocator ? false : index >= judges.honest }

  private mutating func planTrouble() {
    for piece in 0..<plan.work {
      agenda.add(
        .work(Int.random(in: 0..<judges.honest, using: &random), piece: piece),
        at: random.milliseconds(0...plan.workEnds))
    }
    for _ in 0..<plan.crashes {
      let (victim, start) = (
        Int.random(in: 0..<judges.honest, using: &random), random.milliseconds(0...plan.healing - 1_000)
      )
      agenda.add(.crash(victim), at: start)
      agenda.add(.revive(victim), at: random.milliseconds(start + 1...plan.healing))
    }
    for _ in 0..<plan.partitions {
      let start = random.milliseconds(0...plan.healing - 1_000)
      let sides = (0..<plan.members).map { _ in Int.random(in: 0...1, using: &random) }
      agenda.add(.partition(sides), at: start)
      agenda.add(.heal, at: random.milliseconds(start...plan.healing))
    }
    agenda.add(.heal, at: plan.healing)
    if let restored = plan.restored {
      let backup = random.milliseconds(500...plan.healing)
      agenda.add(.backup(restored), at: backup)
      agenda.add(.restore(restored), at: random.milliseconds(backup...plan.healing + 2_000))
    }
  }

  mutating func run() throws {
    while let (time, happening) = agenda.next(), time <= plan.end, judges.complaints.isEmpty {
      now = time
      try happen(happening)
    }
    judges.atTheEnd(expecting: Set(0..<plan.work), nodes.prefix(judges.honest).map { $0.runningTimers.count })
  }

  private mutating func happen(_ happening: Happening) throws {
    switch happening {
    case .message(let from, let to, let parcel):
      guard nodes[to].isUp else { return }
      try deliver(parcel, from: from, to: to)
    case .stored(let index, let life, let ticket):
      guard nodes[index].life == life, nodes[index].isUp else { return }
      nodes[index].commit(through: ticket)
      try feed(.persisted(ticket), to: index)
    case .timer(let index, let life, let timer, let serial):
      guard nodes[index].life == life, nodes[index].isUp, nodes[index].runningTimers[timer] == serial else { return }
      nodes[index].runningTimers[timer] = nil
      try feed(.expired(timer), to: index)
    case .fetch(let index, let life, let digest, let other):
      fetch(digest, by: index, life: life, from: other)
    case .heartbeat(let index):
      agenda.add(.heartbeat(index), at: now + 1_000)
      if nodes[index].isUp { sendStatus(from: index) }
    case .work(let index, let piece):
      nodes[index].pool.insert(piece)
      for other in nodes.indices where other != index { send(.work([piece]), from: index, to: other) }
      try noticeWork(index)
    case .crash(let index): crash(index)
    case .revive(let index):
      guard !nodes[index].isUp else { return }
      nodes[index].revive(with: plan.mutation)
      try feed(.started, to: index)
      sendStatus(from: index)
      for other in nodes.indices where nodes[other].isUp && other != index { sendStatus(from: other, to: index) }
      try noticeWork(index)
    case .partition(let sides): self.sides = sides
    case .heal: sides = sides.map { _ in 0 }
    case .backup(let index): nodes[index].backup = nodes[index].disk.durable
    case .restore(let index):
      crash(index)
      nodes[index].restore()
      try happen(.revive(index))
    }
  }

  private mutating func crash(_ index: Int) {
    guard nodes[index].isUp else { return }
    nodes[index].crash(keeping: Int.random(in: 0...nodes[index].disk.waiting.count, using: &random))
  }

  // MARK: Messages

  mutating func send(_ parcel: Parcel, from: Int, to: Int) {
    let isTrouble = now < plan.healing
    if isTrouble, sides[from] != sides[to] || random.chance(plan.lossPercent) { return }
    let copies = isTrouble && random.chance(4) ? 2 : 1
    for _ in 0..<copies {
      if let exact = plan.exactDelay {
        agenda.add(.message(from: from, to: to, parcel), at: now + exact)
        continue
      }
      let slowest: Int64 = isTrouble && random.chance(20) ? 600 : 40
      agenda.add(.message(from: from, to: to, parcel), at: now + random.milliseconds(2...slowest))
    }
  }

  /// Sends an agreement message, which the judges see first.
  mutating func send(_ message: ConsensusMessage, from: Int, to: Int) {
    if !nodes[from].isEquivocator { judges.sent(message, by: from, durable: nodes[from].disk.durable) }
    if case .status = message {} else if judges.isAllFinal(plan.work) { messagesAtRest += 1 }
    var block: Block?
    if case .proposal(let proposal) = message { block = nodes[from].blocks[proposal.link.digest] }
    send(.agreement(message.encoded, block), from: from, to: to)
  }

  private mutating func sendStatus(from index: Int, to only: Int? = nil) {
    for other in nodes.indices where other != index && (only == nil || only == other) {
      send(.status(nodes[index].consensus.status(for: members.ids[other])), from: index, to: other)
    }
  }

  private mutating func deliver(_ parcel: Parcel, from: Int, to: Int) throws {
    switch parcel {
    case .agreement(let bytes, let block):
      if let block { nodes[to].blocks[block.link.digest] = block }
      let message = try ConsensusMessage(decoding: bytes)
      guard nodes[to].consensus.wants(message) else { return }
      // What does not verify is a peer's fault, and is dropped.
      guard
        let event = try? message.verified(
          from: members.ids[from], in: members.context, by: KeyedDigest(),
          reusing: nodes[to].consensus.heldCertificates)
      else { return }
      try feed(event, to: to)
    case .work(let pieces):
      guard !nodes[to].pool.isSuperset(of: pieces) else { return }
      nodes[to].pool.formUnion(pieces)
      try noticeWork(to)
    case .wanted(let digest):
      if let block = nodes[to].blocks[digest] { send(.found(block), from: to, to: from) }
    case .found(let block):
      guard nodes[to].wanted.remove(block.link.digest) != nil || nodes[to].blocks[block.link.digest] == nil else {
        return
      }
      nodes[to].blocks[block.link.digest] = block
      nodes[to].disk.write(.block(block.link))
      try feed(.blockKnown(block.link), to: to)
      try judgeWaiting(to)
    }
  }

  private mutating func fetch(_ digest: Digest, by index: Int, life: Int, from other: Int) {
    guard nodes[index].life == life, nodes[index].isUp, nodes[index].wanted.contains(digest) else { return }
    send(.wanted(digest), from: index, to: other)
    let next = Int.random(in: 0..<plan.members, using: &random)
    agenda.add(.fetch(index, life: life, digest, from: next), at: now + 150)
  }

  // MARK: Members

  private mutating func noticeWork(_ index: Int) throws {
    guard nodes[index].isUp else { return }
    let isKnown = !nodes[index].openWork.isEmpty
    guard isKnown != nodes[index].saidWork else { return }
    nodes[index].saidWork = isKnown
    try feed(.workKnown(isKnown), to: index)
  }

  /// An event that comes up while actions are carried out waits until all of them are.
  mutating func feed(_ event: Consensus.Event, to index: Int) throws {
    nodes[index].inbox.append(event)
    guard !nodes[index].isBusy else { return }
    nodes[index].isBusy = true
    while !nodes[index].inbox.isEmpty {
      let next = nodes[index].inbox.removeFirst()
      for action in nodes[index].consensus.handle(next) { try perform(action, by: index) }
    }
    nodes[index].isBusy = false
  }

  private mutating func perform(_ action: Consensus.Action, by index: Int) throws {
    switch action {
    case .build(let view, let parent): try build(view, on: parent, by: index)
    case .judge(let link):
      nodes[index].judging = link
      try judgeWaiting(index)
    case .sign(let vote): try feed(.signed(try members.attested(vote)), to: index)
    case .persist(let record, let ticket):
      nodes[index].disk.write(.record(record, ticket))
      if plan.mutation == .sendsBeforeStoring, record.vote != nil { return try feed(.persisted(ticket), to: index) }
      let time = plan.exactDelay == nil ? nodes[index].nextCommit(from: now, &random) : now
      agenda.add(.stored(index, life: nodes[index].life, ticket), at: time)
    case .broadcast(let message): broadcast(message, by: index)
    case .send(let member, let message):
      if let other = members.ids.firstIndex(of: member) { send(message, from: index, to: other) }
    case .startTimer(let timer, let milliseconds):
      let serial = nodes[index].start(timer)
      agenda.add(.timer(index, life: nodes[index].life, timer, serial: serial), at: now + milliseconds)
    case .stopTimer(let timer): nodes[index].runningTimers[timer] = nil
    case .shareWork:
      let work = nodes[index].openWork
      for other in nodes.indices where other != index { send(.work(work), from: index, to: other) }
    case .finalised(let block):
      nodes[index].disk.write(.final(block))
      finalAt[block.link.view] = now
      let work = nodes[index].blocks[block.link.digest]?.work
      if !nodes[index].isEquivocator { judges.finalised(block, work: work ?? [], by: index) }
      nodes[index].finalWork.formUnion(work ?? [])
      try noticeWork(index)
    case .notarised: try noticeWork(index)
    case .fetch(let digest, _, let member):
      try want(digest, by: index, from: members.ids.firstIndex(of: member) ?? 0)
    case .evidence(let evidence):
      judges.accused(try evidence.verified(in: members.context, by: KeyedDigest()).member, members.ids)
    case .halt: judges.complain("member \(index) halted")
    case .entered, .report: break
    }
  }

  /// Gets a block that the driver may even have already.
  private mutating func want(_ digest: Digest, by index: Int, from other: Int) throws {
    if let block = nodes[index].blocks[digest] {
      nodes[index].disk.write(.block(block.link))
      return try feed(.blockKnown(block.link), to: index)
    }
    nodes[index].wanted.insert(digest)
    fetch(digest, by: index, life: nodes[index].life, from: other)
  }

  private mutating func build(_ view: View, on parent: BlockLink, by index: Int) throws {
    let work = nodes[index].openWork
    builtAt[view] = now
    if nodes[index].isEquivocator { return try equivocate(view, on: parent, by: index) }
    let block = makeBlock(view, on: parent, work: work, salt: 0)
    nodes[index].blocks[block.link.digest] = block
    try feed(.built(block.link), to: index)
  }

  func makeBlock(_ view: View, on parent: BlockLink, work: [Int], salt: Int) -> Block {
    let digest = Members.digest("\(view) \(parent.digest) \(work) \(salt)")
    let link = BlockLink(
      digest: digest, height: parent.height.next ?? 0, view: view, parent: parent.digest, parentView: parent.view)
    return Block(link: link, work: work)
  }

  /// A driver judges a block once it has the parent; a negative piece of work makes a block invalid.
  private mutating func judgeWaiting(_ index: Int) throws {
    guard let link = nodes[index].judging, let block = nodes[index].blocks[link.digest] else { return }
    if link.parentView > 0, nodes[index].blocks[link.parent] == nil {
      guard nodes[index].wanted.insert(link.parent).inserted else { return }
      return fetch(
        link.parent, by: index, life: nodes[index].life, from: Int.random(in: 0..<plan.members, using: &random))
    }
    nodes[index].judging = nil
    let verdict = block.work.contains { $0 < 0 } ? Consensus.Verdict.invalid(reason: "negative") : .valid
    try feed(.judged(block: link.digest, verdict), to: index)
  }

  private mutating func broadcast(_ message: ConsensusMessage, by index: Int) {
    for other in nodes.indices where other != index { send(message, from: index, to: other) }
    if nodes[index].isEquivocator { sayTheOpposite(of: message, by: index) }
  }
}
