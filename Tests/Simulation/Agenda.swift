/// What is to happen, by virtual time: a binary heap, first in first out among equals.
///
/// Virtual time is counted in microseconds since the world began.
struct Agenda<Happening> {
  private struct Entry {
    let time: Int64
    let order: UInt64
    let happening: Happening

    func precedes(_ other: Entry) -> Bool { (time, order) < (other.time, other.order) }
  }

  private var heap: [Entry] = []
  private var order: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }

  mutating func add(_ happening: Happening, at time: Int64) {
    order += 1
    heap.append(Entry(time: time, order: order, happening: happening))
    var child = heap.count - 1
    while child > 0, case let parent = (child - 1) / 2, heap[child].precedes(heap[parent]) {
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func next() -> (time: Int64, happening: Happening)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return (first.time, first.happening) }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      guard least != parent else { return (first.time, first.happening) }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
