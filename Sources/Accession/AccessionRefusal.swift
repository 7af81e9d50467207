/// Why a motion, a ballot on one, a declaration of readiness or evidence has no effect. Recorded in the block's
/// results, and with a motion that fell; the state stays as it was.
///
/// The numbers are part of the protocol (`Protocol/membership.md`, section 8) and never change their meaning.
package enum AccessionRefusal: UInt16, Error, Hashable, Sendable, CaseIterable {
  // Who may act
  case notFull = 1
  // Filing a motion
  case motionEmpty = 10
  case motionCloses = 11
  case motionEntry = 12
  case motionLimit = 13
  case changesConflict = 14
  // What a change needs
  case memberExists = 20
  case memberUnknown = 21
  case memberNotFull = 22
  case nothingToReinstate = 23
  case keyUsed = 24
  case keyUnacceptable = 25
  case pinsUnlawful = 26
  case approvalForeign = 27
  case approvalExpired = 28
  case rulesVersionNotLater = 29
  case rulesHeightPassed = 30
  case profileUnlawful = 31
  // What must hold afterwards
  case tooManyMembers = 40
  case noMemberLeft = 41
  case tooFewValidators = 42
  case windowsTooShort = 43
  case votesMissing = 44
  case votesUnlawful = 45
  case votesImpossible = 46
  // Ballots
  case motionUnknown = 50
  case motionClosed = 51
  case ballotTwice = 52
  case ballotOnOwnAffair = 53
  // Readiness
  case blockNotRecent = 60
  case readyNeedless = 61
  // Evidence
  case evidenceEmpty = 70
  case epochUnknown = 71
  case notItsValidator = 72
  case evidenceKnown = 73

  /// The stable code.
  package var code: String {
    switch self {
    case .notFull: "NOT_FULL"
    case .motionEmpty: "MOTION_EMPTY"
    case .motionCloses: "MOTION_CLOSES"
    case .motionEntry: "MOTION_ENTRY"
    case .motionLimit: "MOTION_LIMIT"
    case .changesConflict: "CHANGES_CONFLICT"
    case .memberExists: "MEMBER_EXISTS"
    case .memberUnknown: "MEMBER_UNKNOWN"
    case .memberNotFull: "MEMBER_NOT_FULL"
    case .nothingToReinstate: "NOTHING_TO_REINSTATE"
    case .keyUsed: "KEY_USED"
    case .keyUnacceptable: "KEY_UNACCEPTABLE"
    case .pinsUnlawful: "PINS_UNLAWFUL"
    case .approvalForeign: "APPROVAL_FOREIGN"
    case .approvalExpired: "APPROVAL_EXPIRED"
    case .rulesVersionNotLater: "RULES_VERSION_NOT_LATER"
    case .rulesHeightPassed: "RULES_HEIGHT_PASSED"
    case .profileUnlawful: "PROFILE_UNLAWFUL"
    case .tooManyMembers: "TOO_MANY_MEMBERS"
    case .noMemberLeft: "NO_MEMBER_LEFT"
    case .tooFewValidators: "TOO_FEW_VALIDATORS"
    case .windowsTooShort: "WINDOWS_TOO_SHORT"
    case .votesMissing: "VOTES_MISSING"
    case .votesUnlawful: "VOTES_UNLAWFUL"
    case .votesImpossible: "VOTES_IMPOSSIBLE"
    case .motionUnknown: "MOTION_UNKNOWN"
    case .motionClosed: "MOTION_CLOSED"
    case .ballotTwice: "MOTION_BALLOT_TWICE"
    case .ballotOnOwnAffair: "BALLOT_ON_OWN_AFFAIR"
    case .blockNotRecent: "BLOCK_NOT_RECENT"
    case .readyNeedless: "READY_NEEDLESS"
    case .evidenceEmpty: "EVIDENCE_EMPTY"
    case .epochUnknown: "EPOCH_UNKNOWN"
    case .notItsValidator: "NOT_ITS_VALIDATOR"
    case .evidenceKnown: "EVIDENCE_KNOWN"
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .notFull: "only a full member may file a motion or vote on one"
    case .motionEmpty: "a motion changes something: members, keys, pins, rules or votes"
    case .motionCloses: "a motion closes after the block that files it, and within a year"
    case .motionEntry: "the entry lies within ten years"
    case .motionLimit: "this member has as many open motions as it may; wait until one has closed"
    case .changesConflict: "the motion changes one thing twice, or mixes changes of one member that exclude each other"
    case .memberExists: "a member of that name is on the roster already"
    case .memberUnknown: "no member of that name is on the roster"
    case .memberNotFull: "the member is not a full member now"
    case .nothingToReinstate: "the member is neither suspended nor under evidence"
    case .keyUsed: "a public key stands, or once stood, on the roster; no key is ever used twice"
    case .keyUnacceptable: "a public key is not one that signatures can be trusted under"
    case .pinsUnlawful: "a member has one or two different pins, and the motion must change them"
    case .approvalForeign: "the approval was not signed by the member's root key"
    case .approvalExpired: "the approval of the root key had expired; it must be signed again"
    case .rulesVersionNotLater: "the version of the rules is not later than every one that was adopted"
    case .rulesHeightPassed: "the height from which the rules are to hold has passed"
    case .profileUnlawful:
      "the customs profile is of another member, of a territory without any origin, or in a currency without any rate"
    case .tooManyMembers: "a roster has at most 256 members"
    case .noMemberLeft: "nobody would be left to vote or to agree"
    case .tooFewValidators: "a motion never leaves fewer than four validators where there were four"
    case .windowsTooShort:
      "with so many members a docket's window could pass before enough leaders had their turn"
    case .votesMissing: "whoever becomes a full member needs policy votes: the motion must name the votes on every item"
    case .votesUnlawful:
      "the votes must name every item once, ascending, and every full member within its limits, and add up to the total"
    case .votesImpossible: "no distribution of the votes keeps the minimum and the cap with so few or so many members"
    case .motionUnknown: "there is no motion of that identity"
    case .motionClosed: "the motion is decided or closed"
    case .ballotTwice: "this member has voted on the motion; a vote is not changed"
    case .ballotOnOwnAffair: "a member does not vote on a motion about itself"
    case .blockNotRecent:
      "that is not a recent final block of this chain at that height; name the latest that the state keeps"
    case .readyNeedless: "the member is a validator already"
    case .evidenceEmpty: "the two votes do not contradict each other, or are not of one member"
    case .epochUnknown: "no epoch of that number has begun"
    case .notItsValidator: "in that epoch the key was not that of a validator of this name"
    case .evidenceKnown: "evidence against this member in this view is recorded already"
    }
  }
}
