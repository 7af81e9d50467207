import CBOR
import Cryptography
import Membership
import Trade

/// How votes are allotted: the totals and limits that every chamber of every item obeys.
package struct VoteRules: Hashable, Sendable, CBORCodable {
  /// The votes of one chamber.
  package let total: Int64
  /// The most that one member holds in one chamber.
  package let cap: Int64
  /// The least that every member holds in each chamber.
  package let minimum: Int64

  package init(total: Int64, cap: Int64, minimum: Int64) {
    (self.total, self.cap, self.minimum) = (total, cap, minimum)
  }

  /// 1,000 votes, at most 300 and at least 1 each.
  package static let customary = VoteRules(total: 1_000, cap: 300, minimum: 1)

  /// Whether votes can be given to so many members: the minimum for all within the total, the cap for all not below it.
  package func isPossible(for members: Int) -> Bool {
    Int128(minimum) * Int128(members) <= Int128(total) && Int128(cap) * Int128(members) >= Int128(total)
  }

  /// Whether exactly these members have votes in a chamber, each within the limits, and they add up to the total.
  package func admits(_ roll: VoteRoll, of members: [MemberID]) -> Bool {
    roll.entries.map(\.member) == members && roll.total == total
      && roll.entries.allSatisfy { $0.votes >= minimum && $0.votes <= cap }
  }

  /// Whether these are lawful votes on exactly these items, in their order.
  package func admits(_ votes: [ItemVotes], on items: [ItemID], of members: [MemberID]) -> Bool {
    votes.map(\.item) == items
      && votes.allSatisfy { admits($0.producer, of: members) && admits($0.consumer, of: members) }
  }

  /// The largest total: beyond it nothing is gained, and no sum of weights can overflow below it.
  package static let greatestTotal: Int64 = 1_000_000_000

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.integer(total)
    writer.integer(cap)
    writer.integer(minimum)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    total = try reader.integer()
    cap = try reader.integer()
    minimum = try reader.integer()
    reader.leave()
  }
}

/// The voted numbers of a negotiation: how proposals become floors, and how long everything takes.
///
/// A map with ascending keys, so that a later version can add one. Its digest enters every commitment.
package struct NegotiationParameters: Hashable, Sendable {
  package let aggregation: AggregationParameters
  /// The windows of a docket of kind FIRST that names none.
  package let firstWindows: DocketWindows
  /// The windows of a docket of kind ROUTINE that names none.
  package let routineWindows: DocketWindows
  /// The shortest window that a docket may have, in milliseconds.
  package let minimumWindow: Int64
  /// How often a vote is called for want of a quorum: 1 to 3.
  package let maximumCalls: UInt8
  /// How many rounds of sealed proposals an item has at most.
  package let maximumRounds: UInt8
  /// How many failed dockets a floor survives; one more, and the lapse action is applied.
  package let maximumCarried: UInt32
  /// How long after its entry into force a row lapses, in milliseconds.
  package let lapseTerm: Int64
  /// How long after adoption the next docket of a floor is due that the step limit held back, in milliseconds.
  package let reviewTerm: Int64
  package let votes: VoteRules
  /// How floors that are adopted from now on are enforced.
  package let mode: DutyMode

  package init(
    aggregation: AggregationParameters, firstWindows: DocketWindows, routineWindows: DocketWindows,
    minimumWindow: Int64, maximumCalls: UInt8, maximumRounds: UInt8, maximumCarried: UInt32,
    lapseTerm: Int64, reviewTerm: Int64, votes: VoteRules, mode: DutyMode
  ) {
    (self.aggregation, self.firstWindows, self.routineWindows) = (aggregation, firstWindows, routineWindows)
    (self.minimumWindow, self.maximumCalls, self.maximumRounds) = (minimumWindow, maximumCalls, maximumRounds)
    (self.maximumCarried, self.lapseTerm, self.reviewTerm) = (maximumCarried, lapseTerm, reviewTerm)
    (self.votes, self.mode) = (votes, mode)
  }

  /// The customary numbers: notice 30 days, evidence 21, commit 5, reveal 2, ballot 7, vacatio 30; three calls, three rounds;
  /// a floor lapses after two years or with the fifth failed docket.
  package static var customary: NegotiationParameters {
    let day = Instant.millisecondsPerDay
    let windows = DocketWindows(
      notice: 30 * day, evidence: 21 * day, commit: 5 * day, reveal: 2 * day, ballot: 7 * day, vacatio: 30 * day)
    return NegotiationParameters(
      aggregation: .customary, firstWindows: windows, routineWindows: windows, minimumWindow: day, maximumCalls: 3,
      maximumRounds: 3, maximumCarried: 4, lapseTerm: 730 * day, reviewTerm: 90 * day, votes: .customary, mode: .exact)
  }

  package func windows(of kind: DocketKind) -> DocketWindows {
    switch kind {
    case .first: firstWindows
    case .routine: routineWindows
    }
  }

  /// What a commitment binds.
  package var digest: Digest { Digest.of(.parameters, encoded) }

  /// Whether every number is within its range; what a genesis must satisfy.
  package var isLawful: Bool {
    let terms = [lapseTerm, reviewTerm]
    return minimumWindow >= 1 && minimumWindow <= DocketWindows.longest
      && firstWindows.areLawful(minimum: minimumWindow) && routineWindows.areLawful(minimum: minimumWindow)
      && (1...3).contains(maximumCalls) && (1...16).contains(maximumRounds)
      && terms.allSatisfy { $0 >= 1 && $0 <= DocketWindows.longest }
      && votes.minimum >= 1 && votes.cap >= votes.minimum && votes.total >= votes.cap
      && votes.total <= VoteRules.greatestTotal
  }
}

