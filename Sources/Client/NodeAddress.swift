/// Where a node's loopback API listens.
package struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
  package let host: String
  package let port: Int

  package init(host: String, port: Int) { (self.host, self.port) = (host, port) }

  /// Reads `http://host:port`, `host:port`, or `http://[::1]:port`; a trailing slash is allowed, a path is not.
  package init(_ text: String) throws(NodeError) {
    var rest = Substring(text)
    if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    guard !rest.contains("/"), let colon = rest.lastIndex(of: ":"),
      let port = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(port)
    else { throw .address(text) }
    var host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, !host.contains("@") else { throw .address(text) }
    self.init(host: String(host), port: port)
  }

  package var description: String { host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)" }
}
