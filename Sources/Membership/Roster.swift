import CBOR
import Cryptography

/// The purposes that a member's keys serve. A statement names the role whose key signs it.
package enum KeyRole: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// Offline; certifies and replaces the others, signs the genesis.
  case root = 0
  /// The ministry's: signs proposals, ballots and dockets.
  case authority = 1
  /// The daemon's: signs consensus votes and session greetings.
  case node = 2
}

/// What a member is.
package enum MemberKind: UInt8, Hashable, Sendable, CBORCodable {
  case state = 0
  case customsUnion = 1
}

/// One member as the roster has it: identity, keys and TLS pins.
package struct Member: Hashable, Sendable, CBORCodable {
  package static let maximumPins = 2
  package static let maximumNameLength = 128

  package let id: MemberID
  /// The name for people, UTF-8.
  package let name: String
  package let kind: MemberKind
  package let root: PublicKey
  package let authority: PublicKey
  package let node: PublicKey
  /// SHA-256 digests of the SubjectPublicKeyInfo of the member's certificate authority or leaf: one, or two while rotating.
  package let pins: [Digest]

  package init(
    id: MemberID, name: String, kind: MemberKind, root: PublicKey, authority: PublicKey, node: PublicKey, pins: [Digest]
  ) {
    (self.id, self.name, self.kind, self.pins) = (id, name, kind, pins)
    (self.root, self.authority, self.node) = (root, authority, node)
  }

  package func key(_ role: KeyRole) -> PublicKey {
    switch role {
    case .root: root
    case .authority: authority
    case .node: node
    }
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(7)
    writer.value(id)
    writer.text(name)
    writer.value(kind)
    for role in KeyRole.allCases { writer.value(key(role)) }
    writer.list(pins)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 7)
    id = try reader.value()
    name = try reader.prose(max: Self.maximumNameLength)
    kind = try reader.value()
    root = try reader.value()
    authority = try reader.value()
    node = try reader.value()
    pins = try reader.list(max: Self.maximumPins)
    reader.leave()
  }
}

/// Why a list of members is no roster.
package enum RosterError: Error, Hashable, Sendable {
  case empty
  case tooMany(Int)
  case duplicateMember(MemberID)
  /// No public key ever appears twice, across members and roles.
  case duplicateKey(MemberID)
  /// A key off its curve, of small order or not canonically encoded.
  case unacceptableKey(MemberID, KeyRole)
  case missingPin(MemberID)
}

/// The members of a network, ascending by id. A validator's index is its place in this order.
package struct Roster: Hashable, Sendable, CBORCodable {
  package let members: [Member]
  package let quorum: Quorum

  /// Sorts and checks: distinct ids, distinct acceptable keys, at least one pin each.
  package init(_ members: [Member]) throws(RosterError) {
    guard !members.isEmpty else { throw .empty }
    guard let quorum = Quorum(members: members.count) else { throw .tooMany(members.count) }
    self.quorum = quorum
    self.members = members.sorted { $0.id < $1.id }
    for (member, next) in zip(self.members, self.members.dropFirst()) where member.id == next.id {
      throw .duplicateMember(member.id)
    }
    var seen: Set<PublicKey> = []
    for member in self.members {
      guard !member.pins.isEmpty else { throw .missingPin(member.id) }
      for role in KeyRole.allCases {
        guard seen.insert(member.key(role)).inserted else { throw .duplicateKey(member.id) }
        guard member.key(role).isAcceptable else { throw .unacceptableKey(member.id, role) }
      }
    }
  }

  /// A member's place in the order, or nil for a stranger.
  package func index(of id: MemberID) -> Int? { members.place(of: id, by: \.id) }

  /// The member of that id, or nil for a stranger.
  package subscript(id: MemberID) -> Member? { index(of: id).map { members[$0] } }

  package func encode(to writer: inout CBORWriter) { writer.list(members) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    let members = try reader.list(of: Member.self, max: Quorum.maximumMembers)
    for (member, next) in zip(members, members.dropFirst()) where !(member.id < next.id) { throw .keysOutOfOrder }
    guard let roster = try? Roster(members) else { throw .unknownValue }
    self = roster
  }
}
