/// What connects the nodes of a network under test: every direction between two of them has conditions of its own.
package protocol Wires: Sendable {
  /// What they are, for reports.
  var kind: String { get }
  var conditions: LinkConditions { get }
  /// Where a member's node listens.
  func listenAddress(of member: Int) -> String
  /// Where another member dials it.
  func address(of member: Int, for caller: Int) -> String
  /// The words before the program that a member's node is started with.
  func launcher(of member: Int) -> [String]
  /// Ends everything that they consist of. Without effect the second time.
  func close()
}

/// Why wires cannot be laid.
package enum WiringError: Error, Hashable, Sendable, CustomStringConvertible {
  case system(String, Int32)
  case command(String, String)

  package var description: String {
    switch self {
    case .system(let what, let number): "\(what): error \(number)"
    case .command(let words, let output): "\(words): \(output)"
    }
  }
}
