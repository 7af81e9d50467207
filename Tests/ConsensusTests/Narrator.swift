import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// Tells actions in plain words, one line each, with the names that a script gave its blocks.
struct Narrator {
  private(set) var labels: [Digest: String] = [:]

  mutating func name(_ label: String) { labels[Members.digest(label)] = label }

  func tell(_ action: Consensus.Action) -> String {
    switch action {
    case .build(let view, let parent): "build view \(view) on \(label(parent.digest))"
    case .judge(let link): "judge \(label(link.digest))"
    case .sign(let vote): "sign \(tell(vote.subject))"
    case .persist(let record, let ticket): "persist #\(ticket.number) \(tell(record))"
    case .broadcast(let message): "broadcast \(tell(message))"
    case .send(let member, let message): "send \(member) \(tell(message))"
    case .startTimer(let timer, let milliseconds): "start \(tell(timer)) \(milliseconds) ms"
    case .stopTimer(let timer): "stop \(tell(timer))"
    case .shareWork(let view): "share work of view \(view)"
    case .entered(let view): "enter view \(view)"
    case .notarised(let link, let certificate): "notarised \(label(link.digest)) by \(tell(certificate.certificate))"
    case .finalised(let block): tell(block)
    case .fetch(let block, let view, let member): "fetch \(label(block)) of view \(view) from \(member)"
    case .evidence(let evidence): tell(evidence)
    case .report(let report): "report \(tell(report))"
    case .halt(.contradictedHistory(let link, _, let against)):
      "halt: \(tell(against.certificate)) contradicts final \(label(link.digest))"
    }
  }

  private func label(_ digest: Digest) -> String { labels[digest] ?? digest.short }

  private func tell(_ subject: VoteSubject) -> String {
    switch subject.kind {
    case .notarize: "notarize \(subject.view) \(subject.block.map(label) ?? "?")"
    case .nullify: "nullify \(subject.view)"
    case .finalize: "finalize \(subject.view) \(subject.block.map(label) ?? "?")"
    }
  }

  func tell(_ certificate: Certificate) -> String {
    switch certificate.kind {
    case .notarize: "notarisation \(certificate.view) \(certificate.block.map(label) ?? "?")"
    case .nullify: "nullification \(certificate.view)"
    case .finalize: "finalisation \(certificate.view) \(certificate.block.map(label) ?? "?")"
    }
  }

  private func tell(_ record: ConsensusRecord) -> String {
    var parts = ["in view \(record.view)"]
    if let vote = record.vote { parts.append("vote \(tell(vote.content.subject))") }
    if let block = record.block { parts.append("block \(label(block.digest))") }
    parts += record.certificates.map { tell($0.certificate) }
    return parts.joined(separator: ", ")
  }

  private func tell(_ message: ConsensusMessage) -> String {
    switch message {
    case .vote(let vote): (try? vote.decoded()).map { tell($0.content.subject) } ?? "malformed"
    case .certificate(let certificate): tell(certificate)
    case .proposal(let proposal): tell(proposal)
    case .status(let status): "status in view \(status.view)"
    case .request(let request): "request for certificates above \(request.above) below \(request.below)"
    }
  }

  private func tell(_ proposal: ProposalMessage) -> String {
    let parts = ([proposal.parentCertificate].compactMap { $0 } + proposal.nullifications).map(tell)
    let grounds = parts.isEmpty ? "" : " with " + parts.joined(separator: ", ")
    return
      "proposal \(label(proposal.link.digest)) of view \(proposal.link.view) on \(label(proposal.link.parent))\(grounds)"
  }

  private func tell(_ timer: Consensus.Timer) -> String {
    switch timer {
    case .view(let view): "timer of view \(view)"
    case .lull(let view): "lull of view \(view)"
    case .retry: "retry"
    }
  }

  private func tell(_ block: FinalisedBlock) -> String {
    var text =
      "final \(label(block.link.digest)) at height \(block.link.height) by \(tell(block.finalisation.certificate))"
    let kept = [block.notarisation].compactMap { $0 } + block.nullifications
    if !kept.isEmpty { text += ", with " + kept.map { tell($0.certificate) }.joined(separator: ", ") }
    return text
  }

  private func tell(_ evidence: Evidence) -> String {
    let votes = [evidence.first, evidence.second].compactMap { try? $0.decoded().content }
    let subjects = votes.map { tell($0.subject) }.joined(separator: " and ")
    return "evidence against \(votes.first?.member.text ?? "?"): \(subjects)"
  }

  private func tell(_ report: Consensus.Report) -> String {
    switch report {
    case .otherEpoch(let epoch): "other epoch \(epoch)"
    case .voteTooFarAhead(let member, let view): "vote of \(member) for view \(view) is too far ahead"
    case .proposalTooFarAhead(let member, let view): "proposal of \(member) for view \(view) is too far ahead"
    case .invalidProposal(let block, let view, let reason): "\(label(block)) of view \(view) is invalid: \(reason)"
    case .voting: "voting"
    case .oldCopy: "old copy"
    case .votesAgain(let view): "votes again above view \(view)"
    case .viewsExhausted: "views exhausted"
    }
  }
}
