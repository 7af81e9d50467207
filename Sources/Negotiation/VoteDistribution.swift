import CBOR
import Membership
import Trade

/// The votes of one chamber on one item, by member.
package struct VoteRoll: Hashable, Sendable, CBORCodable {
  /// A member's votes.
  package struct Entry: Hashable, Sendable, CBORCodable {
    package let member: MemberID
    package let votes: Int64

    package init(member: MemberID, votes: Int64) {
      self.member = member
      self.votes = votes
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.value(member)
      writer.integer(votes)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      member = try reader.value()
      votes = try reader.integer()
      reader.leave()
    }
  }

  /// Strictly ascending by member.
  package let entries: [Entry]
  package let total: Int64

  package static let mostEntries = 256

  /// Accepts any order. A member twice, negative votes or a total beyond 64 bits make it nil.
  package init?(_ entries: [Entry]) {
    let sorted = entries.sorted { $0.member < $1.member }
    guard let total = Self.total(sorted) else { return nil }
    self.entries = sorted
    self.total = total
  }

  /// The member's votes, zero where it has none.
  package func votes(of member: MemberID) -> Int64 {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = low + (high - low) / 2
      if entries[middle].member < member { low = middle + 1 } else { high = middle }
    }
    guard low < entries.count, entries[low].member == member else { return 0 }
    return entries[low].votes
  }

  package func encode(to writer: inout CBORWriter) { writer.list(entries) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    entries = try reader.list(max: Self.mostEntries)
    guard let total = Self.total(entries) else { throw .outOfRange }
    self.total = total
  }

  private static func total(_ entries: [Entry]) -> Int64? {
    guard zip(entries, entries.dropFirst()).allSatisfy({ $0.member < $1.member }) else { return nil }
    guard entries.allSatisfy({ $0.votes >= 0 }) else { return nil }
    return Int64(exactly: entries.reduce(Int128(0)) { $0 + Int128($1.votes) })
  }
}

/// Why votes cannot be distributed.
package enum VoteDistributionError: Error, Hashable, Sendable {
  /// The minimum for all exceeds the total, or the cap for all falls short of it.
  case impossible
  /// A quantity, the total, the cap or the minimum is negative.
  case negative
  /// A member is listed twice.
  case duplicateMember

  /// The stable code of this refusal.
  package var code: String {
    switch self {
    case .impossible: "VOTES_IMPOSSIBLE"
    case .negative: "VOTES_NEGATIVE"
    case .duplicateMember: "VOTES_DUPLICATE_MEMBER"
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .impossible:
      "no distribution gives every member its minimum, nobody more than the cap, and adds up to the total"
    case .negative: "quantities, total, cap and minimum must not be negative"
    case .duplicateMember: "a member is listed twice"
    }
  }
}

/// Integer votes in proportion to quantities, with a minimum and a cap for each (Protocol/aggregation.md, rule W1).
package enum VoteDistribution {
  /// A member's notified quantity.
  package struct Share: Hashable, Sendable {
    package let member: MemberID
    package let quantity: Int64

    package init(member: MemberID, quantity: Int64) {
      self.member = member
      self.quantity = quantity
    }
  }

  /// Gives everyone the minimum, then what is left by largest remainder; what exceeds a cap goes round again among the
  /// rest.
  ///
  /// The votes add up to the total. Of equal remainders the smaller member comes first. Where nobody has a quantity
  /// all count alike.
  package static func distribute(
    _ shares: [Share], total: Int64, cap: Int64, minimum: Int64
  ) throws(VoteDistributionError) -> VoteRoll {
    let sorted = shares.sorted { $0.member < $1.member }
    guard total >= 0, cap >= 0, minimum >= 0, sorted.allSatisfy({ $0.quantity >= 0 }) else { throw .negative }
    guard zip(sorted, sorted.dropFirst()).allSatisfy({ $0.member < $1.member }) else { throw .duplicateMember }
    let (count, whole) = (Int128(sorted.count), Int128(total))
    guard Int128(minimum) * count <= whole, Int128(cap) * count >= whole else { throw .impossible }
    var votes = Array(repeating: minimum, count: sorted.count)
    var left = total - minimum * Int64(sorted.count)
    var open = sorted.indices.filter { votes[$0] < cap }
    while left > 0, !open.isEmpty {
      let grants = try grants(of: left, to: open.map { sorted[$0].quantity })
      for (index, grant) in zip(open, grants) {
        let granted = min(grant, cap - votes[index])
        votes[index] += granted
        left -= granted
      }
      open.removeAll { votes[$0] >= cap }
    }
    let entries = zip(sorted, votes).map { VoteRoll.Entry(member: $0.member, votes: $1) }
    guard let roll = VoteRoll(entries) else { throw .impossible }
    return roll
  }

  private static func grants(of left: Int64, to quantities: [Int64]) throws(VoteDistributionError) -> [Int64] {
    let isBlank = quantities.allSatisfy { $0 == 0 }
    do throws(ArithmeticError) {
      return try LargestRemainder.shares(of: left, over: isBlank ? quantities.map { _ in 1 } : quantities)
    } catch {
      throw .negative
    }
  }
}
