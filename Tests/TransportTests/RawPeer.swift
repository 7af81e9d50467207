import CBOR
import COpenSSL
import Cryptography
import Glibc
import Membership
import NIOCore
import Testing
import Transport

/// The other end of a session, written out by hand over a blocking socket, so that a test can say whatever it likes.
final class RawPeer {
  /// How a read ended when it brought no frame.
  enum Reading: Equatable {
    case frame([UInt8])
    case closed
    case failed
  }

  private let socket: Int32
  let tls: TLSStream
  private var decoder = FrameDecoder()

  init(socket: Int32, context: TLSContext, role: TLSRole) throws {
    self.socket = socket
    // What never comes ends the test, not the run.
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    tls = try TLSStream(context, role: role)
  }

  deinit { close(socket) }

  /// Connects to a mesh on loopback.
  static func dial(_ address: PeerAddress, _ context: TLSContext) throws -> RawPeer {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var target = loopback(port: address.port)
    let connected = withUnsafePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(connected == 0)
    return try RawPeer(socket: socket, context: context, role: .client)
  }

  /// Runs the handshake to its end; false where it failed.
  func handshake() -> Bool {
    while true {
      guard let progress = try? tls.handshake() else {
        flush()
        return false
      }
      flush()
      switch progress {
      case .done: return true
      case .closed: return false
      case .needsInput: guard receive() else { return false }
      }
    }
  }

  func send(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try tls.write($0) }
    flush()
  }

  func sendFrame(_ frame: [UInt8]) throws { try send(Self.header(frame.count) + frame) }

  static func header(_ count: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).bigEndian) { Array($0) }
  }

  /// The next frame, or how the session ended.
  func read() -> Reading {
    while true {
      if let frame = try? decoder.next(limit: 8 * 1024 * 1024) { return .frame(frame) }
      var space = [UInt8](repeating: 0, count: 16384)
      guard let (count, progress) = try? space.withUnsafeMutableBytes({ try tls.read(into: $0) }) else {
        return .failed
      }
      decoder.append(Array(space.prefix(count)))
      switch progress {
      case .done: continue
      case .closed: return .closed
      case .needsInput: guard receive() else { return .closed }
      }
    }
  }

  /// The next frame; anything else fails the test.
  func nextFrame() throws -> [UInt8] {
    let reading = read()
    guard case .frame(let frame) = reading else { throw Unexpected(reading: reading) }
    return frame
  }

  struct Unexpected: Error { let reading: Reading }

  private func receive() -> Bool {
    var space = [UInt8](repeating: 0, count: 65536)
    let count = recv(socket, &space, space.count, 0)
    guard count > 0 else { return false }
    tls.receive(ByteBuffer(bytes: space.prefix(count)))
    return true
  }

  private func flush() {
    guard let output = tls.takeOutput() else { return }
    sendPlain(Array(output.readableBytesView))
  }

  /// Sends bytes past TLS.
  func sendPlain(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return }
      rest = rest.dropFirst(sent)
    }
  }

  static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return address
  }
}

/// A listening socket for raw peers.
final class RawListener {
  private let socket: Int32
  let address: PeerAddress

  init() throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var target = RawPeer.loopback(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = socket
    let isBound = withUnsafeMutablePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, address, &size) == 0
      }
    }
    try #require(isBound)
    address = try #require(PeerAddress(host: "127.0.0.1", port: Int(in_port_t(bigEndian: target.sin_port))))
  }

  deinit { close(socket) }

  func accept(_ context: TLSContext) throws -> RawPeer {
    let accepted = Glibc.accept(socket, nil, nil)
    try #require(accepted >= 0)
    return try RawPeer(socket: accepted, context: context, role: .server)
  }
}

extension RawPeer {
  /// A greeting of this session, changed as a test likes.
  func hello(
    _ party: TestNetwork.Party, to peer: MemberID, role: TLSRole = .client, network: NetworkID, version: UInt64 = 1,
    binding: Digest? = nil, signer: PrivateKey? = nil
  ) throws -> [UInt8] {
    let hello = Hello(
      member: party.id, version: version, peer: peer, role: role,
      channelBinding: try #require(binding ?? tls.channelBinding))
    return try (signer ?? party.nodeKey).sign(SigningRequest(hello), network).encoded
  }
}

extension TLSContext {
  /// A client's context that presents nothing and trusts everybody, limited to the versions given.
  static func anonymous(versions: ClosedRange<Int32> = TLS1_3_VERSION...TLS1_3_VERSION) throws -> TLSContext {
    let native = try #require(SSL_CTX_new(TLS_method()))
    SSL_CTX_ctrl(native, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(versions.lowerBound), nil)
    SSL_CTX_ctrl(native, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(versions.upperBound), nil)
    let name = Array(TransportProtocol.name.utf8)
    SSL_CTX_set_alpn_protos(native, [UInt8(name.count)] + name, UInt32(name.count + 1))
    return TLSContext(adopting: native)
  }

  /// Lets a context with an identity speak TLS 1.2 and nothing newer.
  func limitedToTLS12() -> TLSContext {
    SSL_CTX_ctrl(native, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    SSL_CTX_ctrl(native, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    return self
  }
}
