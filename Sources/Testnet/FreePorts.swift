import Glibc

/// Loopback ports that nobody listens on.
package enum FreePorts {
  /// Below the range from which Linux takes the ports of outgoing connections, so that none of these can take a chosen port.
  package static let range = 15_000...31_999

  /// Finds distinct ports by binding each. Another program may still take one before it is used; the node then says so.
  package static func find(_ count: Int) throws(TestnetError) -> [Int] {
    var ports: [Int] = []
    var held: [Int32] = []
    defer { for socket in held { close(socket) } }
    for _ in 0..<(count * 50) where ports.count < count {
      let port = Int.random(in: range)
      guard !ports.contains(port), let socket = bound(to: port) else { continue }
      held.append(socket)
      ports.append(port)
    }
    guard ports.count == count else { throw .noPorts }
    return ports
  }

  private static func bound(to port: Int) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
