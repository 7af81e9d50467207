import API
import Ledger
import Logging
import Membership
import Trade

/// The member's price desk as the API sees it. Statements were verified: they are by the authority key of the desk's own member.
package protocol DeskService: Sendable {
  /// What the desk knows, for `GET /v1/desk`.
  func report() async -> DeskReport
  /// Takes a sheet that the authority made by hand (`desk-sheet`).
  func take(sheet: SignedStatement) async throws(APIRefusal) -> DeskAnswer
  /// Takes the authority's approval of a sheet that waits for it (`desk-approval`).
  func take(approval: SignedStatement) async throws(APIRefusal) -> DeskAnswer
  /// Works until the task is cancelled: watches evidence and the committed state, commits, reveals.
  func run() async
}

/// What a desk is given to work with.
package struct DeskSurroundings: Sendable {
  package let member: MemberID
  package let network: NetworkID
  package let settings: NodeConfiguration.Desk
  /// The newest committed state, and those that follow.
  package let published: Published
  /// Hands a signed transaction to this node, and waits until a block has it or it is refused.
  package let submit: @Sendable (SignedTransaction) async throws(APIRefusal) -> SubmissionReport
  /// This machine's clock.
  package let now: @Sendable () -> Instant
  package let logger: Logger
}

/// Makes the desk of a configuration that has one. The node calls it once, when everything else runs.
package typealias DeskFactory = @Sendable (DeskSurroundings) throws(NodeFailure) -> any DeskService
