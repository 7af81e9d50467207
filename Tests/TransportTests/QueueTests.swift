import Membership
import NIOCore
import Synchronization
import Testing
import Transport

@Suite("Queues")
struct QueueTests {
  private func queues(_ adjust: (inout TransportLimits) -> Void = { _ in }) -> OutboundQueues {
    var limits = TransportLimits()
    adjust(&limits)
    return OutboundQueues(limits: limits)
  }

  /// Everything that waits, in the order in which it would be sent.
  private func drain(_ queues: inout OutboundQueues, target: Int = 64) throws -> [[UInt8]] {
    var decoder = FrameDecoder()
    var found: [[UInt8]] = []
    while !queues.isEmpty {
      var batch = ByteBuffer()
      _ = queues.take(into: &batch, target: target)
      #expect(batch.readableBytes <= target + FrameDecoder.headerSize)
      decoder.append(Array(batch.readableBytesView))
      while let frame = try decoder.next(limit: 1 << 20) { found.append(frame) }
    }
    return found
  }

  @Test("consensus goes before bulk, each in its order")
  func precedence() throws {
    var queues = queues()
    for number in 1...3 {
      #expect(queues.append([UInt8(number), 0], .bulk).outcome == .queued)
      #expect(queues.append([UInt8(number), 1], .consensus).outcome == .queued)
    }
    #expect(try drain(&queues) == [[1, 1], [2, 1], [3, 1], [1, 0], [2, 0], [3, 0]])
  }

  @Test("a frame that has begun is finished before an urgent one")
  func begun() throws {
    var queues = queues()
    let large = [UInt8](repeating: 5, count: 100)
    _ = queues.append(large, .bulk)
    var batch = ByteBuffer()
    #expect(queues.take(into: &batch, target: 40) == 0)
    _ = queues.append([1], .consensus)
    _ = queues.append([2], .bulk)
    var decoder = FrameDecoder()
    decoder.append(Array(batch.readableBytesView))
    batch.clear()
    #expect(queues.take(into: &batch, target: 1000) == 3)
    decoder.append(Array(batch.readableBytesView))
    #expect(try decoder.next(limit: 1000) == large)
    #expect(try decoder.next(limit: 1000) == [1])
    #expect(try decoder.next(limit: 1000) == [2])
  }

  @Test(
    "a full bulk queue drops the newest frame",
    arguments: [QueueLimit(frames: 2, bytes: 1000), QueueLimit(frames: 9, bytes: 6)])
  func fullBulk(limit: QueueLimit) throws {
    var queues = queues { $0.bulkQueue = limit }
    #expect(queues.append([1, 1, 1], .bulk).outcome == .queued)
    #expect(queues.append([2, 2, 2], .bulk).outcome == .queued)
    let (outcome, dropped) = queues.append([3, 3, 3], .bulk)
    #expect(outcome == .full && dropped == 1)
    #expect(queues.append([4], .consensus).outcome == .queued)
    #expect(try drain(&queues) == [[4], [1, 1, 1], [2, 2, 2]])
  }

  @Test(
    "a full consensus queue drops the oldest frames",
    arguments: [QueueLimit(frames: 2, bytes: 1000), QueueLimit(frames: 9, bytes: 6)])
  func fullConsensus(limit: QueueLimit) throws {
    var queues = queues { $0.consensusQueue = limit }
    _ = queues.append([1, 1, 1], .consensus)
    _ = queues.append([2, 2, 2], .consensus)
    let (outcome, dropped) = queues.append([3, 3, 3], .consensus)
    #expect(outcome == .displacedOlder && dropped == 1)
    #expect(try drain(&queues) == [[2, 2, 2], [3, 3, 3]])
  }

  @Test("an empty queue takes even a frame beyond its bytes")
  func oversized() throws {
    var queues = queues { $0.bulkQueue = QueueLimit(frames: 2, bytes: 4) }
    #expect(queues.append([1, 2, 3, 4, 5], .bulk).outcome == .queued)
    #expect(queues.append([1], .bulk).outcome == .full)
    #expect(try drain(&queues, target: 3) == [[1, 2, 3, 4, 5]])
  }

