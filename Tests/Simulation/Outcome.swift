/// What came of a world.
package struct Outcome: Sendable {
  package let seed: UInt64
  /// What a judge had to say; nil if all were silent.
  package let verdict: Verdict?
  /// The running digest over everything that happened.
  package let history: String
  package let counts: Counts
  /// The kinds of the members that evidence exposed, in the order of the roster.
  package let exposed: [AdversaryKind]
  /// What happened, line by line, if that was asked for.
  package let story: [String]
}

/// What a judge found.
package struct Verdict: Hashable, Sendable {
  package let judge: String
  /// Virtual milliseconds since the world began.
  package let time: Int64
  package let reason: String
}

/// What is counted: only what really happened.
package enum Figure: Int, CaseIterable, Sendable {
  case members, byzantineMembers, blocks, tables, events, messages
  case lost, duplicated, late, partitions, oneWayPartitions
  case crashes, unheardWrites, tornWrites, oldCopies, lostGuards
  case skewedClocks, clockJumps, backwardJumps, hourJumps
  case stalledDisks, slowDisks, crowds, displaced, wideWorlds
  case attacks, evidence, nullifications, submitted, committed, refused, bundles
  case forks, exposedColluders, epochs, epochsEntered

  /// The name in words: `clock jumps`.
  package var words: String {
    "\(self)".reduce(into: "") { words, letter in
      if letter.isUppercase { words += " " }
      words += letter.lowercased()
    }
  }
}

/// Figures of a run.
package struct Counts: Sendable {
  package var milliseconds: Int64 = 0
  /// The longest that anything took after the faults, in hundredths of what the judge of liveness allows.
  package var slowest: Int64 = 0
  /// How often members of a kind did what they try.
  package private(set) var attacks: [AdversaryKind: Int] = [:]
  private var figures = [Int](repeating: 0, count: Figure.allCases.count)

  package init() {}

  package subscript(figure: Figure) -> Int {
    get { figures[figure.rawValue] }
    set { figures[figure.rawValue] = newValue }
  }

  mutating func attacked(_ kind: AdversaryKind, _ times: Int) {
    guard times > 0 else { return }
    attacks[kind, default: 0] += times
    self[.attacks] += times
  }

  package mutating func add(_ other: Counts) {
    milliseconds += other.milliseconds
    slowest = max(slowest, other.slowest)
    for place in figures.indices { figures[place] += other.figures[place] }
    attacks.merge(other.attacks, uniquingKeysWith: +)
  }
}
