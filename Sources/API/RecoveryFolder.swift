/// The folder in a node's data folder through which its operator recovers it. Whoever may write there is its operator.
///
/// A request is a file that the node removes once it has answered; an answer is one whole file.
package struct RecoveryFolder: Hashable, Sendable {
  /// The folder.
  package let path: String

  package init(data: String) { path = data + "/recovery" }

  /// Asks the node to vote no more, and to write ``freeze``. Its content does not matter.
  package var freezeRequest: String { path + "/freeze.request" }
  /// What the frozen node signed, for the makers of a restart document.
  package var freeze: String { path + "/freeze.cbor" }
  /// The approved restart document, for the node to follow.
  package var restart: String { path + "/restart.cbor" }
  /// What the node says to the document: `accepted`, or a code, a space and a sentence.
  package var restartAnswer: String { path + "/restart.answer" }
  /// How an answer begins that is no refusal.
  package static let accepted = "accepted"
}
