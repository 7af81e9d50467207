import Consensus
import Cryptography
import Foundation
import Membership
import Replica
import Synchronization
import Testing

@testable import Node

@Suite("Queues, timers and verifiers")
struct QueueTests {
  @Test("everything that was put is taken once, in each putter's order")
  func inbox() {
    let inbox = Inbox<(Int, Int)>()
    let putters = (0..<4).map { putter in
      DedicatedThread(name: "put-\(putter)") { for number in 0..<1_000 { inbox.put((putter, number)) } }
    }
    var next = [0, 0, 0, 0]
    while next.reduce(0, +) < 4_000 {
      for (putter, number) in inbox.take(until: nil) {
        #expect(number == next[putter])
        next[putter] += 1
      }
    }
    for putter in putters { putter.join() }
    #expect(inbox.takeAll().isEmpty)
  }

  @Test("waiting ends at the deadline, and at once where it has passed")
  func deadline() {
    let inbox = Inbox<Int>()
    let begin = MonotonicTime.now
    #expect(inbox.take(until: begin.adding(milliseconds: 20)).isEmpty)
    #expect(MonotonicTime.now.nanoseconds(since: begin) >= 20_000_000)
    #expect(inbox.take(until: begin).isEmpty)
    inbox.put(1)
    #expect(inbox.take(until: begin) == [1])
    #expect(begin.adding(milliseconds: .max) > begin)
  }

  @Test("a timer that is started again runs once, a stopped one not at all, the earliest first")
  func timers() {
    var table = TimerTable()
    let now = MonotonicTime.now
    #expect(table.next == nil)
    table.start(.fetch, end: now.adding(milliseconds: 30))
    table.start(.work, end: now.adding(milliseconds: 10))
    table.start(.heartbeat, end: now.adding(milliseconds: 20))
    table.start(.fetch, end: now.adding(milliseconds: 5))
    table.stop(.heartbeat)
    #expect(table.next == now.adding(milliseconds: 5))
    #expect(table.takeExpired(at: now) == nil)
    let later = now.adding(milliseconds: 100)
    #expect([table.takeExpired(at: later), table.takeExpired(at: later)] == [.fetch, .work])
    #expect(table.takeExpired(at: later) == nil)
  }

  @Test("the caching verifier says what the verifier says, the second time too")
  func caching() throws {
    let key = try PrivateKey.ed25519(seed: [UInt8](repeating: 7, count: 32))
    let other = try PrivateKey.ed25519(seed: [UInt8](repeating: 8, count: 32))
    let message = Array("message".utf8)
    let signature = try key.signature(over: message)
    let verifier = CachingVerifier()
    for _ in 0..<2 {
      #expect(verifier.isValid(signature: signature, of: message, by: key.publicKey))
      #expect(!verifier.isValid(signature: signature, of: message, by: other.publicKey))
      #expect(!verifier.isValid(signature: signature, of: message + [0], by: key.publicKey))
      var changed = signature
      changed[0] ^= 1
      #expect(!verifier.isValid(signature: changed, of: message, by: key.publicKey))
    }
  }

  @Test("frames say by their second byte what waits for them", arguments: 0...20)
  func lanes(tag: UInt8) {
    let small = [0x82, tag] + [UInt8](repeating: 0, count: 10)
    let large = [0x82, tag] + [UInt8](repeating: 0, count: 100_000)
    let agreement: [UInt8] = [0, 1, 3, 4, 5]
    #expect(FrameLane(small) == (agreement.contains(tag) ? .agreement : tag == 2 ? .transactions : .bulk))
    #expect(FrameLane(large) == (agreement.contains(tag) ? .agreement : .bulk))
    #expect(FrameLane([]) == .bulk)
    #expect(FrameLane([0x82]) == .bulk)
  }
}
