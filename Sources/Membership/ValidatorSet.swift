import CBOR
import Cryptography

/// One member that takes part in agreement: its id and the key under which its votes verify.
package struct Validator: Hashable, Sendable, CBORCodable {
  package let id: MemberID
  package let node: PublicKey

  package init(id: MemberID, node: PublicKey) { (self.id, self.node) = (id, node) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(id)
    writer.value(node)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    id = try reader.value()
    node = try reader.value()
    reader.leave()
  }
}

/// The members that take part in agreement during one epoch, ascending by id. A validator's index is its place.
///
/// It is all that a verifier of certificates needs of a roster, and small enough to travel with every proof.
package struct ValidatorSet: Hashable, Sendable, CBORCodable {
  package let members: [Validator]
  package let quorum: Quorum

  /// Nil unless the ids strictly ascend, no key stands there twice, and their number is lawful.
  package init?(_ members: [Validator]) {
    guard let quorum = Quorum(members: members.count), Set(members.map(\.node)).count == members.count,
      zip(members, members.dropFirst()).allSatisfy({ $0.id < $1.id })
    else { return nil }
    (self.members, self.quorum) = (members, quorum)
  }

  /// Everyone on a roster.
  package init(_ roster: Roster) {
    members = roster.members.map { Validator(id: $0.id, node: $0.node) }
    quorum = roster.quorum
  }

  /// A validator's place in the order, or nil for anyone else.
  package func index(of id: MemberID) -> Int? { members.place(of: id, by: \.id) }

  /// The validator of that id, or nil for anyone else.
  package subscript(id: MemberID) -> Validator? { index(of: id).map { members[$0] } }

  package func encode(to writer: inout CBORWriter) { writer.list(members) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let set = ValidatorSet(try reader.list(of: Validator.self, max: Quorum.maximumMembers)) else {
      throw .unknownValue
    }
    self = set
  }
}

/// Where the key is found that a member's signature must verify under.
package protocol KeyDirectory: Sendable {
  /// Nil for a member or a role that is not known there.
  func key(of member: MemberID, _ role: KeyRole) -> PublicKey?
}

extension Roster: KeyDirectory {
  package func key(of member: MemberID, _ role: KeyRole) -> PublicKey? { self[member]?.key(role) }
}

extension ValidatorSet: KeyDirectory {
  package func key(of member: MemberID, _ role: KeyRole) -> PublicKey? { role == .node ? self[member]?.node : nil }
}
