import CBOR
import Consensus
import struct Consensus.Evidence
import Cryptography
import Membership
import Negotiation
import Trade

/// What is put to the members: changes of the bloc, and the policy votes that hold with them (`Protocol/membership.md`,
/// A2).
package struct Motion: Hashable, Sendable, CBORCodable {
  package static let longestTitle = 256
  package static let mostChanges = 256
  package static let mostItems = 1_024

  /// For people, UTF-8.
  package let title: String
  /// SHA-256 of the treaty, decision or note that the motion carries out.
  package let instrument: Digest
  /// The block time from which on no ballot counts any more.
  package let closes: Instant
  /// When what was adopted enters: at the first block at or after it. With the adoption itself where absent.
  package let entry: Instant?
  package let changes: [RosterChange]
  /// The votes on every item, ascending, over all that are full members after the motion; where absent, those that
  /// there are, and what leaves with a member is shared out among the others.
  package let votes: [ItemVotes]?

  package init(
    title: String, instrument: Digest, closes: Instant, entry: Instant? = nil, changes: [RosterChange],
    votes: [ItemVotes]? = nil
  ) {
    (self.title, self.instrument, self.closes, self.entry) = (title, instrument, closes, entry)
    (self.changes, self.votes) = (changes, votes)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    writer.text(title)
    writer.value(instrument)
    writer.value(closes)
    writer.optional(entry) { $0.value($1) }
    writer.list(changes)
    writer.optional(votes) { $0.list($1) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    title = try reader.prose(max: Self.longestTitle)
    instrument = try reader.value()
    closes = try reader.value()
    entry = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Instant.self) }
    changes = try reader.list(max: Self.mostChanges)
    votes = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.list(of: ItemVotes.self, max: Self.mostItems)
    }
    reader.leave()
  }
}

/// A member's ballot on a motion: [motion, yes].
package struct MotionBallot: Hashable, Sendable, CBORCodable {
  /// The identity of the transaction that filed the motion.
  package let motion: Digest
  package let isYes: Bool

  package init(motion: Digest, isYes: Bool) { (self.motion, self.isYes) = (motion, isYes) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(motion)
    writer.bool(isYes)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    motion = try reader.value()
    isYes = try reader.bool()
    reader.leave()
  }
}

/// A member's node says that it executed the chain up to this recent final block: [height, digest] (A12).
package struct Readiness: Hashable, Sendable, CBORCodable {
  package let height: Height
  package let block: Digest

  package init(height: Height, block: Digest) { (self.height, self.block) = (height, block) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(height)
    writer.value(block)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    height = try reader.value()
    block = try reader.value()
    reader.leave()
  }
}

/// Two contradictory votes, and the node key under which both verify: [evidence, key] (A15). Whether that was the
/// member's key in the epoch of the votes is for the state to say.
package struct Exposure: Hashable, Sendable, CBORCodable {
  package let evidence: Evidence
  package let key: PublicKey

  package init(evidence: Evidence, key: PublicKey) { (self.evidence, self.key) = (evidence, key) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(evidence)
    writer.value(key)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    evidence = try reader.value()
    key = try reader.value()
    reader.leave()
  }
}

/// What a member can do about who belongs to the bloc. Each is the body of a transaction whose statement type says
/// which it is.
package enum AccessionAct: Hashable, Sendable, CBOREncodable {
  case motion(Motion)
  case ballot(MotionBallot)
  case ready(Readiness)
  case evidence(Exposure)

  /// The type under which it is signed.
  package var statementType: StatementType {
    switch self {
    case .motion: .motion
    case .ballot: .motionBallot
    case .ready: .ready
    case .evidence: .evidence
    }
  }

  /// Writes it as one item; the type stands in the statement, not here.
  package func encode(to writer: inout CBORWriter) {
    switch self {
    case .motion(let motion): writer.value(motion)
    case .ballot(let ballot): writer.value(ballot)
    case .ready(let readiness): writer.value(readiness)
    case .evidence(let exposure): writer.value(exposure)
    }
  }

  /// Reads what a statement type stands for; nil for a type that is none of these, with nothing read.
  package init?(_ type: StatementType, from reader: inout CBORReader) throws(CBORError) {
    switch type {
    case .motion: self = .motion(try reader.value())
    case .motionBallot: self = .ballot(try reader.value())
    case .ready: self = .ready(try reader.value())
    case .evidence: self = .evidence(try reader.value())
    case .genesis, .rootApproval, .possession, .hello, .notarize, .nullify, .finalize, .status, .snapshotManifest,
      .freeze, .restart, .restartApproval, .memorandum, .docketOpen, .docketWithdraw, .commitment, .reveal, .ballot,
      .deskSheet, .deskApproval:
      return nil
    }
  }
}
