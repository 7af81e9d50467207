import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Replica

/// Messages between machines, and what adversaries make of them.
extension World {
  /// Puts a message of a machine on its way to members; an adversary sends what it likes instead.
  func post(_ message: PeerMessage, from machine: Int, to recipients: [Int]) throws {
    if scenario.mutation == .noFetching, message.isQuestion { return }
    guard adversaries[machine] != nil else {
      judges.sent(message, by: machine, self)
      if scenario.mutation == .hastyAcknowledgement { acknowledgeHastily(message, by: machine) }
      return try transmit(message, from: machine, to: recipients)
    }
    try play(machine) { $0.corrupt(message, to: recipients) }
  }

  /// An adversary does something of its own accord.
  func makeMischief(_ machine: Int) throws {
    agenda.add(.mischief(machine: machine), at: now + Int64(chance.within(150_000...400_000)))
    guard members[machine].isRunning else { return }
    try play(machine) { $0.act() }
    members[machine].shift = adversaries[machine]?.corruption.clockLie ?? 0
  }

  /// Lets the adversary of a machine choose what to send.
  private func play(_ machine: Int, _ move: (inout any Adversary) -> [Parcel]) throws {
    guard var adversary = adversaries.removeValue(forKey: machine) else { return }
    if let mind = members[machine].mind { adversary.corruption.see(mind, at: clock(machine)) }
    let sent = move(&adversary)
    adversaries[machine] = adversary
    for parcel in sent {
      for signature in parcel.signatures { judges.signatures.made(signature, by: members[machine].place) }
      try transmit(parcel.message, from: machine, to: parcel.recipients)
    }
  }

  private func acknowledgeHastily(_ message: PeerMessage, by machine: Int) {
    guard case .proposal(_, let outline) = message else { return }
    for identity in outline.transactions {
      judges.answers.acknowledge(
        identity.bytes, height: Int(clamping: outline.header.height.number), block: outline.digest.bytes, by: machine)
    }
  }

  private func transmit(_ message: PeerMessage, from machine: Int, to recipients: [Int]) throws {
    messages += 1
    let bytes = message.encoded
    history.note(7, at: now, member: machine, bytes)
    guard let envelope = open(bytes, from: machine) else { return judges.unreadable(message, by: machine, self) }
    if envelope.verified == nil, !isByzantine(machine), isOfEpoch(message, of: machine) {
      return judges.unreadable(message, by: machine, self)
    }
    for recipient in recipients {
      deliver(envelope, from: machine, to: recipient)
      for twin in setting.members..<members.count where members[twin].place == recipient {
        deliver(envelope, from: machine, to: twin)
      }
    }
  }

  private func deliver(_ envelope: Envelope, from machine: Int, to recipient: Int) {
    counts[.messages] += 1
    let fate = links.deliveries(from: machine, to: recipient, at: now)
    if fate.arrivals.isEmpty { counts[.lost] += 1 }
    if fate.arrivals.count > 1 { counts[.duplicated] += 1 }
    if fate.isLate { counts[.late] += 1 }
    for time in fate.arrivals { agenda.add(.arrival(envelope, to: recipient), at: time) }
  }

  /// Decodes and verifies what was sent, as every recipient in the same epoch would.
  private func open(_ bytes: [UInt8], from machine: Int) -> Envelope? {
    guard let message = try? PeerMessage(decoding: bytes), let context = members[machine].context else { return nil }
    let sender = network.members[members[machine].place].id
    return Envelope(
      number: messages, sender: members[machine].place, message: message,
      verified: Verification.verified(message, from: sender, context, scenario.mutation), opener: context.opener)
  }

  /// Whether a message must make sense in its sender's epoch: what was made in an earlier one need not.
  private func isOfEpoch(_ message: PeerMessage, of machine: Int) -> Bool {
    guard let opener = members[machine].context?.opener else { return false }
    switch message {
    case .agreement(.vote(let vote)): return (try? vote.decoded().content.opener) == opener
    case .agreement(.certificate(let certificate)): return certificate.subject.opener == opener
    case .proposal(let proposal, _):
      return (try? Signed<Vote>(proposal.notarize, as: .notarize).content.opener) == opener
    case .agreement, .transactions, .wantTransactions, .wantBlock, .block, .wantRange, .range: return false
    }
  }

