import Consensus
import Cryptography
import Replica

/// One running digest over everything that happens in a world, so that "the same history" is one comparison.
struct History {
  private var running = Digest.zero
  private var buffer: [UInt8] = []

  mutating func note(_ kind: UInt8, at time: Int64, member: Int, _ content: [UInt8] = []) {
    append(UInt64(bitPattern: time))
    buffer.append(kind)
    append(UInt64(member))
    append(UInt64(content.count))
    buffer += content
    if buffer.count > 16_384 { fold() }
  }

  mutating func note(_ kind: UInt8, at time: Int64, member: Int, number: Int) {
    append(UInt64(bitPattern: time))
    buffer.append(kind)
    append(UInt64(member))
    append(UInt64(number))
    if buffer.count > 16_384 { fold() }
  }

  mutating func digest() -> Digest {
    fold()
    return running
  }

  private mutating func append(_ number: UInt64) {
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      buffer.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  private mutating func fold() {
    running = Digest.of(.history, running.bytes, buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}

extension ReplicaTimer {
  /// A number for each timer.
  var code: Int {
    switch self {
    case .agreement(.view(let view)): 16 + Int(clamping: view.number)
    case .agreement(.lull): 1
    case .agreement(.retry): 2
    case .fetch: 3
    case .work: 4
    case .emptyBlock: 5
    case .heartbeat: 6
    case .flush: 7
    case .synchronisation: 8
    }
  }
}
