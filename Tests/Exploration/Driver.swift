import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// Drives one honest member's value: gives it what happens and does what it asks for, as dully as a driver should, and breaks one
/// rule if that is wanted.
struct Driver {
  private let universe: Universe
  private let me: Int
  private(set) var now: Situation
  private(set) var complaints: [Complaint] = []
  private var events: [Consensus.Event] = []

  private var broken: BrokenRule? { universe.setup.broken }

  private init(_ universe: Universe, me: Int, from situation: Situation) {
    (self.universe, self.me, now) = (universe, me, situation)
  }

  /// A member at its first start, having heard everybody's status.
  static func start(_ universe: Universe, me: Int) -> Situation {
    let consensus = Consensus(
      context: universe.cast.context, me: universe.cast.id(me), recovered: .fresh(in: universe.cast.context),
      patience: universe.cast.patience)
    var driver = Driver(universe, me: me, from: Situation(consensus: consensus))
    driver.hearEverybody()
    driver.run()
    return driver.now
  }

  /// What becomes of a member by one step, and what there is to complain about on the way.
  static func after(
    _ step: Step, of me: Int, in situation: Situation, _ universe: Universe
  ) -> (Situation, [Complaint]) {
    var driver = Driver(universe, me: me, from: situation)
    driver.take(step)
    driver.run()
    driver.breakVotingRules(after: step)
    return (driver.now, driver.complaints)
  }

  private mutating func take(_ step: Step) {
    switch step {
    case .timeOut: timeOut()
    case .built:
      guard let block = now.building else { return }
      now.building = nil
      events.append(.built(universe.blocks[block].link))
    case .judged(let isValid):
      guard let block = now.judging else { return }
      now.judging = nil
      let digest = universe.blocks[block].link.digest
      events.append(.judged(block: digest, isValid ? .valid : .invalid(reason: "by the driver's will")))
    case .stored: commit()
    case .restart(let isKept): restart(keepingWhatWaits: isKept)
    case .proposal(let block):
      if let proposal = proposal(block) { events.append(.proposal(proposal)) }
    case .block(let block):
      now.wanted &= ~(1 << UInt64(block))
      bring(block)
    case .certificate(let statement):
      if let certificate = certificate(statement) { events.append(.certificate(certificate)) }
    case .votes(let statement): events += votes(statement).map { .vote(universe.statements[statement].votes[$0]) }
    case .echo(let statement): events.append(.vote(universe.statements[statement].votes[me]))
    }
  }

  private mutating func timeOut() {
    guard let view = now.timer else { return }
    now.timer = nil
    events.append(.expired(.view(View(UInt64(view)))))
    guard broken == .earlyView, let nullify = universe.nullify(view, of: now.opener) else { return }
    if let forged = forged(nullify, by: [universe.setup.traitor]) { events.append(.certificate(forged)) }
  }

  /// Every event is told after all actions of the one before it. What an epoch still asks for when the member leaves it is dropped.
  private mutating func run() {
    while !events.isEmpty {
      let (event, epoch) = (events.removeFirst(), now.opener)
      for action in now.consensus.handle(event) where now.opener == epoch { perform(action) }
      if !universe.setup.isStorageSlow { while commit() {} }
    }
  }

  private mutating func perform(_ action: Consensus.Action) {
    switch action {
    case .build(let view, let parent): build(Int(view.number), on: parent)
    case .judge(let link): judge(link)
    case .sign(let vote):
      if let statement = universe.statement(vote.subject) {
        events.append(.signed(universe.statements[statement].votes[me]))
      }
    case .persist(let record, let ticket):
      now.disk.hand(.record(record, ticket, opener: now.opener))
      if broken == .sentBeforeStored, record.vote != nil { events.append(.persisted(ticket)) }
    case .broadcast(let message), .send(_, let message): show(message)
    case .startTimer(let timer, _):
      if case .view(let view) = timer, view.number <= universe.setup.views { now.timer = Int(view.number) }
    case .stopTimer(let timer):
      if case .view = timer { now.timer = nil }
    case .notarised(let link, let certificate):
      inspect(certificate.certificate)
      if broken == .earlyEpoch, let block = universe.block(link.digest), universe.closes(block) { goOver(with: block) }
    case .finalised(let block): finalise(block)
    case .fetch(let digest, _, _): fetch(digest)
    case .evidence(let evidence): accuse(evidence)
    case .halt: complain(.order, "an honest member stopped for good")
    case .entered, .shareWork, .report: break
    }
  }

  private mutating func build(_ view: Int, on parent: BlockLink) {
    let block = universe.blocks.dropFirst().first {
      $0.view == view && $0.opener == now.opener && universe.blocks[$0.parent].link == parent
    }
    guard let block else { return }
    if universe.setup.isPrompt { events.append(.built(block.link)) } else { now.building = block.number }
  }

