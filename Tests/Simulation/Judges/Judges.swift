import Consensus
import struct Consensus.Certificate
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
  var ledger: LedgerJudge
  var answers = AnswerJudge()
  private var liveness = LivenessJudge()
  let byzantine: Set<Int>

  init(network: SimulatedNetwork, byzantine: Set<Int>) {
    self.byzantine = byzantine
    votes = VoteJudge(members: network.members.count)
    certificates = CertificateJudge(network)
    ledger = LedgerJudge(network)
  }

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
    if certificate.subject.kind.rawValue == 1 { world.counts.nullifications += 1 }
    if let reason = certificates.seen(certificate, signatures) {
      speak("certificates", "member \(place) passed on a certificate that proves nothing: \(reason)", world)
    }
  }

  mutating func started(_ place: Int, _ world: World) {
    guard !byzantine.contains(place), let replica = world.members[place].replica else { return }
    if let reason = ledger.started(place, at: replica.finalised) { speak("ledger", reason, world) }
  }

  mutating func crashed(_ place: Int) { answers.crashed(place) }

  mutating func committed(_ blocks: [FinalBlock], by place: Int, _ world: World) {
    guard !byzantine.contains(place) else { return }
    for block in blocks {
      if let reason = ledger.committed(block, by: place) { speak("agreement", reason, world) }
      if let reason = certificates.seen(block.committed.finalisation, signatures) {
        speak(
          "certificates", "member \(place) committed height \(block.block.header.height) by nothing: \(reason)", world)
      }
    }
  }

  mutating func halted(_ place: Int, _ reason: String, _ world: World) {
    if !byzantine.contains(place) { speak("halt", "member \(place) stopped: \(reason)", world) }
  }

  mutating func unreadable(_ message: PeerMessage, by place: Int, _ world: World) {
    let text = String("\(message)".prefix(400))
    speak("encoding", "what the honest member \(place) sent is refused by its recipients: \(text)", world)
  }

  /// Looks how far everyone is, a while before the end.
  mutating func inspect(_ world: World) { liveness.inspect(ledger, world) }

  /// The last word, when the world has come to rest.
  mutating func conclude(_ world: World) {
    if let reason = answers.conclude(ledger, world.now) { speak("acknowledgements", reason, world) }
    if let reason = liveness.conclude(ledger, world) { speak("liveness", reason, world) }
    if let reason = ledger.conclude(world) { speak("ledger", reason, world) }
  }

  mutating func speak(_ judge: String, _ reason: String, _ world: World) {
    if verdict == nil { verdict = Verdict(judge: judge, time: world.now / 1_000, reason: reason) }
  }
}
