/// The bounds of a replica's memory and of what it sends. Each says what happens when it is reached.
package enum ReplicaLimits {
  /// How far below its last final block a member looks for the place where a restart left its chain.
  package static let stepBack: UInt64 = 64
  /// Transactions that wait in one member's share of the pool; the next is refused with `POOL_FULL`.
  package static let poolTransactions = 1_024
  /// Bytes that wait in one member's share of the pool; what would exceed them is refused with `POOL_FULL`.
  package static let poolBytes = 1_024 * 1_024
  /// Bytes of transactions in one message; what is more goes into the next one, or waits for the next request.
  package static let transactionBytesPerMessage = 1_024 * 1_024 + 512 * 1_024
  /// Transactions in one message, or asked for in one.
  package static let transactionsPerMessage = 16 * 1_024
  /// Bytes of the blocks in one answer to a member that catches up; the requester asks again from where the answer
  /// ends.
  package static let rangeBytes = 3 * 1_024 * 1_024
  /// Blocks in one such answer.
  package static let rangeBlocks = 512
  /// Headers between the last block of such an answer and the block that its certificate is for.
  package static let rangeDescendants = 4_096
  /// Proposals and blocks whose bodies or parents are not here yet. The one of the lowest view makes room for a higher
  /// one.
  package static let waitingBlocks = 64
  /// Proposals of one view that are kept before anybody asks for them; the next is dropped.
  package static let proposalsPerView = 2
  /// Executed blocks above the last finalised one. Beyond it the one of the lowest view is dropped.
  package static let overlays = 256
  /// Submissions whose submitter waits for an answer; the next is refused with `BUSY`.
  package static let waitingSubmitters = 8_192
  /// Reads of old blocks under way for one peer; further requests of that peer are dropped, it asks again.
  package static let readsPerPeer = 2
  /// Bytes of finalised blocks kept in memory for members that lag a little; older ones are read from storage.
  package static let recentBytes = 8 * 1_024 * 1_024
  /// Finalised blocks kept in memory, however small.
  package static let recentBlocks = 1_024
  /// How many blocks a member may be behind before it asks for a range of them.
  package static let smallLag: UInt64 = 1
  /// Blocks between two snapshots of the state.
  package static let snapshotInterval: UInt64 = 1_024
}
