/// The least time from a proposal to finality that three message delays allow: the proposal, a vote for it, a vote for
/// its notarisation. Computed from the delays alone.
struct ThreeDelays {
  /// By sender and recipient, in microseconds.
  let delays: [[Int64]]

  /// When each member can hold the leader's block final at the earliest, after the leader has sent it: a member has the
  /// notarisation with the vote that makes more than two thirds, and finality with the second vote that does.
  func finality(leader: Int) -> [Int64] {
    let proposed = delays[leader]
    let notarised = quorum(after: proposed)
    return quorum(after: notarised)
  }

  /// The mean over all members.
  func mean(leader: Int) -> Int64 {
    let times = finality(leader: leader)
    return times.reduce(0, +) / Int64(max(1, times.count))
  }

  /// By member: when the votes that all members cast at those times have reached it in such a number.
  private func quorum(after cast: [Int64]) -> [Int64] {
    let (count, wanted) = (cast.count, Setting.quorum(of: cast.count))
    return (0..<count).map { member in
      (0..<count).map { cast[$0] + delays[$0][member] }.sorted()[wanted - 1]
    }
  }
}
