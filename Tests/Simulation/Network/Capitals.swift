/// Real distances between members: measured round trips between 56 capitals.
package enum Capitals {
  /// Three-letter codes, ascending; `EUN` is Brussels.
  package static let names: [String] = codes.split(whereSeparator: \.isWhitespace).map(String.init)

  private static let figures: [Int64] = tenths.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }

  /// The measured round trip between two capitals by their places in ``names``, in microseconds; 0 for a capital and
  /// itself.
  package static func roundTrip(_ one: Int, _ other: Int) -> Int64 {
    let (low, high, count) = (min(one, other), max(one, other), names.count)
    guard low >= 0, low < high, high < count else { return 0 }
    // All pairs in order: those of the capitals before the lower one, then its own.
    let place = low * count - low * (low + 1) / 2 + (high - low - 1)
    return place < figures.count ? figures[place] * 100 : 0
  }

  /// How long a message takes from one capital to another: half a round trip, in microseconds.
  package static func delay(from sender: Int, to recipient: Int) -> Int64 { roundTrip(sender, recipient) / 2 }
}
