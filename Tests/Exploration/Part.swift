import Consensus

/// What one honest member can come to, whatever the world around it does: its states, each once, and what follows from each by every step.
///
/// Worked out by the real value, one member at a time. The world around it is only bound to be possible: no two certificates reach the
/// member that contradict each other, or that rest on such. Should the three members' votes ever allow more, a judge says so.
final class Part {
  struct Link: Hashable {
    let step: Int
    let target: Int32
  }

  let universe: Universe
  let numbers: StepNumbers
  /// The member by which the part is worked out.
  let member: Int
  private var places: [[UInt8]: Int32] = [:]
  private var exact: [Situation: Int32] = [:]
  private(set) var situations: [Situation] = []
  /// By state, the steps that lead elsewhere.
  private(set) var links: [[Link]] = []
  /// By state: what there is to complain about once it is reached.
  private(set) var complaints: [Int32: Complaint] = [:]
  /// How many steps the real value took.
  private(set) var worked = 0
  /// How many states were left without a look at what follows, since the bound on steps was reached.
  private(set) var unworked = 0
  private let possible: Possible
  private let form: CanonicalForm
  private static let miscount = Complaint(
    judge: .certificates, reason: "votes led elsewhere than the certificate that they make")

  init(_ universe: Universe, member: Int) {
    (self.universe, self.member, numbers) = (universe, member, StepNumbers(universe))
    (possible, form) = (Possible(universe), CanonicalForm(universe))
  }

  /// Works out everything; answers false if there are more states than the bound allows.
  func workOut() -> Bool {
    _ = add(first())
    var (next, steps, layerEnd) = (0, 0, 1)
    while next < situations.count, situations.count <= universe.setup.maximumStates {
      if next == layerEnd { (steps, layerEnd) = (steps + 1, situations.count) }
      if steps < universe.setup.maximumSteps {
        links.append(workOut(Int32(next)))
      } else {
        unworked += 1
        links.append([])
      }
      next += 1
    }
    return next == situations.count
  }

  private func first() -> Situation {
    var situation = Driver.start(universe, me: member)
    if universe.setup.traitors.contains(member) { (situation.isPuppet, situation.shown) = (true, .max) }
    return situation
  }

  private func add(_ situation: Situation) -> Int32 {
    let next = Int32(situations.count)
    if universe.setup.isMerging {
      let bytes = situation.bytes(form, in: universe)
      if let place = places[bytes] { return place }
      places[bytes] = next
    } else {
      if let place = exact[situation] { return place }
      exact[situation] = next
    }
    situations.append(situation)
    return next
  }

  private func workOut(_ state: Int32) -> [Link] {
    let situation = situations[Int(state)]
    guard !situation.isPuppet, complaints[state] == nil else { return [] }
    var (links, direct): ([Link], [Int: Int32]) = ([], [:])
    for number in steps(from: situation) {
      worked += 1
      let step = numbers.step(number)
      let (after, found) = Driver.after(step, of: member, in: situation, universe)
      let next = found.isEmpty ? (after == situation ? state : add(after)) : addComplaint(after, found[0])
      switch step {
      case .certificate(let statement): direct[statement] = next
      case .votes where !universe.setup.isMerging: break  // Told apart by who signed.
      case .votes(let statement):
        // A vote too far ahead is dropped, and so is the traitor's if it said the opposite here before: then there is no certificate.
        let subject = universe.statements[statement].subject
        let isMade = after.consensus.heldCertificates.contains { $0.subject == subject }
        if next != direct[statement], isMade {
          links.append(Link(step: number, target: addComplaint(after, Self.miscount)))
        }
        continue
      case .timeOut, .built, .judged, .stored, .restart, .proposal, .block, .echo: break
      }
      if next != state { links.append(Link(step: number, target: next)) }
    }
    return links
  }

  /// Where somebody complains the way ends.
  private func addComplaint(_ situation: Situation, _ complaint: Complaint) -> Int32 {
    let next = Int32(situations.count)
    situations.append(situation)
    complaints[next] = complaint
    return next
  }

