import Ledger
import Replica
import Trade

/// What a node takes from the machine and gives to the sessions, as a program that embeds it may replace it.
///
/// For test programs: floord starts its node with the defaults, and nothing in a configuration or the environment reaches this.
package struct NodeSeams: Sendable {
  /// This machine's clock, as chain time. Called on any thread.
  package var clock: @Sendable () -> Instant = { WallClock.now }
  /// Answers what the replica's frames are handed to, given the sessions that they would be handed to, and the node's keys.
  package var sender: @Sendable (any FrameSender, NodeMaterial) -> any FrameSender = { sessions, _ in sessions }
  /// The versions of the rules of execution that the program knows.
  package var rules = KnownRules.program
  /// How many blocks lie between two snapshots of the state.
  package var snapshotInterval = ReplicaLimits.snapshotInterval

  package init() {}
}
