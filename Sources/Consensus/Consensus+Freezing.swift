import Membership

/// What a member that is frozen still says of its votes (`Protocol/recovery.md`, V1 and V2).
extension Consensus {
  /// The member votes no more in this epoch: it follows. Votes that wait for a signature are never signed; those that are being
  /// stored may still be sent, for what is known when this returns covers them.
  package mutating func freeze() -> [Action] {
    guard standing != .halted else { return [] }
    standing = .following
    signing.removeAll()
    return handle(.workKnown(isWorkKnown))
  }

  /// The finalisation of the highest view that the member has.
  package var highestFinalisation: VerifiedCertificate? {
    [finalisation, pending].compactMap { $0 }.max { $0.view < $1.view }
  }

  /// The notarisation of the highest view that the member has above that.
  package var highestNotarisation: VerifiedCertificate? {
    let floor = highestFinalisation?.view ?? context.root.view
    return rounds.list.compactMap(\.notarisation).filter { $0.view > floor }.max { $0.view < $1.view }
  }

  /// The highest view of the epoch in which the member voted, as far as it knows.
  package var highestVoted: View? { lastVoted }
}