extension NegotiationParameters: CBORCodable {
  private static let fieldCount = 11

  package func encode(to writer: inout CBORWriter) {
    writer.map(Self.fieldCount)
    writer.unsigned(1)
    writer.value(aggregation)
    writer.unsigned(2)
    writer.value(firstWindows)
    writer.unsigned(3)
    writer.value(routineWindows)
    writer.unsigned(4)
    writer.integer(minimumWindow)
    writer.unsigned(5)
    writer.unsigned(UInt64(maximumCalls))
    writer.unsigned(6)
    writer.unsigned(UInt64(maximumRounds))
    writer.unsigned(7)
    writer.unsigned(UInt64(maximumCarried))
    writer.unsigned(8)
    writer.integer(lapseTerm)
    writer.unsigned(9)
    writer.integer(reviewTerm)
    writer.unsigned(10)
    writer.value(votes)
    writer.unsigned(11)
    writer.value(mode)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.map(max: Self.fieldCount) == Self.fieldCount else { throw .wrongCount }
    try Self.key(1, &reader)
    aggregation = try reader.value()
    try Self.key(2, &reader)
    firstWindows = try reader.value()
    try Self.key(3, &reader)
    routineWindows = try reader.value()
    try Self.key(4, &reader)
    minimumWindow = try reader.integer()
    try Self.key(5, &reader)
    maximumCalls = try reader.narrow()
    try Self.key(6, &reader)
    maximumRounds = try reader.narrow()
    try Self.key(7, &reader)
    maximumCarried = try reader.narrow()
    try Self.key(8, &reader)
    lapseTerm = try reader.integer()
    try Self.key(9, &reader)
    reviewTerm = try reader.integer()
    try Self.key(10, &reader)
    votes = try reader.value()
    try Self.key(11, &reader)
    mode = try reader.value()
    reader.leave()
    guard isLawful else { throw .outOfRange }
  }

  private static func key(_ wanted: UInt64, _ reader: inout CBORReader) throws(CBORError) {
    guard try reader.unsigned() == wanted else { throw .keysOutOfOrder }
  }
}

extension Instant {
  /// That many milliseconds later; the end of time stands for anything beyond it.
  package func later(by milliseconds: Int64) -> Instant {
    (try? adding(milliseconds: milliseconds)) ?? Instant(milliseconds: .max)
  }
}
