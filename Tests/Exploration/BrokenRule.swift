/// Rules that the driver breaks on purpose, to see that a judge speaks. The agreement itself is never changed: what it is told, what is
/// done with its answers, and what it finds again after a crash are the driver's, and so are the faults.
package enum BrokenRule: String, Hashable, Sendable, CaseIterable {
  case smallQuorum = "small-quorum"
  case finalizeAfterNullify = "finalize-after-nullify"
  case secondNotarize = "second-notarize"
  case finalizeOther = "finalize-other"
  case skippedParent = "skipped-parent"
  case sentBeforeStored = "sent-before-stored"
  case forgottenVotes = "forgotten-votes"
  case earlyView = "early-view"
  case earlyEpoch = "early-epoch"
  case secondTraitor = "second-traitor"

  /// The rule of `Protocol/consensus.md`; empty where it is an assumption that is broken.
  package var number: String {
    switch self {
    case .smallQuorum: "R9"
    case .finalizeAfterNullify, .finalizeOther: "R7"
    case .secondNotarize: "R5"
    case .skippedParent: "R4"
    case .sentBeforeStored: "R13"
    case .forgottenVotes: "R15"
    case .earlyView: "R2"
    case .earlyEpoch: "R33"
    case .secondTraitor: ""
    }
  }

  /// What is done instead.
  package var summary: String {
    switch self {
    case .smallQuorum: "a quorum is one too small"
    case .finalizeAfterNullify: "finalize after one's own nullify"
    case .secondNotarize: "notarize every proposal of the view"
    case .finalizeOther: "finalize a block after notarize of another"
    case .skippedParent: "the own last block is taken for the parent"
    case .sentBeforeStored: "votes are sent before they are stored, one crash"
    case .forgottenVotes: "a member starts without its votes"
    case .earlyView: "a view is left when its time is over"
    case .earlyEpoch: "the next epoch begins when its block is notarised"
    case .secondTraitor: "a second member does what it likes"
    }
  }

  /// What it takes for the rule to matter: few steps, so that the answer comes soon.
  package var setup: Setup {
    var setup = Setup()
    setup.broken = self
    setup.maximumSteps = 5
    // Whole certificates are enough here.
    setup.isCountingVotes = false
    switch self {
    case .smallQuorum, .finalizeAfterNullify, .secondNotarize, .finalizeOther, .earlyView, .secondTraitor: break
    case .skippedParent: setup.traitor = 2
    case .earlyEpoch: (setup.traitor, setup.isClosing) = (3, true)
    case .sentBeforeStored: (setup.views, setup.restarts, setup.isStorageSlow) = (1, 1, true)
    case .forgottenVotes: setup.restarts = 1
    }
    return setup
  }

  /// The same with nobody to notice but the judge of agreement: it takes longer until two blocks are final.
  package var setupForAgreementAlone: Setup {
    var setup = setup
    setup.judges = [.agreement]
    switch self {
    case .smallQuorum, .skippedParent, .earlyView, .earlyEpoch, .secondTraitor: break
    case .finalizeAfterNullify, .finalizeOther, .secondNotarize: (setup.maximumSteps, setup.isPrompt) = (6, true)
    case .sentBeforeStored: (setup.maximumSteps, setup.isPrompt) = (7, true)
    case .forgottenVotes: setup.isPrompt = true
    }
    return setup
  }
}
