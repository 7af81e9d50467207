/// Whether a member may vote, and what it waits for if not.
package enum Standing: Hashable, Sendable {
  /// Not a validator: follows for good.
  case following
  /// After a start: waits for the status of a quorum, itself included (R21). → `voting`, or `oldCopy`.
  case listening(heard: [Bool])
  /// Votes in the views above `floor`. → `oldCopy` if a vote of its own turns up that it does not know, or `halted`.
  case voting(floor: View)
  /// Runs on an old copy of its data: waits for the views of a quorum of other members, by validator (R22). → `voting`.
  case oldCopy(views: [View?])
  /// Stopped for good (R28).
  case halted
}
