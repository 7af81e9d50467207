import Membership

/// The sessions that stand, one a member: the rule for two at once (S18), and nothing else.
///
/// Of two sessions the one that the member with the lower id dialled stays; a new one in the same direction replaces
/// the old, which the peer would not have dialled anew unless it had lost it. Both sides come to the same answer
/// without a word.
package struct SessionTable {
  package struct Entry: Hashable, Sendable {
    package let number: UInt64
    package let direction: SessionDirection

    package init(number: UInt64, direction: SessionDirection) {
      (self.number, self.direction) = (number, direction)
    }
  }

  package enum Ruling: Hashable, Sendable {
    case admit
    /// The new session takes the place of that number, which ends for the reason given.
    case replace(UInt64, SessionEnd)
    case refuse
  }

  private let own: MemberID
  private var entries: [MemberID: Entry] = [:]

  package init(own: MemberID) { self.own = own }

  package subscript(member: MemberID) -> Entry? { entries[member] }

  /// Judges a session whose two greetings verified. Afterwards the table holds the one that stays.
  package mutating func admit(_ new: Entry, with member: MemberID) -> Ruling {
    guard let old = entries[member] else {
      entries[member] = new
      return .admit
    }
    let fromLower: SessionDirection = own < member ? .outgoing : .incoming
    guard new.direction == old.direction || new.direction == fromLower else { return .refuse }
    entries[member] = new
    return .replace(old.number, new.direction == old.direction ? .replaced : .duplicate)
  }

  /// Forgets a session, unless another has taken its place.
  package mutating func remove(_ number: UInt64, with member: MemberID) {
    if entries[member]?.number == number { entries[member] = nil }
  }
}