  @Test("reading pauses while the program holds too much, and resumes at half")
  func credit() throws {
    let resumed = Atomic(0)
    let credit = InboundCredit(limit: QueueLimit(frames: 4, bytes: 1000)) { resumed.add(1, ordering: .relaxed) }
    let sender = try #require(MemberID("AUS"))
    var held: [InboundFrame] = []
    for _ in 0..<3 { held.append(InboundFrame(sender: sender, bytes: [1], credit: credit)) }
    #expect(credit.mayRead())
    held.append(InboundFrame(sender: sender, bytes: [1], credit: credit))
    #expect(!credit.mayRead())
    held.removeLast()
    #expect(!credit.mayRead())
    #expect(resumed.load(ordering: .relaxed) == 0)
    held.removeLast()
    #expect(resumed.load(ordering: .relaxed) == 1)
    #expect(credit.mayRead())
    held.append(InboundFrame(sender: sender, bytes: [UInt8](repeating: 0, count: 998), credit: credit))
    #expect(!credit.mayRead())
    // After the session's end nothing is resumed any more.
    credit.close()
    held = []
    #expect(resumed.load(ordering: .relaxed) == 1)
  }
}

@Suite("Dialling")
struct DiallingTests {
  private struct Steps: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state
    }
  }

  @Test("pauses double up to the longest, half of each random, and start again after a session that lasted")
  func backoff() {
    var (backoff, randomness) = (Backoff(first: 100, longest: 1000), Steps(state: 7))
    for ceiling: Int64 in [100, 200, 400, 800, 1000, 1000, 1000] {
      let pause = backoff.next(using: &randomness)
      #expect((ceiling / 2...ceiling).contains(pause), "\(pause) of \(ceiling)")
    }
    backoff.reset()
    #expect(backoff.next(using: &randomness) <= 100)
    var odd = Backoff(first: 0, longest: -5)
    #expect((0...1).contains(odd.next(using: &randomness)))
    var vast = Backoff(first: .max / 2 + 1, longest: .max)
    for _ in 0..<3 { #expect(vast.next(using: &randomness) > 0) }
  }

  @Test("of two sessions the one dialled by the lower id stays; a new one in the same direction replaces the old")
  func rule() throws {
    let (low, high) = (try #require(MemberID("AUS")), try #require(MemberID("USA")))
    for (own, other, winning) in [(low, high, SessionDirection.outgoing), (high, low, .incoming)] {
      let losing: SessionDirection = winning == .outgoing ? .incoming : .outgoing
      var table = SessionTable(own: own)
      #expect(table.admit(.init(number: 1, direction: losing), with: other) == .admit)
      #expect(table.admit(.init(number: 2, direction: losing), with: other) == .replace(1, .replaced))
      #expect(table.admit(.init(number: 3, direction: winning), with: other) == .replace(2, .duplicate))
      #expect(table.admit(.init(number: 4, direction: losing), with: other) == .refuse)
      #expect(table.admit(.init(number: 5, direction: winning), with: other) == .replace(3, .replaced))
      #expect(table[other]?.number == 5)
      table.remove(3, with: other)
      #expect(table[other]?.number == 5)
      table.remove(5, with: other)
      #expect(table[other] == nil)
    }
  }

  @Test("addresses are host and port, IPv6 in brackets")
  func addresses() {
    for text in ["localhost:7400", "127.0.0.1:1", "[::1]:65535", "node.gov.au:0"] {
      #expect(PeerAddress(text)?.description == text)
    }
    #expect(PeerAddress("[::1]:7400")?.host == "::1")
    for text in ["", "localhost", "localhost:", ":7400", "localhost:65536", "localhost:-1", "::1:7400", "[]:1", "a:1x"]
    {
      #expect(PeerAddress(text) == nil, "\(text)")
    }
  }
}
