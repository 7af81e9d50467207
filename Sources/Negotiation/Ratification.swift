import CBOR
import Membership

/// What a member says to a proposed floor.
package enum BallotChoice: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  case yes = 0
  case no = 1
  case abstain = 2

  package var name: String {
    switch self {
    case .yes: "YES"
    case .no: "NO"
    case .abstain: "ABSTAIN"
    }
  }

  /// The choice of that name, if there is one.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// The majority that a ballot needs.
package enum BallotKind: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  /// In each chamber more YES than NO votes.
  case simple = 0
  /// In each chamber YES from at least two thirds of the votes cast, and at least as many members with YES as with NO.
  case special = 1

  package var name: String {
    switch self {
    case .simple: "SIMPLE"
    case .special: "SPECIAL"
    }
  }

  /// The kind of that name, if there is one.
  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// The how-manieth time the members are called to the same ballot: the third time less presence is enough.
package enum BallotCall: UInt8, Hashable, Sendable, CaseIterable, CBORCodable {
  case first = 1
  case second = 2
  case third = 3

  /// The next call; nil after the last.
  package var next: BallotCall? { BallotCall(rawValue: rawValue + 1) }
}

/// One member's ballot.
package struct BallotEntry: Hashable, Sendable {
  package let member: MemberID
  package let choice: BallotChoice

  package init(member: MemberID, choice: BallotChoice) {
    self.member = member
    self.choice = choice
  }
}

/// Why ballots cannot be counted.
package enum RatificationError: Error, Hashable, Sendable {
  /// A member's ballot is listed twice.
  case duplicateBallot(MemberID)
}

/// What one chamber said.
package struct ChamberTally: Hashable, Sendable {
  package let chamber: Chamber
  package let yes: Int64
  package let no: Int64
  /// YES, NO and ABSTAIN together.
  package let present: Int64
  /// All votes of the chamber.
  package let total: Int64
  /// Whether enough votes were present.
  package let hasQuorum: Bool
  /// Whether the chamber agrees: quorum and majority.
  package let isPassed: Bool
}

/// The result of a ballot (Protocol/aggregation.md, rules V1 to V4).
package struct Ratification: Hashable, Sendable {
  package let kind: BallotKind
  package let call: BallotCall
  package let producer: ChamberTally
  package let consumer: ChamberTally
  /// How many members said YES and NO, whatever their votes.
  package let yesMembers: Int
  package let noMembers: Int

  /// Whether both chambers agree.
  package var isAdopted: Bool { producer.isPassed && consumer.isPassed }

  /// Whether votes enough were present in both chambers; without it a further call may follow.
  package var hasQuorum: Bool { producer.hasQuorum && consumer.hasQuorum }

  /// Counts ballots by the votes of both chambers. Pure and independent of the ballots' order.
  package init(
    producer: VoteRoll, consumer: VoteRoll, ballots: [BallotEntry], kind: BallotKind, call: BallotCall
  ) throws(RatificationError) {
    let sorted = ballots.sorted { $0.member < $1.member }
    for (ballot, next) in zip(sorted, sorted.dropFirst()) where ballot.member == next.member {
      throw .duplicateBallot(ballot.member)
    }
    let yesMembers = sorted.count { $0.choice == .yes }
    let noMembers = sorted.count { $0.choice == .no }
    self.kind = kind
    self.call = call
    self.yesMembers = yesMembers
    self.noMembers = noMembers
    let count = { (chamber: Chamber, roll: VoteRoll) in
      ChamberTally(
        chamber, roll, sorted, kind: kind, call: call, membersAgree: yesMembers >= noMembers)
    }
    self.producer = count(.producer, producer)
    self.consumer = count(.consumer, consumer)
  }
}

extension ChamberTally {
  fileprivate init(
    _ chamber: Chamber, _ roll: VoteRoll, _ ballots: [BallotEntry], kind: BallotKind, call: BallotCall,
    membersAgree: Bool
  ) {
    // No sum exceeds the roll's total, which is known to fit.
    let sum = { (choice: BallotChoice) in
      ballots.reduce(Int64(0)) { $1.choice == choice ? $0 + roll.votes(of: $1.member) : $0 }
    }
    let (yes, no, abstain) = (sum(.yes), sum(.no), sum(.abstain))
    self.chamber = chamber
    self.yes = yes
    self.no = no
    present = yes + no + abstain
    total = roll.total
    hasQuorum = Self.isQuorum(yes + no + abstain, of: roll.total, call)
    isPassed = hasQuorum && Self.isMajority(yes, no, kind, membersAgree)
  }

  /// Two thirds of the votes, at the third call more than half.
  private static func isQuorum(_ present: Int64, of total: Int64, _ call: BallotCall) -> Bool {
    switch call {
    case .first, .second: 3 * Int128(present) >= 2 * Int128(total)
    case .third: 2 * Int128(present) > Int128(total)
    }
  }

  private static func isMajority(_ yes: Int64, _ no: Int64, _ kind: BallotKind, _ membersAgree: Bool) -> Bool {
    switch kind {
    case .simple: yes > no
    case .special: (yes > 0 || no > 0) && Int128(yes) >= 2 * Int128(no) && membersAgree
    }
  }
}
