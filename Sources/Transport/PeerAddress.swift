/// Where a member listens: `host:port`, the host a name, an IPv4 address or an IPv6 address in brackets.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible, LosslessStringConvertible {
  package let host: String
  package let port: Int

  /// Takes a port from 0 to 65535; 0 lets the system choose one to listen on.
  package init?(host: String, port: Int) {
    guard !host.isEmpty, (0...65535).contains(port) else { return nil }
    (self.host, self.port) = (host, port)
  }

  package init?(_ description: String) {
    guard let colon = description.lastIndex(of: ":"), let port = UInt16(description[description.index(after: colon)...])
    else { return nil }
    var host = description[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    self.init(host: String(host), port: Int(port))
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