  private mutating func judge(_ link: BlockLink) {
    if universe.setup.isPrompt { return events.append(.judged(block: link.digest, .valid)) }
    now.judging = universe.block(link.digest)
  }

  private mutating func fetch(_ digest: Digest) {
    guard let block = universe.block(digest) else { return }
    if universe.setup.isPrompt { return bring(block) }
    now.wanted |= 1 << UInt64(block)
  }

  /// A block that was asked for is stored before the agreement hears of it.
  private mutating func bring(_ block: Int) {
    now.disk.hand(.block(block))
    events.append(.blockKnown(universe.blocks[block].link))
  }

  /// What a member sends is everybody's from then on.
  private mutating func show(_ message: ConsensusMessage) {
    switch message {
    case .vote(let vote): show(vote)
    case .proposal(let proposal):
      if let certificate = proposal.parentCertificate { inspect(certificate) }
      for certificate in proposal.nullifications { inspect(certificate) }
      show(SignedVote(kind: .notarize, statement: proposal.notarize))
    case .certificate(let certificate): inspect(certificate)
    case .status, .request: break
    }
  }

  private mutating func show(_ vote: SignedVote) {
    guard let content = try? vote.decoded().content, content.member == universe.cast.id(me),
      let statement = universe.statement(content.subject)
    else { return }
    now.shown |= 1 << UInt64(statement)
  }

  private mutating func finalise(_ final: FinalisedBlock) {
    inspect(final.finalisation.certificate)
    guard let number = universe.block(final.link.digest) else { return }
    if universe.blocks[number].parent != now.lastFinal {
      complain(.order, "\(universe.name(block: number)) became final on \(universe.name(block: now.lastFinal))")
    }
    now.lastFinal = number
    now.finals |= 1 << UInt64(number)
    now.disk.hand(.final(block: number, final.finalisation))
    if universe.closes(number) { goOver(with: number) }
  }

  /// The closing block is taken for final: the next epoch's agreement takes the place of this one's, and what is above the block is tail.
  private mutating func goOver(with block: Int) {
    now.opener = block
    now.lastFinal = block
    now.finals |= 1 << UInt64(block)
    now.disk.hand(.epoch(openedBy: block))
    (now.timer, now.building, now.judging, now.wanted) = (nil, nil, nil, 0)
    now.consensus = Consensus(
      context: context, me: universe.cast.id(me), recovered: .fresh(in: context, isContinued: true),
      patience: universe.cast.patience)
    events.removeAll()
    hearEverybody()
  }

  private var context: EpochContext { universe.context(now.opener) }

  // MARK: Storage

  @discardableResult
  private mutating func commit() -> Bool {
    guard let (ticket, epoch) = now.disk.commit(universe) else { return false }
    if broken != .sentBeforeStored, epoch == now.opener { events.append(.persisted(ticket)) }
    return true
  }

  private mutating func restart(keepingWhatWaits isKept: Bool) {
    now.disk.crash(keepingWhatWaits: isKept, universe)
    if broken == .forgottenVotes { now.disk.forgetVotes() }
    now.restarts += 1
    (now.building, now.judging, now.timer, now.wanted) = (nil, nil, nil, 0)
    (now.opener, now.lastFinal) = (now.disk.durable.opener, now.disk.durable.final)
    now.consensus = Consensus(
      context: context, me: universe.cast.id(me), recovered: now.disk.recovery(of: me, in: universe),
      patience: universe.cast.patience)
    hearEverybody()
  }

  /// R21: all others say where they stand; nobody names a vote, which is what an echo is for. There is always work.
  private mutating func hearEverybody() {
    events += [.workKnown(true), .started]
    let (context, cast) = (context, universe.cast)
    let first = context.root.view.next ?? context.root.view
    let status = ConsensusStatus(context: context, finalised: context.root, view: first, votes: [])
    guard let heard = try? status.verified(in: context, by: CheapSignatures()) else { return }
    for other in 0..<Setup.members where other != me { events.append(.peerStatus(from: cast.id(other), heard)) }
  }

  // MARK: What arrives

  /// A certificate by the traitor and the two other members; one of these lacks where a quorum is one too small.
  ///
  /// It may in truth have been this member's vote that counted instead of one of theirs. That makes no difference to anything but evidence
  /// of contradictions, which no two certificates give that can exist together.
  private func certificate(_ statement: Int) -> VerifiedCertificate? {
    let others = (0..<Setup.members).filter { $0 != me && $0 != universe.setup.traitor }
    if broken == .smallQuorum { return forged(statement, by: [universe.setup.traitor, others[0]]) }
    return try? universe.certificate(statement, by: others + [universe.setup.traitor]).verified(
      in: context, by: CheapSignatures())
  }

