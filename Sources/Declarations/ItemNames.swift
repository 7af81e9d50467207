import Trade

/// The registered items by the bytes of their names: a line's item is found without making a string of the field.
struct ItemNames: Sendable {
  /// Ascending by name.
  private let items: [ItemID]
  private let names: [[UInt8]]

  init(_ items: [ItemID]) {
    self.items = items.sorted()
    names = self.items.map { Array($0.text.utf8) }
  }

  subscript(name: UnsafeRawBufferPointer) -> ItemID? {
    var (low, high) = (0, names.count)
    while low < high {
      let middle = low + (high - low) / 2
      switch Self.order(names[middle], name) {
      case 0: return items[middle]
      case ..<0: low = middle + 1
      default: high = middle
      }
    }
    return nil
  }

  /// Below, at or above zero as the left name stands before, at or behind the right one.
  private static func order(_ left: [UInt8], _ right: UnsafeRawBufferPointer) -> Int {
    for index in 0..<min(left.count, right.count) where left[index] != right[index] {
      return Int(left[index]) - Int(right[index])
    }
    return left.count - right.count
  }
}