  /// The numbers of the steps that can be taken, certificates before votes.
  private func steps(from situation: Situation) -> [Int] {
    var steps = Step.own.indices.filter { isPossible(Step.own[$0], situation) }
    let known = possible.implied(by: situation)
    let final = universe.blocks[situation.lastFinal].view
    for block in universe.blocks.dropFirst() where block.opener == situation.opener && block.view > final {
      if situation.wanted >> UInt64(block.number) & 1 == 1 { steps.append(numbers.firstBlock + block.number) }
      if block.leader != member, possible.isPossible(block, beside: known) {
        steps.append(numbers.firstProposal + block.number)
      }
    }
    let certificates = universe.statements.filter {
      $0.opener == situation.opener && $0.view > final && possible.isPossible($0, beside: known)
    }
    steps += certificates.map { numbers.firstCertificate + $0.number }
    if universe.setup.isCountingVotes { steps += certificates.map { numbers.firstVotes + $0.number } }
    if universe.setup.restarts > 0 { steps += Bits(situation.shown).map { numbers.firstEcho + $0 } }
    return steps
  }

  private func isPossible(_ step: Step, _ situation: Situation) -> Bool {
    switch step {
    case .timeOut: situation.timer != nil
    case .built: situation.building != nil
    case .judged: situation.judging != nil
    case .stored: !situation.disk.waiting.isEmpty
    case .restart(let isKept):
      situation.restarts < universe.setup.restarts && (!isKept || !situation.disk.waiting.isEmpty)
    case .proposal, .block, .certificate, .votes, .echo: false
    }
  }
}

/// Which certificates can exist beside one another, as sets of statements.
struct Possible {
  private let universe: Universe
  /// By statement, those that must have been certified before it can be.
  private let implied: [UInt64]
  /// By block, what its parent rests on.
  private let grounds: [UInt64]
  private let parents: [UInt64]
  /// By statement, those whose certificates contradict its own.
  let against: [UInt64]

  init(_ universe: Universe) {
    self.universe = universe
    var (closures, grounds, parents): ([UInt64], [UInt64], [UInt64]) = ([0], [0], [0])
    for block in universe.blocks.dropFirst() {
      parents.append(closures[block.parent])
      var needs = closures[block.parent]
      for view in (universe.blocks[block.parent].view + 1)..<max(block.view, universe.blocks[block.parent].view + 1) {
        if let nullify = universe.nullify(view, of: block.opener) { needs |= 1 << UInt64(nullify) }
      }
      grounds.append(needs)
      closures.append(needs | 1 << UInt64(universe.notarize(block.number)))
    }
    (self.grounds, self.parents) = (grounds, parents)
    implied = universe.statements.map { statement in
      (statement.block.map { closures[$0] } ?? 0) | 1 << UInt64(statement.number)
    }
    against = universe.statements.map { first in
      universe.statements.reduce(0) { set, second in
        guard first.view == second.view, first.opener == second.opener else { return set }
        let isAgainst =
          switch (first.kind, second.kind) {
          case (.nullify, .finalize), (.finalize, .nullify): true
          case (.nullify, .nullify), (.nullify, .notarize), (.notarize, .nullify): false
          case (.notarize, _), (.finalize, _): first.block != second.block
          }
        return isAgainst ? set | 1 << UInt64(second.number) : set
      }
    }
  }

  /// All that must have been certified, given what the member holds.
  func implied(by situation: Situation) -> UInt64 {
    // A closing block may be final by a finalisation above it, beside which its view may be nullified.
    let last = situation.lastFinal
    var known = last == 0 ? 0 : implied[last == situation.opener ? universe.notarize(last) : universe.finalize(last)]
    for certificate in situation.consensus.heldCertificates {
      if let statement = universe.statement(certificate.subject) { known |= implied[statement] }
    }
    return known
  }

  func isPossible(_ statement: Universe.Statement, beside known: UInt64) -> Bool {
    isConsistent(implied[statement.number], known)
  }

  /// An honest leader's block has sound grounds; the traitor's at least a parent that was certified.
  func isPossible(_ block: Universe.Block, beside known: UInt64) -> Bool {
    let needs = block.leader == universe.setup.traitor ? parents[block.number] : grounds[block.number]
    return isConsistent(needs, known)
  }

  private func isConsistent(_ first: UInt64, _ second: UInt64) -> Bool {
    let all = first | second
    for number in Bits(all) where against[number] & all != 0 { return false }
    return true
  }
}
