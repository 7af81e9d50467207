import Consensus
import Cryptography
import Ledger
import Membership
import Replica

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
    case .broadcast(let message):
      let own = members[machine].place
      try post(message, from: machine, to: (0..<setting.members).filter { $0 != own })
    case .sign(let vote): try sign(vote, at: machine)
    case .start(let timer, let milliseconds): startTimer(timer, milliseconds, of: machine)
    case .stop(let timer): members[machine].timers[timer] = nil
    case .read(let height, let bytes, let ticket):
      let blocks = members[machine].disk.read(from: height.number, bytes: bytes)
      agenda.add(.read(blocks, ticket, machine: machine, life: life), at: now + 2_000)
    case .committed(let blocks): judges.committed(blocks, by: machine, self)
    case .answer(let ticket, let outcome): answered(ticket, outcome, by: machine)
    case .report(let report): noted(report, by: machine)
    case .halt(let reason): judges.halted(machine, reason.sentence, self)
    }
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
    guard let context = members[machine].mind?.replica.context else { return }
    let place = members[machine].place
    let statement = SimulatedNetwork.sign(vote, by: network.members[place].node, on: context.network)
    judges.signatures.made(statement.signature, by: place)
    let signed = SignedVote(kind: vote.kind, statement: statement)
    let attested = try signed.attested(in: context, by: KeyedDigest())
    let wait = Int64(chance.within(20...200))
    agenda.add(.signed(attested, machine: machine, life: members[machine].life), at: now + wait)
  }
}