  /// True signatures of some; what is missing to a quorum is filled with false ones, which a broken verifier lets pass.
  private func forged(_ statement: Int, by signers: [Int]) -> VerifiedCertificate? {
    let liars = (0..<Setup.members).filter { !signers.contains($0) }.prefix(Setup.quorum - signers.count)
    let signatures = universe.certificate(statement, by: signers + liars).signatures.map { entry in
      liars.contains(Int(entry.index))
        ? CertificateSignature(index: entry.index, signature: Array(repeating: 0, count: CertificateSignature.size))
        : entry
    }
    return try? Certificate(subject: universe.statements[statement].subject, signatures: signatures).verified(
      in: context, by: BlindVerifier())
  }

  /// The single votes of others that make the certificate: honest ones first.
  private func votes(_ statement: Int) -> [Int] {
    let missing = Setup.quorum - (now.shown >> UInt64(statement) & 1 == 1 ? 1 : 0)
    let others = (0..<Setup.members).filter { $0 != me && $0 != universe.setup.traitor }
    return Array((others + [universe.setup.traitor]).prefix(missing))
  }

  /// A leader's proposal. An honest one's carries all that justifies its parent; the traitor's only what nobody would do without.
  private func proposal(_ number: Int) -> Proposal? {
    let (block, blocks) = (universe.blocks[number], universe.blocks)
    var link = block.link
    var parent = block.parent == block.opener ? nil : certificate(universe.notarize(block.parent))
    if broken == .skippedParent, let tip = universe.block(now.consensus.tip.digest), tip != block.parent {
      link = BlockLink(
        digest: link.digest, height: Height(UInt64(blocks[tip].height + 1)), view: link.view,
        parent: blocks[tip].link.digest, parentView: blocks[tip].link.view)
      parent = tip == now.opener ? nil : certificate(universe.notarize(tip))
    }
    let first = blocks[block.parent].view + 1
    let between = block.leader == universe.setup.traitor || first >= block.view ? [] : Array(first..<block.view)
    let message = ProposalMessage(
      link: link, notarize: universe.statements[universe.notarize(number)].votes[block.leader].statement,
      parentCertificate: parent?.certificate,
      nullifications: between.compactMap {
        universe.nullify($0, of: block.opener).flatMap { certificate($0)?.certificate }
      })
    if broken == nil { return try? message.verified(in: context, by: CheapSignatures()) }
    return try? message.verified(in: context, by: BlindVerifier())
  }

  // MARK: Judging on the way

  private mutating func complain(_ judge: Judge, _ reason: String) {
    guard universe.setup.judges.contains(judge) else { return }
    complaints.append(Complaint(judge: judge, reason: reason))
  }

  /// Three distinct members, and each signature the member's own.
  private mutating func inspect(_ certificate: Certificate) {
    guard universe.setup.judges.contains(.certificates), let statement = universe.statement(certificate.subject) else {
      return
    }
    var signers: Set<UInt16> = []
    for entry in certificate.signatures where entry.index < Setup.members {
      let vote = universe.statements[statement].votes[Int(entry.index)]
      if vote.statement.signature == entry.signature { signers.insert(entry.index) }
    }
    if signers.count < Setup.quorum {
      complain(
        .certificates, "\(signers.count) members signed what passes for a certificate of \(universe.name(statement))")
    }
  }

  private mutating func accuse(_ evidence: Evidence) {
    guard let member = try? evidence.verified(in: context, by: CheapSignatures()).member else {
      return complain(.order, "evidence that proves nothing")
    }
    if !universe.setup.traitors.contains(where: { universe.cast.id($0) == member }) {
      complain(.order, "evidence against an honest member")
    }
  }

  // MARK: Broken rules

  /// Votes that the driver casts behind the back of the agreement.
  private mutating func breakVotingRules(after step: Step) {
    let (shown, universe) = (now.shown, universe)
    switch broken {
    case .finalizeAfterNullify?:
      finalizeAll { block in
        universe.nullify(block.view, of: block.opener).map { shown >> UInt64($0) & 1 == 1 } ?? false
      }
    case .finalizeOther?:
      finalizeAll { block in
        universe.blocks.contains { other in
          other.number > 0 && other.view == block.view && other.opener == block.opener && other.number != block.number
            && shown >> UInt64(universe.notarize(other.number)) & 1 == 1
        }
      }
    case .secondNotarize?:
      if case .proposal(let block) = step, universe.blocks[block].view == Int(now.consensus.view.number) {
        now.shown |= 1 << UInt64(universe.notarize(block))
      }
    case nil, .smallQuorum?, .skippedParent?, .sentBeforeStored?, .forgottenVotes?, .earlyView?, .earlyEpoch?,
      .secondTraitor?:
      break
    }
  }

  private mutating func finalizeAll(where isWanted: (Universe.Block) -> Bool) {
    for certificate in now.consensus.heldCertificates where certificate.kind == .notarize {
      guard let block = certificate.block.flatMap({ universe.block($0) }), block > 0 else { continue }
      if isWanted(universe.blocks[block]) { now.shown |= 1 << UInt64(universe.finalize(block)) }
    }
  }
}
