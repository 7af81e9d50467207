import CBOR
import Consensus
import Cryptography
import Ledger
import Negotiation
import Replica
import Trade

/// There is one history: at each height all honest members commit the same block, byte for byte, with the same
/// outcomes, one after the other, each on the one before; and nothing takes effect twice.
struct LedgerJudge {
  private struct Entry {
    let digest: [UInt8]
    let header: [UInt8]
    let identities: [[UInt8]]
    let outcomes: [UInt8]
    let time: Int64
  }

  private var entries: [Entry] = []
  private var heights: [Int]
  private let genesis: [UInt8]
  private var accepted: [[UInt8]: Int] = [:]
  private(set) var tables = 0

  init(_ network: SimulatedNetwork) {
    heights = Array(repeating: 0, count: network.members.count)
    genesis = network.genesis.header.digest.bytes
  }

  var height: Int { entries.count }

  func height(of place: Int) -> Int { heights[place] }

  func digest(at height: Int) -> [UInt8]? {
    if height == 0 { return genesis }
    return height > 0 && height <= entries.count ? entries[height - 1].digest : nil
  }

  func includes(_ identity: [UInt8], at height: Int) -> Bool {
    height > 0 && height <= entries.count && entries[height - 1].identities.contains(identity)
  }

  /// A member starts with what it holds final: that is part of the history, though nothing forces it to be the newest
  /// part.
  mutating func started(_ place: Int, at header: BlockHeader) -> String? {
    guard let height = Int(exactly: header.height.number), let known = digest(at: height) else {
      return "member \(place) starts at height \(header.height), which nobody ever committed"
    }
    guard known == header.digest.bytes else { return "member \(place) starts on another block at height \(height)" }
    heights[place] = height
    return nil
  }

  mutating func committed(_ block: FinalBlock, by place: Int) -> String? {
    let header = block.block.header
    guard let height = Int(exactly: header.height.number), height == heights[place] + 1 else {
      return "member \(place) commits height \(header.height) after height \(heights[place])"
    }
    heights[place] = height
    let entry = Entry(
      digest: header.digest.bytes, header: header.encoded, identities: block.block.transactions.map(\.identity.bytes),
      outcomes: Self.encoded(block.committed.outcomes), time: header.timestamp.milliseconds)
    guard height <= entries.count else { return append(entry, header) }
    let known = entries[height - 1]
    guard known.digest == entry.digest, known.header == entry.header else {
      return "two blocks are final at height \(height): member \(place) has another one than the first to commit it"
    }
    guard known.identities == entry.identities, known.outcomes == entry.outcomes else {
      return "member \(place) has other contents or outcomes at height \(height) than the first to commit it"
    }
    return nil
  }

  private mutating func append(_ entry: Entry, _ header: BlockHeader) -> String? {
    guard header.parent.bytes == digest(at: entries.count) else {
      return "the block at height \(entries.count + 1) does not stand on the one before"
    }
    if let last = entries.last, last.time >= entry.time {
      return "the block at height \(entries.count + 1) is not later than the one before"
    }
    entries.append(entry)
    return nil
  }

  private static func encoded(_ outcomes: [TransactionOutcome]) -> [UInt8] {
    var writer = CBORWriter()
    writer.list(outcomes)
    return writer.bytes
  }

  /// At the end: the states agree where heights do, what is on the disks is the same to the byte, and no identity was
  /// accepted twice.
  mutating func conclude(_ world: World, _ places: [Int]) -> String? {
    var roots: [Int: [UInt8]] = [:]
    for place in places {
      if let reason = compare(world.members[place].disk, of: place) { return reason }
      guard let replica = world.members[place].replica else { continue }
      let height = heights[place]
      let root = replica.state.root.bytes
      if let known = roots[height], known != root { return "member \(place) has another state at height \(height)" }
      roots[height] = root
      tables = max(tables, Int(clamping: replica.state.negotiation.currentTable?.version ?? 0))
    }
    return twice()
  }

  private func compare(_ disk: SimulatedDisk, of place: Int) -> String? {
    for (stored, entry) in zip(disk.committed, entries) {
      guard stored.header.encoded == entry.header, Self.encoded(stored.outcomes) == entry.outcomes else {
        return "the disk of member \(place) has other bytes at height \(stored.header.height)"
      }
    }
    return nil
  }

  private func twice() -> String? {
    var seen: Set<[UInt8]> = []
    for (height, entry) in entries.enumerated() {
      for identity in entry.identities where !seen.insert(identity).inserted {
        return "a transaction stands in the history twice, the second time at height \(height + 1)"
      }
    }
    return nil
  }
}
