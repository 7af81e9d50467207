extension RandomAccessCollection where Index == Int {
  /// The place of the element with that key among elements that ascend by key, or nil.
  package func place<Key: Comparable>(of key: Key, by path: (Element) -> Key) -> Int? {
    let index = lowerBound(of: key, by: path)
    return index < endIndex && path(self[index]) == key ? index : nil
  }

  /// The place of the first element whose key is not below that one; the end if there is none.
  package func lowerBound<Key: Comparable>(of key: Key, by path: (Element) -> Key) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if path(self[middle]) < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
