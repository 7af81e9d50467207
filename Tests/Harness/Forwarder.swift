import Foundation
import Glibc
import Synchronization

/// How a forwarder treats what goes through: by the conditions of the two directions between two members.
struct Pace: Sendable {
  let conditions: LinkConditions
  let caller: Int
  let callee: Int
}

/// Listens on a port of this process's loopback and connects whoever comes with a port of loopback, here or in a network namespace.
final class Forwarder: Sendable {
  private let listener: Int32
  private let isClosed = Atomic(false)
  private let ended = DispatchGroup()

  /// `namespace` is the file of a network namespace in which the other end is; `pace` delays and holds what goes through.
  init(port: UInt16, to target: UInt16, namespace: String?, pace: Pace?) throws {
    listener = try Loopback.listen(port)
    let (listener, ended) = (listener, ended)
    ended.enter()
    let thread = Thread { [self] in
      defer { ended.leave() }
      // A thread that entered a namespace makes its sockets there; the listener was made before.
      if let namespace, !Self.enter(namespace) { return }
      while !isClosed.load(ordering: .sequentiallyConsistent) {
        var wait = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 100) > 0 else { continue }
        let client = accept(listener, nil, nil)
        guard client >= 0 else { continue }
        guard let server = Loopback.connect(target) else {
          Glibc.close(client)
          continue
        }
        Pump(client: client, server: server, pace: pace, owner: self).start()
      }
    }
    thread.start()
  }

  var isOpen: Bool { !isClosed.load(ordering: .sequentiallyConsistent) }

  func close() {
    guard !isClosed.exchange(true, ordering: .sequentiallyConsistent) else { return }
    ended.wait()
    Glibc.close(listener)
  }

  /// glibc declares `setns` only for GNU sources, as Swift's are not.
  private static func enter(_ namespace: String) -> Bool {
    guard let symbol = dlsym(nil, "setns") else { return false }
    let file = open(namespace, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { Glibc.close(file) }
    let setns = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
    return setns(file, 0) == 0
  }
}

/// Sockets on loopback.
enum Loopback {
  static func listen(_ port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw WiringError.system("socket", errno) }
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard withAddress(port, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 64) == 0 else {
      let number = errno
      Glibc.close(descriptor)
      throw WiringError.system("listening on port \(port)", number)
    }
    return descriptor
  }

  static func connect(_ port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    guard withAddress(port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
      Glibc.close(descriptor)
      return nil
    }
    return descriptor
  }

  private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}

/// Moves bytes between two sockets until either end closes. Under conditions a piece waits as long as it is said to take; one that is said
/// to be lost waits for as long again as TCP would take to send it again, and nothing moves in a direction that is cut.
///
/// Unchecked because one thread has all of it.
private final class Pump: @unchecked Sendable {
  private struct Direction {
    let input: Int32
    let output: Int32
    let from: Int
    let to: Int
    var pieces: [(due: Int64, bytes: [UInt8])] = []
    var held = 0
  }

  private static let mostHeld = 4 << 20
  private static let retransmission: Int64 = 200

  private var directions: [Direction]
  private let conditions: LinkConditions?
  private let owner: Forwarder

  init(client: Int32, server: Int32, pace: Pace?, owner: Forwarder) {
    let (caller, callee) = (pace?.caller ?? 0, pace?.callee ?? 0)
    directions = [
      Direction(input: client, output: server, from: caller, to: callee),
      Direction(input: server, output: client, from: callee, to: caller),
    ]
    (conditions, self.owner) = (pace?.conditions, owner)
  }

  func start() { Thread { [self] in run() }.start() }

  private func run() {
    defer { for direction in directions { close(direction.input) } }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while owner.isOpen {
      var waits = directions.map { direction in
        let listens = direction.held < Self.mostHeld && !isCut(direction)
        return pollfd(fd: listens ? direction.input : -1, events: Int16(POLLIN), revents: 0)
      }
      let due = directions.compactMap(\.pieces.first?.due).min() ?? .max
      poll(&waits, nfds_t(waits.count), Int32(max(0, min(50, due - Ticks.now))))
      for index in directions.indices where waits[index].revents != 0 {
        let count = read(directions[index].input, &buffer, buffer.count)
        guard count > 0 else { return }
        keep(Array(buffer[..<count]), index)
      }
      for index in directions.indices { guard deliver(index) else { return } }
    }
  }

  private func isCut(_ direction: Direction) -> Bool {
    conditions?.isCut(from: direction.from, to: direction.to) ?? false
  }

  private func keep(_ bytes: [UInt8], _ index: Int) {
    let direction = directions[index]
    var delay: Int64 = 0
    if let conditions {
      switch conditions.fate(from: direction.from, to: direction.to) {
      case .after(let milliseconds): delay = milliseconds
      case .lost: delay = Self.retransmission
      }
    }
    let due = max(Ticks.now + delay, direction.pieces.last?.due ?? 0)
    directions[index].pieces.append((due, bytes))
    directions[index].held += bytes.count
  }

  /// False where the other end is gone.
  private func deliver(_ index: Int) -> Bool {
    let now = Ticks.now
    guard !isCut(directions[index]) else { return true }
    while let first = directions[index].pieces.first, first.due <= now {
      var written = 0
      while written < first.bytes.count {
        let count = first.bytes[written...].withUnsafeBytes {
          send(directions[index].output, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        written += count
      }
      directions[index].pieces.removeFirst()
      directions[index].held -= first.bytes.count
    }
    return true
  }
}
