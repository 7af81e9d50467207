import Trade

/// How a member's desk works: from the node's configuration.
package struct DeskRules: Hashable, Sendable {
  /// Who lets a derived sheet go.
  package enum Policy: String, Hashable, Sendable, CaseIterable {
    /// There is no desk: the node proposes nothing by itself.
    case off
    /// The desk signs what it derived, unless a warning says that a person must look.
    case auto
    /// Every sheet waits for an approval.
    case confirm
  }

  /// What the desk does in a later round when its own price lies outside the narrowed band.
  package enum Conciliation: String, Hashable, Sendable, CaseIterable {
    /// Stands by its evidence: it abstains on the item, since a price outside the band would be refused.
    case hold
    /// Moves to the nearest price that the band admits.
    case meet
  }

  package let policy: Policy
  package let conciliation: Conciliation
  /// A price that differs from the floor in force by more than this wants a confirmation, in ppm.
  package let plausibleJump: Int64

  package init(policy: Policy, conciliation: Conciliation, plausibleJump: Int64) {
    (self.policy, self.conciliation, self.plausibleJump) = (policy, conciliation, plausibleJump)
  }
}
