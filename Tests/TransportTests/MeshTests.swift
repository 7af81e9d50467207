import Cryptography
import Membership
import Testing
import Transport

@Suite("Sessions between members", .timeLimit(.minutes(1)))
struct MeshTests {
  @Test("members connect and exchange frames in order", arguments: [2, 4])
  func exchange(members: Int) async throws {
    let network = try TestNetwork(Array(["AUS", "EUN", "JPN", "USA"].prefix(members)))
    let meshes = try await startMeshes(network)
    for mesh in meshes {
      for number in 0..<50 { mesh.mesh.broadcast([UInt8(number)] + Array(mesh.id.text.utf8), .consensus) }
    }
    for mesh in meshes {
      await mesh.events.wait { $0.frames.count == 50 * (members - 1) }
      for sender in meshes where sender.id != mesh.id {
        let numbers = mesh.events.all.frames.filter { $0.sender == sender.id }.map { Int($0.bytes[0]) }
        #expect(numbers == Array(0..<50))
      }
      #expect(mesh.mesh.connectedMembers == meshes.map(\.id).filter { $0 != mesh.id })
      let counters = try #require(mesh.mesh.counters.first).counters
      #expect(counters.framesSent == 50 && counters.framesReceived == 50 && counters.bytesSent == 400)
    }
    await shutDown(meshes)
  }

  @Test("both dial at once, and both settle on the same session")
  func bothDial() async throws {
    let network = try TestNetwork(["AUS", "USA"])
    for _ in 0..<10 {
      var meshes: [ObservedMesh] = []
      for index in 0...1 {
        meshes.append(try await ObservedMesh(network.configuration(index) { $0.timing.courtesy = 0 }))
      }
      let peers = Dictionary(uniqueKeysWithValues: meshes.map { ($0.id, $0.address) })
      for mesh in meshes { mesh.mesh.update(roster: network.roster, peers: peers) }
      // Until a frame of each has arrived over what both hold to be their one session.
      while !haveSettled(meshes[0], meshes[1]) || meshes.contains(where: { $0.events.all.frames.isEmpty }) {
        try Task.checkCancellation()
        for mesh in meshes { mesh.mesh.broadcast([1], .consensus) }
        await Task.yield()
      }
      #expect(meshes.allSatisfy { $0.mesh.connectedMembers.count == 1 && $0.events.all.refusals.isEmpty })
      await shutDown(meshes)
    }
  }

  /// Whether both have one session, which one of them dialled and the other did not.
  private func haveSettled(_ first: ObservedMesh, _ second: ObservedMesh) -> Bool {
    let directions = [first, second].map { mesh in
      mesh.events.all.reversed().lazy.compactMap { event -> SessionDirection? in
        if case .connected(_, let info) = event { info.direction } else { nil }
      }.first
    }
    let areConnected = [first, second].allSatisfy { $0.events.all.connected.count == 1 }
    return areConnected && directions[0] != directions[1]
  }
}
