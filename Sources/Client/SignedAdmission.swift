import Accession
import Cryptography
import Membership
import Trade

extension PrivateKey {
  /// Signs one statement with this key.
  package func signed(_ statement: some Statement, network: NetworkID) throws(KeyError) -> SignedStatement {
    try SigningRequest(statement).signed(algorithm: publicKey.algorithm, network: network) {
      (bytes: [UInt8]) throws(KeyError) in try signature(over: bytes)
    }
  }
}

extension Admission {
  /// A newcomer's own request to join: its entry, proofs that it holds its keys, and its root key's approval until an
  /// instant. The keys must be those of the entry; nil where one of them is missing. The profile is how it values imports, for a
  /// member that levies duties.
  package static func signed(
    for member: Member, profile: CustomsProfile?, by keys: [KeyRole: PrivateKey], network: NetworkID,
    approvedUntil end: Instant
  ) throws(KeyError) -> Admission? {
    guard let root = keys[.root] else { return nil }
    var possessions: [SignedStatement] = []
    for role in certified {
      guard let key = keys[role] else { return nil }
      let possession = Possession(member: member.id, role: role, key: key.publicKey)
      possessions.append(try key.signed(possession, network: network))
    }
    let approval = RootApproval(
      member: member.id, root: root.publicKey, notAfter: end.milliseconds,
      change: RosterChange.approvedAdmission(of: member, profile: profile))
    return Admission(
      member: member, profile: profile, possessions: possessions, approval: try root.signed(approval, network: network))
  }
}