  /// A message reaches a machine: at once, or by way of its queue while it is slow.
  func arrive(_ envelope: Envelope, at machine: Int) throws {
    guard members[machine].isRunning else { return }
    let isSlow = now < members[machine].inbox.slowUntil
    guard isSlow || !members[machine].inbox.isEmpty else { return try receive(envelope, at: machine) }
    let isBounded = scenario.mutation != .boundlessQueues
    if members[machine].inbox.put(envelope, isBounded: isBounded) { counts[.displaced] += 1 }
    if !members[machine].inbox.isServed { serveSoon(machine) }
  }

  private func serveSoon(_ machine: Int) {
    members[machine].inbox.isServed = true
    let isSlow = now < members[machine].inbox.slowUntil
    let pause = Int64(isSlow ? chance.within(5_000...40_000) : chance.within(20...100))
    agenda.add(.service(machine: machine, life: members[machine].life), at: now + pause)
  }

  func serve(_ machine: Int, _ life: Int) throws {
    guard members[machine].isUp(life) else { return }
    members[machine].inbox.isServed = false
    guard let envelope = members[machine].inbox.take() else { return }
    try receive(envelope, at: machine)
    if members[machine].isRunning, !members[machine].inbox.isEmpty, !members[machine].inbox.isServed {
      serveSoon(machine)
    }
  }

  private func receive(_ envelope: Envelope, at machine: Int) throws {
    guard let mind = members[machine].mind else { return }
    history.note(1, at: now, member: machine, number: envelope.number)
    let sender = network.members[envelope.sender].id
    if adversaries[machine] != nil || scenario.mutation == .forgottenPast {
      guard let changed = overhear(envelope, at: machine) else { return }
      if changed != envelope.message { return try hand(changed, from: sender, to: machine, knowing: .none) }
    }
    guard let known = mind.replica.screen(envelope.message) else { return }
    // In another epoch than the sender, and now and then otherwise, as the node does it: with what the recipient knows.
    let isElsewhere = members[machine].context?.opener != envelope.opener
    if isElsewhere || (chance.below(16) == 0 && scenario.mutation == nil) {
      return try hand(envelope.message, from: sender, to: machine, knowing: known)
    }
    if let verified = envelope.verified { try feed(.received(verified, from: sender), to: machine) }
  }

  private func hand(_ message: PeerMessage, from sender: MemberID, to machine: Int, knowing known: KnownParts) throws {
    guard let context = members[machine].context else { return }
    let verifier = PeerMessageVerifier(context: context, scheme: KeyedDigest())
    guard let verified = try? verifier.verified(message, from: sender, known: known) else { return }
    try feed(.received(verified, from: sender), to: machine)
  }

  /// What a machine hears of a message: an adversary's replica hears what that lets it hear.
  private func overhear(_ envelope: Envelope, at machine: Int) -> PeerMessage? {
    guard var adversary = adversaries.removeValue(forKey: machine) else {
      return Corruption.withoutVotes(envelope.message)
    }
    let heard = adversary.hear(envelope.message, from: envelope.sender)
    adversaries[machine] = adversary
    return heard
  }
}

extension PeerMessage {
  /// Whether it asks for something that the sender lacks.
  var isQuestion: Bool {
    switch self {
    case .wantTransactions, .wantBlock, .wantRange, .agreement(.request): true
    case .agreement, .proposal, .transactions, .block, .range: false
    }
  }
}

/// Verification of messages, with the mutations that break it.
enum Verification {
  static func verified(
    _ message: PeerMessage, from sender: MemberID, _ context: EpochContext, _ mutation: Mutation?
  ) -> VerifiedPeerMessage? {
    if mutation == .unverifiedSignatures {
      return try? PeerMessageVerifier(context: context, scheme: Credulous()).verified(message, from: sender)
    }
    if mutation == .thinCertificates, case .agreement(.certificate) = message, let thin = smaller(context) {
      let verifier = PeerMessageVerifier(context: thin, scheme: KeyedDigest())
      if let verified = try? verifier.verified(message, from: sender) { return verified }
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
