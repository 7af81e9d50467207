/// What is to happen, in the order of time; of what falls on the same moment, in the order in which it was added.
struct Agenda {
  private struct Entry {
    let time: Int64
    let serial: Int
    let happening: World.Happening

    func isBefore(_ other: Entry) -> Bool { (time, serial) < (other.time, other.serial) }
  }

  /// A binary heap.
  private var entries: [Entry] = []
  private var serial = 0

  mutating func add(_ happening: World.Happening, at time: Int64) {
    serial += 1
    entries.append(Entry(time: time, serial: serial, happening: happening))
    var child = entries.count - 1
    while child > 0, entries[child].isBefore(entries[(child - 1) / 2]) {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func next() -> (time: Int64, World.Happening)? {
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    guard !entries.isEmpty else { return (first.time, first.happening) }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && entries[child].isBefore(entries[least]) {
        least = child
      }
      guard least != parent else { break }
      entries.swapAt(parent, least)
      parent = least
    }
    return (first.time, first.happening)
  }
}
