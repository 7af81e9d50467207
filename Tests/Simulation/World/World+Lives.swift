import Consensus
import Membership
import Replica
import Trade

/// Starts, stops, and whatever else the plan of faults has.
extension World {
  /// A machine's clock.
  func clock(_ machine: Int) -> Instant {
    let offset = members[machine].skew + members[machine].shift
    return Instant(milliseconds: SimulatedNetwork.start.milliseconds + now / 1_000 + offset)
  }

  /// Starts a machine with what its disk holds.
  func start(_ machine: Int) throws {
    history.note(3, at: now, member: machine)
    if members[machine].firstStart == nil { members[machine].firstStart = now }
    let isForgetful = scenario.mutation == .forgottenPast
    do throws(RecoveryError) {
      let isOldCopy = try members[machine].start(on: network, isForgetful: isForgetful)
      if isOldCopy { counts[.oldCopies] += 1 }
      tell(machine, isOldCopy ? "starts with an old copy" : "starts")
    } catch {
      judges.speak("recovery", "member \(machine) cannot start with what was durable: \(error.sentence)", self)
      return
    }
    judges.started(machine, self)
    try feed(.started, to: machine)
    for other in members.indices where isReachable(other, from: machine) {
      agenda.add(.session(machine, other, isUp: true), at: now + Int64(chance.within(1_000...40_000)))
    }
  }

  func isReachable(_ other: Int, from machine: Int) -> Bool {
    members[other].place != members[machine].place && members[other].isRunning && links.isOpen(machine, other)
  }

  /// Stops a machine at once. Of the lists of writes under way the first few are durable by chance, of the next one
  /// perhaps a few writes; the others never were.
  private func crash(_ machine: Int, isTorn: Bool) {
    members[machine].doom = nil
    let writing = members[machine].writing
    let durable = chance.below(writing.count + 1)
    let torn = isTorn && durable < writing.count ? chance.below(writing[durable].writes.count) + 1 : 0
    counts[.crashes] += 1
    counts[.unheardWrites] += durable
    if torn > 0 { counts[.tornWrites] += 1 }
    history.note(4, at: now, member: machine)
    tell(machine, "crashes")
    judges.crashed(machine)
    members[machine].crash(
      SimulatedMember.Crash(
        durable: durable, torn: torn, isGuardBehind: chance.below(2) == 0,
        isLying: scenario.mutation == .lyingDisks))
    for other in members.indices where other != machine {
      agenda.add(.session(machine, other, isUp: false), at: now + Int64(chance.within(100...20_000)))
    }
  }

  func session(_ machine: Int, _ other: Int, _ isUp: Bool) throws {
    guard members[machine].place != members[other].place else { return }
    guard !isUp || (members[machine].isRunning && isReachable(other, from: machine)) else { return }
    for (own, peer) in [(machine, other), (other, machine)] where members[own].isRunning {
      let id = network.members[members[peer].place].id
      guard members[own].context?.roster[id] != nil else { continue }
      try feed(isUp ? .connected(id) : .disconnected(id), to: own)
    }
  }

  func take(_ step: FaultPlan.Step) throws {
    history.note(5, at: now, member: 0)
    tell(nil, "\(step.kind)")
    switch step.kind {
    case .crash(let machine, let isTorn, let limit):
      if let limit {
        members[machine].doom = SimulatedMember.Doom(before: limit, isTorn: isTorn)
      } else if members[machine].isRunning, members[machine].disk.isUsed {
        // One that has nothing durable yet would be one that lost its whole past (R36): as many of them as of old copies.
        crash(machine, isTorn: isTorn)
      }
    case .restart(let machine):
      if !members[machine].isRunning, members[machine].firstStart != nil { try start(machine) }
    case .join(let machine): if members[machine].firstStart == nil { try start(machine) }
    case .split(let sides, let isOneWay):
      counts[isOneWay ? .oneWayPartitions : .partitions] += 1
      // The second machines of twins go with one side or the other.
      links.split(members.indices.map { sides[$0 % sides.count] }, isOneWay: isOneWay)
    case .mend: mend()
    case .stall(let machine, let until):
      counts[.stalledDisks] += 1
      members[machine].stalledUntil = until
    case .slow(let machine, let until):
      counts[.slowDisks] += 1
      members[machine].slowUntil = until
    case .crowd(let machine, let until):
      counts[.crowds] += 1
      members[machine].inbox.slowUntil = until
    case .jump(let machine, let shift): jump(machine, to: shift)
    case .copy(let machine): members[machine].copyDisk()
    case .rollback(let machine, let isGuardLost): rollBack(machine, isGuardLost)
    case .heal: links.heal()
    }
  }

  private func jump(_ machine: Int, to shift: Int64) {
    let step = shift - members[machine].shift
    guard step != 0 else { return }
    counts[.clockJumps] += 1
    if step < 0 { counts[.backwardJumps] += 1 }
    if abs(shift) >= 3_600_000 { counts[.hourJumps] += 1 }
    members[machine].shift = shift
  }

  /// Agreement bears so many old copies at once, and a late starter is one too (R36): until all others vote again.
  private func isBearable(_ machine: Int) -> Bool {
    members.indices.allSatisfy { other in
      guard other != machine, !isByzantine(other), let mind = members[other].mind else { return true }
      return mind.replica.isVotingNow
    }
  }

  private func rollBack(_ machine: Int, _ isGuardLost: Bool) {
    guard isBearable(machine) else {
      let later = FaultPlan.Step(time: now + 150_000, kind: .rollback(machine, isGuardLost: isGuardLost))
      if later.time < healing - 600_000 { agenda.add(.fault(later), at: later.time) }
      return
    }
    if members[machine].isRunning { crash(machine, isTorn: false) }
    let back = min(now + Int64(chance.within(1_000...900_000)), healing - 200_000)
    agenda.add(.fault(FaultPlan.Step(time: back, kind: .restart(machine))), at: back)
    guard members[machine].rollBack(isGuardLost: isGuardLost) else { return }
    if isGuardLost { counts[.lostGuards] += 1 }
  }

  /// Opens every link; machines that were apart greet one another again.
  private func mend() {
    for (machine, other) in links.mend() {
      agenda.add(.session(machine, other, isUp: true), at: now + Int64(chance.within(1_000...60_000)))
    }
  }
}
