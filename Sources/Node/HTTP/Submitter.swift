import API
import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Storage
import Synchronization

/// Takes clients' transactions: verifies them beside the loop, hands them over, and tells what became of them.
package struct Submitter: Sendable {
  let inbox: Inbox<LoopEvent>
  let verifier: EpochVerifier
  let history: CommittedHistory
  let published: Published
  let telemetry: Telemetry

  /// Decodes and verifies. Runs on the caller's thread.
  func verified(_ bytes: [UInt8]) throws(APIRefusal) -> VerifiedTransaction {
    do throws(AttestationError) {
      let (type, statement) = try StatementEnvelope.decode(bytes)
      return try verifier.current.verified(try SignedTransaction(statement, as: type))
    } catch {
      throw APIRefusal(error)
    }
  }

  /// Verifies. Runs on the caller's thread.
  func verified(_ transaction: SignedTransaction) throws(APIRefusal) -> VerifiedTransaction {
    do throws(AttestationError) { return try verifier.current.verified(transaction) } catch { throw APIRefusal(error) }
  }

  /// Answers once the pool has it.
  func submit(_ transaction: VerifiedTransaction) async throws(APIRefusal) -> SubmissionReport {
    telemetry.submission()
    let progress = await withCheckedContinuation { (continuation: CheckedContinuation<Submission.Progress, Never>) in
      let once = OneAnswer(continuation)
      inbox.put(.submission(transaction, Submission(deadline: nil) { once.resume($0) }))
    }
    // Who does not wait for a result is told that this is none; who waits is answered with the first one.
    if case .outcome(.refused(.ledger(.replayed))) = progress { throw APIRefusal(.ledger(.replayed)) }
    return try await report(progress, of: transaction)
  }

  /// Answers once a finalised block has it, or throws `WAIT_EXCEEDED` after so many milliseconds.
  func submit(_ transaction: VerifiedTransaction, within milliseconds: Int) async throws(APIRefusal) -> SubmissionReport
  {
    telemetry.submission()
    let deadline = MonotonicTime.now.adding(milliseconds: Int64(milliseconds))
    let progress = await withCheckedContinuation { (continuation: CheckedContinuation<Submission.Progress, Never>) in
      let once = OneAnswer(continuation)
      let submission = Submission(deadline: deadline) { progress in
        if case .accepted = progress { return }
        once.resume(progress)
      }
      inbox.put(.submission(transaction, submission))
    }
    return try await report(progress, of: transaction)
  }

  private func report(
    _ progress: Submission.Progress, of transaction: VerifiedTransaction
  ) async throws(APIRefusal) -> SubmissionReport {
    switch progress {
    case .accepted:
      return SubmissionReport(
        identity: transaction.identity.hexadecimal, state: .pending, height: nil, result: nil, sentence: nil)
    case .overdue: throw .waitExceeded
    case .outcome(.committed(let receipt)):
      return SubmissionReport(
        identity: receipt.identity.hexadecimal, state: .committed, height: receipt.height.number,
        result: receipt.result.apiCode, sentence: receipt.result.isAccepted ? nil : receipt.result.sentence)
    case .outcome(.refused(.ledger(.replayed))): return try await replayed(transaction)
    case .outcome(.refused(let refusal)): throw APIRefusal(refusal)
    }
  }

  /// A transaction that the ledger has already: its own first result is the answer.
  private func replayed(_ transaction: VerifiedTransaction) async throws(APIRefusal) -> SubmissionReport {
    _ = await published.committedAndStored()
    let found: CommittedStatement?
    do throws(StorageError) { found = try history.statement(transaction.identity) } catch { throw APIRefusal(error) }
    guard let found else { throw APIRefusal(.ledger(.replayed)) }
    return SubmissionReport(
      identity: transaction.identity.hexadecimal, state: .committed, height: found.height,
      result: found.isAccepted ? "OK" : found.result, sentence: nil)
  }
}

extension APIRefusal {
  init(_ refusal: SubmissionRefusal) {
    let status =
      switch refusal {
      case .poolFull, .busy, .halted: 503
      case .expired, .ledger(.stale), .ledger(.tooFarAhead), .ledger(.memorandumTooLong): 422
      case .ledger(.replayed): 409
      case .ledger(.stranger), .ledger(.suspended), .ledger(.keyReplaced): 403
      }
    self.init(status, refusal.code, refusal.sentence)
  }
}

/// Resumes a continuation with whatever comes first, once.
private final class OneAnswer<Value: Sendable>: Sendable {
  private let continuation: Mutex<CheckedContinuation<Value, Never>?>

  init(_ continuation: CheckedContinuation<Value, Never>) { self.continuation = Mutex(continuation) }

  func resume(_ value: Value) {
    let waiting = continuation.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    waiting?.resume(returning: value)
  }
}
