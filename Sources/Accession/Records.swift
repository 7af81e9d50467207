import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// Where a member stands.
package enum MemberStatus: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// Adopted, its entry still to come: it has sessions and follows, and may say that it is ready.
  case signatory = 0
  /// Takes part in everything.
  case full = 1
  /// On the roster; nothing that it sends counts.
  case suspended = 2
  /// Off the roster. Its keys never come back.
  case withdrawn = 3

  package var name: String {
    switch self {
    case .signatory: "SIGNATORY"
    case .full: "FULL"
    case .suspended: "SUSPENDED"
    case .withdrawn: "WITHDRAWN"
    }
  }
}

/// Where a member stands and since when: [status, since, motion or null, ready until or null, settled before].
package struct MemberStanding: Hashable, Sendable, CBORCodable {
  package var status: MemberStatus
  package var since: Instant
  /// The motion that led here; nil from genesis.
  package var motion: Digest?
  /// Until when a declaration of readiness holds.
  package var readyUntil: Instant?
  /// Evidence from epochs before this one is settled (A16).
  package var settledBefore: Epoch

  package init(
    status: MemberStatus, since: Instant, motion: Digest?, readyUntil: Instant? = nil, settledBefore: Epoch = .zero
  ) {
    (self.status, self.since, self.motion) = (status, since, motion)
    (self.readyUntil, self.settledBefore) = (readyUntil, settledBefore)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(status)
    writer.value(since)
    writer.optional(motion) { $0.value($1) }
    writer.optional(readyUntil) { $0.value($1) }
    writer.value(settledBefore)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    status = try reader.value()
    since = try reader.value()
    motion = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Digest.self) }
    readyUntil = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.value(Instant.self)
    }
    settledBefore = try reader.value()
    reader.leave()
  }
}

/// What became of a motion: [tag, instant or null, refusal or null].
package enum MotionOutcome: Hashable, Sendable, CBORCodable {
  case open
  /// Adopted; what it changes waits for its entry instant.
  case adopted(Instant)
  /// What it changes holds.
  case entered(Instant)
  /// Closed without enough ballots.
  case lapsed(Instant)
  /// Adopted, and no longer possible when it was to take effect.
  case void(Instant, AccessionRefusal)

  package func encode(to writer: inout CBORWriter) {
    let (tag, instant, refusal) = fields
    writer.array(3)
    writer.unsigned(tag)
    writer.optional(instant) { $0.value($1) }
    writer.optional(refusal) { $0.unsigned(UInt64($1.rawValue)) }
  }

  private var fields: (UInt64, Instant?, AccessionRefusal?) {
    switch self {
    case .open: (0, nil, nil)
    case .adopted(let instant): (1, instant, nil)
    case .entered(let instant): (2, instant, nil)
    case .lapsed(let instant): (3, instant, nil)
    case .void(let instant, let refusal): (4, instant, refusal)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    let tag = try reader.unsigned()
    let instant = try reader.optional { (reader: inout CBORReader) throws(CBORError) in
      try reader.value(Instant.self)
    }
    let refusal = try reader.optional { (reader: inout CBORReader) throws(CBORError) -> AccessionRefusal in
      guard let refusal = AccessionRefusal(rawValue: try reader.narrow()) else { throw .unknownValue }
      return refusal
    }
    reader.leave()
    switch (tag, instant, refusal) {
    case (0, nil, nil): self = .open
    case (1, let instant?, nil): self = .adopted(instant)
    case (2, let instant?, nil): self = .entered(instant)
    case (3, let instant?, nil): self = .lapsed(instant)
    case (4, let instant?, let refusal?): self = .void(instant, refusal)
    case (_, _, _): throw .unknownValue
    }
  }

  package var name: String {
    switch self {
    case .open: "OPEN"
    case .adopted: "ADOPTED"
    case .entered: "ENTERED"
    case .lapsed: "LAPSED"
    case .void: "VOID"
    }
  }
}

/// A motion with its ballots: [motion, by, [[signing, yes], …], outcome].
package struct MotionRecord: Hashable, Sendable, CBORCodable {
  /// One member's ballot.
  package struct Entry: Hashable, Sendable, CBORCodable {
    package let by: Signing
    package let isYes: Bool

    package init(by: Signing, isYes: Bool) { (self.by, self.isYes) = (by, isYes) }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.value(by)
      writer.bool(isYes)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      by = try reader.value()
      isYes = try reader.bool()
      reader.leave()
    }
  }

  package let motion: Motion
  package let by: Signing
  /// Ascending by member; whoever filed the motion and may vote on it voted YES by that.
  package var ballots: [Entry]
  package var outcome: MotionOutcome

  package init(motion: Motion, by: Signing, ballots: [Entry] = [], outcome: MotionOutcome = .open) {
    (self.motion, self.by, self.ballots, self.outcome) = (motion, by, ballots, outcome)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(motion)
    writer.value(by)
    writer.list(ballots)
    writer.value(outcome)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    motion = try reader.value()
    by = try reader.value()
    ballots = try reader.list(max: 4_096)
    outcome = try reader.value()
    reader.leave()
  }
}

