import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// What a machine is told, and what becomes of what it wants.
extension World {
  /// Hands an event to a machine and carries out what it wants, in order.
  func feed(_ event: ReplicaEvent, to machine: Int) throws {
    guard let mind = members[machine].mind else { return }
    let actions = mind.replica.handle(event, at: clock(machine))
    if scenario.isTold { tell(machine, Story.text(of: event, actions)) }
    for action in actions {
      try carryOut(action, of: machine)
      if judges.verdict != nil { return }
    }
  }

  private func carryOut(_ action: ReplicaAction, of machine: Int) throws {
    let life = members[machine].life
    switch action {
    case .persist(let writes, let ticket): try persist(writes, ticket, at: machine)
    case .send(let message, let member):
      if let other = network.places[member] { try post(message, from: machine, to: [other]) }
    case .broadcast(let message): try post(message, from: machine, to: peers(of: machine))
    case .sign(let vote): try sign(vote, at: machine)
    case .start(let timer, let milliseconds): startTimer(timer, milliseconds, of: machine)
    case .stop(let timer): members[machine].timers[timer] = nil
    case .read(let height, let bytes, let ticket):
      let blocks = members[machine].disk.read(from: height.number, bytes: bytes)
      agenda.add(.read(blocks, ticket, machine: machine, life: life), at: now + 2_000)
    case .committed(let blocks): judges.committed(blocks, by: machine, self)
    case .epochEntered(let context): enter(context, at: machine)
    case .propose(let body): try propose(body, at: machine)
    case .answer(let ticket, let outcome): answered(ticket, outcome, by: machine)
    case .report(let report): noted(report, by: machine)
    case .halt(let reason): judges.halted(machine, reason.sentence, self)
    }
  }

  /// The places of the others on a machine's roster.
  private func peers(of machine: Int) -> [Int] {
    guard let roster = members[machine].context?.roster else { return [] }
    let own = members[machine].place
    return roster.members.compactMap { network.places[$0.id] }.filter { $0 != own }
  }

  /// A machine goes over to the next epoch: it greets whoever is new on its roster.
  private func enter(_ context: EpochContext, at machine: Int) {
    let before = members[machine].context?.roster
    members[machine].context = context
    counts[.epochsEntered] += 1
    judges.entered(context, at: machine, self)
    invite(context)
    for other in members.indices where isReachable(other, from: machine) {
      let id = network.members[members[other].place].id
      guard context.roster[id] != nil, before?[id] == nil else { continue }
      agenda.add(.session(machine, other, isUp: true), at: now + Int64(chance.within(1_000...40_000)))
    }
  }

  /// Whoever is new on the roster starts a machine before long.
  private func invite(_ context: EpochContext) {
    for member in context.roster.members {
      guard let place = network.places[member.id], members[place].firstStart == nil else { continue }
      let wait = Int64(chance.within(10_000...1_500_000))
      agenda.add(.fault(FaultPlan.Step(time: now + wait, kind: .join(place))), at: now + wait)
    }
  }

  /// What a machine's own node has to say to the ledger.
  private func propose(_ body: TransactionBody, at machine: Int) throws {
    guard let context = members[machine].context else { return }
    let own = network.members[members[machine].place].id
    let end = try clock(machine).adding(milliseconds: 30_000)
    guard let signed = try? network.sign(Transaction(signer: own, notAfter: end, body: body), on: context.roster),
      let verified = try? signed.verified(on: context.roster, network: context.network, by: KeyedDigest())
    else { return }
    // Nobody waits for the answer: the replica asks again.
    spoken += 1
    try feed(.submitted(verified, SubmissionTicket(Self.ownTickets + spoken)), to: machine)
  }

  private func startTimer(_ timer: ReplicaTimer, _ milliseconds: Int64, of machine: Int) {
    members[machine].generations += 1
    let generation = members[machine].generations
    members[machine].timers[timer] = generation
    if scenario.mutation == .deafToTime, case .agreement(.view) = timer { return }
    agenda.add(
      .timer(timer, machine: machine, life: members[machine].life, generation: generation),
      at: now + max(0, milliseconds) * 1_000)
  }

  private func noted(_ report: ReplicaReport, by machine: Int) {
    guard case .evidence(let evidence) = report, !isByzantine(machine) else { return }
    counts[.evidence] += 1
    judges.accused(evidence, self)
  }

  func isByzantine(_ machine: Int) -> Bool { byzantine[members[machine].place] != nil }

  // MARK: Disk and key

  private func persist(_ writes: [JournalWrite], _ ticket: PersistTicket, at machine: Int) throws {
    let done = members[machine].write(writes, ticket, at: now, latency: Int64(chance.within(300...4_000)))
    agenda.add(.durable(machine: machine, life: members[machine].life), at: done)
    if let doom = members[machine].doom {
      members[machine].doom = nil
      let end = now + Int64(chance.below(Int(clamping: done - now) + 1))
      let step = FaultPlan.Step(time: end, kind: .crash(machine, isTorn: doom.isTorn, writingBefore: nil))
      if end < doom.before { agenda.add(.fault(step), at: end) }
    }
    if scenario.mutation == .voteBeforeStored { try feed(.persisted(ticket), to: machine) }
  }

  func becameDurable(_ machine: Int, _ life: Int) throws {
    guard members[machine].isUp(life),
      let ticket = members[machine].becameDurable(forgetting: scenario.mutation == .forgetfulDisks)
    else { return }
    history.note(6, at: now, member: machine)
    if scenario.mutation != .voteBeforeStored { try feed(.persisted(ticket), to: machine) }
  }

  private func sign(_ vote: Vote, at machine: Int) throws {
    let place = members[machine].place
    // By the key that the vote's epoch names for the member: none where that is over already.
    guard let context = members[machine].context, let key = context.validators[vote.member]?.node else { return }
    let statement = SimulatedNetwork.sign(vote, by: key, on: context.network)
    judges.signatures.made(statement.signature, by: place)
    let signed = SignedVote(kind: vote.kind, statement: statement)
    guard let attested = try? signed.attested(in: context, by: KeyedDigest()) else { return }
    let wait = Int64(chance.within(20...200))
    agenda.add(.signed(attested, machine: machine, life: members[machine].life), at: now + wait)
  }
}
