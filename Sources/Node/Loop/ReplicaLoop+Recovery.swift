import API
import Accession
import Consensus
import Cryptography
import Ledger
import Logging
import Membership
import Replica
import Storage

/// What the operator asks for through the recovery folder. Nothing is decided here: the replica says what it promises and follows.
extension ReplicaLoop {
  /// Freezes the node if that was asked for: the promise is in the journal and in the guard before its file is there (V2).
  func freezeIfAsked() {
    guard parts.door.wantsFreeze, failure == nil else { return }
    var made: FreezeDraft?
    step { replica, now in
      guard let frozen = replica.freeze(at: now) else { return [] }
      made = frozen.draft
      return frozen.actions
    }
    settle()
    guard let draft = made, failure == nil else { return }
    do {
      let statement = try parts.signer.sign(SigningRequest(draft.freeze))
      try parts.storage.commit([.frozen(draft.freeze.epoch, statement)])
      try parts.door.give(draft.file(statement))
      parts.logger.critical(
        "frozen: this node votes no more until a restart opens another epoch",
        metadata: ["epoch": "\(draft.freeze.epoch)", "file": "\(parts.door.folder.freeze)"])
    } catch {
      parts.logger.critical("the freeze could not be stored and handed out", metadata: ["reason": "\(error)"])
    }
  }

  /// Follows the restart document that the operator put into the folder, and answers beside it.
  func restartIfAsked() {
    guard let document = parts.door.unansweredRestart(), failure == nil else { return }
    let answer = follow(document)
    parts.door.answer(answer)
    parts.logger.critical(
      "a restart document was given", metadata: ["restart": "\(document.content.digest)", "answer": "\(answer)"])
  }

  private func follow(_ document: RestartDocument) -> String {
    let (content, digest) = (document.content, document.content.digest)
    if parts.replica.state.accession.record(of: content.newEpoch)?.restart == digest {
      return "\(RecoveryFolder.accepted) already: epoch \(content.newEpoch) is part of this node's chain"
    }
    let basis = RestartBasis(parts.replica.context)
    let verifier = parts.verification.verifier.current.scheme
    var (restart, envelope): (VerifiedRestart?, VerifiedTransaction?)
    do throws(RestartProblem) {
      if let signed = parts.door.envelope(of: document, parts.signer) {
        let verified = try signed.verified(restarting: basis, by: verifier)
        (restart, envelope) = (verified.restart, verified.transaction)
      } else {
        restart = try document.verified(on: basis, by: verifier)
      }
    } catch { return "\(error.code) \(error.sentence)" }
    guard let restart else { return "RESTART_MALFORMED" }
    var problem: RestartProblem?
    step { replica, now in
      let answer = replica.follow(restart, envelope, at: now)
      problem = answer.problem
      return answer.actions
    }
    if let problem { return "\(problem.code) \(problem.sentence)" }
    return parts.replica.context.epoch == content.newEpoch
      ? "\(RecoveryFolder.accepted) and in epoch \(content.newEpoch)"
      : "\(RecoveryFolder.accepted); the start block is being fetched"
  }

  /// A restart is part of the chain now: what leaves the new epoch is judged by it.
  func noteRestart(in blocks: [FinalBlock]) {
    guard blocks.contains(where: { $0.block.restart != nil }) else { return }
    parts.verification.verifier.enter(parts.replica.context, restarting: parts.replica.restarting)
  }
}
