import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Ledger
import Membership
import Replica

/// Those who watch a world from outside. They restate the rules in plain numbers and lists, and use nothing of the code
/// that they judge but its data.
struct Judges {
  private(set) var verdict: Verdict?
  var signatures = SignatureRegister()
  private var votes: VoteJudge
  private var certificates: CertificateJudge
  private var epochs = EpochJudge()
  /// One, or one for each side of a network that is forked on purpose.
  private var ledgers: [LedgerJudge]
  var answers: AnswerJudge
  private var liveness: LivenessJudge
  private var evidence: EvidenceJudge
  private let bounds = BoundsJudge()
  private var bundles = BundleJudge()
  private let byzantine: Set<Int>
  private let members: Int
  /// The newest epoch that an honest member is in.
  private var newest: EpochContext?
  /// The places of members that left.
  private(set) var departed: Set<Int> = []
  /// By place, in a world of collusion: whether a member is on the first side. Empty otherwise.
  private let firstSide: [Bool]

  init(network: SimulatedNetwork, byzantine: [Int: AdversaryKind], setting: Setting, healing: Int64) {
    self.byzantine = Set(byzantine.keys)
    members = setting.members
    votes = VoteJudge(members: setting.members)
    certificates = CertificateJudge(network)
    ledgers = Array(repeating: LedgerJudge(network), count: setting.sides.isEmpty ? 1 : 2)
    liveness = LivenessJudge(network, byzantine: byzantine.count, healing: healing)
    answers = AnswerJudge(healing: healing, patience: liveness.bound + 15 * liveness.delta + 1_000_000)
    evidence = EvidenceJudge(network, byzantine: self.byzantine)
    var sides = setting.sides.makeIterator()
    firstSide =
      setting.sides.isEmpty
      ? [] : (0..<setting.members).map { byzantine[$0] != nil ? true : sides.next() ?? true }
  }

  var height: Int { ledgers.map(\.height).max() ?? 0 }
  var tables: Int { ledgers.map(\.tables).max() ?? 0 }
  /// The members that evidence exposed.
  var exposed: [Int] { evidence.exposures.keys.sorted() }

  /// Whether a machine is on the first side of a world of collusion; colluders have one on each.
  func isFirstSide(_ machine: Int) -> Bool { machine < firstSide.count && firstSide[machine] }

  private func ledger(of place: Int) -> Int { ledgers.count == 1 || isFirstSide(place) ? 0 : 1 }

  /// Members that are on the roster no more: nobody tells them anything, and nobody waits there.
  private mutating func depart(_ context: EpochContext, _ world: World) {
    for member in newest?.roster.members ?? [] where context.roster[member.id] == nil {
      guard let place = world.network.places[member.id] else { continue }
      departed.insert(place)
      answers.crashed(place)
    }
  }

  // MARK: What is seen

  /// A message leaves an honest member.
  mutating func sent(_ message: PeerMessage, by place: Int, _ world: World) {
    switch message {
    case .agreement(.vote(let vote)): look(at: vote.statement, by: place, world)
    case .agreement(.certificate(let certificate)): look(at: certificate, from: place, world)
    case .proposal(let proposal, _):
      look(at: proposal.notarize, by: place, world)
      if let certificate = proposal.parentCertificate { look(at: certificate, from: place, world) }
      for certificate in proposal.nullifications { look(at: certificate, from: place, world) }
    case .range(let range): look(at: range.finalisation, from: place, world)
    case .agreement(.status), .agreement(.request), .agreement(.proposal), .transactions, .wantTransactions, .wantBlock,
      .block, .wantRange:
      break
    }
  }

  private mutating func look(at vote: SignedStatement, by place: Int, _ world: World) {
    guard let said = PlainVote(payload: vote.payload), said.member == world.network.members[place].id.text else {
      return
    }
    if let reason = votes.heard(said, by: place) { speak("votes", reason, world) }
    if !world.members[place].disk.signatures.contains(vote.signature) {
      speak("votes", "the honest member \(place) shows a vote of view \(said.view) that is not durable", world)
    }
  }

  private mutating func look(at certificate: Certificate, from place: Int, _ world: World) {
    if certificate.subject.kind.rawValue == 1 { world.counts[.nullifications] += 1 }
    if let reason = certificates.seen(certificate, signatures, epochs) {
      speak("certificates", "member \(place) passed on a certificate that proves nothing: \(reason)", world)
    }
  }

  mutating func started(_ machine: Int, _ world: World) {
    guard !world.isByzantine(machine), let replica = world.members[machine].replica else { return }
    if let reason = ledgers[ledger(of: machine)].started(machine, at: replica.finalised) {
      speak("ledger", reason, world)
    }
    entered(replica.context, at: machine, world)
  }

  /// An honest member is in an epoch.
  mutating func entered(_ context: EpochContext, at machine: Int, _ world: World) {
    guard !world.isByzantine(machine) else { return }
    if context.epoch > newest?.epoch ?? .zero { depart(context, world) }
    if newest.map({ $0.epoch < context.epoch }) ?? true { newest = context }
    if let reason = epochs.entered(context, by: machine, world.network.places) { speak("epochs", reason, world) }
  }

