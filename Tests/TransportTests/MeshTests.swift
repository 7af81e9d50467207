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
}