/// A public key that stands, or stood, on the roster: [key, member, role, first epoch, last epoch or null].
package struct KeyRecord: Hashable, Sendable, CBORCodable {
  package let key: PublicKey
  package let member: MemberID
  package let role: KeyRole
  package let first: Epoch
  /// The last epoch in which it held; nil while it does.
  package var last: Epoch?

  package init(key: PublicKey, member: MemberID, role: KeyRole, first: Epoch, last: Epoch? = nil) {
    (self.key, self.member, self.role, self.first, self.last) = (key, member, role, first, last)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(key)
    writer.value(member)
    writer.value(role)
    writer.value(first)
    writer.optional(last) { $0.value($1) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    key = try reader.value()
    member = try reader.value()
    role = try reader.value()
    first = try reader.value()
    last = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Epoch.self) }
    reader.leave()
  }
}

/// An epoch's validators: [epoch, height of the block that closed the one before, validators, restart or null].
package struct EpochRecord: Hashable, Sendable, CBORCodable {
  package let epoch: Epoch
  /// The height of the block that closed the epoch before; 0 for the first, which the genesis block opens.
  package let closing: Height
  package let validators: ValidatorSet
  /// The digest of the restart document that opened it, where no block closed the epoch before.
  package let restart: Digest?

  package init(epoch: Epoch, closing: Height, validators: ValidatorSet, restart: Digest? = nil) {
    (self.epoch, self.closing, self.validators, self.restart) = (epoch, closing, validators, restart)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(4)
    writer.value(epoch)
    writer.value(closing)
    writer.value(validators)
    writer.optional(restart) { $0.value($1) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 4)
    epoch = try reader.value()
    closing = try reader.value()
    validators = try reader.value()
    restart = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(Digest.self) }
    reader.leave()
  }
}

/// A restart after the loss of too many members: [digest of the document, height of the block it starts from].
package struct RestartRecord: Hashable, Sendable, CBORCodable {
  package let document: Digest
  package let start: Height

  package init(document: Digest, start: Height) { (self.document, self.start) = (document, start) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(document)
    writer.value(start)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    document = try reader.value()
    start = try reader.value()
    reader.leave()
  }
}

/// That evidence against a member was recorded: [identity of the transaction, block time].
package struct FaultRecord: Hashable, Sendable, CBORCodable {
  package let transaction: Digest
  package let at: Instant

  package init(transaction: Digest, at: Instant) { (self.transaction, self.at) = (transaction, at) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(transaction)
    writer.value(at)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    transaction = try reader.value()
    at = try reader.value()
    reader.leave()
  }
}

/// What evidence is recorded by, once: ordered by member, epoch and view.
package struct FaultKey: Hashable, Sendable, Comparable {
  package let member: MemberID
  package let epoch: Epoch
  package let view: View

  package init(member: MemberID, epoch: Epoch, view: View) {
    (self.member, self.epoch, self.view) = (member, epoch, view)
  }

  package static func < (left: FaultKey, right: FaultKey) -> Bool {
    (left.member, left.epoch, left.view) < (right.member, right.epoch, right.view)
  }
}

/// From which height on which version of the rules executes blocks: [version, height].
package struct RulesUpgrade: Hashable, Sendable, CBORCodable {
  package let version: UInt64
  package let height: UInt64

  package init(version: UInt64, height: UInt64) { (self.version, self.height) = (version, height) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.unsigned(version)
    writer.unsigned(height)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    version = try reader.unsigned()
    height = try reader.unsigned()
    reader.leave()
  }
}

/// The keys of what belonging to the bloc consists of.
extension EntryKey {
  package static func member(_ id: MemberID) -> EntryKey { EntryKey(.roster, Array(id.text.utf8)) }

  package static func profile(_ id: MemberID) -> EntryKey { EntryKey(.profiles, Array(id.text.utf8)) }

  package static func standing(_ id: MemberID) -> EntryKey { EntryKey(.standings, Array(id.text.utf8)) }

  package static func motion(_ identity: Digest) -> EntryKey { EntryKey(.motions, identity.bytes) }

  package static func key(_ key: PublicKey) -> EntryKey { EntryKey(.keys, Digest.of(.key, key.encoded).bytes) }

  package static func epoch(_ epoch: Epoch) -> EntryKey { EntryKey(.epochs, bigEndian(epoch.number)) }

  package static func fault(_ fault: FaultKey) -> EntryKey {
    EntryKey(
      .faults, Array(fault.member.text.utf8) + [0] + bigEndian(fault.epoch.number) + bigEndian(fault.view.number))
  }

  package static func restart(_ epoch: Epoch) -> EntryKey { EntryKey(.restarts, bigEndian(epoch.number)) }

  package static func recent(_ height: Height) -> EntryKey { EntryKey(.recent, bigEndian(height.number)) }

  /// The list of ``RulesUpgrade``, by height; absent until there is one.
  package static let upgrades = EntryKey(.parameters, Array("upgrades".utf8))
}
