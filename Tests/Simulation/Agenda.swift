/// What is to happen, by virtual time: a binary heap, first in first out among equals.
///
/// Virtual time is counted in microseconds since the world began.
struct Agenda<Happening> {
  private struct Entry {
    let time: Int64
    let order: UInt64
    /// Where the happening is: entries move about a lot, happenings do not.
    let slot: Int

    func precedes(_ other: Entry) -> Bool {
      time != other.time ? time < other.time : order < other.order
    }
  }

  private var heap: [Entry] = []
  private var order: UInt64 = 0
  private var slots: [Happening?] = []
  private var free: [Int] = []

  var isEmpty: Bool { heap.isEmpty }

  mutating func add(_ happening: Happening, at time: Int64) {
    order += 1
    let slot = free.popLast() ?? slots.count
    if slot == slots.count { slots.append(happening) } else { slots[slot] = happening }
    heap.append(Entry(time: time, order: order, slot: slot))
    var child = heap.count - 1
    while child > 0, case let parent = (child - 1) / 2, heap[child].precedes(heap[parent]) {
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func next() -> (time: Int64, happening: Happening)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard let happening = slots[first.slot].take() else { return nil }
    free.append(first.slot)
    guard !heap.isEmpty else { return (first.time, happening) }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      let (left, right) = (2 * parent + 1, 2 * parent + 2)
      if left < heap.count, heap[left].precedes(heap[least]) { least = left }
      if right < heap.count, heap[right].precedes(heap[least]) { least = right }
      guard least != parent else { return (first.time, happening) }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
