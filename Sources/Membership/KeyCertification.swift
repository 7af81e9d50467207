import CBOR
import Cryptography

/// A new key says that it belongs to this member in this role: [member, role, key], signed by the key itself
/// (`Protocol/membership.md`, A5). Nobody can enter a key that he does not hold.
package struct Possession: Statement {
  package let member: MemberID
  package let role: KeyRole
  package let key: PublicKey

  package init(member: MemberID, role: KeyRole, key: PublicKey) {
    (self.member, self.role, self.key) = (member, role, key)
  }

  package var statementType: StatementType { .possession }
  package var signer: MemberID { member }

  package static func accepts(_ type: StatementType) -> Bool { type == .possession }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(member)
    writer.value(role)
    writer.value(key)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    member = try reader.value()
    role = try reader.value()
    key = try reader.value()
    reader.leave()
  }
}

/// A member's root key approves a change of the member's own entry: [member, root key, last instant, digest of the
/// change] (`Protocol/membership.md`, A6). The key that signs is named, so that the signature can be verified without
/// any state; whether it is the member's root is for the state to say.
package struct RootApproval: Statement {
  package let member: MemberID
  package let root: PublicKey
  /// The last block time at which a motion may be filed with it, in milliseconds since 1970.
  package let notAfter: Int64
  /// The digest of the change without its signatures.
  package let change: Digest

  package init(member: MemberID, root: PublicKey, notAfter: Int64, change: Digest) {
    (self.member, self.root, self.notAfter, self.change) = (member, root, notAfter, change)
  }

  package var statementType: StatementType { .rootApproval }
  package var signer: MemberID { member }

  package static func accepts(_ type: StatementType) -> Bool { type == .rootApproval }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(member)
    writer.value(root)
    writer.integer(notAfter)
    writer.value(change)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    member = try reader.value()
    root = try reader.value()
    notAfter = try reader.integer()
    change = try reader.value()
    reader.leave()
  }
}

/// One key of one member, whatever the role: the directory for statements that name their own key.
package struct SoleKey: KeyDirectory {
  package let member: MemberID
  package let key: PublicKey

  package init(member: MemberID, key: PublicKey) { (self.member, self.key) = (member, key) }

  package func key(of member: MemberID, _ role: KeyRole) -> PublicKey? { member == self.member ? key : nil }
}
