extension RandomAccessCollection where Index == Int {
  /// The place of the element with that key among elements that ascend by key, or nil.
  package func place<Key: Comparable>(of key: Key, by path: KeyPath<Element, Key>) -> Int? {
    let index = lowerBound(of: key, by: path)
    return index < endIndex && self[index][keyPath: path] == key ? index : nil
  }

  /// The place of the first element whose key is not below that one; the end if there is none.
  package func lowerBound<Key: Comparable>(of key: Key, by path: KeyPath<Element, Key>) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle][keyPath: path] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
