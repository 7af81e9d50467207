/// What is explored: four members, one of which does what it likes, and how far.
package struct Setup: Hashable, Sendable {
  /// Members 0 to 3; the leader of view v is member v mod 4.
  package static let members = 4
  /// How many signatures make a certificate among four members, restated on purpose.
  package static let quorum = 3
  /// The member that breaks the rules.
  package var traitor = 1
  /// Views 1 to `views` are played out; whoever enters the view after them has arrived.
  package var views = 2
  /// How many blocks a traitor that leads a view makes on one parent.
  package var variants = 2
  /// Whether blocks of height 1 close the epoch: a member for which one is final begins the next epoch with it, with a value of its own.
  package var isClosing = false
  /// How often each honest member may crash and start again from its disk.
  package var restarts = 0
  /// Whether what is handed out for storage becomes durable only by a step of its own, before which other things may happen.
  package var isStorageSlow = false
  /// Whether a member finds every block valid, builds and fetches at once. If not, other things may happen before, and it may find a block
  /// invalid.
  package var isPrompt = false
  /// How many steps a member takes at most. Whoever has taken them stands still.
  package var maximumSteps = Int.max
  /// Whether equal futures are merged (``CanonicalForm``). Without it each value of a member is a state of its own.
  package var isMerging = true
  /// Whether certificates also come about by single votes, which the member counts itself, beside whole ones that the traitor sends.
  package var isCountingVotes = true
  /// Whether the outcome tells what the states look like from outside, which takes memory.
  package var isKeepingLooks = false
  /// The exploration stops, incomplete, when it has found this many states.
  package var maximumStates = 200_000_000
  /// A rule that the driver breaks.
  package var broken: BrokenRule?
  /// The judges that listen.
  package var judges = Set(Judge.allCases)

  package init() {}

  /// Who breaks the rules: one member, or two where that is what is broken.
  var traitors: [Int] { broken == .secondTraitor ? [traitor, Self.members - 1] : [traitor] }

  /// All members but the traitor, ascending; a second traitor is among them.
  var others: [Int] { (0..<Self.members).filter { $0 != traitor } }

  /// Whether everything that can be spoken of in this world fits the words that hold it.
  package var isRepresentable: Bool { (try? Universe(self)) != nil }

  func leader(of view: Int) -> Int { view % Self.members }

  /// Whether a member leads one of the views that are played out.
  func leads(_ member: Int) -> Bool { (1...views).contains { leader(of: $0) == member } }
}

/// Who judges, each by numbers of its own.
package enum Judge: String, Hashable, Sendable, CaseIterable, Comparable {
  /// No two members hold final blocks of which neither descends from the other, in whichever epochs. Tail blocks do not count.
  case agreement
  /// No member shows two votes that contradict each other: two `notarize`, two `finalize`, `notarize` and `finalize` of different
  /// blocks, or `nullify` and `finalize`, in one view.
  case contradiction
  /// Whoever is in a view holds a certificate of the view before, or of a later one, that could have been made.
  case entry
  /// Whoever notarizes a block: its parent could be certified, and all views in between nullified; and if it is the first of its epoch,
  /// the closing block could be final.
  case grounds
  /// A certificate shows at least three distinct members' true signatures, and no two can be made that contradict each other.
  case certificates
  /// Finality comes in order, no honest member stops for good, and nobody accuses an honest one.
  case order
  /// Where nothing more can happen, everybody has arrived.
  case rest

  package static func < (left: Judge, right: Judge) -> Bool { left.rawValue < right.rawValue }
}

/// A judge's word.
package struct Complaint: Hashable, Sendable, Error, CustomStringConvertible {
  package let judge: Judge
  package let reason: String

  package var description: String { "\(judge.rawValue): \(reason)" }
}
