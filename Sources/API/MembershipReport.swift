/// `GET /v1/motions`: what was put to the members about who belongs to the bloc, the newest first.
package struct MotionList: Codable, Hashable, Sendable {
  package let motions: [MotionReport]

  package init(motions: [MotionReport]) { self.motions = motions }
}

/// `GET /v1/motions/{identity}`: one motion with its ballots.
package struct MotionReport: Codable, Hashable, Sendable {
  /// The identity of the transaction that filed it: 64 hexadecimal digits.
  package let motion: String
  package let title: String
  /// SHA-256 of the treaty or decision that it carries out.
  package let instrument: String
  package let filedBy: String
  package let filedAt: InstantValue
  /// The block time from which on no ballot counts.
  package let closesAt: InstantValue
  /// When it enters; nil for at once with its adoption.
  package let entersAt: InstantValue?
  /// `OPEN`, `ADOPTED` (its entry is to come), `ENTERED`, `LAPSED` or `VOID`.
  package let outcome: String
  package let decidedAt: InstantValue?
  /// Why it could not take effect, where it is `VOID`.
  package let reason: String?
  package let changes: [ChangeLine]
  /// Whether it brings another distribution of the policy votes.
  package let hasVotes: Bool
  package let yes: [String]
  package let no: [String]

  package init(
    motion: String, title: String, instrument: String, filedBy: String, filedAt: InstantValue, closesAt: InstantValue,
    entersAt: InstantValue?, outcome: String, decidedAt: InstantValue?, reason: String?, changes: [ChangeLine],
    hasVotes: Bool, yes: [String], no: [String]
  ) {
    (self.motion, self.title, self.instrument) = (motion, title, instrument)
    (self.filedBy, self.filedAt, self.closesAt, self.entersAt) = (filedBy, filedAt, closesAt, entersAt)
    (self.outcome, self.decidedAt, self.reason) = (outcome, decidedAt, reason)
    (self.changes, self.hasVotes, self.yes, self.no) = (changes, hasVotes, yes, no)
  }
}

/// One change of a motion.
package struct ChangeLine: Codable, Hashable, Sendable {
  /// `ADMIT`, `SUSPEND`, `REINSTATE`, `WITHDRAW`, `ROTATE`, `PINS` or `RULES`.
  package let kind: String
  package let member: String?
  package let sentence: String
  /// The fingerprints of the keys that it brings, by role.
  package let fingerprints: [String: String]

  package init(kind: String, member: String?, sentence: String, fingerprints: [String: String]) {
    (self.kind, self.member, self.sentence, self.fingerprints) = (kind, member, sentence, fingerprints)
  }
}

/// `GET /v1/epochs`: the stretches with one roster, ascending.
package struct EpochList: Codable, Hashable, Sendable {
  package let epochs: [EpochReport]

  package init(epochs: [EpochReport]) { self.epochs = epochs }
}

/// One epoch.
package struct EpochReport: Codable, Hashable, Sendable {
  package let epoch: UInt64
  /// The height of the block that closed the epoch before.
  package let closingHeight: UInt64
  package let validators: [String]
  package let quorum: Int
  /// How many may fail or lie.
  package let faults: Int
  /// The digest of the restart document that opened it; nil where a block did.
  package let restart: String?

  package init(
    epoch: UInt64, closingHeight: UInt64, validators: [String], quorum: Int, faults: Int, restart: String?
  ) {
    (self.epoch, self.closingHeight, self.validators) = (epoch, closingHeight, validators)
    (self.quorum, self.faults, self.restart) = (quorum, faults, restart)
  }
}

/// Where a member stands in the bloc.
package struct StandingReport: Codable, Hashable, Sendable {
  /// `SIGNATORY`, `FULL`, `SUSPENDED` or `WITHDRAWN`.
  package let status: String
  package let since: InstantValue
  /// Whether it takes part in agreement in the present epoch.
  package let validates: Bool
  /// Until when its declaration of readiness holds, while it waits to take part.
  package let readyUntil: InstantValue?

  package init(status: String, since: InstantValue, validates: Bool, readyUntil: InstantValue?) {
    (self.status, self.since, self.validates, self.readyUntil) = (status, since, validates, readyUntil)
  }
}
