import CBOR
import Cryptography
import Trade

/// The identities that were included and may not be included again, kept until no block can include them any more.
///
/// They lie in buckets by the second of their expiry. Of a bucket the state holds the count and a running digest only;
/// the identities themselves travel in snapshots and are checked against it (`Protocol/ledger.md`, L11).
package struct SeenTransactions: Hashable, Sendable {
  /// The identities that expire within one second.
  package struct Bucket: Hashable, Sendable {
    /// The second since 1970 within which the identities' last instant lies.
    package let second: UInt64
    /// The digest over the identities in the order in which they came.
    package private(set) var running = Digest.zero
    private var known = OrderedIdentities()

    package init(second: UInt64) { self.second = second }

    package var count: Int { known.count }

    /// The identities in the order in which they came.
    package var identities: [Digest] { known.inOrder }

    package func contains(_ identity: Digest) -> Bool { known.contains(identity) }

    /// Answers false, and changes nothing, for an identity that is known.
    package mutating func insert(_ identity: Digest) -> Bool {
      guard known.insert(identity) else { return false }
      running = Digest.of(.seen, running.bytes, identity.bytes)
      return true
    }

    /// The key of the bucket's entry: eight bytes, big-endian, so that the order of keys is that of time.
    package var key: [UInt8] { BigEndian.bytes(second) }

    /// The value of the bucket's entry.
    package var value: [UInt8] {
      var writer = CBORWriter()
      writer.array(2)
      writer.unsigned(UInt64(count))
      writer.value(running)
      return writer.bytes
    }
  }

  /// Ascending by second; no bucket is empty.
  package private(set) var buckets: [Bucket] = []

  /// The last second that an instant can lie in.
  package static let lastSecond = UInt64(Int64.max / 1_000)

  package init() {}

  package func contains(_ identity: Digest, expiring: Instant) -> Bool {
    let second = Self.second(of: expiring)
    let place = place(of: second)
    return place < buckets.count && buckets[place].second == second && buckets[place].contains(identity)
  }

  /// Takes an identity, and answers the second of its bucket; nil, and nothing changes, for one that is known.
  package mutating func insert(_ identity: Digest, expiring: Instant) -> UInt64? {
    let second = Self.second(of: expiring)
    let place = place(of: second)
    if place == buckets.count || buckets[place].second != second { buckets.insert(Bucket(second: second), at: place) }
    return buckets[place].insert(identity) ? second : nil
  }

  /// Forgets the buckets whose whole second lies before `now`, and answers their seconds, ascending.
  package mutating func expire(before now: Instant) -> [UInt64] {
    let place = place(of: Self.second(of: now))
    guard place > 0 else { return [] }
    let gone = buckets[..<place].map(\.second)
    buckets.removeFirst(place)
    return gone
  }

  package func bucket(_ second: UInt64) -> Bucket? {
    let place = place(of: second)
    return place < buckets.count && buckets[place].second == second ? buckets[place] : nil
  }

  private func place(of second: UInt64) -> Int {
    var (low, high) = (0, buckets.count)
    while low < high {
      let middle = (low + high) / 2
      if buckets[middle].second < second { low = middle + 1 } else { high = middle }
    }
    return low
  }

  // Block times are never negative (a genesis with a negative time is refused), so no time that matters is clamped.
  private static func second(of instant: Instant) -> UInt64 { UInt64(max(0, instant.milliseconds) / 1_000) }
}

/// Distinct digests with the order in which they came, found by binary search.
///
/// Kept in sorted chunks: an overlay of the state that adds a few copies a few chunks and not the whole.
private struct OrderedIdentities: Hashable, Sendable {
  private struct Numbered: Hashable {
    let identity: Digest
    let number: Int
  }

  private static let chunkLimit = 256
  // Every chunk is sorted and not empty, and all of a chunk lies below the next one.
  private var chunks: [[Numbered]] = []
  private(set) var count = 0

  var inOrder: [Digest] { chunks.joined().sorted { $0.number < $1.number }.map(\.identity) }

  func contains(_ identity: Digest) -> Bool {
    guard let chunk = chunk(for: identity) else { return false }
    let place = Self.place(of: identity, in: chunks[chunk])
    return place < chunks[chunk].count && chunks[chunk][place].identity == identity
  }

  mutating func insert(_ identity: Digest) -> Bool {
    let added = Numbered(identity: identity, number: count)
    guard let chunk = chunk(for: identity) else {
      chunks = [[added]]
      count = 1
      return true
    }
    let place = Self.place(of: identity, in: chunks[chunk])
    if place < chunks[chunk].count, chunks[chunk][place].identity == identity { return false }
    chunks[chunk].insert(added, at: place)
    count += 1
    if chunks[chunk].count > Self.chunkLimit {
      let upper = Array(chunks[chunk][(Self.chunkLimit / 2)...])
      chunks[chunk].removeLast(upper.count)
      chunks.insert(upper, at: chunk + 1)
    }
    return true
  }

  /// The last chunk that begins at or below the identity, or the first one; nil where there is none.
  private func chunk(for identity: Digest) -> Int? {
    guard !chunks.isEmpty else { return nil }
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle][0].identity <= identity { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  private static func place(of identity: Digest, in chunk: [Numbered]) -> Int {
    var (low, high) = (0, chunk.count)
    while low < high {
      let middle = (low + high) / 2
      if chunk[middle].identity < identity { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Fixed-width numbers in keys, whose order as bytes is their order as numbers.
package enum BigEndian {
  package static func bytes(_ value: UInt64) -> [UInt8] {
    stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
