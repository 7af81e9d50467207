/// What can go wrong in a world besides delays, which there always are.
package enum Fault: String, CaseIterable, Sendable {
  /// Messages get lost.
  case loss
  /// Messages arrive twice.
  case duplicate
  /// Some messages take much longer than others, and arrive after later ones.
  case reorder
  /// The network splits into parts, also so that one direction of a link is dead and the other is not.
  case partition
  /// Members stop at any moment and start again with what was durable.
  case crash
  /// Members' clocks differ.
  case skew
  /// Some disks are slow for a while.
  case stall
  /// One member, of four or more, tells different members different things.
  case equivocate
}

/// A rule that a world breaks on purpose, so that its judges can show that they see it.
package enum Mutation: String, CaseIterable, Sendable {
  /// The driver says that votes are durable before they are.
  case voteBeforeStored
  /// Certificates with one signature less than a quorum pass verification, and one member makes them.
  case thinCertificates
  /// Nobody verifies signatures, and one member signs in the names of others.
  case unverifiedSignatures
  /// One member more than agreement bears is Byzantine, and they work together.
  case tooManyEquivocators
  /// Submitters are told that a block is final as soon as it is proposed.
  case hastyAcknowledgement
  /// Disks lie: what they call durable is lost in a crash if it is not old.
  case lyingDisks
}

/// One world to run: everything that its history follows from.
package struct Scenario: Sendable {
  /// The shortest time in which a world comes to rest, in virtual milliseconds.
  package static let shortestRest: Int64 = 12_000

  package var seed: UInt64
  package var members: Int
  package var faults: Set<Fault>
  package var mutation: Mutation?
  /// How long faults happen, in virtual milliseconds.
  package var troubled: Int64
  /// How long the world then has to come to rest, in virtual milliseconds.
  package var healed: Int64
  /// Whether the world tells its story, a line for each thing that happens. It changes nothing else.
  package var isTold = false

  package init(
    seed: UInt64, members: Int, faults: Set<Fault> = Set(Fault.allCases), mutation: Mutation? = nil,
    troubled: Int64 = 12_000, healed: Int64 = 12_000
  ) {
    (self.seed, self.members, self.faults, self.mutation) = (seed, members, faults, mutation)
    (self.troubled, self.healed) = (troubled, healed)
  }

  /// How many members are Byzantine, restated in plain numbers: with n members agreement bears ⌊(n − 1) / 3⌋.
  var byzantine: Int {
    let borne = (members - 1) / 3
    switch mutation {
    case .tooManyEquivocators: return borne + 1
    case .thinCertificates, .unverifiedSignatures: return 1
    case .voteBeforeStored, .hastyAcknowledgement, .lyingDisks, nil:
      return faults.contains(.equivocate) ? min(1, borne) : 0
    }
  }
}

/// What came of a world.
package struct Outcome: Sendable {
  package let seed: UInt64
  /// What a judge had to say; nil if all were silent.
  package let verdict: Verdict?
  /// The running digest over everything that happened.
  package let history: String
  package let counts: Counts
  /// What happened, line by line, if that was asked for.
  package let story: [String]

  /// Figures of a run: what really happened.
  package struct Counts: Sendable {
    package var milliseconds: Int64 = 0
    package var blocks = 0
    package var events = 0
    package var messages = 0
    package var lost = 0
    package var duplicated = 0
    package var partitions = 0
    package var crashes = 0
    package var stalls = 0
    package var equivocations = 0
    package var evidence = 0
    package var submitted = 0
    package var committed = 0
    package var refused = 0
    package var nullifications = 0
    package var tables = 0

    package init() {}

    package mutating func add(_ other: Counts) {
      milliseconds += other.milliseconds
      blocks += other.blocks
      events += other.events
      messages += other.messages
      lost += other.lost
      duplicated += other.duplicated
      partitions += other.partitions
      crashes += other.crashes
      stalls += other.stalls
      equivocations += other.equivocations
      evidence += other.evidence
      submitted += other.submitted
      committed += other.committed
      refused += other.refused
      nullifications += other.nullifications
      tables += other.tables
    }
  }
}

/// What a judge found.
package struct Verdict: Hashable, Sendable {
  package let judge: String
  /// Virtual milliseconds since the world began.
  package let time: Int64
  package let reason: String
}
