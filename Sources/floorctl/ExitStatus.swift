import ArgumentParser
import Client
import Cryptography
import Foundation
import Testnet

/// What the exit code of every command means.
enum ExitStatus: Int32 {
  case done = 0
  /// The answer is no: not verified, not agreed, differences found.
  case no = 1
  case usage = 2
  case unreachable = 3
  /// The input was refused, and nothing was changed.
  case refused = 4

  /// Ends the process with what an error means, after saying it on standard error, and on standard output for programs.
  static func end(reporting error: any Error, asJSON: Bool) -> Never {
    // The command has said everything itself.
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    let failure = Failure(error)
    if failure.status == .done {
      print(failure.sentence)
    } else {
      if asJSON { Output.json("failure", FailureReport(code: failure.code, sentence: failure.sentence)) }
      Terminal.error("\(Style.error("floorctl:", on: .error)) \(failure.sentence)")
    }
    Foundation.exit(failure.status.rawValue)
  }
}

/// An error on its way to the user.
struct Failure: Error {
  let status: ExitStatus
  /// Stable, in capitals.
  let code: String
  let sentence: String

  init(_ status: ExitStatus, _ code: String, _ sentence: String) {
    (self.status, self.code, self.sentence) = (status, code, sentence)
  }

  static func refused(_ code: String, _ sentence: String) -> Failure { Failure(.refused, code, sentence) }

  static func usage(_ sentence: String) -> Failure { Failure(.usage, "USAGE", sentence) }

  static func no(_ code: String, _ sentence: String) -> Failure { Failure(.no, code, sentence) }

  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as NodeError: self.init(error.status, error.code, error.sentence)
    case .node(let error) as TestnetError: self.init(error.status, error.code, error.sentence)
    case let error as TestnetError: self.init(error.status, error.code, error.sentence)
    case let error as KeyError: self.init(.refused, "KEY", error.sentence)
    case is CancellationError: self.init(.no, "INTERRUPTED", "interrupted")
    default:
      let status: ExitStatus = Floorctl.exitCode(for: error) == .success ? .done : .usage
      let text = Floorctl.fullMessage(for: error)
      // The parser's own prefix is replaced by the program's name.
      self.init(status, "USAGE", text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text)
    }
  }
}

/// `pricefloor/failure/1`.
struct FailureReport: Encodable {
  let code: String
  let sentence: String
}

extension NodeError {
  var status: ExitStatus {
    switch self {
    case .address: .usage
    // Accepted and not committed in time: the answer is not yes, and asking again is safe.
    case .notReady(code: "WAIT_EXCEEDED", _): .no
    case .notReady(code: "NO_DESK", _), .notReady(code: "POOL_FULL", _): .refused
    case .refused, .missing: .refused
    case .unreachable, .timedOut, .answerTooLarge, .unexpectedAnswer, .notReady: .unreachable
    }
  }
}

extension TestnetError {
  var status: ExitStatus {
    switch self {
    case .noProgram, .members: .usage
    case .notStarted, .notStopped, .notRunning: .no
    case .unreadable, .unwritable, .content, .exists, .noNetwork, .noPorts, .alreadyRunning, .key: .refused
    case .node(let error): error.status
    }
  }
}
