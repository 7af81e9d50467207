/// Rules that the driver breaks on purpose, to see that a judge speaks. The agreement itself is never changed: what it is told, what is
/// done with its answers, and what it finds again after a crash are the driver's, and so are the faults.
package enum BrokenRule: String, Hashable, Sendable, CaseIterable {
  /// R9: the verifier lets a certificate pass with one signature too few: the third is not the member's.
  case smallQuorum = "small-quorum"
  /// R7: a member that nullified a view finalizes its block all the same.
  case finalizeAfterNullify = "finalize-after-nullify"
  /// R5: a member notarizes every proposal of its view, not only the first.
  case secondNotarize = "second-notarize"
  /// R4: the driver gives a proposal its own last block for a parent, instead of the one that the header names.
  case skippedParent = "skipped-parent"
  /// R13: votes are sent before they are stored, and a crash comes in between.
  case sentBeforeStored = "sent-before-stored"
  /// R15: a member starts without its votes.
  case forgottenVotes = "forgotten-votes"
  /// R2: a member enters the next view when its time is over, by a nullification that nobody signed.
  case earlyView = "early-view"
  /// An epoch is entered early: the first block closes the epoch, and a member moves on when it is notarised, not when it is final.
  case earlyEpoch = "early-epoch"
  /// R7: a member finalizes the notarised block although it notarized another one in that view.
  case finalizeOther = "finalize-other"
  /// No rule but an assumption: a second member does what it likes.
  case secondTraitor = "second-traitor"

  /// What it takes for the rule to matter.
  package var setup: Setup {
    var setup = Setup()
    setup.broken = self
    setup.maximumSteps = 5
    // Whole certificates are enough here.
    setup.isCountingVotes = false
    switch self {
    case .smallQuorum, .finalizeAfterNullify, .secondNotarize, .finalizeOther, .earlyView, .secondTraitor: break
    case .skippedParent: setup.traitor = 2
    case .earlyEpoch: setup.traitor = 3
    case .sentBeforeStored:
      (setup.restarts, setup.isStorageSlow) = (1, true)
    case .forgottenVotes: setup.restarts = 1
    }
    return setup
  }
}
