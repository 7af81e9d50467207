import Foundation
import Glibc
import Membership
import Synchronization
import Testnet

/// A network of real processes on wires that can be delayed, made lossy and cut.
package final class WiredNetwork: Sendable {
  package let network: TestNetwork
  package let wires: any Wires
  /// Why the nodes have no namespaces of their own; nil where they have.
  package let obstacle: String?
  private let earlier = Mutex<[String: Set<NodeRecord.CastVote>]>([:])

  /// Makes the network's folder and lays its wires. Close it whatever happens.
  package init(_ draft: NetworkDraft, at directory: String, seed: UInt64) throws {
    let network = try draft.create(at: directory)
    let places = network.file.members
    let isUnwanted = ProcessInfo.processInfo.environment["PROCESS_WIRES"] == "relay"
    obstacle = isUnwanted ? "PROCESS_WIRES=relay" : NamespaceWires.obstacle
    if obstacle == nil {
      wires = try NamespaceWires(apiPorts: places.compactMap { Self.port($0.api) }, seed: seed)
    } else {
      wires = try RelayWires(listen: places.compactMap { Self.port($0.listen) }, seed: seed)
    }
    self.network = network
    for member in places.indices { try rewire(member) }
  }

  package var places: [NetworkFile.Place] { network.file.members }

  package func close() { wires.close() }

  /// The folder of a member's database.
  package func data(of member: Int) -> String { network.folder(places[member]) + "/data" }

  /// Starts a member's node by a program that takes floord's options, with further ones.
  package func start(_ member: Int, program: String, _ options: [String] = []) throws {
    let place = places[member]
    let words = wires.launcher(of: member) + [program, "--config", network.configuration(place)] + options
    try network.start(place, words: words)
  }

  package func signal(_ member: Int, _ number: Int32) { network.process(places[member])?.signal(number) }

  /// Kills a member's node and keeps the votes that its journal has, since it will keep only its last ones.
  package func kill(_ member: Int) async throws {
    try await network.kill(places[member])
    try remember(member)
  }

  /// Notes the votes in the journal of a node that does not run.
  package func remember(_ member: Int) throws {
    let votes = try read(member).votes
    earlier.withLock { $0[places[member].member, default: []].formUnion(votes) }
  }

  /// What a member's database holds, with the votes that earlier readings found.
  package func record(_ member: Int) throws -> NodeRecord {
    var record = try read(member)
    record.add(earlier.withLock { $0[record.member] ?? [] })
    return record
  }

  private func read(_ member: Int) throws -> NodeRecord {
    try NodeRecord(member: places[member].member, folder: data(of: member))
  }

  /// Points a node's configuration to its wires.
  private func rewire(_ member: Int) throws {
    let path = network.configuration(places[member])
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    let changed = lines.map { line -> String in
      if line.hasPrefix("listen:") { return "listen: \(wires.listenAddress(of: member))" }
      let name = line.split(separator: ":").first.map { $0.trimmingCharacters(in: .whitespaces) }
      guard line.hasPrefix("  "), let peer = places.firstIndex(where: { $0.member == name }) else {
        return String(line)
      }
      return "  \(places[peer].member): \(wires.address(of: peer, for: member))"
    }
    try changed.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }

  private static func port(_ address: String) -> UInt16? { address.split(separator: ":").last.flatMap { UInt16($0) } }
}

/// A small disk for one folder, which can be filled and made free again. Needs root.
package final class SmallDisk: Sendable {
  private let folder: String
  private let janitor: Mutex<Janitor?>

  package init(at folder: String, megabytes: Int) throws {
    self.folder = folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    janitor = Mutex(try Janitor("sleep 1; umount -l '\(folder)'"))
    try Shell.run("mount -t tmpfs -o size=\(megabytes)m,mode=700 floortest '\(folder)'")
  }

  private var filler: String { folder + "/filler" }

  package func fill() { _ = try? Shell.run("cat /dev/zero > '\(filler)'") }

  package func makeRoom() { unlink(filler) }

  package func close() { janitor.withLock { $0.take() }?.dismiss() }
}
