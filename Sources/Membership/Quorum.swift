/// The arithmetic of Byzantine agreement among `members` validators: the only home of a threshold in this program.
///
/// | members | faults f | quorum q | witness f + 1 | exposed 2q − n |
/// |---|---|---|---|---|
/// | 1 | 0 | 1 | 1 | 1 |
/// | 4 | 1 | 3 | 2 | 2 |
/// | 7 | 2 | 5 | 3 | 3 |
/// | 8 | 2 | 6 | 3 | 4 |
/// | 19 | 6 | 13 | 7 | 7 |
/// | 55 | 18 | 37 | 19 | 19 |
///
/// Any two quorums share at least 2q − n > f members, so at least one honest member.
package struct Quorum: Hashable, Sendable {
  /// The largest number of validators; beyond it a roster is refused.
  package static let maximumMembers = 256

  /// The number of validators, n.
  package let members: Int

  /// Takes a number between 1 and ``maximumMembers``; nil otherwise.
  package init?(members: Int) {
    guard (1...Self.maximumMembers).contains(members) else { return nil }
    self.members = members
  }

  /// How many may be Byzantine: f = ⌊(n − 1) / 3⌋.
  package var faults: Int { (members - 1) / 3 }

  /// How many make a certificate: q = ⌊2n / 3⌋ + 1.
  package var quorum: Int { 2 * members / 3 + 1 }

  /// How many include at least one honest member: f + 1.
  package var witness: Int { faults + 1 }

  /// How many members any two conflicting quorums expose: 2q − n.
  package var exposed: Int { 2 * quorum - members }
}