  mutating func crashed(_ machine: Int) { answers.crashed(machine) }

  mutating func committed(_ blocks: [FinalBlock], by machine: Int, _ world: World) {
    guard !world.isByzantine(machine) else { return }
    let side = ledger(of: machine)
    for block in blocks {
      if let reason = ledgers[side].committed(block, by: machine) { return speak("agreement", reason, world) }
      if let reason = certificates.seen(block.committed.finalisation, signatures, epochs) {
        let height = block.block.header.height
        return speak("certificates", "member \(machine) committed height \(height) by nothing: \(reason)", world)
      }
      bundles.committed(block)
      guard ledgers.count == 1 else { continue }
      let height = Int(clamping: block.block.header.height.number)
      let start = world.members[machine].firstStart ?? 0
      if let reason = liveness.committed(height, by: machine, at: world.now, since: start) {
        return speak("liveness", reason, world)
      }
    }
  }

  /// An honest member says that another one signed contradictory votes.
  mutating func accused(_ evidence: Evidence, _ world: World) {
    if let reason = self.evidence.accused(evidence, signatures, at: world.now) { speak("evidence", reason, world) }
  }

  /// An honest member stopped for good: only where agreement was broken may it do so.
  mutating func halted(_ machine: Int, _ reason: String, _ world: World) {
    guard !world.isByzantine(machine), !world.scenario.isCollusion else { return }
    speak("halt", "member \(machine) stopped: \(reason)", world)
  }

  mutating func unreadable(_ message: PeerMessage, by machine: Int, _ world: World) {
    let text = String("\(message)".prefix(400))
    speak("encoding", "what the honest member \(machine) sent is refused by its recipients: \(text)", world)
  }

  // MARK: Looking around

  /// Looks at every honest member now and then.
  mutating func inspect(_ world: World) {
    for (machine, member) in world.members.enumerated() where !world.isByzantine(machine) {
      if let reason = bounds.judge(member, height: height) { speak("bounds", "member \(machine) \(reason)", world) }
    }
  }

  /// The last word, when the world has come to rest.
  mutating func conclude(_ world: World) {
    inspect(world)
    for place in 0..<members where !byzantine.contains(place) {
      let ledger = ledgers[ledger(of: place)]
      if let reason = answers.conclude(place, ledger) { speak("acknowledgements", reason, world) }
    }
    for side in ledgers.indices {
      let places = (0..<members).filter { !byzantine.contains($0) && ledger(of: $0) == side }
      if let reason = ledgers[side].conclude(world, places) { speak("ledger", reason, world) }
    }
    world.counts[.epochs] = epochs.count
    guard ledgers.count == 1 else { return concludeFork(world) }
    if let reason = epochs.conclude(ledgers[0]) { speak("epochs", reason, world) }
    concludeGrowth(world)
    if let reason = liveness.conclude(ledgers[0], world, without: departed) { speak("liveness", reason, world) }
    if let reason = answers.forgotten(at: world.now) { speak("acknowledgements", reason, world) }
    world.counts.slowest = liveness.slowest
    showBundles(world)
  }

  /// What was put to the members is done, and whoever was exposed does not vote.
  private mutating func concludeGrowth(_ world: World) {
    if let stage = world.assembly.stages.first, world.scenario.isGrowth {
      speak("growth", "the members never got beyond \(stage)", world)
    }
    let patience = liveness.bound + 15 * liveness.delta
    for place in exposed where newest?.validators[world.network.members[place].id] != nil {
      guard let time = evidence.exposures[place], world.now - max(time, world.healing) > patience else { continue }
      speak("evidence", "member \(place) was exposed at \(time / 1_000) ms and is still a validator", world)
    }
  }

  private mutating func showBundles(_ world: World) {
    for place in 0..<members where !byzantine.contains(place) {
      guard let replica = world.members[place].replica else { continue }
      let isForged = world.scenario.mutation == .forgedBundle
      let links = world.members[place].disk.links
      let report = bundles.judge(replica, links, world.network, isForged: isForged)
      world.counts[.bundles] += report.verified
      if let reason = report.reason { speak("bundles", "member \(place) has \(reason)", world) }
      if report.verified > 0 { return }
    }
  }

  /// Where both sides made different final blocks, certificates that honest members hold must expose enough colluders.
  private mutating func concludeFork(_ world: World) {
    let heights = min(ledgers[0].height, ledgers[1].height)
    let fork = heights < 1 ? nil : (1...heights).first { ledgers[0].digest(at: $0) != ledgers[1].digest(at: $0) }
    guard let fork else { return }
    world.counts[.forks] += 1
    let honest = (0..<members).filter { !byzantine.contains($0) }
    let report = evidence.examine(honest.map { world.members[$0].disk }, signatures, epochs)
    world.counts[.exposedColluders] += report.culprits.count
    if let reason = report.reason {
      speak("evidence", "both sides have a final block at height \(fork), and \(reason)", world)
    }
  }

  mutating func speak(_ judge: String, _ reason: String, _ world: World) {
    if verdict == nil { verdict = Verdict(judge: judge, time: world.now / 1_000, reason: reason) }
  }
}
