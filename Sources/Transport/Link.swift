import Membership
import NIOCore
import Synchronization

/// What passed between this node and one member since the start, over all sessions.
package struct LinkCounters: Hashable, Sendable {
  package var sessions: UInt64 = 0
  package var framesSent: UInt64 = 0
  /// Frames with their lengths, before TLS.
  package var bytesSent: UInt64 = 0
  package var framesReceived: UInt64 = 0
  package var bytesReceived: UInt64 = 0
  /// Frames that were dropped because a queue was full.
  package var droppedConsensus: UInt64 = 0
  package var droppedBulk: UInt64 = 0

  package init() {}
}

/// The place where the program's threads leave frames for one member, and the session picks them up.
///
/// The lock is held for a few instructions at a time; a session is woken once for all frames that were left since it
/// last looked.
final class Link: Sendable {
  private struct State {
    var queues: OutboundQueues?
    var session: NIOLoopBound<SessionHandler>?
    var number: UInt64 = 0
    /// Whether the session will look by itself: it was woken, or waits for its socket.
    var isAwake = false
    var counters = LinkCounters()
  }

  let member: MemberID
  private let limits: TransportLimits
  private let loop: any EventLoop
  private let state = Mutex(State())

  init(member: MemberID, limits: TransportLimits, loop: any EventLoop) {
    (self.member, self.limits, self.loop) = (member, limits, loop)
  }

  var counters: LinkCounters { state.withLock { $0.counters } }

  var isConnected: Bool { state.withLock { $0.session != nil } }

  /// Begins a session with empty queues: what an earlier session left unsent is gone, since the peers compare their
  /// status anew.
  func open(_ session: NIOLoopBound<SessionHandler>, number: UInt64) {
    state.withLock { state in
      state.queues = OutboundQueues(limits: limits)
      (state.session, state.number, state.isAwake) = (session, number, false)
      state.counters.sessions += 1
    }
  }

  /// Ends that session, unless another has taken its place.
  func close(number: UInt64) {
    state.withLock { state in
      guard state.number == number else { return }
      (state.queues, state.session, state.isAwake) = (nil, nil, false)
    }
  }

  /// Leaves a frame. Any thread.
  func send(_ frame: [UInt8], _ priority: Priority) -> SendOutcome {
    guard !frame.isEmpty, frame.count <= limits.frame else { return .wrongSize }
    return state.withLock { state in
      guard let session = state.session, let (outcome, dropped) = state.queues?.append(frame, priority) else {
        return .notConnected
      }
      switch priority {
      case .consensus: state.counters.droppedConsensus += UInt64(dropped)
      case .bulk: state.counters.droppedBulk += UInt64(dropped)
      }
      // Woken under the lock: the event loop ends only after every session has closed its link.
      if !state.isAwake { loop.execute { session.value.drain() } }
      state.isAwake = true
      return outcome
    }
  }

  /// Fills the buffer with what goes next. Where nothing waits, the session sleeps until it is woken.
  func take(into buffer: inout ByteBuffer, target: Int, number: UInt64) {
    state.withLock { state in
      guard state.number == number, state.queues != nil else { return }
      let frames = state.queues?.take(into: &buffer, target: target) ?? 0
      state.counters.framesSent += UInt64(frames)
      state.counters.bytesSent += UInt64(buffer.readableBytes)
      if buffer.readableBytes == 0 { state.isAwake = false }
    }
  }

  func countReceived(bytes: Int) {
    state.withLock { state in
      state.counters.framesReceived += 1
      state.counters.bytesReceived += UInt64(FrameDecoder.headerSize + bytes)
    }
  }
}

/// The links of all other members on the roster. Any thread may look a link up.
final class LinkTable: Sendable {
  private let links = Mutex<[MemberID: Link]>([:])

  subscript(member: MemberID) -> Link? { links.withLock { $0[member] } }

  /// All links, ascending by member.
  var all: [Link] { links.withLock { Array($0.values) }.sorted { $0.member < $1.member } }

  /// Makes the table hold exactly these members, keeping the links that exist.
  func update(_ members: [MemberID], make: (MemberID) -> Link) {
    links.withLock { links in
      let kept = links
      links = [:]
      for member in members { links[member] = kept[member] ?? make(member) }
    }
  }
}
