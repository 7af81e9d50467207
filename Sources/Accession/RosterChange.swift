import CBOR
import Cryptography
import Membership
import Trade

/// A new member's entry with the signatures that its own keys make: nobody joins unasked, or with keys that it does not
/// hold.
package struct Admission: Hashable, Sendable, CBORCodable {
  package let member: Member
  /// How it values, converts and rounds; nil for a member that takes part without levying anything.
  package let profile: CustomsProfile?
  /// ``Possession`` by the authority key and by the node key, in this order.
  package let possessions: [SignedStatement]
  /// ``RootApproval`` of the whole entry, by the root key in it: its proof of possession.
  package let approval: SignedStatement

  package init(
    member: Member, profile: CustomsProfile? = nil, possessions: [SignedStatement], approval: SignedStatement
  ) {
    (self.member, self.profile, self.possessions, self.approval) = (member, profile, possessions, approval)
  }

  /// The keys whose possession is proved by a statement of its own, in the order of the statements.
  package static let certified: [KeyRole] = [.authority, .node]

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(member)
    writer.optional(profile) { $0.value($1) }
    writer.list(possessions)
    writer.value(approval)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    member = try reader.value()
    profile = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.value(CustomsProfile.self)
    }
    possessions = try reader.list(max: Self.certified.count)
    approval = try reader.value()
    reader.leave()
  }
}

/// One of a member's keys for another. The key before stays in the state, and never serves again.
package struct Rotation: Hashable, Sendable, CBORCodable {
  package let member: MemberID
  package let role: KeyRole
  package let key: PublicKey
  /// ``Possession`` by the new key.
  package let possession: SignedStatement
  /// ``RootApproval`` by the root key on the roster: for another root key, by the one before.
  package let approval: SignedStatement

  package init(
    member: MemberID, role: KeyRole, key: PublicKey, possession: SignedStatement, approval: SignedStatement
  ) {
    (self.member, self.role, self.key) = (member, role, key)
    (self.possession, self.approval) = (possession, approval)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(member)
    writer.value(role)
    writer.value(key)
    writer.value(possession)
    writer.value(approval)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    member = try reader.value()
    role = try reader.value()
    key = try reader.value()
    possession = try reader.value()
    approval = try reader.value()
    reader.leave()
  }
}

/// One change of who belongs to the bloc, with which keys, under which rules (`Protocol/membership.md`, A4).
///
/// Encoded as an array that begins with the number of its kind.
package enum RosterChange: Hashable, Sendable, CBORCodable {
  case admit(Admission)
  case suspend(MemberID)
  /// Ends a suspension, and settles all evidence of earlier epochs.
  case reinstate(MemberID)
  case withdraw(MemberID, approval: SignedStatement)
  case rotate(Rotation)
  case pins(MemberID, [Digest], approval: SignedStatement)
  /// From the block of that height on, blocks are executed by that version of the rules.
  case rules(version: UInt64, height: UInt64)

  /// The member that it is about, nil for the rules.
  package var subject: MemberID? {
    switch self {
    case .admit(let admission): admission.member.id
    case .suspend(let member), .reinstate(let member), .withdraw(let member, _), .pins(let member, _, _): member
    case .rotate(let rotation): rotation.member
    case .rules: nil
    }
  }

  /// Whether it is a member's own affair, which its root key decides with a witness of the others.
  package var isOwnAffair: Bool {
    switch self {
    case .withdraw, .rotate, .pins: true
    case .admit, .suspend, .reinstate, .rules: false
    }
  }

  /// The approval that it carries.
  package var approval: SignedStatement? {
    switch self {
    case .admit(let admission): admission.approval
    case .withdraw(_, let approval), .pins(_, _, let approval): approval
    case .rotate(let rotation): rotation.approval
    case .suspend, .reinstate, .rules: nil
    }
  }

  /// What a root key approves: the digest of the change without its signatures; nil for what needs no approval.
  package var approved: Digest? {
    switch self {
    case .admit(let admission): Self.approvedAdmission(of: admission.member, profile: admission.profile)
    case .withdraw(let member, _): Self.approvedWithdrawal(of: member)
    case .rotate(let rotation): Self.approvedRotation(of: rotation.member, rotation.role, to: rotation.key)
    case .pins(let member, let pins, _): Self.approvedPins(of: member, pins)
    case .suspend, .reinstate, .rules: nil
    }
  }

  /// What a newcomer's root key approves: the whole entry, and the profile.
  package static func approvedAdmission(of member: Member, profile: CustomsProfile? = nil) -> Digest {
    var writer = CBORWriter()
    writer.array(3)
    writer.unsigned(0)
    writer.value(member)
    writer.optional(profile) { $0.value($1) }
    return Digest.of(.change, writer.bytes)
  }

  /// What the root key of a member that leaves approves.
  package static func approvedWithdrawal(of member: MemberID) -> Digest {
    var writer = CBORWriter()
    writer.array(2)
    writer.unsigned(3)
    writer.value(member)
    return Digest.of(.change, writer.bytes)
  }

  /// What a root key approves before another key takes over.
  package static func approvedRotation(of member: MemberID, _ role: KeyRole, to key: PublicKey) -> Digest {
    var writer = CBORWriter()
    writer.array(4)
    writer.unsigned(4)
    writer.value(member)
    writer.value(role)
    writer.value(key)
    return Digest.of(.change, writer.bytes)
  }

  /// What a root key approves before other pins stand in the entry.
  package static func approvedPins(of member: MemberID, _ pins: [Digest]) -> Digest {
    var writer = CBORWriter()
    writer.array(3)
    writer.unsigned(5)
    writer.value(member)
    writer.list(pins)
    return Digest.of(.change, writer.bytes)
  }
}

extension RosterChange {
  package func encode(to writer: inout CBORWriter) {
    switch self {
    case .admit(let admission):
      writer.array(2)
      writer.unsigned(0)
      writer.value(admission)
    case .suspend(let member): Self.encode(1, member, to: &writer)
    case .reinstate(let member): Self.encode(2, member, to: &writer)
    case .withdraw(let member, let approval):
      writer.array(3)
      writer.unsigned(3)
      writer.value(member)
      writer.value(approval)
    case .rotate(let rotation):
      writer.array(2)
      writer.unsigned(4)
      writer.value(rotation)
    case .pins(let member, let pins, let approval):
      writer.array(4)
      writer.unsigned(5)
      writer.value(member)
      writer.list(pins)
      writer.value(approval)
    case .rules(let version, let height):
      writer.array(3)
      writer.unsigned(6)
      writer.unsigned(version)
      writer.unsigned(height)
    }
  }

  private static func encode(_ kind: UInt64, _ member: MemberID, to writer: inout CBORWriter) {
    writer.array(2)
    writer.unsigned(kind)
    writer.value(member)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    let count = try reader.array(max: 4)
    let kind = try reader.unsigned()
    switch (kind, count) {
    case (0, 2): self = .admit(try reader.value())
    case (1, 2): self = .suspend(try reader.value())
    case (2, 2): self = .reinstate(try reader.value())
    case (3, 3): self = .withdraw(try reader.value(), approval: try reader.value())
    case (4, 2): self = .rotate(try reader.value())
    case (5, 4):
      self = .pins(try reader.value(), try reader.list(max: Member.maximumPins), approval: try reader.value())
    case (6, 3): self = .rules(version: try reader.unsigned(), height: try reader.unsigned())
    case (0...6, _): throw .wrongCount
    default: throw .unknownValue
    }
    reader.leave()
  }
}
