import Glibc
import NIOCore
import NIOPosix

/// How the sockets are set: no delay for small writes, a dead peer noticed within a minute, reading only on demand, and
/// little buffered beyond the queues, so that what is urgent overtakes what waits.
enum SocketOptions {
  private static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 * 1024, high: 128 * 1024)
  /// S21: probe after 20 s of silence, every 10 s, give up after 3; and give up on unacknowledged data after 30 s.
  private static let keepAlive: [(option: Int32, value: Int)] = [
    (TCP_KEEPIDLE, 20), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 3), (TCP_USER_TIMEOUT, 30_000),
  ]
  private static let allocator = AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16384, maximum: 256 * 1024)

  static func client(_ bootstrap: ClientBootstrap) -> ClientBootstrap {
    var bootstrap =
      bootstrap
      .channelOption(.autoRead, value: false)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.writeBufferWaterMark, value: waterMark)
      .channelOption(.recvAllocator, value: allocator)
    for (option, value) in keepAlive {
      bootstrap = bootstrap.channelOption(.tcpOption(.init(rawValue: option)), value: value)
    }
    return bootstrap
  }

  static func server(_ bootstrap: ServerBootstrap) -> ServerBootstrap {
    var bootstrap =
      bootstrap
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: waterMark)
      .childChannelOption(.recvAllocator, value: allocator)
    for (option, value) in keepAlive {
      bootstrap = bootstrap.childChannelOption(.tcpOption(.init(rawValue: option)), value: value)
    }
    return bootstrap
  }
}

/// The text of a failure of the system, for people.
enum SystemReason {
  static func of(_ error: any Error) -> String {
    if let error = error as? IOError { return text(error.errnoCode) }
    if let error = error as? NIOConnectionError, let first = error.connectionErrors.first { return of(first.error) }
    return "\(error)"
  }

  private static func text(_ number: CInt) -> String {
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
  }
}
