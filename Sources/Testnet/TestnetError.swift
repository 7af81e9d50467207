import Client
import Cryptography

/// Why a test network cannot be made, started, looked at or stopped.
package enum TestnetError: Error, Hashable, Sendable {
  case unreadable(path: String)
  case unwritable(path: String, reason: String)
  /// The content file says something that cannot be; the sentence names the place.
  case content(path: String, String)
  case members(String)
  /// The folder is there already.
  case exists(path: String)
  /// The folder holds no test network.
  case noNetwork(path: String)
  case noProgram(searched: [String])
  case noPorts
  /// A node ended, or did not get ready in time; the log's last lines say why.
  case notStarted(member: String, reason: String, log: String)
  case notStopped(member: String, pid: Int32)
  case alreadyRunning(member: String, pid: Int32)
  case notRunning(member: String)
  case key(KeyError)
  case node(NodeError)

  package var code: String {
    switch self {
    case .unreadable: "FILE_UNREADABLE"
    case .unwritable: "FILE_UNWRITABLE"
    case .content: "CONTENT"
    case .members: "MEMBERS"
    case .exists: "TESTNET_EXISTS"
    case .noNetwork: "TESTNET_MISSING"
    case .noProgram: "FLOORD_MISSING"
    case .noPorts: "NO_FREE_PORTS"
    case .notStarted: "NODE_NOT_STARTED"
    case .notStopped: "NODE_NOT_STOPPED"
    case .alreadyRunning: "NODE_RUNNING"
    case .notRunning: "NODE_NOT_RUNNING"
    case .key: "KEY"
    case .node(let error): error.code
    }
  }

  package var sentence: String {
    switch self {
    case .unreadable(let path): "\(path) cannot be read; does it exist?"
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
    case .content(let path, let text): "\(path) \(text)"
    case .members(let text): text
    case .exists(let path): "\(path) exists already and is left as it is; choose another folder or remove it"
    case .noNetwork(let path): "\(path) holds no test network; make one with: floorctl testnet init --dir \(path)"
    case .noProgram(let searched):
      "floord was not found (looked at \(searched.joined(separator: ", "))); name it with --floord PATH"
    case .noPorts: "no free ports between \(FreePorts.range.lowerBound) and \(FreePorts.range.upperBound) were found"
    case .notStarted(let member, let reason, let log): "the node of \(member) did not start: \(reason)\n\(log)"
    case .notStopped(let member, let pid): "the node of \(member), process \(pid), does not end"
    case .alreadyRunning(let member, let pid): "the node of \(member) runs already as process \(pid)"
    case .notRunning(let member): "the node of \(member) does not run"
    case .key(let error): error.sentence
    case .node(let error): error.sentence
    }
  }
}
