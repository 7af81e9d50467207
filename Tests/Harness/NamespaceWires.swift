import Foundation
import Glibc
import Synchronization

/// A network namespace for each member, and between them a switch that runs here: every namespace has a TUN device, whose packets the
/// switch reads, delays, loses or cuts off as the conditions say, and writes into the device of their destination. So the nodes' TCP meets
/// real losses and real delays, without a kernel that has netem. Needs root, iproute2 and /dev/net/tun.
///
/// A member's API stays on the loopback of its own namespace; a forwarder makes it reachable at the same port of this process's loopback.
package final class NamespaceWires: Wires {
  package let kind = "network namespaces with a switch for their packets"
  package let conditions: LinkConditions
  private let names: [String]
  private let packets: PacketSwitch
  private let janitor: Mutex<Janitor?>
  private let forwarders: [Forwarder]

  /// Why this machine cannot have them; nil where it can.
  package static var obstacle: String? {
    if geteuid() != 0 { return "not root" }
    if (try? Shell.run("command -v ip")) == nil { return "no iproute2 (command ip)" }
    let device = Glibc.open("/dev/net/tun", O_RDWR | O_CLOEXEC)
    guard device >= 0 else { return "/dev/net/tun cannot be opened" }
    Glibc.close(device)
    return nil
  }

  package init(apiPorts: [UInt16], seed: UInt64) throws {
    let tag = "pf" + String(UInt32.random(in: 0...0xFFFFFF), radix: 36) + "x"
    let names = apiPorts.indices.map { tag + String($0) }
    self.names = names
    conditions = LinkConditions(members: names.count, seed: seed)
    // Whatever runs in a namespace of ours was started by us.
    let removal = names.map { "ip netns pids \($0) | xargs -r kill -9; ip netns del \($0);" }.joined(separator: " ")
    janitor = Mutex(try Janitor(removal))
    var devices: [Int32] = []
    for (index, name) in names.enumerated() {
      devices.append(try Self.makeDevice(name))
      try Shell.run(
        """
        set -e; ip netns add \(name); ip link set \(name) netns \(name); ip -n \(name) link set lo up
        ip -n \(name) addr add \(Self.host(index))/24 dev \(name); ip -n \(name) link set \(name) up
        """)
    }
    packets = PacketSwitch(devices: devices, conditions: conditions)
    packets.start()
    forwarders = try zip(names, apiPorts).map { name, port in
      try Forwarder(port: port, to: port, namespace: "/run/netns/" + name, pace: nil)
    }
  }

  private static func host(_ member: Int) -> String { "10.213.77.\(member + 1)" }

  package func listenAddress(of member: Int) -> String { Self.host(member) + ":7400" }

  package func address(of member: Int, for caller: Int) -> String { listenAddress(of: member) }

  package func launcher(of member: Int) -> [String] {
    let program = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    return [program ?? "ip", "netns", "exec", names[member]]
  }

  package func close() {
    for forwarder in forwarders { forwarder.close() }
    packets.stop()
    janitor.withLock { $0.take() }?.dismiss()
  }

  /// A TUN device with that name. Its packets come and go by the descriptor, wherever the device is moved.
  private static func makeDevice(_ name: String) throws -> Int32 {
    let device = Glibc.open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)
    guard device >= 0 else { throw WiringError.system("/dev/net/tun", errno) }
    // struct ifreq: 16 bytes of name, then the flags IFF_TUN | IFF_NO_PI.
    var request = Array(name.utf8.prefix(15))
    request += [UInt8](repeating: 0, count: 40 - request.count)
    (request[16], request[17]) = (0x01, 0x10)
    let setInterface: UInt = 0x4004_54CA
    let status = request.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { ioctl(device, setInterface, $0) } ?? -1
    }
    guard status == 0 else { throw WiringError.system("TUNSETIFF \(name)", errno) }
    return device
  }
}

/// Moves IPv4 packets between the devices of the members: the last byte of an address less one is the member.
///
/// Unchecked because one thread has all of it but the flag that stops it.
private final class PacketSwitch: @unchecked Sendable {
  private struct Packet {
    let due: Int64
    let bytes: [UInt8]
  }

  private let devices: [Int32]
  private let conditions: LinkConditions
  private let isStopped = Atomic(false)
  private let ended = DispatchGroup()
  /// Of each direction, in order: a packet never overtakes another of its direction.
  private var queues: [[[Packet]]]

  init(devices: [Int32], conditions: LinkConditions) {
    (self.devices, self.conditions) = (devices, conditions)
    queues = Array(repeating: Array(repeating: [], count: devices.count), count: devices.count)
  }

  func start() {
    ended.enter()
    let thread = Thread { [self] in
      run()
      ended.leave()
    }
    thread.start()
  }

  func stop() {
    guard !isStopped.exchange(true, ordering: .sequentiallyConsistent) else { return }
    ended.wait()
    for device in devices { Glibc.close(device) }
  }

  private func run() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while !isStopped.load(ordering: .sequentiallyConsistent) {
      var waits = devices.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      poll(&waits, nfds_t(waits.count), Int32(max(0, min(50, nextDue - Ticks.now))))
      for (from, wait) in waits.enumerated() where wait.revents & Int16(POLLIN) != 0 { take(from, &buffer) }
      deliver()
    }
  }

  private var nextDue: Int64 { queues.joined().compactMap(\.first?.due).min() ?? .max }

  private func take(_ from: Int, _ buffer: inout [UInt8]) {
    for _ in 0..<64 {
      let count = read(devices[from], &buffer, buffer.count)
      guard count > 0 else { return }
      guard count >= 20, buffer[0] >> 4 == 4 else { continue }
      let to = Int(buffer[19]) - 1
      guard devices.indices.contains(to), to != from else { continue }
      guard case .after(let delay) = conditions.fate(from: from, to: to) else { continue }
      let due = max(Ticks.now + delay, queues[from][to].last?.due ?? 0)
      queues[from][to].append(Packet(due: due, bytes: Array(buffer[..<count])))
    }
  }

  private func deliver() {
    let now = Ticks.now
    for from in queues.indices {
      for to in queues.indices {
        let ready = queues[from][to].prefix { $0.due <= now }.count
        guard ready > 0 else { continue }
        for packet in queues[from][to].prefix(ready) { _ = write(devices[to], packet.bytes, packet.bytes.count) }
        queues[from][to].removeFirst(ready)
      }
    }
  }
}
