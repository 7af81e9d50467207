import Testnet

/// A relay on loopback for each direction in which one member dials another: it delays and cuts what goes through. For machines on which
/// the nodes cannot have network namespaces. TCP's own answer to losses is imitated, not met.
package final class RelayWires: Wires {
  package let kind = "relays on loopback"
  package let conditions: LinkConditions
  private let listen: [String]
  private let ports: [[Int]]
  private let relays: [Forwarder]

  /// `listen` are the ports on which the nodes themselves listen.
  package init(listen: [UInt16], seed: UInt64) throws {
    let count = listen.count
    let conditions = LinkConditions(members: count, seed: seed)
    self.conditions = conditions
    self.listen = listen.map { "127.0.0.1:\($0)" }
    let found = try FreePorts.find(count * count)
    let ports = (0..<count).map { caller in Array(found[caller * count..<(caller + 1) * count]) }
    self.ports = ports
    var relays: [Forwarder] = []
    for caller in 0..<count {
      for callee in 0..<count where callee != caller {
        relays.append(
          try Forwarder(
            port: UInt16(ports[caller][callee]), to: listen[callee], namespace: nil,
            pace: Pace(conditions: conditions, caller: caller, callee: callee)))
      }
    }
    self.relays = relays
  }

  package func listenAddress(of member: Int) -> String { listen[member] }

  package func address(of member: Int, for caller: Int) -> String { "127.0.0.1:\(ports[caller][member])" }

  package func launcher(of member: Int) -> [String] { [] }

  package func close() { for relay in relays { relay.close() } }
}
