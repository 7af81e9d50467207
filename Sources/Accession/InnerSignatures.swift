import CBOR
import Consensus
import Cryptography
import Membership

/// The signatures inside an act. Each verifies under a key that stands beside it, so they are checked once, with the
/// signature of the transaction and without any state; what state has to add is whether the keys are the right ones
/// (`Protocol/membership.md`, A7).
extension AccessionAct {
  /// Refuses an act with a signature inside that does not verify, or with statements inside that are not those that
  /// belong there.
  package func verifySignatures(
    network: NetworkID, by verifier: some SignatureVerifier
  ) throws(AttestationError) {
    switch self {
    case .motion(let motion):
      for change in motion.changes { try change.verifySignatures(network: network, by: verifier) }
    case .evidence(let exposure): try exposure.verifySignatures(network: network, by: verifier)
    case .ballot, .ready: break
    }
  }
}

extension RosterChange {
  /// Refuses a change with a proof of possession or an approval that does not verify, or is not the one that belongs
  /// there.
  package func verifySignatures(
    network: NetworkID, by verifier: some SignatureVerifier
  ) throws(AttestationError) {
    switch self {
    case .admit(let admission):
      let member = admission.member
      guard admission.possessions.count == Admission.certified.count else { throw .wrongType }
      for (role, statement) in zip(Admission.certified, admission.possessions) {
        let wanted = Possession(member: member.id, role: role, key: member.key(role))
        try statement.verify(wanted, network, verifier)
      }
    case .rotate(let rotation):
      let wanted = Possession(member: rotation.member, role: rotation.role, key: rotation.key)
      try rotation.possession.verify(wanted, network, verifier)
    case .suspend, .reinstate, .withdraw, .pins, .rules: break
    }
    try verifyApproval(network, verifier)
  }

  private func verifyApproval(
    _ network: NetworkID, _ verifier: some SignatureVerifier
  ) throws(AttestationError) {
    guard let approval, let approved, let subject else { return }
    let signed = try Signed<RootApproval>(approval, as: .rootApproval)
    guard signed.content.member == subject, signed.content.change == approved else { throw .wrongType }
    let key = SoleKey(member: subject, key: signed.content.root)
    _ = try signed.attested(on: key, network: network, by: verifier)
  }

  /// The approval's content; nil where there is none or it does not decode.
  package var approvalContent: RootApproval? {
    guard let approval else { return nil }
    return try? RootApproval(decoding: approval.payload)
  }
}

extension SignedStatement {
  /// Whether this is that proof of possession, signed by the key itself.
  fileprivate func verify(
    _ wanted: Possession, _ network: NetworkID, _ verifier: some SignatureVerifier
  ) throws(AttestationError) {
    let signed = try Signed<Possession>(self, as: .possession)
    guard signed.content == wanted else { throw .wrongType }
    _ = try signed.attested(on: SoleKey(member: wanted.member, key: wanted.key), network: network, by: verifier)
  }
}

extension Exposure {
  /// The member that the two votes expose, with epoch and view, as the votes themselves say; nil if they do not decode,
  /// are not of one member, or do not contradict each other.
  package var claim: (member: MemberID, epoch: Epoch, view: View)? {
    guard let first = try? evidence.first.decoded().content, let second = try? evidence.second.decoded().content,
      first.member == second.member, first.subject.contradicts(second.subject)
    else { return nil }
    return (first.member, first.epoch, first.view)
  }

  fileprivate func verifySignatures(
    network: NetworkID, by verifier: some SignatureVerifier
  ) throws(AttestationError) {
    guard let member = claim?.member else { throw .wrongType }
    let key = SoleKey(member: member, key: key)
    for vote in [evidence.first, evidence.second] {
      _ = try vote.decoded().attested(on: key, network: network, by: verifier)
    }
  }
}
