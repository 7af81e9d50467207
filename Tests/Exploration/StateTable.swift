/// States in the order in which they were found, each once, exactly: no state passes for another.
///
/// A state is one word. Open addressing; the table holds places in the list.
struct StateTable {
  private(set) var states: ContiguousArray<UInt64> = []
  /// By state, the place of the one from which it was first reached.
  private(set) var origins: ContiguousArray<UInt32> = []
  private var slots: ContiguousArray<UInt32>
  private var mask: Int

  init() {
    slots = ContiguousArray(repeating: 0, count: 1 << 12)
    mask = slots.count - 1
  }

  var count: Int { states.count }

  /// Adds a state unless it is there; answers whether it was new.
  mutating func insert(_ state: UInt64, from origin: Int) -> Bool {
    var slot = Int(truncatingIfNeeded: Self.spread(state)) & mask
    while slots[slot] != 0 {
      if states[Int(slots[slot]) - 1] == state { return false }
      slot = (slot + 1) & mask
    }
    states.append(state)
    origins.append(UInt32(origin))
    slots[slot] = UInt32(states.count)
    if states.count * 5 > slots.count * 3 { grow() }
    return true
  }

  private mutating func grow() {
    slots = ContiguousArray(repeating: 0, count: slots.count * 2)
    mask = slots.count - 1
    for (place, state) in states.enumerated() {
      var slot = Int(truncatingIfNeeded: Self.spread(state)) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(place + 1)
    }
  }

  /// The finaliser of SplitMix64.
  static func spread(_ state: UInt64) -> UInt64 {
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
