/// Why a node gave no answer, or gave none that is a yes.
package enum NodeError: Error, Hashable, Sendable {
  /// The address is not `http://host:port`.
  case address(String)
  /// Nobody listens there, or the connection broke before an answer came.
  case unreachable(node: String, reason: String)
  /// The node listens but did not answer in time.
  case timedOut(node: String, seconds: Int)
  /// The answer is larger than any this program asks for.
  case answerTooLarge(node: String, limit: Int)
  /// The node refused what it was sent, with its own code and sentence.
  case refused(code: String, sentence: String, status: Int)
  /// What was asked for does not exist on the node.
  case missing(code: String, sentence: String)
  /// The node answers that it cannot serve now: starting, catching up, or full.
  case notReady(code: String, sentence: String)
  /// The answer is not what the protocol of the loopback API promises.
  case unexpectedAnswer(node: String, reason: String)

  /// The stable code of this error.
  package var code: String {
    switch self {
    case .address: "NODE_ADDRESS"
    case .unreachable: "NODE_UNREACHABLE"
    case .timedOut: "NODE_TIMED_OUT"
    case .answerTooLarge: "ANSWER_TOO_LARGE"
    case .refused(let code, _, _), .missing(let code, _), .notReady(let code, _): code
    case .unexpectedAnswer: "ANSWER_UNEXPECTED"
    }
  }

  /// What happened and what to do, for people.
  package var sentence: String {
    switch self {
    case .address(let text): "\(text) is no node address; write it as http://127.0.0.1:PORT"
    case .unreachable(let node, let reason): "no node answers at \(node): \(reason)"
    case .timedOut(let node, let seconds): "the node at \(node) did not answer within \(seconds) s"
    case .answerTooLarge(let node, let limit): "the node at \(node) answered with more than \(limit) bytes"
    case .refused(_, let sentence, _), .missing(_, let sentence), .notReady(_, let sentence): sentence
    case .unexpectedAnswer(let node, let reason):
      "the answer of \(node) is not understood (\(reason)); is it a floord of this version?"
    }
  }

  /// Whether the node itself could not be asked: exit code 3.
  package var isUnreachable: Bool {
    switch self {
    case .unreachable, .timedOut, .answerTooLarge, .unexpectedAnswer, .notReady: true
    case .address, .refused, .missing: false
    }
  }
}
