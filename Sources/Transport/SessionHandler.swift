import CBOR
import Cryptography
import Membership
import NIOCore

/// One connection: the TLS handshake, the two greetings, then frames both ways until it ends.
///
/// Confined to the event loop. It reads the socket only when asked to, and asks only while the program keeps up.
final class SessionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What the connection waits for. Each phase goes only to the next, or to `ended`.
  private enum Phase {
    case handshaking
    case greeting(HelloTerms)
    case live(LiveSession)
    case ended
  }

  /// What one side knows of the other between the handshake and its greeting.
  private struct HelloTerms {
    let channelBinding: Digest
    let pins: [Digest]
    var received = 0
  }

  private struct LiveSession {
    let link: Link
    let member: Member
    let pins: [Digest]
    let credit: InboundCredit
    let since: NIODeadline
  }

  /// How much plaintext is encrypted at once.
  private static let batchSize = 64 * 1024
  /// After how much the other sessions have their turn.
  private static let turnSize = 1024 * 1024
  /// The largest piece of plaintext that OpenSSL hands out: one record.
  private static let recordSize = 16 * 1024

  let number: UInt64
  /// Whom this side dialled; nil where it was dialled.
  let dialled: MemberID?
  private let switchboard: Switchboard
  private let tls: TLSStream
  private var phase = Phase.handshaking
  private var context: ChannelHandlerContext?
  private var decoder = FrameDecoder()
  private var batch = ByteBuffer()
  private var isDraining = false
  private var deadline: Scheduled<Void>?
  private var stall: Scheduled<Void>?
  private(set) var remote = "unknown"

  init(number: UInt64, dialled: MemberID?, switchboard: Switchboard) throws(SessionEnd) {
    (self.number, self.dialled, self.switchboard) = (number, dialled, switchboard)
    tls = try TLSStream(switchboard.tlsContext, role: dialled == nil ? .server : .client)
  }

  var direction: SessionDirection { dialled == nil ? .incoming : .outgoing }
  private var role: TLSRole { dialled == nil ? .server : .client }
  private var limits: TransportLimits { switchboard.configuration.limits }

  /// The member, once it proved who it is.
  var member: MemberID? {
    if case .live(let live) = phase { live.member.id } else { nil }
  }

  /// How long the session has been live, in milliseconds.
  var age: Int64 {
    if case .live(let live) = phase { (NIODeadline.now() - live.since).nanoseconds / 1_000_000 } else { 0 }
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    remote = context.remoteAddress.map { "\($0)" } ?? "unknown"
    let limit = TimeAmount.milliseconds(switchboard.configuration.timing.handshake)
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [weak self] in self?.end(.handshakeTimeout)
    }
    if context.channel.isActive { channelActive(context: context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(.connectionLost("the channel was closed"))
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    proceed()
    flushOutput()
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    tls.receive(unwrapInboundIn(data))
    proceed()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    flushOutput()
    readOn()
  }

  func channelInactive(context: ChannelHandlerContext) { end(.closedByPeer) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { end(.connectionLost("\(error)")) }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    stall?.cancel()
    stall = nil
    guard !context.channel.isWritable else { return drain() }
    let limit = TimeAmount.milliseconds(switchboard.configuration.timing.stall)
    stall = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [weak self] in self?.end(.stalled) }
  }

  /// Reads the socket again, unless the program holds too many frames of this member.
  func readOn() {
    guard let context else { return }
    switch phase {
    case .handshaking, .greeting: context.read()
    case .live(let live): if live.credit.mayRead() { context.read() }
    case .ended: return
    }
  }

  // MARK: Progress

  private func proceed() {
    do throws(SessionEnd) {
      if case .handshaking = phase { try shakeHands() }
      if case .greeting(let terms) = phase { try readHello(terms) }
      if case .live(let live) = phase { try readFrames(live) }
    } catch { end(error) }
  }

  private func shakeHands() throws(SessionEnd) {
    switch try tls.handshake() {
    case .needsInput: return
    case .closed: throw .closedByPeer
    case .done: break
    }
    guard tls.speaksProtocol else { throw .wrongProtocol }
    guard let binding = tls.channelBinding else { throw .handshakeFailed("no channel binding") }
    let terms = HelloTerms(channelBinding: binding, pins: tls.verifiedPins)
    if let dialled {
      try checkPin(terms.pins, of: dialled)
      try sendHello(to: dialled, terms)
    }
    phase = .greeting(terms)
  }

  private func readHello(_ before: HelloTerms) throws(SessionEnd) {
    var terms = before
    while true {
      if let frame = try nextHelloFrame() { return try greet(frame, terms) }
      let room = limits.beforeHello - terms.received
      guard room > 0 else { throw .hello(.tooLarge) }
      let (count, progress) = try readPlaintext(room: room)
      terms.received += count
      phase = .greeting(terms)
      switch progress {
      case .done: continue
      case .needsInput: return
      case .closed: throw .closedByPeer
      }
    }
  }

  private func nextHelloFrame() throws(SessionEnd) -> [UInt8]? {
    do { return try decoder.next(limit: limits.beforeHello - FrameDecoder.headerSize) } catch {
      if case .frameTooLarge = error { throw .hello(.tooLarge) }
      throw error
    }
  }

  private func greet(_ frame: [UInt8], _ terms: HelloTerms) throws(SessionEnd) {
    let configuration = switchboard.configuration
    let expectation = HelloExpectation(
      own: configuration.member, role: role, dialled: dialled, channelBinding: terms.channelBinding,
      network: configuration.network, rosters: switchboard.rosters)
    let member: Member
    do { member = try expectation.verify(frame) } catch { throw .hello(error) }
    try checkPin(terms.pins, of: member.id)
    guard let context, let link = switchboard.links[member.id], switchboard.admit(self, as: member.id) else {
      throw .duplicate
    }
    if dialled == nil { try sendHello(to: member.id, terms) }
    deadline?.cancel()
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let loop = context.eventLoop
    let credit = InboundCredit(limit: limits.inbound) { loop.execute { bound.value.readOn() } }
    phase = .live(LiveSession(link: link, member: member, pins: terms.pins, credit: credit, since: .now()))
    link.open(bound, number: number)
    switchboard.didOpen(self, as: member.id)
  }

  private func readFrames(_ live: LiveSession) throws(SessionEnd) {
    while true {
      while let frame = try decoder.next(limit: limits.frame) {
        live.link.countReceived(bytes: frame.count)
        switchboard.report(.received(InboundFrame(sender: live.member.id, bytes: frame, credit: live.credit)))
      }
      switch try readPlaintext(room: Self.recordSize).progress {
      case .done: continue
      case .needsInput: return
      case .closed: throw .closedByPeer
      }
    }
  }

  private func readPlaintext(room: Int) throws(SessionEnd) -> (count: Int, progress: TLSStream.Progress) {
    var result: Result<(count: Int, progress: TLSStream.Progress), SessionEnd> = .success((0, .needsInput))
    decoder.append(room: room) { space in
      do throws(SessionEnd) {
        let read = try tls.read(into: space)
        result = .success(read)
        return read.count
      } catch {
        result = .failure(error)
        return 0
      }
    }
    return try result.get()
  }

  // MARK: Identity

  private func checkPin(_ pins: [Digest], of member: MemberID) throws(SessionEnd) {
    let pinned = switchboard.rosters.flatMap { $0[member]?.pins ?? [] }
    guard pinned.contains(where: pins.contains) else { throw .wrongPin(member) }
  }

  private func sendHello(to peer: MemberID, _ terms: HelloTerms) throws(SessionEnd) {
    let configuration = switchboard.configuration
    let hello = Hello(member: configuration.member, peer: peer, role: role, channelBinding: terms.channelBinding)
    let statement: SignedStatement
    do { statement = try configuration.sign(SigningRequest(hello)) } catch { throw .cannotSign(error.sentence) }
    let frame = statement.encoded
    var bytes = ByteBuffer()
    bytes.writeInteger(UInt32(truncatingIfNeeded: frame.count))
    bytes.writeBytes(frame)
    try encrypt(bytes)
    flushOutput()
  }

  /// S26: whether the session may go on under other rosters: the member, its node key and the pin that let it in are
  /// all still there.
  func isPermitted(by rosters: [Roster]) -> Bool {
    guard case .live(let live) = phase else { return true }
    let entries = rosters.compactMap { $0[live.member.id] }
    return entries.contains { $0.node == live.member.node }
      && entries.contains { $0.pins.contains(where: live.pins.contains) }
  }

  // MARK: Sending

  /// Encrypts and sends what the link holds, until the socket is full or nothing waits.
  func drain() {
    guard case .live(let live) = phase, let context, !isDraining else { return }
    isDraining = true
    defer { isDraining = false }
    do throws(SessionEnd) {
      var sent = 0
      while context.channel.isWritable, sent < Self.turnSize {
        batch.clear()
        live.link.take(into: &batch, target: Self.batchSize, number: number)
        guard batch.readableBytes > 0 else { return }
        sent += batch.readableBytes
        try encrypt(batch)
        flushOutput()
      }
    } catch { return end(error) }
    guard context.channel.isWritable else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.execute { bound.value.drain() }
  }

  private func encrypt(_ bytes: ByteBuffer) throws(SessionEnd) {
    let result = bytes.withUnsafeReadableBytes { bytes -> Result<Void, SessionEnd> in
      do throws(SessionEnd) { return .success(try tls.write(bytes)) } catch { return .failure(error) }
    }
    try result.get()
  }

  private func flushOutput() {
    guard let context, let output = tls.takeOutput() else { return }
    context.writeAndFlush(wrapOutboundOut(output), promise: nil)
  }

  // MARK: End

  /// Ends the connection, once. Whatever phase it was in, the switchboard hears the reason.
  func end(_ reason: SessionEnd) {
    if case .ended = phase { return }
    deadline?.cancel()
    stall?.cancel()
    let (member, age) = (member, age)
    if case .live(let live) = phase {
      live.link.close(number: number)
      live.credit.close()
    }
    phase = .ended
    switchboard.didEnd(self, as: member, age: age, reason)
    tls.close()
    flushOutput()
    context?.close(promise: nil)
  }
}
