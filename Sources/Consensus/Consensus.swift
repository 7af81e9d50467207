import Cryptography
import Membership

/// The agreement of one epoch as one member sees it: a value that takes events and answers actions (`Protocol/consensus.md`).
package struct Consensus: Hashable, Sendable {
  package let context: EpochContext
  let me: Int?

  package init(context: EpochContext, me: MemberID?, recovered: ConsensusRecovery, patience: Patience) {
    self.context = context
    self.me = me.flatMap { context.validators.index(of: $0) }
  }

  package mutating func handle(_ event: Event) -> [Action] { [] }
}
